"""How full the context is: a bar in two parts, and the number beside it."""

from functools import cached_property

from PySide6 import QtCore
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QFontMetrics, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import paint
from ui.theme import Motion, Space, duration, sans, tabular, theme
from ui.tip import hide_tip, tip

NEARLY_FULL = 0.85


def short(tokens: int) -> str:
    """8192 as "8k", 3000 as "3,000": contexts are powers of two, and said so."""
    return f"{tokens // 1024}k" if tokens and tokens % 1024 == 0 else f"{tokens:,}"


def sentence(reused: int, new: int, context: int) -> str:
    """What the gauge shows, in words."""
    used = reused + new
    words = f"{used:,} of {context:,} tokens are in use: {reused:,} kept ready, {new:,} read anew."
    if used >= NEARLY_FULL * context:
        words += "\nThe context is nearly full: the oldest messages will be dropped."
    return words


class Gauge(QWidget):
    """96 x 4, or 48 in a narrow column: reused, new and free, in tokens. Hidden while nothing is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reused = self._new = self._context = 0
        self._shown = (0.0, 0.0)  # the shares that are painted, on their way to the true ones
        self._from = self._shown
        self._short = False
        self.setAccessibleName("Context in use")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._tip_timer = QTimer(self, singleShot=True, interval=Motion.TOOLTIP)
        self._tip_timer.timeout.connect(lambda: tip().show_at(self, self.rect(), self.words()))
        theme().changed.connect(self.update)
        self.hide()

    @cached_property
    def _animation(self) -> "QtCore.QVariantAnimation":
        """Made when something first moves, as are its classes: the window opens without them."""
        curve = QtCore.QEasingCurve(QtCore.QEasingCurve.Type.OutCubic)
        made = QtCore.QVariantAnimation(self, easingCurve=curve)
        made.setStartValue(0.0)
        made.setEndValue(1.0)
        made.valueChanged.connect(self._moved)
        return made

    def set_usage(self, reused: int, new: int, context: int) -> None:
        """Tokens kept from before, tokens read anew, and the size of the context; 0: not known."""
        self._reused, self._new, self._context = reused, new, context
        self.setVisible(context > 0)
        self.setAccessibleDescription(self.words())
        self._from = self._shown
        self.updateGeometry()
        if "_animation" in vars(self):
            self._animation.stop()
        time = duration(Motion.GAUGE)
        # While an answer is written it grows by parts of a pixel: to animate them would paint all the time.
        far = max(abs(to - at) for to, at in zip(self._goal(), self._shown, strict=True)) * self._bar_width()
        if time and far >= 1 and self.isVisible():
            self._animation.setDuration(time)
            self._animation.start()
        else:
            self._moved(1.0)

    def set_short(self, narrow: bool) -> None:
        if narrow != self._short:
            self._short = narrow
            self.updateGeometry()

    def words(self) -> str:
        return sentence(self._reused, self._new, self._context)

    def number(self) -> str:
        return f"{self._reused + self._new:,} of {short(self._context)}"

    def nearly_full(self) -> bool:
        return self._reused + self._new >= NEARLY_FULL * self._context

    def sizeHint(self) -> QSize:
        wide = QFontMetrics(tabular(sans(12))).horizontalAdvance(self.number())
        return QSize(self._bar_width() + Space.S + wide + 1, Space.SMALL_BUTTON)

    def _bar_width(self) -> int:
        return Space.GAUGE_SHORT if self._short else Space.GAUGE[0]

    def _goal(self) -> tuple[float, float]:
        """The shares of the context that are reused and new."""
        total = max(1, self._context)
        return min(1.0, self._reused / total), min(1.0, self._new / total)

    def _moved(self, progress: float) -> None:
        goal = self._goal()
        self._shown = (
            self._from[0] + (goal[0] - self._from[0]) * progress,
            self._from[1] + (goal[1] - self._from[1]) * progress,
        )
        self.update()

    def parts(self) -> tuple[float, float]:
        """How long the reused and the new part are painted, in pixels."""
        whole = float(self._bar_width())
        reused, new = (share * whole for share in self._shown)
        if self._new:
            new = max(new, 3.0)
        return min(reused, whole - new), min(new, whole)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._tip_timer.start()

    def leaveEvent(self, event: object) -> None:
        self._tip_timer.stop()
        hide_tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        colour = theme().colour
        height = Space.GAUGE[1]
        bar = QRectF(0, (self.height() - height) / 2, self._bar_width(), height)
        reused, new = self.parts()
        path = QPainterPath()
        path.addRoundedRect(bar, height / 2, height / 2)
        painter.setClipPath(path)
        x = bar.left()
        for length, token in ((reused, "accent"), (new, "accent_mid")):
            if length > 0:
                part = QRectF(QPointF(x, bar.top()), QPointF(x + length, bar.bottom()))
                paint.fill(painter, part, colour(token))
                x += length + Space.HAIR
        if x < bar.right():
            paint.fill(painter, QRectF(QPointF(x, bar.top()), bar.bottomRight()), colour("bar"))
        painter.setClipping(False)
        left = self._bar_width() + Space.S
        area = QRect(left, 0, self.width() - left, self.height())
        token = "ink" if self.nearly_full() and self._context else "ink3"
        paint.text(painter, area, self.number(), tabular(sans(12)), token, Qt.AlignmentFlag.AlignVCenter)
