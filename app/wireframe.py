"""From what was read in a sketch to the parts of a page: what is left out, and what belongs together.

A wireframe has conventions that a tree of shapes does not know: a word beside a small box is its label, a
word under a crossed box its caption, a line under a word underlines it, and small boxes in rows with digits
in them are the keys of a calculator. `wireframe` reads them into `Part`s; `app/behaviour.py` tells what the
parts do, `app/draft.py` writes them down.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from app.keypad import Key, keys_of
from models.layout import Element, Shape

_DROPPED = (Shape.ARROW, Shape.NOTE)  # for the reader of a sketch, not for the reader of the page
_FRAMES = (Shape.PAGE, Shape.BOX)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def clean(text: str) -> str:
    """In one line, without control characters: what is shown, compared and asked for everywhere."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def has_letters(words: str) -> bool:
    return any(map(str.isalpha, words))


def words_of(element: Element) -> str:
    """All that is written in an element, notes to the reader aside."""
    if element.shape in _DROPPED:
        return ""
    return " ".join(filter(None, [clean(element.text), *map(words_of, element.children)]))


@dataclass(eq=False)
class Part:
    """One thing on a page. Its place is in pixels of the sketch, with what labels it taken in."""

    shape: Shape
    x: float
    y: float
    right: float
    bottom: float
    words: str = ""
    lines: int = 1
    parts: list["Part"] = field(default_factory=list)  # of a box
    label: str = ""  # of a field, a checkbox, a radio button or a picture
    beside: bool = False  # the label stands at the left of a field
    level: int = 0  # of a heading; 0 for none, 3 for a large number
    ruled: bool = False  # underlined
    bars: int = 1  # of filler
    ratio: float = 1.0  # width by height as drawn, without what was taken in
    framed: bool = True  # a box is drawn
    ticked: bool = False  # of a checkbox or a radio button
    key: bool = False  # of a calculator
    display: bool = False  # of a calculator

    @property
    def width(self) -> float:
        return self.right - self.x

    @property
    def height(self) -> float:
        return self.bottom - self.y

    @property
    def line(self) -> float:
        """The height of one line of its writing."""
        return self.height / max(1, self.lines)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x + self.right) / 2, (self.y + self.bottom) / 2

    def __iter__(self) -> Iterator["Part"]:
        """Itself and all below it, in reading order."""
        yield self
        for part in self.parts:
            yield from part

    def overlaps(self, other: "Part") -> bool:
        """Whether one stands above the other."""
        return min(self.right, other.right) > max(self.x, other.x)

    def take_in(self, other: "Part") -> None:
        self.x, self.y = min(self.x, other.x), min(self.y, other.y)
        self.right, self.bottom = max(self.right, other.right), max(self.bottom, other.bottom)


@dataclass
class Wireframe:
    """The parts of a page."""

    page: Part
    letter: float  # the usual height of a line of writing, in pixels
    notes: list[Part]  # what is written at arrows

    @property
    def title(self) -> str:
        if heading := next((part for part in self.page if part.level == 1), None):
            return heading.words
        return "Calculator" if any(part.key for part in self.page) else ""


def wireframe(page: Element) -> Wireframe:
    written = [element for element in _in_frames(page) if element.shape is Shape.TEXT and words_of(element)]
    heights = [element.height / max(1, element.lines) for element in written]
    letter = max(1.0, median(heights)) if heights else max(1.0, page.height / 25)
    title = _title(page, written, letter)
    root = _Reader(letter, title).frame(page)
    notes = [_part(note) for note in page if note.shape is Shape.NOTE]
    for note, element in zip(notes, (e for e in page if e.shape is Shape.NOTE), strict=True):
        note.words = clean(element.text)
    return Wireframe(root, letter, notes)


def _in_frames(element: Element) -> Iterator[Element]:
    for child in element.children:
        yield child
        if child.shape in _FRAMES:
            yield from _in_frames(child)


def _title(page: Element, written: list[Element], letter: float) -> Element | None:
    """The topmost of the large texts; of texts of one size, the first if it stands above all others."""
    lines = [
        e for e in written if e.lines <= 2 and len(words_of(e).split()) <= 12 and has_letters(words_of(e))
    ]
    if not lines:
        return None
    sizes = [element.height / max(1, element.lines) for element in lines]
    large = [e for e, size in zip(lines, sizes, strict=True) if size >= min(0.9 * max(sizes), max(sizes))]
    first = min(large, key=lambda element: (element.y, element.x))
    above = all(first.y + first.height / 2 <= other.y for other in page.children if other is not first)
    if first.height / max(1, first.lines) > 1.15 * letter or (above and first in page.children):
        return first
    return None


def _part(element: Element, shape: Shape | None = None) -> Part:
    right, bottom = element.x + max(0, element.width), element.y + max(0, element.height)
    part = Part(shape or element.shape, element.x, element.y, right, bottom, words_of(element))
    part.lines = max(1, element.lines)
    part.ratio = max(1, element.width) / max(1, element.height)
    part.ticked = element.ticked
    return part


class _Reader:
    """Reads the conventions, frame by frame."""

    def __init__(self, letter: float, title: Element | None) -> None:
        self._letter = letter
        self._title = title

    def frame(self, element: Element) -> Part:
        part = _part(element)
        part.words = ""
        part.framed = element.shape is Shape.BOX
        keys = keys_of(element.children)
        if text := clean(element.text):
            part.parts.append(Part(Shape.TEXT, part.x, part.y, part.right, part.y + self._letter, text))
        for child in element.children:
            if child.shape not in _DROPPED:
                part.parts.append(self._child(child, keys.get(id(child))))
        part.parts = [inner for inner in part.parts if not _is_sliver(inner, self._letter)]
        _join_lines(part.parts, self._letter)
        if keys:
            _give_display(part)
        _label_choices(part.parts)
        _underline(part.parts)
        _label_fields(part.parts, self._letter)
        _caption(part.parts)
        part.parts = _joined_filler(part.parts)
        _head(part, self._letter)
        boxes = [box for box in part.parts if box.shape is Shape.BOX]
        _press_alike(boxes, self._letter)
        _head_alike(boxes)
        return part

    def _child(self, element: Element, key: Key | None) -> Part:
        if key is not None:
            part = _part(element, Shape.BUTTON)
            part.words, part.key = key.words, True
            return part
        if element.shape in _FRAMES:
            return self.frame(element)
        part = _part(element)
        match element.shape:
            case Shape.LINE | Shape.FILLER if part.words:  # it was writing after all
                part.shape = Shape.TEXT
            case Shape.CHECKBOX | Shape.RADIO | Shape.PICTURE:
                part.label, part.words = part.words, ""
            case Shape.TEXT if element is self._title:
                part.level = 1
        return part


def _is_sliver(part: Part, letter: float) -> bool:
    """The room between two boxes that stand close, taken for one."""
    empty = part.shape in (Shape.BOX, Shape.FIELD) and not (part.parts or part.words)
    return empty and min(part.width, part.height) < 0.6 * letter


def _join_lines(parts: list[Part], letter: float) -> None:
    """A line in which the pencil left the paper."""
    lines = sorted((p for p in parts if p.shape is Shape.LINE and p.width > p.height), key=lambda p: p.x)
    for before, line in pairwise(lines):
        level = abs(before.middle[1] - line.middle[1]) < 0.3 * letter
        if level and -letter < line.x - before.right < letter:
            line.take_in(before)
            line.ratio = line.width / max(1, line.height)
            parts.remove(before)


def _give_display(part: Part) -> None:
    """What stands above the keys shows what is typed."""
    top = min(key.y for key in part.parts if key.key)
    above = [p for p in part.parts if not p.key and not p.level and p.middle[1] < top]
    # A frame with something else than writing in it is no display.
    fit = [
        p
        for p in above
        if p.shape in (Shape.FIELD, Shape.BOX) and all(q.shape is Shape.TEXT for q in p.parts)
    ]
    if fit:
        display = max(fit, key=lambda p: p.y)
        display.words = " ".join(filter(None, [display.words, *(text.words for text in display.parts)]))
        display.shape, display.parts = Shape.FIELD, []
    else:
        x, right = min(k.x for k in part.parts if k.key), max(k.right for k in part.parts if k.key)
        display = Part(Shape.FIELD, x, top - 2, right, top - 1)
        part.parts.insert(next(n for n, p in enumerate(part.parts) if p.key), display)
    display.display = True


def _take(parts: list[Part], text: Part, owner: Part) -> None:
    """The text is the owner's label from here on."""
    owner.label = " ".join(filter(None, [owner.label, text.words]))
    owner.take_in(text)
    parts.remove(text)


def _texts(parts: list[Part]) -> list[Part]:
    return [part for part in parts if part.shape is Shape.TEXT and part.level != 1]


def _label_choices(parts: list[Part]) -> None:
    """The nearest text at the right of a checkbox or a radio button, on its line."""
    for choice in [p for p in parts if p.shape in (Shape.CHECKBOX, Shape.RADIO) and not p.label]:
        reach = 3 * max(choice.height, choice.width)
        near = [
            text
            for text in _texts(parts)
            if text.y <= choice.middle[1] <= text.bottom
            and -0.3 * choice.width <= text.x - choice.right <= reach
        ]
        if near:
            _take(parts, min(near, key=lambda text: text.x), choice)


def _label_fields(parts: list[Part], letter: float) -> None:
    """A text at the left of a field, or close above its left edge."""
    for box in [p for p in parts if p.shape is Shape.FIELD and not p.display]:
        texts = [text for text in _texts(parts) if len(text.words.split()) <= 6 and text.lines == 1]
        before = [t for t in texts if _is_before(t, box) and not _between(parts, t, box)]
        above = [t for t in texts if _is_above(t, box) and t.line < 1.35 * letter]
        if above:
            _take(parts, max(above, key=lambda text: text.bottom), box)
        elif before:
            box.beside = True
            _take(parts, max(before, key=lambda text: text.right), box)


def _is_above(text: Part, box: Part) -> bool:
    gap = box.y - text.bottom
    return -0.4 * text.line <= gap < 1.2 * text.line and abs(text.x - box.x) < 1.2 * text.line


def _is_before(text: Part, box: Part) -> bool:
    first_line = box.y + min(box.height, 2.5 * text.line)
    return 0 < box.x - text.right < box.width and box.y - 0.3 * text.line < text.middle[1] < first_line


def _between(parts: list[Part], text: Part, box: Part) -> bool:
    y = text.middle[1]
    return any(text.right <= p.x and p.right <= box.x and p.y < y < p.bottom for p in parts if p is not text)


def _caption(parts: list[Part]) -> None:
    """The one line of text close under a picture; a text with more under it is no caption."""
    for picture in [p for p in parts if p.shape is Shape.PICTURE and not p.label]:
        under = [t for t in _texts(parts) if t.overlaps(picture) and t.middle[1] > picture.bottom]
        close = [
            t for t in under if t.y - picture.bottom <= 0.75 * t.line and t.width <= 1.15 * picture.width
        ]
        if len(close) != 1 or close[0].lines > 1:
            continue
        caption = close[0]
        if not any(t is not caption and t.y - caption.bottom < 1.2 * caption.line for t in under):
            _take(parts, caption, picture)


def _underline(parts: list[Part]) -> None:
    for line in [p for p in parts if p.shape is Shape.LINE]:
        for text in (p for p in parts if p.shape is Shape.TEXT):
            within = line.x > text.x - text.line / 4 and line.right < text.right + text.line / 4
            alike = 0.6 * text.width <= line.width <= 1.15 * text.width and line.overlaps(text)
            alike = alike or (within and line.width > 0.3 * text.width)  # a part of it was seen
            if (
                alike
                and line.height < text.line
                and -0.4 * text.line <= line.y - text.bottom < 0.4 * text.line
            ):
                text.ruled = True
                text.bottom = max(text.bottom, line.bottom)
                parts.remove(line)
                break


def _joined_filler(parts: list[Part]) -> list[Part]:
    """Wavy lines under each other are one paragraph."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if (
            last is not None
            and part.shape is Shape.FILLER is last.shape
            and part.overlaps(last)
            and part.y - last.bottom < 2 * max(part.height, 12)
        ):
            last.take_in(part)
            last.bars += 1
        else:
            joined.append(part)
    return joined


def _head(frame: Part, letter: float) -> None:
    """Second headings: large texts, what stands above filler, and the short first line of a box."""
    texts = [part for part in frame.parts if part.shape is Shape.TEXT]
    tallest = max((text.line for text in texts[1:]), default=0.0)
    for n, part in enumerate(frame.parts):
        if part.shape is not Shape.TEXT or part.level or part.lines > 2 or len(part.words.split()) > 8:
            continue
        after = frame.parts[n + 1] if n + 1 < len(frame.parts) else None
        before = frame.parts[n - 1] if n else None
        under_heading = before is not None and before.level == 2
        above_filler = after is not None and after.shape is Shape.FILLER and after.overlaps(part)
        first = frame.framed and part is texts[0] and len(texts) > 1
        heads_box = first and part.line >= 0.8 * tallest and len(part.words.split()) <= 4
        is_question = part.words.endswith("?")
        by_place = (above_filler or heads_box) and not is_question and not under_heading
        is_sentence = part.lines > 1 or part.words.endswith((".", ",", ";"))
        if part.line > (1.8 if is_sentence else 1.25) * letter or by_place:
            part.level = 2 if has_letters(part.words) else 3


def _press_alike(boxes: list[Part], letter: float) -> None:
    """What is a button in one of several boxes is one at the same place in the others, frame or not."""
    pressed = [(box, part) for box in boxes for part in box.parts if part.shape is Shape.BUTTON]
    for box in boxes:
        for text in _texts(box.parts):
            like = [
                button
                for other, button in pressed
                if other is not box
                and button.words == text.words
                and abs((button.y - other.y) - (text.y - box.y)) < 1.5 * letter
            ]
            if like:
                text.shape, text.level = Shape.BUTTON, 0
                pieces = [p for p in box.parts if p.shape is Shape.LINE and abs(p.y - text.y) < 1.2 * letter]
                box.parts = [part for part in box.parts if part not in pieces]


def _head_alike(boxes: list[Part]) -> None:
    """In boxes with the same things in them, the same texts are headings: what most of them say."""
    kinds: dict[tuple[Shape, ...], list[Part]] = {}
    for box in boxes:
        kinds.setdefault(tuple(part.shape for part in box.parts), []).append(box)
    for alike in (boxes for boxes in kinds.values() if len(boxes) > 1):
        for row in zip(*(box.parts for box in alike), strict=True):
            if row[0].shape is Shape.TEXT and not any(part.level == 1 for part in row):
                levels = [part.level for part in row]
                level = max(levels, key=levels.count)
                level = level if levels.count(level) * 2 > len(row) else 0
                for part in row:
                    part.level = level
