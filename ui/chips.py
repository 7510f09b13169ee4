"""The pictures beside what is being written: a chip for each, and what can be made of them."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.controls import Button, IconButton, Pressable
from ui.theme import Space, sans, theme

WIDEST = 280  # a chip; a longer name is elided
ICON = 14


@dataclass(frozen=True)
class ChipText:
    """What a chip says: the name of the picture, and how it stands."""

    name: str
    meta: str
    tip: str = ""
    fault: bool = False


class Chip(Pressable):
    """One picture: pressing it shows what was read, Delete or its cross takes it away."""

    removed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent)
        self._shown = ChipText("", "")
        self._cross = IconButton("x", "Remove", self, icon_size=ICON)
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does it
        self._cross.clicked.connect(self.removed)

    def set(self, shown: ChipText) -> None:
        self._shown = shown
        self.setAccessibleName(f"{shown.name}, {shown.meta}" if shown.meta else shown.name)
        self.setAccessibleDescription(f"{shown.tip}. Delete removes it" if shown.tip else "Delete removes it")
        self.setToolTip(shown.tip)
        self._cross.rename(f"Remove {shown.name}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetrics(sans(12)).horizontalAdvance
        parts = words(self._shown.name) + (words(self._shown.meta) + Space.S if self._shown.meta else 0)
        return QSize(min(WIDEST, self._inset() + parts + Space.XS + Space.CHIP), Space.CHIP)

    def _inset(self) -> int:
        return Space.S + ICON + Space.XS + Space.XS // 2

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = Space.CHIP - 2 * Space.HAIR
        self._cross.setGeometry(self.width() - side - Space.HAIR, Space.HAIR, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        colour, shown = theme().colour, self._shown
        paint.box(painter, self.rect(), self.radius, colour(self.fill() or "page"), colour("line"))
        area = self.rect().adjusted(Space.S, 0, -Space.CHIP, 0)
        paint.icon(painter, area, "image", ICON, "fault" if shown.fault else "ink2")
        left = QRectF(self.rect()).adjusted(self._inset(), 0, -Space.CHIP, 0)
        meta = QFontMetrics(sans(12)).horizontalAdvance(shown.meta) + Space.S if shown.meta else 0
        taken = paint.text(painter, left.adjusted(0, 0, -meta, 0), shown.name, sans(12), "ink")
        rest = left.adjusted(taken + Space.S, 0, 0, 0)
        paint.text(painter, rest, shown.meta, sans(12), "fault" if shown.fault else "ink3")


class ChipRow(QWidget):
    """The chips, and behind them what can be made of the first one. It wraps, and is hidden when empty."""

    opened = Signal(int)
    removed = Signal(int)
    page_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._chips: list[Chip] = []
        self.page_button = Button("Make a page", self, icon="panel-right", icon_size=ICON, small=True)
        self.page_button.setToolTip("Turn this sketch into a web page")
        self.page_button.clicked.connect(self.page_requested)
        self.page_button.hide()
        self.hide()

    @property
    def chips(self) -> list[Chip]:
        return list(self._chips)

    def set(self, texts: list[ChipText], can_make_page: bool) -> None:
        """Show these, in their order."""
        while len(self._chips) > len(texts):
            gone = self._chips.pop()
            gone.hide()
            gone.deleteLater()
        for number in range(len(self._chips), len(texts)):
            chip = Chip(self)
            chip.clicked.connect(lambda _=False, number=number: self.opened.emit(number))
            chip.removed.connect(lambda number=number: self.removed.emit(number))
            self._chips.append(chip)
            chip.show()
        for chip, text in zip(self._chips, texts, strict=True):
            chip.set(text)
        if self._chips:
            QWidget.setTabOrder(self._chips[-1], self.page_button)
        self.page_button.setVisible(can_make_page)
        self.setVisible(bool(texts))

    def arrange(self, width: int) -> int:
        """Place everything in this width; the height that it takes."""
        widgets: list[QWidget] = [*self._chips]
        if not self.page_button.isHidden():
            widgets.append(self.page_button)
        x = y = 0
        tall = Space.SMALL_BUTTON
        for widget in widgets:
            size = widget.sizeHint()
            wide = min(size.width(), width)
            if x and x + wide > width:
                x, y = 0, y + tall + Space.XS
            widget.setGeometry(x, y + (tall - size.height()) // 2, wide, size.height())
            x += wide + Space.S
        return y + tall if widgets else 0
