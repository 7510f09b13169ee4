"""The column of messages: where each stands, what is laid out, and what is selected.

Coordinates are those of the whole conversation: x from the text edge, y from its top. Heights of what was
not in view are estimates; `settle` makes what comes into view exact and tells how far the view must move so
that nothing in it jumps.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from app.conversation import Node, State
from ui import paint
from ui.message import Extent, Message, Shown
from ui.message_row import row_extra
from ui.theme import Flow, Space, sans, tabular, theme

Place = tuple[int, int, int]  # a message, a box of it, a position in the box
Anchor = tuple[int, int, float]  # a message, a box of it, and pixels from its top
PART = "   "  # sets the parts of a status apart
FAULT = 64  # the height that the box of an error is taken to have before it has been in view


@dataclass
class Selection:
    """From where the mouse went down to where it is; `None` where nothing is selected."""

    anchor: tuple[Place, Place] | None = None  # the word or paragraph that a double click began with
    head: tuple[Place, Place] | None = None

    def bounds(self) -> tuple[Place, Place] | None:
        if self.anchor is None or self.head is None:
            return None
        start, end = min(self.anchor[0], self.head[0]), max(self.anchor[1], self.head[1])
        return (start, end) if start < end else None

    def extent(self, index: int, message: Message) -> Extent | None:
        """What is selected of a message."""
        bounds = self.bounds()
        if bounds is None or not bounds[0][0] <= index <= bounds[1][0]:
            return None
        first, last = message.whole
        if bounds[0][0] == index:
            first = bounds[0][1:]
        if bounds[1][0] == index:
            last = bounds[1][1:]
        return first, last


@dataclass
class Progress:
    """What stands under an answer that is being written."""

    text: str = ""
    fraction: float | None = None


@dataclass
class Column:
    """The messages of the shown path, under each other."""

    width: int = 608
    messages: list[Message] = field(default_factory=list)
    streaming: Message | None = None
    progress: Progress = field(default_factory=Progress)
    selection: Selection = field(default_factory=Selection)
    heights: dict[str, int] = field(default_factory=dict)  # of error boxes and editors in view, by message
    editing: str = ""  # the message whose editor is open
    _tops: list[int] = field(default_factory=list)
    _valid: int = 0

    # What it holds

    def show(self, items: Sequence[Shown]) -> None:
        """Show these messages; those that were shown before keep what was laid out."""
        old = {message.node.id: message for message in self.messages}
        self.messages = []
        for shown in items:
            message = old.get(shown.node.id)
            if message is None:
                message = Message(shown, self.width)
            else:
                message.show(shown)
            self.messages.append(message)
        if self.streaming not in self.messages:
            self.streaming = None
        self.heights = {
            id_: tall for id_, tall in self.heights.items() if any(id_ == m.node.id for m in self.messages)
        }
        self.selection = Selection()
        self._valid = 0

    def index(self, node_id: str) -> int:
        """The place of a message in the path; -1 when it is not shown."""
        if self.messages and self.messages[-1].node.id == node_id:
            return len(self.messages) - 1
        return next((n for n, message in enumerate(self.messages) if message.node.id == node_id), -1)

    def changed(self, index: int) -> None:
        """A message, or what stands under it, has another height."""
        self._valid = min(self._valid, index)

    def resize(self, width: int) -> None:
        if width != self.width:
            self.width = width
            for message in self.messages:
                message.resize(width)
            self._valid = 0

    def forget(self) -> None:
        """The theme changed."""
        for message in self.messages:
            message.forget()
        self._valid = 0

    # Where things are

    def foot(self, index: int) -> int:
        """Pixels below the text of a message that belong to it."""
        message = self.messages[index]
        if message.mine:
            return Flow.SLIP[1]
        if message is self.streaming:
            bar = Space.S + Flow.PROGRESS if self.progress.fraction is not None else 0
            return self._status_gap(message) + Flow.STATUS_LINE + bar
        last = index == len(self.messages) - 1
        extra = row_extra(message.shown, last, self.width) if message.opened else 0
        return self.fault_height(message.node) + Flow.ROW_GAP + Space.ACTIONS + extra

    def _status_gap(self, message: Message) -> int:
        return Flow.STATUS if message.begun else Space.S

    def fault_height(self, node: Node) -> int:
        """Pixels that the box of an error takes, and the space above it."""
        if node.state is not State.FAILED:
            return 0
        return Flow.FAULT_GAP + self.heights.get(node.id, FAULT)

    def text_height(self, index: int) -> int:
        message = self.messages[index]
        if message.node.id == self.editing:
            return self.heights.get(self.editing, FAULT) - 2 * Flow.SLIP[1]
        return message.height

    def tops(self) -> list[int]:
        """The y at which each message begins, its slip included, and the end of the last."""
        count = len(self.messages)
        if self._valid < count or len(self._tops) != count + 1:
            start = min(self._valid, max(0, len(self._tops) - 1), count)
            del self._tops[start + 1 :]
            if not self._tops:
                self._tops = [Flow.TOP]
            for index in range(start, count):
                message = self.messages[index]
                below = self.messages[index + 1] if index + 1 < count else None
                head = Flow.SLIP[1] if message.mine else 0
                gap = 0
                if below is not None:
                    gap = Flow.ANSWER if message.mine and not below.mine else Flow.NEXT
                self._tops.append(self._tops[index] + head + self.text_height(index) + self.foot(index) + gap)
            self._valid = count
        return self._tops

    @property
    def height(self) -> int:
        return self.tops()[-1] + Flow.BOTTOM

    def text_top(self, index: int) -> int:
        """The y at which the text of a message begins."""
        return self.tops()[index] + (Flow.SLIP[1] if self.messages[index].mine else 0)

    def text_bottom(self, index: int) -> int:
        return self.text_top(index) + self.text_height(index)

    def slip(self, index: int) -> QRectF:
        """The slip of one's own message."""
        top, tall = self.tops()[index], self.text_height(index) + 2 * Flow.SLIP[1]
        return QRectF(-Space.HANG, top, self.width + 2 * Space.HANG, tall)

    def index_at(self, y: float) -> int:
        """The message at a height, or the nearest above it; -1 when there is none."""
        return min(max(0, bisect_right(self.tops(), y) - 1), len(self.messages) - 1)

    def visible(self, top: float, bottom: float) -> range:
        """The messages between two heights."""
        if not self.messages:
            return range(0)
        return range(self.index_at(top), self.index_at(bottom) + 1)

    # What is laid out

    def anchor(self, top: float, bottom: float) -> Anchor | None:
        """What must stay where it is: the first box in view that is exact, else the first one."""
        first: Anchor | None = None
        for index in self.visible(top, bottom):
            message, start = self.messages[index], self.text_top(index)
            for number in message.visible(top - start, bottom - start) if message.opened else ():
                place = (index, number, start + message.tops()[number] - top)
                if message.boxes[number].exact:
                    return place
                first = first or place
            first = first or (index, -1, start - top)
        return first

    def y_of(self, anchor: Anchor) -> float:
        """Where the view must begin for an anchor to stand where it stood."""
        index, number, below = anchor
        message = self.messages[index]
        within = message.tops()[number] if 0 <= number < len(message.boxes) else 0
        return self.text_top(index) + within - below

    def settle(self, top: float, height: float) -> float:
        """Lay out what is between `top` and `top + height`; gives where the view must begin then."""
        for _ in range(24):
            anchor = self.anchor(top, top + height)
            if anchor is None or not self._lay_out(top, top + height):
                return top
            top = self.y_of(anchor)
        return top

    def _lay_out(self, top: float, bottom: float) -> bool:
        """Make exact what is in view; whether that moved anything."""
        moved = False
        for index in self.visible(top, bottom):
            message = self.messages[index]
            if not message.opened:
                message.open()
                self.changed(index)
                moved = True
            start = self.text_top(index)
            for number in list(message.visible(top - start, bottom - start)):
                if message.lay_out(number):
                    self.changed(index)
                    moved = True
        return moved

    # What it looks like

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF) -> None:
        """Paint what is inside `clip`, with the origin of the conversation at `at`."""
        for index in self.visible(clip.top() - at.y(), clip.bottom() - at.y()):
            message = self.messages[index]
            if message.mine:
                if message.node.id == self.editing:
                    continue
                slip = self.slip(index).translated(at)
                paint.box(painter, slip, Space.RADIUS_BOX, theme().colour("slip"))
            corner = at + QPointF(0, self.text_top(index))
            message.paint(painter, corner, clip, self.selection.extent(index, message))
            if message is self.streaming:
                self._paint_progress(painter, message, corner)

    def _paint_progress(self, painter: QPainter, message: Message, at: QPointF) -> None:
        accent = theme().colour("accent")
        if message.begun:
            wide, tall = Space.CARET
            caret = at + message.caret()
            code = message.boxes[-1].hang > 0
            line = Flow.CODE_LINE if code else theme().measure.answer_line
            x, top = round(caret.x()) + Space.XS - 1, round(caret.y()) + (line - tall) // 2 - (not code)
            painter.fillRect(QRectF(x, top, wide, tall), accent)
        y = at.y() + message.height + self._status_gap(message)
        area = QRectF(at.x(), y, self.width, Flow.STATUS_LINE)
        for part in self.progress.text.split(PART):
            area.setLeft(
                area.left() + paint.text(painter, area, part, tabular(sans(12)), "ink3") + Flow.BESIDE
            )
        if self.progress.fraction is not None:
            radius = Flow.PROGRESS / 2
            bar = QRectF(at.x(), area.bottom() + Space.S, self.width, Flow.PROGRESS)
            paint.box(painter, bar, radius, theme().colour("bar"))
            bar.setWidth(max(Flow.PROGRESS, self.width * min(1.0, self.progress.fraction)))
            paint.box(painter, bar, radius, accent)

    # What is selected

    def place_at(self, point: QPointF) -> Place:
        """The place nearest to a point."""
        index = max(0, self.index_at(point.y()))
        if not self.messages:
            return 0, 0, 0
        message = self.messages[index]
        message.open()
        at = point - QPointF(0, self.text_top(index))
        if point.y() < self.text_top(index):
            return index, 0, 0
        if at.y() >= message.height:
            return (index, *message.whole[1])
        return (index, *message.mark_at(at))

    def around(self, place: Place, paragraph: bool = False) -> tuple[Place, Place]:
        """The word or the paragraph around a place."""
        index, number, position = place
        if index >= len(self.messages) or number >= len(self.messages[index].boxes):
            return place, place
        box = self.messages[index].boxes[number]
        start, end = box.line(position) if paragraph else box.word(position)
        return (index, number, start), (index, number, end)

    def select_all(self) -> None:
        if self.messages:
            end = (len(self.messages), 0, 0)
            self.selection = Selection(((0, 0, 0), (0, 0, 0)), (end, end))

    def selected_text(self) -> str:
        """What is selected: whole messages as they were written, parts as the text that one reads."""
        bounds = self.selection.bounds()
        if bounds is None:
            return ""
        parts = []
        for index in range(bounds[0][0], min(bounds[1][0] + 1, len(self.messages))):
            message = self.messages[index]
            extent = self.selection.extent(index, message)
            inside = bounds[0][0] < index < bounds[1][0] or not message.opened
            if inside or extent == message.whole:
                parts.append(message.text)
            elif extent is not None:
                parts.append(message.words(extent))
        return "\n\n".join(part for part in parts if part)
