"""The tooltip: 28 high, ink ground, page text, its shortcut after it in the colour of a bar."""

import sys
from functools import cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.theme import Space, sans, theme

GAP = "  "  # two spaces divide a tip from its shortcut: "Stop  Esc"
INSET = 10


def keys(shortcut: str) -> str:
    """A shortcut as it is shown: "Ctrl+B" as "Ctrl B", or as the sign on the key of a Mac."""
    if sys.platform == "darwin":
        return shortcut.replace("Ctrl+", "⌘").replace("Del", "⌫")
    words = [word for word in shortcut.split("+") if word]
    return " ".join([*words, "+"] if shortcut.endswith("++") else words)


class Tip(QWidget):
    """One small window for the whole program; `show_at` moves it and `hide` takes it away.

    Not QToolTip: that one comes after 700 ms and cannot be rounded.
    """

    def __init__(self) -> None:
        super().__init__(
            None,
            Qt.WindowType.ToolTip
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.NoDropShadowWindowHint
            | Qt.WindowType.WindowTransparentForInput,
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._lines: list[str] = []
        self._shortcut = ""

    def set_words(self, words: str) -> None:
        """Take the text of a tip; it stands on more lines where it has line breaks."""
        name, _, shortcut = words.partition(GAP)
        self._shortcut = keys(shortcut)
        self._lines = name.split("\n")

    def words(self) -> str:
        """What it says, without the shortcut."""
        return "\n".join(self._lines)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(sans(12))
        wide = max((metrics.horizontalAdvance(line) for line in self._lines), default=0)
        if self._shortcut:
            wide += Space.S + metrics.horizontalAdvance(self._shortcut)
        return QSize(wide + 2 * INSET, Space.TIP + (len(self._lines) - 1) * Space.HANG)

    def show_at(self, owner: QWidget, area: QRect, words: str) -> None:
        """Show `words` below `area` of the owner, or above it where the screen ends."""
        self.set_words(words)
        size = self.sizeHint()
        corner = owner.mapToGlobal(QPoint(area.center().x() - size.width() // 2, area.bottom() + 1 + Space.S))
        screen = owner.screen() or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        if corner.y() + size.height() > room.bottom():
            corner.setY(owner.mapToGlobal(area.topLeft()).y() - Space.S - size.height())
        right = max(room.left() + Space.XS, room.right() - Space.XS - size.width())
        corner.setX(min(max(corner.x(), room.left() + Space.XS), right))
        self.setGeometry(QRect(corner, size))
        window = owner.window().windowHandle()
        self.winId()
        if window is not None and self.windowHandle() is not None:
            self.windowHandle().setTransientParent(window)
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.box(painter, self.rect(), Space.RADIUS, theme().colour("ink"))
        area = self.rect().adjusted(INSET, 0, -INSET, 0)
        height = area.height() - (len(self._lines) - 1) * Space.HANG
        for number, line in enumerate(self._lines):
            row = QRect(area.left(), number * Space.HANG, area.width(), height)
            paint.text(painter, row, line, sans(12), "page")
        if self._shortcut:
            paint.text(painter, area, self._shortcut, sans(12), "bar", paint.RIGHT)


@cache
def tip() -> Tip:
    """The one tip; made on first use."""
    return Tip()


def hide_tip() -> None:
    """Take it away; does not make it for that."""
    if tip.cache_info().currsize:
        tip().hide()
