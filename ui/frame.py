"""The sidebar beside the page, or over it where the window is narrow; the canvas at its other side."""

from functools import cached_property

from PySide6 import QtCore
from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.theme import Motion, Space, duration


class _Beside(QWidget):
    """All of the window that a sidebar lies over: a press there only closes it."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.edge = 0
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        side = QRect(0, 0, self.edge, self.height())
        paint.shadow(paint.pen_for(self), side.adjusted(-Space.SHADOW, 0, 0, 0), 0)


class Frame(QWidget):
    """Places the three, and slides the sidebar and the canvas in and out.

    They are made in it, the sidebar last, so that it lies above: Qt styles a widget and all below it anew
    when it gets another parent.
    """

    side: QWidget
    canvas_closed = Signal()  # it is out of sight
    left = Signal()  # a press beside the sidebar that lies over the page

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = QWidget(self)
        self._out = float(Space.SIDEBAR)  # pixels of the sidebar that are in the window
        self._shown, self._over = True, False
        self.canvas: QWidget | None = None
        self._open = 0.0  # how much of the canvas is in the window, 0 to 1
        self._beside = _Beside(self)
        self._beside.pressed.connect(self.left)

    @cached_property
    def _slide(self) -> "QtCore.QVariantAnimation":
        """Made when it first moves, as are its classes: the window opens without them."""
        curve = QtCore.QEasingCurve(QtCore.QEasingCurve.Type.OutCubic)
        made = QtCore.QVariantAnimation(self, easingCurve=curve)
        made.valueChanged.connect(self._place)
        made.finished.connect(self._arrived)
        return made

    @cached_property
    def _opening(self) -> "QtCore.QVariantAnimation":
        curve = QtCore.QEasingCurve(QtCore.QEasingCurve.Type.OutCubic)
        made = QtCore.QVariantAnimation(self, easingCurve=curve)
        made.valueChanged.connect(self._open_so_far)
        made.finished.connect(self._opened)
        return made

    def hold_canvas(self, canvas: QWidget) -> None:
        """This is the canvas; it is made in the frame, and closed."""
        self.canvas = canvas
        canvas.hide()
        canvas.stackUnder(self._beside)

    @property
    def canvas_open(self) -> bool:
        """Whether the canvas is shown, or on its way."""
        return self.canvas is not None and not self.canvas.isHidden() and self._wanted > 0

    _wanted = 0.0  # where `_open` goes

    def open_canvas(self, shown: bool) -> None:
        """Slide the canvas in or out."""
        assert self.canvas is not None
        self._wanted = float(shown)
        if shown:
            self.canvas.show()
        if time := duration(Motion.PANEL) if self.isVisible() else 0:
            self._opening.stop()
            self._opening.setDuration(time)
            self._opening.setStartValue(self._open)
            self._opening.setEndValue(self._wanted)
            self._opening.start()
        else:
            self._open_so_far(self._wanted)
            self._opened()

    def _open_so_far(self, share: float) -> None:
        self._open = share
        self._place(self._out)

    def _opened(self) -> None:
        if self.canvas is not None:
            self.canvas.setVisible(self._wanted > 0)
            if not self._wanted:
                self.canvas_closed.emit()

    @property
    def covers(self) -> bool:
        """Whether the canvas has no room beside the chat, and lies over it."""
        return self.width() < Space.FOLDS_BELOW

    def _canvas_width(self, room: int) -> int:
        if self.covers:
            return room
        least, rule, most = Space.CANVAS_CHAT
        chat = min(max(rule, round(Space.CANVAS_SHARE * room)), most)
        return room - max(least, min(chat, room - Space.CANVAS))

    @property
    def lies_over(self) -> bool:
        """Whether the sidebar stands over the page now."""
        return self._shown and self._over

    def arrange(self, shown: bool, over: bool, animated: bool = False) -> None:
        """Show the sidebar or fold it away; `over` puts it over the page."""
        self._shown, self._over = shown, over
        self._beside.setVisible(self.lies_over)
        self.side.setVisible(shown or animated)
        target = float(Space.SIDEBAR if shown else 0)
        if "_slide" in vars(self):
            self._slide.stop()
        time = duration(Motion.PANEL) if animated else 0
        if time and target != self._out:
            self._slide.setDuration(time)
            self._slide.setStartValue(self._out)
            self._slide.setEndValue(target)
            self._slide.start()
        else:
            self._place(target)
            self._arrived()

    def _place(self, out: float) -> None:
        self._out = out
        edge = round(out)
        self.side.setGeometry(edge - Space.SIDEBAR, 0, Space.SIDEBAR, self.height())
        beside = 0 if self._over else edge
        room = self.width() - beside
        taken = round(self._open * self._canvas_width(room)) if self.canvas is not None else 0
        self.page.setGeometry(beside, 0, room if self.covers else room - taken, self.height())
        if self.canvas is not None and taken:
            self.canvas.setGeometry(self.width() - taken, 0, self._canvas_width(room), self.height())
        self._beside.setGeometry(self.rect())
        self._beside.edge = edge
        self._beside.update()

    def _arrived(self) -> None:
        self.side.setVisible(self._shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place(self._out)
