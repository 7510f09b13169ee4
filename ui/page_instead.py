"""What stands in the place of a page that cannot be shown."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.controls import Button, Label
from ui.fault_box import sentences
from ui.theme import Space, sans, theme

ICON = 18


class Instead(QWidget):
    """What happened, what is kept, and the button that starts the page anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._happened = Label("", sans(13, 600), "fault", 20, self, wrap=True)
        self._rest = Label("", sans(13), "ink2", 20, self, wrap=True)
        self.again = Button("Show again", self)
        theme().changed.connect(self.update)

    def tell(self, sentence: str, again: bool) -> None:
        """Show a sentence; `again` where the page can be started anew."""
        happened, rest = sentences(sentence)
        self._happened.setText(happened)
        self._rest.setText(rest)
        self.again.setVisible(again)
        self.setAccessibleName(sentence)
        self._place()

    def _place(self) -> None:
        wide = min(Space.PICKER + ICON, self.width() - 2 * Space.XXL)
        left, y = (self.width() - wide) // 2, self.height() // 4
        text = left + ICON + Space.M
        self._icon = QRect(left, y, ICON, Space.XL)
        for label in (self._happened, self._rest):
            tall = label.heightForWidth(wide - ICON - Space.M)
            label.setGeometry(text, y, wide - ICON - Space.M, tall)
            y += tall
        self.again.resize(self.again.sizeHint())
        self.again.move(text, y + Space.L)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._happened.text():
            paint.icon(paint.pen_for(self), self._icon, "circle-alert", ICON, "fault")
