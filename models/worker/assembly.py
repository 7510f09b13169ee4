"""From the lines of text and the strokes in a picture to one tree: what lies in what, and what it is."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from models.layout import Element, Shape
from models.worker.strokes import Drawing, Loose, Quad

LEAST_SURE = 0.5  # of a line, to be believed at all: RapidOCR's own
SURE = 0.8  # of a line that is made of waves' letters alone, to be taken for words
TICKED = 0.06  # of the middle of a small box or circle, that is ink where it is ticked; empty ones have none
WIDEST = 1.3  # times its height that a letter is wide, an m among them
_WAVES = re.compile(r"[mwnvuNMWzs~\-_ ]{2,}")  # what a reader of letters makes of a wavy line


@dataclass(frozen=True)
class Line:
    """A line of text: its corners in pixels of the picture, what it says, and how sure that is, 0 to 1."""

    quad: Quad
    text: str
    sure: float


@dataclass
class _Part:
    """An element that is being put together."""

    shape: Shape
    x: float
    y: float
    width: float
    height: float
    text: str = ""
    sure: float = 1.0
    lines: int = 1
    last: float = 0.0  # how wide the last of its lines is
    inked: float = 0.0  # how much of its middle is ink
    ticked: bool = False
    children: list["_Part"] = field(default_factory=list)

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def texts(self) -> list["_Part"]:
        """The texts that lie in it directly."""
        return [child for child in self.children if child.shape is Shape.TEXT]

    def holds(self, other: "_Part") -> bool:
        x, y = other.middle
        return self.x <= x <= self.right and self.y <= y <= self.bottom and self.area > other.area

    def frozen(self) -> Element:
        place = (round(self.x), round(self.y), round(self.width), round(self.height))
        children = tuple(child.frozen() for child in self.children)
        return Element(self.shape, *place, self.text, round(self.sure, 2), self.lines, children, self.ticked)


def assemble(size: tuple[int, int], lines: Sequence[Line], drawing: Drawing) -> Element:
    """The page of this size (width and height in pixels), with what was found in it in reading order."""
    page = _Part(Shape.PAGE, 0, 0, *size)
    texts = [_text(line) for line in lines]
    letter = letter_height(lines) or size[1] / 30
    boxes = [_Part(b.shape, b.x, b.y, b.width, b.height, inked=b.inked) for b in drawing.boxes]
    boxes.sort(key=lambda box: box.area)
    strokes = [_Part(s.shape, s.x, s.y, s.width, s.height) for s in drawing.loose]
    for n, part in enumerate(boxes):
        next((box for box in boxes[n + 1 :] if box.holds(part)), page).children.append(part)
    for part in (*texts, *strokes):
        next(
            (box for box in boxes if box.shape is not Shape.PICTURE and box.holds(part)), page
        ).children.append(part)
    for part in (page, *boxes):
        part.children = _paragraphs(part.children)
    for part in boxes:
        part.shape = _kind(part, letter)
        if part.shape in (Shape.CHECKBOX, Shape.RADIO):
            part.ticked, part.children = part.inked > TICKED, []
    _find_fields(page)
    _find_notes(page)
    _order(page, letter)
    return page.frozen()


def without_waves(lines: Sequence[Line], waves: Sequence[Loose]) -> list[Line]:
    """The lines, without those that a wavy line was read as."""

    def is_wave(line: Line) -> bool:
        x, y = line.quad.mean(axis=0)
        inside = any(w.x <= x <= w.x + w.width and w.y <= y <= w.y + w.height for w in waves)
        return inside and _WAVES.fullmatch(line.text) is not None

    return [line for line in lines if not is_wave(line)]


def letter_height(lines: Sequence[Line]) -> float:
    """How tall a line of text usually is here, in pixels; 0 where there is none."""
    parts = [_text(line) for line in lines if any(char.isalnum() for char in line.text)]
    heights = [part.height for part in parts if part.shape is Shape.TEXT]
    return median(heights) if heights else 0.0


def _text(line: Line) -> _Part:
    """A line of text, or the wavy line that was read as one."""
    (left, top), (right, bottom) = line.quad.min(axis=0), line.quad.max(axis=0)
    place = (float(left), float(top), float(right - left), float(bottom - top))
    across = place[2] / max(1.0, place[3])
    unlike_letters = (line.sure < SURE and across > 3) or across > WIDEST * len(line.text)
    if unlike_letters and _WAVES.fullmatch(line.text):
        return _Part(Shape.FILLER, *place)
    return _Part(Shape.TEXT, *place, line.text, line.sure, last=place[2])


def _paragraphs(parts: Sequence[_Part]) -> list[_Part]:
    """The same parts, lines of writing that belong together joined."""
    texts = sorted((part for part in parts if part.shape is Shape.TEXT), key=lambda part: part.y)
    joined: list[_Part] = []
    for text in texts:
        above = next((other for other in reversed(joined) if _goes_on(other, text)), None)
        if above is None:
            joined.append(text)
            continue
        right, bottom = max(above.right, text.right), max(above.bottom, text.bottom)
        above.x, above.y = min(above.x, text.x), min(above.y, text.y)
        above.width, above.height = right - above.x, bottom - above.y
        above.text, above.lines = f"{above.text} {text.text}", above.lines + 1
        above.sure, above.last = min(above.sure, text.sure), text.width
    return joined + [part for part in parts if part.shape is not Shape.TEXT]


def _goes_on(above: _Part, text: _Part) -> bool:
    """Whether a text is the next line of the one above: near, as tall, and beginning or centred alike."""
    line = above.height / above.lines
    near = -0.5 * line < text.y - above.bottom < 0.45 * min(line, text.height)
    if not near or not 0.7 < text.height / line < 1.43:
        return False
    left = abs(text.x - above.x) < 0.6 * line
    centred = abs(text.middle[0] - above.middle[0]) < 0.6 * line
    if above.last < 0.6 * above.width:  # a short line ends a paragraph
        return False
    if left and above.lines > 1:
        return True
    return (left or centred) and above.width > 4 * line and not above.text.endswith((".", "!", "?", ":"))


def _kind(part: _Part, letter: float) -> Shape:
    """What a box, a circle or a crossed box is, by what lies in it and how large it is."""
    small = max(part.width, part.height) < 1.5 * letter and not any(child.children for child in part.children)
    if small and not part.texts:
        return Shape.RADIO if part.shape is Shape.RADIO else Shape.CHECKBOX
    if part.shape is Shape.PICTURE or (part.shape is Shape.RADIO and not part.children):
        return Shape.PICTURE
    if len(part.texts) == 1 == len(part.children):
        return _with_one_text(part, part.texts[0], letter)
    return Shape.BOX


def _with_one_text(part: _Part, text: _Part, letter: float) -> Shape:
    """A button has few words in its middle; a field has them at one end, and room."""
    low = part.height < 3.6 * max(letter, text.height)
    if text.lines > 1 or not low or len(text.text.split()) > 5:
        return Shape.BOX
    left, right = text.x - part.x, part.right - text.right
    if abs(left - right) < 0.2 * part.width:
        return Shape.BUTTON
    at_one_end = min(left, right) < 0.2 * part.width and part.width > 1.5 * text.width
    return Shape.FIELD if at_one_end and text.height < 1.3 * letter else Shape.BOX


def _find_fields(part: _Part) -> None:
    """An empty box that is wide, or that a text stands before or above, is to be written into."""
    for child in part.children:
        if child.shape is Shape.BOX and not child.children:
            labelled = any(_labels(text, child) for text in part.texts)
            if labelled or child.width > 4 * child.height:
                child.shape = Shape.FIELD
        _find_fields(child)


def _labels(text: _Part, box: _Part) -> bool:
    gap = box.y - text.bottom + 0.4 * text.height
    above = 0 <= gap < 1.6 * text.height and abs(text.x - box.x) < 1.2 * text.height
    first_line = box.y - 0.3 * text.height, box.y + min(box.height, 2.5 * text.height)
    beside = 0 < box.x - text.right < box.width and first_line[0] < text.middle[1] < first_line[1]
    return above or beside


def _find_notes(page: _Part) -> None:
    """A few words at the end of an arrow are a remark to whoever reads the sketch."""
    for arrow in [child for child in page.children if child.shape is Shape.ARROW]:
        near = [
            text for text in page.texts if len(text.text.split()) <= 3 and _gap(text, arrow) < 2 * text.height
        ]
        if near:
            min(near, key=lambda text: _gap(text, arrow)).shape = Shape.NOTE


def _gap(one: _Part, other: _Part) -> float:
    """Pixels between two parts."""
    across = max(one.x - other.right, other.x - one.right, 0)
    down = max(one.y - other.bottom, other.y - one.bottom, 0)
    return float((across**2 + down**2) ** 0.5)


def _order(part: _Part, letter: float) -> None:
    for child in part.children:
        _order(child, letter)
    part.children = [
        member for group in _in_order(_captioned(part.children), letter) for member in group.members
    ]


@dataclass
class _Group:
    """Parts that are read one after the other whatever stands beside them; a place, as `_Part` has one."""

    members: list[_Part]

    @property
    def y(self) -> tuple[float, float]:
        """Where it begins, and where it ends."""
        return min(part.y for part in self.members), max(part.bottom for part in self.members)

    @property
    def x(self) -> tuple[float, float]:
        return min(part.x for part in self.members), max(part.right for part in self.members)


def _captioned(parts: Sequence[_Part]) -> list[_Group]:
    """Each part alone, but a picture together with the text that is centred below it."""
    texts = [part for part in parts if part.shape is Shape.TEXT]
    below: dict[int, _Part] = {}
    for picture in parts:
        if picture.shape is Shape.PICTURE:
            near = [text for text in texts if _is_caption(text, picture)]
            if near:
                below[id(picture)] = min(near, key=lambda text: text.y)
    taken = {id(text) for text in below.values()}
    alone = [part for part in parts if id(part) not in taken]
    return [_Group([part, below[id(part)]] if id(part) in below else [part]) for part in alone]


def _is_caption(text: _Part, picture: _Part) -> bool:
    centred = abs(text.middle[0] - picture.middle[0]) < 0.2 * picture.width
    return centred and -0.3 * text.height < text.y - picture.bottom < 1.2 * text.height


def _in_order(groups: Sequence[_Group], letter: float) -> Iterator[_Group]:
    """As one reads them: an XY cut (Nagy and Seth, 1984), rows first.

    What cannot be cut apart is taken by its upper edges.
    """
    waiting = [list(groups)]
    while waiting:
        here = waiting.pop()
        if len(here) < 2:
            yield from here
            continue
        pieces = _cut(here, lambda group: group.y, letter) or _cut(here, lambda group: group.x, letter)
        if pieces:
            waiting.extend(reversed(pieces))
        else:
            yield from sorted(here, key=lambda group: (group.y, group.x))


def _cut(
    groups: Sequence[_Group], along: Callable[[_Group], tuple[float, float]], letter: float
) -> list[list[_Group]]:
    """What stands apart along one axis; nothing where all is one. `along` gives a beginning and an end.

    Small overlaps, as hands make them, are none.
    """
    pieces: list[list[_Group]] = []
    reach = 0.0
    for group in sorted(groups, key=lambda group: along(group)[0]):
        start, end = along(group)
        shortest = min(b - a for a, b in map(along, [group, *(pieces[-1] if pieces else [])]))
        if not pieces or start >= reach - 0.25 * min(shortest, 2 * letter):
            pieces.append([group])
            reach = end
        else:
            pieces[-1].append(group)
            reach = max(reach, end)
    return pieces if len(pieces) > 1 else []
