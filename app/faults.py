"""What a person is told when an answer could not be made.

Two sentences: what stopped, in the person's words; what is kept and what the button will do. Each function
returns them together with the technical text that stands behind Details.
"""

from models.engine import EngineDied
from models.wire import Failed, Fault


def no_model(why: str) -> tuple[str, str]:
    """There is nothing that could answer; `why` is a sentence about a file that is no use, or empty."""
    if why:
        return f"{why} Your message is kept: add a model that is whole, and Continue answers it.", ""
    return (
        "There is no model on this laptop yet. Your message is kept: add a model, and Continue answers it.",
        "",
    )


def died(death: EngineDied, text: str) -> tuple[str, str]:
    """The worker ended in mid-answer."""
    return f"The engine {death.cause}. {_kept(text)} Continue starts it again.", death.detail


def failed(failure: Failed, model: str, text: str) -> tuple[str, str]:
    """The worker could not do what was asked, and lives."""
    match failure.fault:
        case Fault.FILE | Fault.PROJECTOR:
            return f"{failure.detail} Your message is kept: choose another model, then Continue.", ""
        case Fault.IMAGE:
            return f"{failure.detail} Your message is kept, and Continue tries again.", ""
        case Fault.MODEL:
            what = f"{model} could not be loaded. Your message is kept: choose another model, then Continue."
        case Fault.MEMORY:
            what = (
                f"There is not enough memory for {model}. Your message is kept: choose a smaller model or a"
                " shorter context in Settings, then Continue."
            )
        case Fault.TOO_LONG if text:
            what = (
                f"This answer fills the context of {failure.limit:,} tokens. It is kept: choose a longer one"
                " in Settings to go on with it."
            )
        case Fault.TOO_LONG:
            what = (
                f"This message is about {failure.needed:,} tokens, and {failure.limit:,} fit."
                " It is kept: shorten it, or choose a longer context where the model has one."
            )
        case Fault.TEMPLATE:
            what = (
                f"The chat template in {model} is broken, so it cannot be asked. Your message is kept: choose"
                " another model, then Continue."
            )
        case _:
            what = f"The engine met a fault and stopped. {_kept(text)} Continue tries again."
    return what, failure.detail


def not_read(error: Exception) -> tuple[str, str]:
    """A picture could not be read for a model that does not see; `error` says why, in a sentence."""
    return f"{error} Your message is kept: Continue tries again.", ""


def _kept(text: str) -> str:
    words = len(text.split())
    if not words:
        return "Your message is kept."
    return f"These {words:,} words are kept." if words > 1 else "This word is kept."
