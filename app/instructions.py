"""What a chat begins with, and how words are chosen, unless the person says otherwise.

A model of under half a billion parameters needs few, short instructions and loses its way at higher
temperatures: `tests/app/test_instructions.py` holds the ones for it against a list of plain questions.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.library import LocalModel
    from models.wire import Sampling

PROMPTS = Path(__file__).resolve().parent.parent / "assets" / "prompts"
SMALL = 500_000_000  # parameters

_SMALL_ANSWER = 1024  # tokens; a small model that goes on for longer repeats itself

# What the cards of an empty window put into the composer; proved together with the instructions.
ASK_PROMPT = "What is the largest ocean on Earth?"


def is_small(model: "LocalModel | None") -> bool:
    return model is not None and model.header.parameters < SMALL


def default_instructions(model: "LocalModel | None") -> str:
    """The words that Twofold brings along for this model."""
    name = "small.md" if is_small(model) else "standard.md"
    return (PROMPTS / name).read_text("utf-8").strip()


def default_sampling(model: "LocalModel | None") -> "Sampling":
    return _sampling(is_small(model))


@cache
def _sampling(small: bool) -> "Sampling":
    from models.wire import Sampling  # only here: the window takes its prompts from this module, and opens

    if small:  # it looks back further than usual: small models repeat whole paragraphs
        return Sampling(temperature=0.0, repeat_penalty=1.1, repeat_last=256)
    return Sampling(temperature=0.7, top_p=0.9, min_p=0.05, repeat_penalty=1.05)


def longest_answer(model: "LocalModel | None") -> int:
    """In tokens; 0: as long as the context."""
    return _SMALL_ANSWER if is_small(model) else 0
