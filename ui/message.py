"""One message of the shown path: its blocks under each other, laid out where they are in view."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.conversation import Node
from models.parts import Role
from ui import paint
from ui.blocks import Box, RuleBox, TextBox
from ui.code_block import CodeBox
from ui.extra_boxes import FoldBox, LinkBox, PageBox, PictureBox, is_page
from ui.inline import Rich
from ui.markdown import Document
from ui.markdown_blocks import (
    Block,
    Code,
    Fold,
    Nest,
    PageLink,
    Picture,
    Place,
    Rule,
    Table,
    Words,
    plain_blocks,
)
from ui.table_block import TableBox
from ui.text_run import Selected, TextRun
from ui.theme import Flow, Space, tabular, theme

PER_CHARACTER = 0.4  # height in pixels that a character of unparsed text is taken to need
_INDENTS = {
    Nest.QUOTE: Flow.INDENT_QUOTE,
    Nest.BULLETS: Flow.INDENT_BULLETS,
    Nest.NUMBERS: Flow.INDENT_NUMBERS,
}


Mark = tuple[int, int]  # a box of a message, and a position in it
Extent = tuple[Mark, Mark]  # what is selected of a message, or where it would end if it went on


@dataclass(frozen=True)
class Shown:
    """A message to show, and the ids of all its versions, its own among them."""

    node: Node
    versions: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()  # above one's own text
    fold: Fold | None = None  # above an answer
    page: PageLink | None = None  # under an answer

    @property
    def several(self) -> bool:
        """Whether there is another version to go to."""
        return len(self.versions) > 1 and self.node.id in self.versions


def box_for(block: Block) -> type[Box]:
    """The kind of box that shows a block."""
    match block:
        case Words():
            return TextBox
        case Code():
            return PageBox if is_page(block) else CodeBox
        case Table():
            return TableBox
        case Rule():
            return RuleBox
        case Picture():
            return PictureBox
        case Fold():
            return FoldBox
        case PageLink():
            return LinkBox


def gap_between(above: Block, below: Block) -> int:
    """Pixels between two blocks: what the reader sees of tight and loose lists, headings and cuts."""
    place = below.place
    if place.goes_on:
        return 0
    if isinstance(above, Fold):
        return 0
    if isinstance(below, Words) and below.heading:
        return Flow.HEADING
    if isinstance(above, Words) and above.heading:
        return Flow.LIST
    boxed = isinstance(below, Code | Table | PageLink) or isinstance(above, Code | Table)
    if boxed or not place.markers:
        return Flow.PARAGRAPH
    if len(above.place.nest) < len(place.nest) and not above.place.nest:
        return Flow.LIST
    return Flow.PARAGRAPH if place.loose else 0


def indent_of(place: Place, width: int) -> int:
    """Pixels from the text edge; however deep it stands, half of the column is left."""
    return min(sum(_INDENTS[nest] for nest in place.nest), width // 2)


class Message:
    """The boxes of one message. Coordinates are relative to its text edge and to the top of its text.

    Until `open` it is an estimate. Afterwards `height` is the sum of its boxes, of which those that were in
    view are exact.
    """

    def __init__(self, shown: Shown, width: int) -> None:
        self.shown = shown
        self.width = width
        self.boxes: list[Box] = []
        self.opened = False
        self.unfolded = False  # what was read is shown
        self.document = Document()
        self._text = ""  # what the document was given
        self._tops: list[int] = []  # of the boxes; valid up to the first that changed
        self._valid = 0

    @property
    def node(self) -> Node:
        return self.shown.node

    @property
    def mine(self) -> bool:
        """Whether the person wrote it."""
        return self.node.role is not Role.ASSISTANT

    @property
    def begun(self) -> bool:
        """Whether words of it stand."""
        return any(not isinstance(box, FoldBox) for box in self.boxes)

    @property
    def waiting(self) -> bool:
        """Whether some of its text is not in blocks yet."""
        return self.opened and not self.mine and self.document.waiting > 0

    # What it holds

    def open(self, seconds: float = 0.004) -> None:
        """Make blocks of the text, for about so long; the rest is made by `advance`."""
        if self.opened:
            return
        self.opened = True
        if self.mine:
            words = plain_blocks(self.node.text) if self.node.text or not self.shown.pictures else []
            self._set_boxes([*self.shown.pictures, *words], 0)
        else:
            self._text = self.node.text
            self.document.append(self._text)
            self.advance(seconds)

    def advance(self, seconds: float, force: bool = False) -> int:
        """Go on making blocks; gives the index of the first one that changed."""
        changed = self.document.advance(seconds, force)
        blocks = self.document.blocks
        if self.shown.fold is not None:
            blocks, changed = [self.shown.fold, *blocks], changed + 1 if self.boxes else 0
        if self.shown.page is not None:
            blocks = [*blocks, self.shown.page]
        self._set_boxes(blocks, changed)
        return changed

    def append(self, text: str) -> int:
        """Take more of an answer; gives the index of the first block that changed."""
        self.open()
        self._text += text
        self.document.append(text)
        return self.advance(0.004)

    def show(self, shown: Shown) -> None:
        """Take a newer state of the same message; what stands stays, where the text only grew."""
        old, self.shown = self.shown, shown
        if (shown.fold, shown.page, shown.pictures) != (old.fold, old.page, old.pictures):
            self._close()
            return
        if not self.opened or (shown.node.text == self._text and not self.mine):
            return
        if self.mine and shown.node.text == old.node.text:
            return
        if not self.mine and shown.node.text.startswith(self._text):
            self.append(shown.node.text[len(self._text) :])
            return
        if not self.mine and shown.node.text == self._text.strip():
            return
        self._close()

    def _close(self) -> None:
        self.opened, self.boxes, self._valid = False, [], 0
        self.document = Document()

    def finish(self) -> None:
        """The answer is whole."""
        if self.opened and not self.mine:
            self.advance(0.004, force=True)

    @property
    def text(self) -> str:
        """The source, with what has streamed in since."""
        return self._text if self.opened and not self.mine else self.node.text

    def _set_boxes(self, blocks: list[Block], changed: int) -> None:
        for index in range(changed, len(blocks)):
            block = blocks[index]
            box = self.boxes[index] if index < len(self.boxes) else None
            if (
                box is not None
                and box.block == block
                and not (isinstance(block, Code) and block is box.block)
            ):
                continue
            kind = box_for(block)
            if box is not None and type(box) is kind:
                box.update(block)
            else:
                box = kind(block)
                if isinstance(box, FoldBox):
                    box.open = self.unfolded
                self.boxes[index : index + 1] = [box]
            box.estimate(self._box_width(box))
        del self.boxes[len(blocks) :]
        self._valid = min(self._valid, changed)

    def _box_width(self, box: Box) -> int:
        return self.width - indent_of(box.block.place, self.width)

    def resize(self, width: int) -> None:
        """Take another width of the text column."""
        if width != self.width:
            self.width = width
            self._estimate_all()

    def forget(self) -> None:
        """The theme changed."""
        for box in self.boxes:
            box.forget()
        self._estimate_all()

    def _estimate_all(self) -> None:
        for box in self.boxes:
            box.estimate(self._box_width(box))
        self._valid = 0

    # Where it is

    def tops(self) -> list[int]:
        """The y of each box, and of the end of the last."""
        boxes = self.boxes
        if self._valid < len(boxes) or len(self._tops) != len(boxes) + 1:
            start = min(self._valid, max(0, len(self._tops) - 1))
            del self._tops[start + 1 :]
            if not self._tops:
                self._tops = [0]
            for index in range(start, len(boxes)):
                if index:
                    above = boxes[index - 1]
                    top = self._tops[index - 1] + above.height
                    self._tops[index] = top + gap_between(above.block, boxes[index].block)
                self._tops.append(self._tops[index] + boxes[index].height)
            self._valid = len(boxes)
        return self._tops

    @property
    def height(self) -> int:
        """Of the text, in pixels; an estimate where it has not been in view."""
        if not self.opened:
            line = Flow.YOU_LINE if self.mine else theme().measure.answer_line
            text = self.node.text
            return max(line, int(len(text) * PER_CHARACTER) + text.count("\n", 0, 4096) * line // 2)
        rest = int(self.document.waiting * PER_CHARACTER) if not self.mine else 0
        return self.tops()[-1] + rest

    def index_at(self, y: float) -> int:
        """The box at a height, or the nearest one above it."""
        return min(max(0, bisect_right(self.tops(), y) - 1), max(0, len(self.boxes) - 1))

    def visible(self, top: float, bottom: float) -> Iterator[int]:
        """The boxes between two heights."""
        tops = self.tops()
        for index in range(self.index_at(top), len(self.boxes)):
            if tops[index] > bottom:
                return
            yield index

    def lay_out(self, index: int) -> bool:
        """Make a box exact; whether its height changed."""
        box = self.boxes[index]
        if box.exact:
            return False
        was = box.height
        box.fit(self._box_width(box))
        if box.height == was:
            return False
        self._valid = min(self._valid, index)
        return True

    def stale(self, index: int) -> None:
        """A box has another height than it had."""
        self.boxes[index].fit(self._box_width(self.boxes[index]))
        self._valid = min(self._valid, index)

    def corner(self, index: int) -> QPointF:
        """The top left corner of a box."""
        box = self.boxes[index]
        return QPointF(indent_of(box.block.place, self.width) - box.hang, self.tops()[index])

    def fresh(self, index: int) -> int:
        """The y below which it looks different after the boxes from `index` on were updated."""
        if index >= len(self.boxes):
            return self.tops()[-1]
        fresh = self.boxes[index].fresh
        # The bar of a quote reaches up into the gap above its block.
        above = Flow.HEADING if Nest.QUOTE in self.boxes[index].block.place.nest else 0
        return self.tops()[index] + (fresh or -above)

    # What it looks like

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, extent: Extent | None) -> None:
        """Paint what is inside `clip`, with the text edge at `at`, and what is selected."""
        for index in self.visible(clip.top() - at.y(), clip.bottom() - at.y()):
            box = self.boxes[index]
            if not box.exact:
                continue
            corner = at + self.corner(index)
            self._paint_place(painter, index, QPointF(at.x(), corner.y()))
            box.paint(painter, corner, clip, self.selected(index, extent))

    def _paint_place(self, painter: QPainter, index: int, at: QPointF) -> None:
        """Quote bars and what is hung before the first line."""
        box, place = self.boxes[index], self.boxes[index].block.place
        above = self.boxes[index - 1].block.place.nest if index else ()
        x = at.x()
        markers = dict(place.markers)
        for level, nest in enumerate(place.nest):
            if x - at.x() > self.width // 2:
                return
            if nest is Nest.QUOTE:
                shared = above[: level + 1] == place.nest[: level + 1]
                gap = gap_between(self.boxes[index - 1].block, box.block) if shared else 0
                area = QRectF(x, at.y() - gap, Flow.QUOTE_BAR, box.height + gap)
                painter.fillRect(area, theme().colour("control"))
            if level in markers:
                self._paint_marker(painter, QPointF(x, at.y()), markers[level])
            x += _INDENTS[nest]

    def _paint_marker(self, painter: QPainter, at: QPointF, marker: str) -> None:
        line = theme().measure.answer_line
        if marker == "•":
            left, size = Flow.DOT
            paint.box(
                painter,
                QRectF(at.x() + left, at.y() + (line - size) // 2 + 1, size, size),
                size / 2,
                theme().colour("ink3"),
            )
        elif marker.startswith("["):
            size = Flow.TASK_BOX
            area = QRectF(at.x(), at.y() + (line - size) // 2 + 1, size, size)
            done = marker == "[x]"
            colour = theme().colour("accent" if done else "page")
            border = None if done else theme().colour("ink3")
            paint.box(painter, area, Space.RADIUS_SMALL - 1, colour, border)
            if done:
                paint.icon(painter, area.toRect(), "check", 14, "on_accent", "middle")
        else:
            run = TextRun(Rich(marker), tabular(theme().answer_font()), line, "ink2")
            run.fit(Space.SIDEBAR)
            run.paint(painter, at, QRectF(), None)

    def caret(self) -> QPointF:
        """Where the next word will stand: the top left of its place in the line."""
        if not self.boxes:
            return QPointF(0, 0)
        index = len(self.boxes) - 1
        return self.corner(index) + self.boxes[index].caret()

    # What is selected of it

    @property
    def whole(self) -> Extent:
        """All of it."""
        last = max(0, len(self.boxes) - 1)
        return (0, 0), (last, self.boxes[last].end if self.boxes else 0)

    def selected(self, index: int, extent: Extent | None) -> Selected:
        """What is selected of one box."""
        if extent is None:
            return None
        (first, start), (last, end) = extent
        if not first <= index <= last:
            return None
        begin = start if index == first else 0
        after = end if index == last else self.boxes[index].end
        return (begin, after) if begin < after else None

    def words(self, extent: Extent) -> str:
        """What is selected, as text."""
        text = ""
        for index in range(extent[0][0], min(extent[1][0] + 1, len(self.boxes))):
            part = self.selected(index, extent)
            if part is None:
                continue
            if text:
                above, below = self.boxes[index - 1].block, self.boxes[index].block
                apart = gap_between(above, below) or below.place.goes_on
                text += "\n\n" if apart and not below.place.goes_on else "\n"
            text += self.boxes[index].words(*part)
        return text

    def mark_at(self, point: QPointF) -> Mark:
        """The box and the position nearest to a point."""
        if not self.boxes:
            return 0, 0
        index = self.index_at(point.y())
        self.lay_out(index)
        return index, self.boxes[index].position(point - self.corner(index))
