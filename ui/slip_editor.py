"""One's own message while it is changed, in the place of its slip: the words do not move."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.controls import Button, Kind
from ui.editor import Editor
from ui.theme import Flow, Space, theme


class SlipEditor(QWidget):
    """The field, and under it Cancel and Send."""

    sent = Signal(str)
    left = Signal()
    typed = Signal(str)  # all that stands in it
    resized = Signal()

    def __init__(self, parent: QWidget, text: str) -> None:
        super().__init__(parent)
        self.field = Editor(self)
        self.field.setPlainText(text)
        self.field.setAccessibleName("Edit the message")
        self.field.installEventFilter(self)
        self.field.escaped.connect(self.left)
        self.field.entered.connect(self._send)
        self.field.textChanged.connect(self._changed)
        self.field.focus_moved.connect(self.update)
        self.cancel = Button("Cancel", self, small=True, kind=Kind.QUIET, tip="Cancel  Esc")
        self.send = Button("Send", self, small=True, kind=Kind.PRIMARY, tip="Send  Enter")
        self.buttons: list[QWidget] = [self.field, self.cancel, self.send]
        self.cancel.clicked.connect(self.left)
        self.send.clicked.connect(self._send)
        end = self.field.textCursor()
        end.movePosition(end.MoveOperation.End)
        self.field.setTextCursor(end)
        theme().changed.connect(self.update)

    def _changed(self) -> None:
        self.resized.emit()
        self.typed.emit(self.field.toPlainText())

    def _send(self) -> None:
        text = self.field.toPlainText().strip()
        if text:
            self.sent.emit(text)

    def tall(self, width: int) -> int:
        """The height that its text asks for at a width."""
        lines = self.field.lines_at(self._field_width(width))
        return lines * Space.COMPOSER_LINE + 2 * Flow.SLIP[1] + Space.S + Space.SMALL_BUTTON

    def _field_width(self, width: int) -> int:
        return width - Flow.SLIP[0] - Space.HAIR

    def _box_height(self) -> int:
        return self.height() - Space.SMALL_BUTTON - Space.S

    def resizeEvent(self, event: QResizeEvent) -> None:
        sideways, upright = Flow.SLIP
        # To the right edge of the box, where its scroll bar may stand.
        wide = self._field_width(self.width())
        self.field.setGeometry(sideways, upright, wide, self._box_height() - 2 * upright)
        x = self.width()
        for button in (self.send, self.cancel):
            button.resize(button.sizeHint())
            x -= button.width()
            button.move(x, self.height() - Space.SMALL_BUTTON)
            x -= Space.S

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._send()
                return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        border = "accent" if self.field.hasFocus() else "control"
        box = self.rect()
        box.setHeight(self._box_height())
        paint.box(painter, box, Space.RADIUS_BOX, theme().colour("raised"), theme().colour(border))
