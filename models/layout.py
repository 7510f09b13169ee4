"""What was read in a picture: one tree of elements, with where each stands and what it is taken for."""

from collections.abc import Iterator, Sequence
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
    ticked: bool = False  # of a CHECKBOX or RADIO: it is drawn with a mark in it

    def __iter__(self) -> Iterator["Element"]:
        """Itself and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child

    @property
    def written(self) -> list["Element"]:
        """All in it that has text, in reading order."""
        return [element for element in self if element.text]

    def reworded(self, texts: Sequence[str]) -> "Element":
        """The same with these texts in place of those of `written`; what is changed is sure, being told.

        Raises ValueError where there are not as many.
        """
        if len(texts) != len(self.written):
            raise ValueError(f"{len(texts)} texts for {len(self.written)} places")
        return self._with(iter(texts))

    def _with(self, texts: Iterator[str]) -> "Element":
        text = next(texts).strip() if self.text else ""
        sure = self.sure if text == self.text else 1.0
        children = tuple(child._with(texts) for child in self.children)
        return msgspec.structs.replace(self, text=text, sure=sure, children=children)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.text and not self.children
