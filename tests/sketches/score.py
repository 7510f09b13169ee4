"""How well what was read in a sketch matches what was drawn in it."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.layout import Element, Shape
from tests.sketches.pencil import Drawn, Truth

SAME = 0.85  # of the letters, for a text to count as read
OVER = 0.6  # intersection over union, for a box to count as found
BOXES = {Shape.BOX, Shape.BUTTON, Shape.FIELD, Shape.CHECKBOX, Shape.RADIO, Shape.PICTURE}


@dataclass
class Score:
    """Counts that can be added up; the lists are for whoever looks at a failure."""

    texts: int = 0
    read: int = 0
    boxes: int = 0
    found: int = 0
    right: int = 0  # found, and taken for what they are
    missed: list[str] = field(default_factory=list)
    false: list[Element] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def score(page: Element, truth: Truth) -> Score:
    """`page` against what was drawn."""
    result = Score(len(truth.texts), 0, len(truth.boxes))
    said = [element for element in page if element.text]
    for words in truth.texts:
        if _is_read(words, said):
            result.read += 1
        else:
            result.missed.append(f"text {words!r}")
    boxes = [element for element in page if element.shape in BOXES]
    for drawn in truth.boxes:
        match = max(boxes, key=lambda box: _share(box, drawn), default=None)
        if match is None or _share(match, drawn) < OVER:
            result.missed.append(f"{drawn.shape} at {drawn.x:.0f}, {drawn.y:.0f}")
            continue
        boxes.remove(match)
        result.found += 1
        if match.shape is drawn.shape:
            result.right += 1
        else:
            result.mistaken.append(f"{drawn.shape} at {drawn.x:.0f}, {drawn.y:.0f} as {match.shape}")
    result.false = boxes
    return result


def in_order(page: Element, words: Sequence[str]) -> bool:
    """Whether these come one after the other in what was read, whatever stands between them."""
    said = iter([element for element in page if element.text])
    here = next(said, None)
    for word in words:
        while here is not None and not _is_read(word, [here]):
            here = next(said, None)
        if here is None:
            return False
    return True


def _is_read(words: str, said: Sequence[Element]) -> bool:
    """Alone, or as a line of a paragraph."""
    wanted = words.casefold()
    for element in said:
        text = element.text.casefold()
        if _alike(wanted, text) >= SAME:
            return True
        if element.lines > 1:
            starts = range(max(1, len(text) - len(wanted) + 1))
            if any(_alike(wanted, text[n : n + len(wanted)]) >= SAME for n in starts):
                return True
    return False


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _share(box: Element, drawn: Drawn) -> float:
    across = min(box.x + box.width, drawn.x + drawn.width) - max(box.x, drawn.x)
    down = min(box.y + box.height, drawn.y + drawn.height) - max(box.y, drawn.y)
    both = max(0.0, across) * max(0.0, down)
    return both / (box.width * box.height + drawn.width * drawn.height - both)
