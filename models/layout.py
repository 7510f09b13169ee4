"""What was read in a picture: one tree of elements, with where each stands and what it is taken for."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec


class Shape(StrEnum):
    """What an element is taken for."""

    PAGE = "page"  # the root: the whole picture
    BOX = "box"  # a drawn frame around other things, or around nothing
    BUTTON = "button"
    FIELD = "field"  # to be written into; its text is what stands in it
    CHECKBOX = "checkbox"
    RADIO = "radio"
    PICTURE = "picture"  # a crossed box, or an empty circle
    TEXT = "text"
    FILLER = "filler"  # a wavy line that stands for words
    LINE = "line"
    ARROW = "arrow"
    NOTE = "note"  # a remark to the reader, at an arrow: not a part of what is drawn


class Element(msgspec.Struct, frozen=True):
    """One element; x, y, width and height in pixels of the picture, children in reading order."""

    shape: Shape
    x: int
    y: int
    width: int
    height: int
    text: str = ""
    sure: float = 1.0  # 0 to 1, of the text: what the reader of letters gave it
    lines: int = 1  # that the text was written in
    children: tuple["Element", ...] = ()

    def __iter__(self) -> Iterator["Element"]:
        """Itself and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.text and not self.children
