"""The real widgets over the painted conversation, made for what is in view and moved along with it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.conversation import State
from ui.code_block import CodeBox
from ui.controls import Button, Kind
from ui.extra_boxes import FoldBox, LinkBox, PageBox
from ui.extra_widgets import FoldLine, PageCard
from ui.fault_box import FaultBox
from ui.message import Message
from ui.message_row import REACH, AnswerRow, CopyButton, SlipRow
from ui.slip_editor import SlipEditor
from ui.theme import Flow, Space

if TYPE_CHECKING:
    from ui.transcript import Transcript

Key = tuple[str, str, int]  # a message's id, what the widget is, and the block it belongs to


class Overlay:
    """Rows of buttons, the Copy buttons of code, error boxes and the editor of a message."""

    def __init__(self, transcript: "Transcript") -> None:
        self._transcript = transcript
        self._widgets: dict[Key, QWidget] = {}
        self._grew = False
        self._hovered = ""

    def widget(self, node_id: str, kind: str, block: int = 0) -> QWidget | None:
        """A widget in view: "row", "fault", "editor" or "copy" (of code)."""
        return self._widgets.get((node_id, kind, block))

    def focused(self) -> str:
        """The message whose widget has the keyboard; empty for none."""
        return next((key[0] for key, widget in self._widgets.items() if _has_focus(widget)), "")

    def place(self) -> bool:
        """Make, move and drop widgets so that they match what is in view.

        True when an error box turned out to be of another height than was reckoned with.
        """
        self._grew = False
        wanted: dict[Key, QWidget] = {}
        view, column = self._transcript, self._transcript.column
        bottom = view.offset + view.viewport().height()
        for index in column.visible(view.offset, bottom):
            message = column.messages[index]
            if message.mine:
                self._place_mine(index, message, wanted)
            else:
                self._place_code(index, message, wanted)
                if message is not column.streaming:
                    self._place_fault(index, message, wanted)
                    self._place_row(index, message, wanted)
        self._place_editor(wanted)
        if wanted.keys() != self._widgets.keys():
            self._drop(wanted)
            self._order(list(wanted.values()))
        self._widgets = wanted
        return self._grew

    def _drop(self, wanted: dict[Key, QWidget]) -> None:
        for key, widget in self._widgets.items():
            if key not in wanted:
                if _has_focus(widget):
                    self._transcript.setFocus(Qt.FocusReason.OtherFocusReason)
                widget.hide()
                widget.deleteLater()

    def _order(self, widgets: list[QWidget]) -> None:
        """Tab goes from top to bottom, whenever the widgets were made."""
        last: QWidget = self._transcript
        for widget in widgets:
            for button in getattr(widget, "buttons", [widget]):
                QWidget.setTabOrder(last, button)
                last = button

    def _corner(self, x: float, y: float) -> QPointF:
        return self._transcript.origin + QPointF(x, y)

    def _put(self, widget: QWidget, x: float, y: float, width: int, height: int) -> None:
        corner = self._corner(x, y).toPoint()
        widget.setGeometry(QRect(corner.x(), corner.y(), width, height))
        if widget.isHidden():
            widget.show()

    # Answers

    def _place_row(self, index: int, message: Message, wanted: dict[Key, QWidget]) -> None:
        view, column = self._transcript, self._transcript.column
        last = index == len(column.messages) - 1
        id_ = message.node.id
        row = self._widgets.get((id_, "row", 0))
        if isinstance(row, AnswerRow):
            row.set(message.shown, last)
        else:
            row = AnswerRow(view.viewport(), message.shown, last)
            row.version_wanted.connect(view.version_requested)
            row.copy_wanted.connect(lambda: self.copy(message.text))
            row.again_wanted.connect(lambda: view.regenerate_requested.emit(id_))
            row.continue_wanted.connect(lambda: view.continue_requested.emit(id_))
            row.reveal(self._hovered == id_)
        size = row.sized(column.width)
        y = column.text_bottom(index) + column.fault_height(message.node) + Flow.ROW_GAP - REACH
        self._put(row, -Space.HANG, y, size.width(), size.height())
        wanted[id_, "row", 0] = row

    def _place_fault(self, index: int, message: Message, wanted: dict[Key, QWidget]) -> None:
        view, column = self._transcript, self._transcript.column
        if message.node.state is not State.FAILED:
            return
        id_ = message.node.id
        last = index == len(column.messages) - 1
        box = self._widgets.get((id_, "fault", 0))
        if not isinstance(box, FaultBox) or box.node is not message.node or box.last is not last:
            box = FaultBox(view.viewport(), message.node, last)
            box.continue_wanted.connect(lambda: view.continue_requested.emit(id_))
            box.resized.connect(lambda: self._resized(id_))
            old = self._widgets.pop((id_, "fault", 0), None)
            if old is not None:
                old.hide()
                old.deleteLater()
        width = column.width + 2 * Space.HANG
        tall = box.place(width)
        wanted[id_, "fault", 0] = box
        self._put(box, -Space.HANG, column.text_bottom(index) + Flow.FAULT_GAP, width, tall)
        if column.heights.get(id_) != tall:
            column.heights[id_] = tall
            column.changed(index)
            self._grew = True

    def _resized(self, node_id: str) -> None:
        """A widget in the flow asks for another height."""
        view, column = self._transcript, self._transcript.column
        index = column.index(node_id)
        editor = self._widgets.get((node_id, "editor", 0))
        box = self._widgets.get((node_id, "fault", 0))
        if isinstance(editor, SlipEditor):
            column.heights[node_id] = editor.tall(column.width + 2 * Space.HANG)
        elif isinstance(box, FaultBox):
            column.heights[node_id] = box.place(box.width())
        view.invalidate(index)

    def _place_code(self, index: int, message: Message, wanted: dict[Key, QWidget]) -> None:
        view, column = self._transcript, self._transcript.column
        start = column.text_top(index)
        top, bottom = view.offset - start, view.offset + view.viewport().height() - start
        for number in message.visible(top, bottom) if message.opened else ():
            box = message.boxes[number]
            corner = message.corner(number) + QPointF(0, start)
            match box:
                case CodeBox():
                    self._place_copy(
                        message, number, corner + box.copy_corner(box.width + 2 * box.hang), wanted
                    )
                case FoldBox():
                    self._place_fold(message, number, box, corner, wanted)
                case PageBox() | LinkBox():
                    self._place_card(message, number, box, corner, wanted)

    def _place_copy(self, message: Message, number: int, at: QPointF, wanted: dict[Key, QWidget]) -> None:
        key = (message.node.id, "copy", number)
        button = self._widgets.get(key)
        if button is None:
            button = CopyButton("Copy code", self._transcript.viewport())
            button.clicked.connect(lambda: self._copy(message, number))
        self._put(button, at.x(), at.y(), Space.SMALL_BUTTON, Space.SMALL_BUTTON)
        wanted[key] = button

    def _place_fold(
        self, message: Message, number: int, box: FoldBox, at: QPointF, wanted: dict[Key, QWidget]
    ) -> None:
        key = (message.node.id, "fold", number)
        line = self._widgets.get(key)
        if not isinstance(line, FoldLine):
            line = FoldLine(self._transcript.viewport())
            line.clicked.connect(lambda: self._toggle(message, number))
        line.set(box.block.title, box.open)
        self._put(line, at.x(), at.y(), line.wide(box.width), Space.FOLD)
        wanted[key] = line
        if box.open and box.block.lines:
            self._place_correct(message, number, box, at, wanted)

    def _place_correct(
        self, message: Message, number: int, box: FoldBox, at: QPointF, wanted: dict[Key, QWidget]
    ) -> None:
        key = (message.node.id, "correct", number)
        button = self._widgets.get(key)
        if not isinstance(button, Button):
            button = Button("Correct", self._transcript.viewport(), kind=Kind.QUIET, small=True)
            button.setToolTip("Put right what was misread")
            button.clicked.connect(lambda: self._transcript.correct_wanted.emit(message.node.id))
        size = button.sizeHint()
        top = at.y() + (Space.FOLD - size.height()) // 2
        self._put(button, at.x() + box.width - size.width(), top, size.width(), size.height())
        wanted[key] = button

    def _toggle(self, message: Message, number: int) -> None:
        column = self._transcript.column
        box = message.boxes[number] if number < len(message.boxes) else None
        if isinstance(box, FoldBox):
            box.toggle()
            message.unfolded = box.open
            message.stale(number)
            self._transcript.invalidate(column.index(message.node.id))

    def _place_card(
        self,
        message: Message,
        number: int,
        box: PageBox | LinkBox,
        at: QPointF,
        wanted: dict[Key, QWidget],
    ) -> None:
        view, id_ = self._transcript, message.node.id
        key = (id_, "page", number)
        card = self._widgets.get(key)
        if not isinstance(card, PageCard):
            card = PageCard(view.viewport())
            card.clicked.connect(lambda: self._show_page(message, number))
        shown = box.block.id == view.shown_page if isinstance(box, LinkBox) else False
        card.set(box.name, box.facts, "Shown beside" if shown else "Show")
        self._put(card, at.x(), at.y(), box.width + 2 * box.hang, box.height)
        wanted[key] = card

    def _show_page(self, message: Message, number: int) -> None:
        box = message.boxes[number] if number < len(message.boxes) else None
        if isinstance(box, PageBox):
            self._transcript.page_wanted.emit(message.node.id, box.html)
        elif isinstance(box, LinkBox):
            self._transcript.version_shown.emit(box.block.id)

    def _copy(self, message: Message, number: int) -> None:
        box = message.boxes[number] if number < len(message.boxes) else None
        if isinstance(box, CodeBox):
            self.copy(box.text)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        QGuiApplication.clipboard().setText(text)

    # One's own messages

    def _place_mine(self, index: int, message: Message, wanted: dict[Key, QWidget]) -> None:
        view, column = self._transcript, self._transcript.column
        id_ = message.node.id
        slip = column.slip(index)
        if id_ == column.editing:
            self._place_editor(wanted)
            return
        row = self._widgets.get((id_, "row", 0))
        if isinstance(row, SlipRow):
            row.set(message.shown)
        else:
            row = SlipRow(view.viewport(), message.shown)
            row.version_wanted.connect(view.version_requested)
            row.edit_wanted.connect(lambda: self.edit(id_))
            row.copy_wanted.connect(lambda: self.copy(message.text))
            row.reveal(self._hovered == id_)
        x = slip.right() - row.width() + REACH - Space.S
        self._put(row, x, slip.bottom() - Flow.SLIP[1] - REACH, row.width(), row.height())
        wanted[id_, "row", 0] = row

    def _place_editor(self, wanted: dict[Key, QWidget]) -> None:
        """The editor stays, with what was typed, while its message is out of view."""
        column = self._transcript.column
        key = (column.editing, "editor", 0)
        editor = self._widgets.get(key)
        if editor is not None:
            slip = column.slip(column.index(column.editing))
            self._put(editor, slip.x(), slip.y(), int(slip.width()), int(slip.height()))
            wanted[key] = editor

    def resume(self) -> None:
        """Open the box again in which was typed last, if its message is shown."""
        column = self._transcript.column
        if not column.editing:
            ids = [id_ for id_ in self._transcript.edits if column.index(id_) >= 0]
            if ids:
                self._open_editor(ids[-1])

    def edit(self, node_id: str) -> None:
        """Turn one's own message into an editor."""
        editor = self._open_editor(node_id)
        if editor is not None:
            editor.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_editor(self, node_id: str) -> SlipEditor | None:
        view, column = self._transcript, self._transcript.column
        index = column.index(node_id)
        if index < 0 or not column.messages[index].mine:
            return None
        self.drop_editor()
        text = view.edits.get(node_id, column.messages[index].node.text)
        editor = SlipEditor(view.viewport(), text)
        slip = column.slip(index)
        self._put(editor, slip.x(), slip.y(), int(slip.width()), Space.SIDEBAR)
        editor.sent.connect(lambda text: self._edited(node_id, text))
        editor.left.connect(lambda: self._left(node_id))
        editor.typed.connect(lambda text: view.edit_typed.emit(node_id, text))
        editor.resized.connect(lambda: self._resized(node_id))
        self._widgets[node_id, "editor", 0] = editor
        column.editing = node_id
        self._resized(node_id)
        return editor

    def _left(self, node_id: str) -> None:
        self.leave_editor()
        self._transcript.edit_left.emit(node_id)

    def _edited(self, node_id: str, text: str) -> None:
        self.leave_editor()
        self._transcript.edited.emit(node_id, text)

    def drop_editor(self) -> None:
        """Put the editor away, without a word to anybody."""
        column = self._transcript.column
        editor = self._widgets.pop((column.editing, "editor", 0), None)
        if editor is not None:
            editor.hide()
            editor.deleteLater()
            column.heights.pop(column.editing, None)
        column.editing = ""

    def leave_editor(self) -> None:
        """Put the editor away and show the slip again."""
        index = self._transcript.column.index(self._transcript.column.editing)
        self.drop_editor()
        self._transcript.invalidate(max(0, index))
        self._transcript.setFocus(Qt.FocusReason.OtherFocusReason)

    # The pointer

    def hover(self, node_id: str) -> None:
        """The pointer is over this message."""
        if node_id == self._hovered:
            return
        for id_, on in ((self._hovered, False), (node_id, True)):
            row = self._widgets.get((id_, "row", 0))
            if isinstance(row, AnswerRow | SlipRow):
                row.reveal(on)
        self._hovered = node_id


def _has_focus(widget: QWidget) -> bool:
    focus = QGuiApplication.focusObject()
    return isinstance(focus, QWidget) and (focus is widget or widget.isAncestorOf(focus))
