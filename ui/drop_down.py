"""A button of 28 that shows the value in force and opens the list of the others."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QWidget

from ui.controls import Button, Kind
from ui.floating import Menu
from ui.theme import Space, sans


class DropDown(Button):
    """One of several values, where a segmented choice would be too long."""

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("–", parent, kind=Kind.PLAIN, trailing="chevron-down", small=True)
        self._name = name
        self._items: list[tuple[object, str]] = []
        self._value: object = None
        self.menu: Menu | None = None
        self.clicked.connect(self.open)

    def set_items(self, items: list[tuple[object, str]]) -> None:
        """The values and the words for them, from top to bottom."""
        self._items = items
        self.setEnabled(bool(items))
        self.show_value(self._value)

    def show_value(self, value: object) -> None:
        """Show the value in force; nothing is emitted."""
        self._value = value
        words = next((words for known, words in self._items if known == value), "–")
        self.set_words(words)
        self.setAccessibleName(f"{self._name}: {words}")

    def value(self) -> object:
        return self._value

    def open(self) -> None:
        """Open the list below, as wide as its longest entry."""
        metrics = QFontMetrics(sans(13))
        longest = max((metrics.horizontalAdvance(words) for _, words in self._items), default=0)
        width = max(self.width(), longest + 2 * (Space.XS + Space.HAIR) + 2 * Space.M + 16 + Space.S)
        self.menu = Menu(self, width)
        for place, (value, words) in enumerate(self._items):
            current = value == self._value
            self.menu.offer(words, partial(self._choose, value), "check" if current else "")
            if current:
                self.menu.begin_at(place)
        self.menu.open_at(self, right=True)

    def _choose(self, value: object) -> None:
        if value != self._value:
            self.show_value(value)
            self.chosen.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.open()
        else:
            super().keyPressEvent(event)
