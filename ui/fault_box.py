"""The box of an error in the flow of the conversation."""

import re

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.conversation import Node
from ui import paint
from ui.controls import Button, Kind, Label
from ui.theme import Flow, Space, mono, sans, theme


class FaultBox(QWidget):
    """What stopped an answer, what is kept, and the button that goes on."""

    continue_wanted = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget, node: Node, last: bool) -> None:
        super().__init__(parent)
        self.node, self.last = node, last
        first, rest = sentences(node.fault)
        self._inset = Space.HANG + 18 + Space.M
        self._first = Label(first, sans(13, 600), "fault", parent=self, wrap=True)
        self._rest = Label(rest, sans(13), "ink2", parent=self, wrap=True)
        self._technical = QPlainTextEdit(node.fault_details, self)
        self._technical.setObjectName("bare")
        self._technical.setReadOnly(True)
        self._technical.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._technical.setAccessibleName("Details")
        self._technical.setTabChangesFocus(True)
        self._technical.hide()
        self.details = Button("Details", self, small=True)
        self.details.setVisible(bool(node.fault_details))
        self.details.clicked.connect(self.toggle)
        self.go_on = Button("Continue", self, small=True, kind=Kind.PRIMARY)
        self.go_on.setVisible(last)
        self.go_on.clicked.connect(self.continue_wanted)
        self.buttons = [self.details, self.go_on]
        self.setAccessibleName(node.fault)
        self._open = False
        theme().changed.connect(self.update)

    def toggle(self) -> None:
        """Show the technical text, or put it away."""
        self._open = not self._open
        self._technical.setVisible(self._open)
        self._technical.setFont(mono(Flow.CODE))
        self.resized.emit()

    def place(self, width: int) -> int:
        """Arrange what is inside for a width; gives the height."""
        right = width - Space.M
        for button in (self.go_on, self.details):
            if not button.isHidden():
                button.resize(button.sizeHint())
                right -= button.width()
                button.move(right, Space.M)
                right -= Space.S
        room = max(Space.COMPOSER_FOOT, right - Space.S - self._inset)
        y = Space.M
        for label in (self._first, self._rest):
            tall = label.heightForWidth(room) if label.text() else 0
            label.setGeometry(self._inset, y, room, tall)
            y += tall
        y = max(y, Space.M + Space.SMALL_BUTTON if right < width - Space.M else 0)
        if self._open:
            lines = min(Flow.EDITOR_LINES, self.node.fault_details.count("\n") + 1)
            tall = lines * QFontMetrics(self._technical.font()).lineSpacing() + Space.S + Space.XS
            self._technical.setGeometry(self._inset - Space.XS, y + Space.S, width - self._inset, tall)
            y += tall + Space.S
        return int(y + Space.M)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.box(painter, self.rect(), Space.RADIUS_BOX, theme().colour("page"), theme().colour("control"))
        area = QRect(Space.HANG, Space.M, 18, Space.XL)
        paint.icon(painter, area, "circle-alert", 18, "fault")


def sentences(fault: str) -> tuple[str, str]:
    """The first sentence, and the rest."""
    match = re.match(r"(.+?[.?!])\s+(.+)", fault, re.DOTALL)
    return (match[1], match[2]) if match else (fault, "")
