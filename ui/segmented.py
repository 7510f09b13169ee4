"""A few values side by side: a radio group in one box of 28."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui import paint
from ui.controls import Pressable
from ui.theme import Leaf, Space, sans, theme


class SegmentedChoice(QWidget):
    """A few values side by side, one of them chosen. Arrow keys move the choice, as in a radio group."""

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFixedHeight(Space.SMALL_BUTTON)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._segments: list[_Segment] = []
        theme().changed.connect(self.update)

    def set_items(self, items: list[tuple[object, str]], icons: Sequence[str] = ()) -> None:
        """The values and the words for them, from left to right; with icons the words are their tips."""
        for old in self._segments:
            old.deleteLater()
        self._segments = []
        for place, (value, words) in enumerate(items):
            icon = icons[place] if icons else ""
            segment = _Segment(words, self, value, place == 0, place == len(items) - 1, icon)
            segment.setAccessibleName(f"{self.accessibleName()}: {words}")
            segment.clicked.connect(lambda _=False, value=value: self._pressed(value))
            self._row.addWidget(segment)
            self._segments.append(segment)

    def show_value(self, value: object) -> None:
        """Mark the value that is in force; nothing is emitted."""
        for segment in self._segments:
            segment.setChecked(segment.value == value)
            segment.setFocusPolicy(
                Qt.FocusPolicy.TabFocus if segment.value == value else Qt.FocusPolicy.ClickFocus
            )

    def value(self) -> object:
        return next((segment.value for segment in self._segments if segment.isChecked()), None)

    def _pressed(self, value: object) -> None:
        self.show_value(value)
        self.chosen.emit(value)

    def step(self, by: int) -> None:
        """Choose the neighbour, without going round."""
        at = next((n for n, segment in enumerate(self._segments) if segment.isChecked()), 0) + by
        if 0 <= at < len(self._segments):
            self._segments[at].setFocus(Qt.FocusReason.TabFocusReason)
            self._pressed(self._segments[at].value)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.box(painter, self.rect(), Space.RADIUS, theme().colour("raised"))


class _Segment(Pressable):
    def __init__(
        self, words: str, parent: SegmentedChoice, value: object, first: bool, last: bool, icon: str
    ) -> None:
        super().__init__(words, parent, tip=words if icon else "", ring_inside=True)
        self._icon = icon
        self.value = value
        self._choice = parent
        self._first, self._last = first, last
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        if self._icon:
            return QSize(Leaf.SEGMENT, Space.SMALL_BUTTON)
        words = QFontMetrics(sans(12, 500)).horizontalAdvance(self.words())
        return QSize(words + 2 * Space.M + Space.HAIR, Space.SMALL_BUTTON)

    def nextCheckState(self) -> None:
        """A press on the chosen one leaves it chosen."""
        self.setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._choice.step(by)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        colour = theme().colour
        # Each paints its part of one long box, so that only the ends are round.
        reach = 2 * Space.M
        whole = self.rect().adjusted(0 if self._first else -reach, 0, 0 if self._last else reach, 0)
        token = self.fill() or "raised"
        paint.box(painter, whole, Space.RADIUS, colour(token), colour("control"))
        if not self._first:
            painter.fillRect(QRect(0, 1, Space.HAIR, self.height() - 2), colour("line"))
        if self.ringed:
            paint.box(painter, self.rect(), Space.RADIUS, None, colour("accent"), Space.RING)
        pen = "off" if not self.isEnabled() else "ink" if self.isChecked() or self.hovered else "ink2"
        if self._icon:
            paint.icon(painter, self.rect(), self._icon, 16, pen, "middle")
        else:
            paint.text(painter, self.rect(), self.words(), sans(12, 500), pen, paint.CENTRE)
