"""The buttons over the painted conversation that open what stands beside its text."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.controls import CHEVRON, Pressable
from ui.theme import Flow, Space, sans, theme


class FoldLine(Pressable):
    """The line of a fold: a chevron and its words; the accessible name says whether it is open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent, radius=Space.RADIUS_SMALL)
        self._title, self._open = "", False

    def set(self, title: str, unfolded: bool) -> None:
        """Show these words; `unfolded`: what it hides is shown."""
        if (title, unfolded) == (self._title, self._open):
            return
        self._title, self._open = title, unfolded
        self.setAccessibleName(title)
        self.setAccessibleDescription("Open" if unfolded else "Closed")
        self.update()

    def wide(self, most: int) -> int:
        """The width that the words take, at most `most`."""
        words = QFontMetrics(sans(12)).horizontalAdvance(self._title)
        return min(most, words + CHEVRON + Space.S + Space.XS)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        pen = "ink" if self.hovered else "ink3"
        name = "chevron-down" if self._open else "chevron-right"
        paint.icon(painter, self.rect().adjusted(-Space.XS // 2, 0, 0, 0), name, CHEVRON, pen)
        paint.text(painter, self.rect().adjusted(Space.L - 1, 0, 0, 0), self._title, sans(12), pen)


class PageCard(Pressable):
    """A page in an answer: what it is called, how much there is of it, and whether it is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent, radius=Space.RADIUS_BOX, tip="Show beside the chat")
        self._name = self._facts = self._state = ""

    def set(self, name: str, facts: str, state: str) -> None:
        """`state` stands at the right: what pressing does, or that it is done."""
        if (name, facts, state) == (self._name, self._facts, self._state):
            return
        self._name, self._facts, self._state = name, facts, state
        self.setAccessibleName(f"{name}, {facts}. {state}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        colour = theme().colour
        paint.box(painter, self.rect(), self.radius, colour(self.fill() or "page"), colour("control"))
        inner = self.rect().adjusted(Space.HANG, 0, -Space.HANG, 0)
        paint.icon(painter, inner, "code-file", 16, "accent")
        right = paint.text(painter, inner, self._state, sans(12), "ink3", paint.RIGHT)
        left = inner.left() + 16 + Space.S
        wide = inner.right() - left - round(right) - Space.M
        top = (Flow.PAGE_CARD - 2 * Flow.STATUS_LINE) // 2
        name = QRect(left, top, wide, Flow.STATUS_LINE)
        paint.text(painter, QRectF(name), self._name, sans(13), "ink")
        paint.text(painter, QRectF(name.translated(0, Flow.STATUS_LINE)), self._facts, sans(12), "ink3")
