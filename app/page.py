"""The web pages of a conversation, each in its versions."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Who made a version of a page."""

    DRAFT = "draft"  # by code, from a sketch
    MODEL = "model"  # the draft with what a model added
    ANSWER = "answer"  # it stood in an answer
    EDITED = "edited"  # by the person


@dataclass(frozen=True)
class PageVersion:
    """One version, as it is kept. `created` is in seconds since 1970."""

    id: str
    message: str | None  # the answer that it came with
    origin: Origin
    html: str
    created: float
