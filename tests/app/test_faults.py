"""What a person is told when an answer could not be made: what stopped, what is kept, what to do."""

import pytest

from app import faults
from models.engine import EngineDied, exit_cause
from models.wire import Failed, Fault

SPEAKING = (Fault.FILE, Fault.PROJECTOR, Fault.IMAGE)  # the detail is a sentence for the person
DETAIL = "llama_decode: error 0x7f at tensor blk.0"


def failed(fault: Fault, text: str = "", **numbers: int) -> tuple[str, str]:
    return faults.failed(Failed(1, fault, DETAIL, **numbers), "Qwen3 4B", text)


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in SPEAKING])
@pytest.mark.parametrize("text", ["", "Once upon a time"])
def test_every_fault_says_what_is_kept_and_hides_what_is_technical(fault: Fault, text: str) -> None:
    sentence, detail = failed(fault, text, needed=9000, limit=7936)
    assert "kept" in sentence
    assert sentence.endswith(".")
    assert DETAIL not in sentence
    assert detail == DETAIL


@pytest.mark.parametrize("fault", SPEAKING)
def test_what_the_check_refused_speaks_for_itself(fault: Fault) -> None:
    sentence, detail = faults.failed(Failed(1, fault, "a.gguf is cut short."), "A", "")
    assert sentence.startswith("a.gguf is cut short. Your message is kept")
    assert detail == ""


@pytest.mark.parametrize("fault", [Fault.MODEL, Fault.MEMORY, Fault.TEMPLATE])
def test_what_is_wrong_with_a_model_names_it_and_leads_to_another(fault: Fault) -> None:
    sentence, _ = failed(fault)
    assert "Qwen3 4B" in sentence
    assert "choose a" in sentence
    assert sentence.endswith("then Continue.")


def test_too_long_tells_a_message_from_an_answer() -> None:
    message, _ = failed(Fault.TOO_LONG, needed=12_345, limit=7936)
    assert message.startswith("This message is about 12,345 tokens, and 7,936 fit.")
    answer, _ = failed(Fault.TOO_LONG, "so far", limit=7936)
    assert answer.startswith("This answer fills the context of 7,936 tokens. It is kept")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", "Your message is kept."),
        ("Well", "This word is kept."),
        ("one two", "These 2 words"),
        ("a " * 1500, "1,500"),
    ],
)
def test_the_words_that_stood_are_counted(text: str, kept: str) -> None:
    cause = exit_cause(-9)
    sentence, detail = faults.died(EngineDied(cause, DETAIL), text)
    assert sentence.startswith(f"The engine {cause}. ")
    assert kept in sentence
    assert sentence.endswith("Continue starts it again.")
    assert detail == DETAIL


def test_without_a_model_the_reason_comes_first() -> None:
    assert faults.no_model("")[0].startswith("There is no model on this laptop yet.")
    assert faults.no_model("a.gguf is a text file.")[0].startswith(
        "a.gguf is a text file. Your message is kept"
    )
