"""The switch: 32 x 18."""

from PySide6.QtCore import QEasingCurve, QRectF, QVariantAnimation
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.controls import Pressable
from ui.theme import Motion, Space, duration, theme


class Switch(Pressable):
    """On or off, at once."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("", parent, radius=Space.SWITCH[1] / 2)
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setFixedSize(*Space.SWITCH)
        self._place = 0.0  # of the knob: 0 off, 1 on
        self._slide = QVariantAnimation(self, easingCurve=QEasingCurve(QEasingCurve.Type.OutCubic))
        self._slide.valueChanged.connect(self._slid)
        self.toggled.connect(self._toggled)

    def _toggled(self, on: bool) -> None:
        self._slide.stop()
        self._slide.setStartValue(self._place)
        self._slide.setEndValue(float(on))
        self._slide.setDuration(duration(Motion.POPOVER_IN) if self.isVisible() else 0)
        self._slide.start()

    def _slid(self, value: float) -> None:
        self._place = value
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        colour = theme().colour
        on = self.isChecked()
        fill, border, knob = ("accent", None, "raised") if on else ("bar", "control", "ink2")
        if on and theme().dark:
            knob = "on_accent"
        if not self.isEnabled():
            fill, border, knob = "hover", "control", "off"
        paint.box(painter, self.rect(), self.radius, colour(fill), colour(border) if border else None)
        size = self.height() - 2 * Space.RADIUS_SMALL + 2
        gap = (self.height() - size) / 2
        x = gap + self._place * (self.width() - 2 * gap - size)
        paint.box(painter, QRectF(x, gap, size, size), size / 2, colour(knob))
