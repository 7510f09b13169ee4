"""What floats over the window: popovers, menus, and the toast that offers Undo."""

from collections.abc import Callable, Sequence

from PySide6 import QtCore, QtWidgets  # for classes that are made when something first floats
from PySide6.QtCore import (
    QEvent,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui import paint
from ui.controls import Button, Kind, Label, Pressable
from ui.theme import Motion, Space, duration, sans, theme
from ui.tip import keys


class _Rule(QWidget):
    """Where a hairline goes; its content paints it, as it reaches further than the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(2 * Space.XS + Space.HAIR)


class _Content(QWidget):
    """The rows of a popover."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("bare")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        for rule in self.findChildren(_Rule):
            paint.hairline(painter, Space.HAIR, rule.y() + Space.XS, self.width() - 2 * Space.HAIR)


class Popover(QWidget):
    """A panel over the window that closes with Esc or a press beside it.

    It is a child of the window that covers all of it, not a window of its own: so it looks and behaves the
    same under every window system, and a press beside it reaches nothing else. Put rows into `body`.
    """

    closed = Signal()

    def __init__(self, parent: QWidget, width: int) -> None:
        super().__init__(parent)
        self.hide()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._width = width
        self._progress = 1.0
        self._focus_before: QWidget | None = None
        self._area = QRect()
        self._watched: QWidget | None = None
        self.panel = QWidget(self)
        edge = Space.HAIR + Space.XS
        outer = QVBoxLayout(self.panel)
        outer.setContentsMargins(0, edge, 0, edge)
        outer.setSpacing(0)
        self._scroll = QScrollArea(self.panel)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setObjectName("bare")
        self._content = _Content()
        self._scroll.setWidget(self._content)
        outer.addWidget(self._scroll)
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(edge, 0, edge, 0)
        self.body.setSpacing(0)
        curve = QtCore.QEasingCurve(QtCore.QEasingCurve.Type.OutCubic)
        self._animation = QtCore.QVariantAnimation(self, easingCurve=curve)
        self._animation.valueChanged.connect(self._move_to)
        self._animation.finished.connect(self._arrived)
        theme().changed.connect(self.update)

    def add(self, widget: QWidget) -> None:
        """Put a row under the others."""
        self.body.addWidget(widget)

    def rule(self) -> None:
        """A hairline across the whole panel, with 4 px on either side."""
        self.body.addWidget(_Rule())

    def rows(self) -> Sequence[QWidget]:
        """What up and down move between, in order."""
        found = self._content.findChildren(Pressable)
        usable = [row for row in found if row.isVisibleTo(self._content) and row.isEnabled()]
        return sorted(usable, key=lambda row: row.mapTo(self._content, QPoint(0, 0)).y())

    def open_at(
        self, anchor: QWidget, area: QRect | None = None, *, above: bool = False, right: bool = False
    ) -> None:
        """Open beside `area` of the anchor (all of it by default): below, or above; left or right aligned.

        Where there is no room on that side it opens on the other one.
        """
        window = anchor.window()
        self.setParent(window)
        self._focus_before = window.focusWidget()
        self._watched = window
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        inside = area if area is not None else anchor.rect()
        target = QRect(anchor.mapTo(window, inside.topLeft()), inside.size())
        self._area = self._placed(target, above, right)
        self.panel.setGeometry(self._area)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self._run(0.0, 1.0, Motion.POPOVER_IN)

    def _placed(self, target: QRect, above: bool, right: bool) -> QRect:
        self._content.ensurePolished()
        wanted = self.body.totalSizeHint().height() + 2 * (Space.HAIR + Space.XS)
        margin, gap = Space.S, Space.XS
        room_below = self.height() - margin - target.bottom() - 1 - gap
        room_above = target.top() - gap - margin
        if above:
            above = room_above >= wanted or room_above >= room_below
        else:
            above = room_below < wanted and room_above > room_below
        height = min(wanted, max(room_above if above else room_below, Space.PICKER_ROW))
        width = min(self._width, self.width() - 2 * margin)
        x = target.right() + 1 - width if right else target.left()
        x = max(margin, min(x, self.width() - margin - width))
        y = target.top() - gap - height if above else target.bottom() + 1 + gap
        return QRect(x, y, width, height)

    def close_now(self) -> None:
        """Give the keyboard back and go; `closed` is emitted at once, the fading is only for the eye."""
        if self._watched is None:
            return
        self._watched.removeEventFilter(self)
        self._watched = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if self._focus_before is not None and self._focus_before.isVisible():
            self._focus_before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
        self._run(self._progress, 0.0, Motion.POPOVER_OUT)

    def is_open(self) -> bool:
        return self._watched is not None

    def _run(self, start: float, end: float, milliseconds: int) -> None:
        self._animation.stop()
        if end > start:
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        time = duration(milliseconds)
        if not time:
            self._move_to(end)
            self._arrived()
            return
        # Only while it moves: an effect makes every repaint of the panel go through a pixmap.
        self.panel.setGraphicsEffect(QtWidgets.QGraphicsOpacityEffect(self.panel))
        self._animation.setStartValue(start)
        self._animation.setEndValue(end)
        self._animation.setDuration(time)
        self._animation.start()

    def _move_to(self, progress: float) -> None:
        self._progress = progress
        effect = self.panel.graphicsEffect()
        if isinstance(effect, QtWidgets.QGraphicsOpacityEffect):
            effect.setOpacity(progress)
        self.panel.move(self._area.topLeft() + QPoint(0, round(Motion.RISE * (1 - progress))))
        self.update()

    def _arrived(self) -> None:
        self.panel.setGraphicsEffect(None)  # type: ignore[arg-type]  # None takes it away; stubs say otherwise
        if not self.is_open():
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._watched:
            self.close_now()
        return False

    def event(self, event: QEvent) -> bool:
        # The window's own shortcuts (Esc stops an answer) wait while this is open.
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.close_now()
            case Qt.Key.Key_Down:
                self._step(1)
            case Qt.Key.Key_Up:
                self._step(-1)
            case Qt.Key.Key_Home:
                self._focus(0)
            case Qt.Key.Key_End:
                self._focus(-1)
            case _:
                event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside."""
        self._step(1 if forward else -1)
        return True

    def first_step(self) -> int:
        """The row that the first press of Down comes to."""
        return 0

    def _step(self, by: int) -> None:
        rows = self.rows()
        current = next((n for n, row in enumerate(rows) if row.hasFocus()), None)
        if current is None:
            self._focus(self.first_step() if by > 0 else -1)
        else:
            self._focus((current + by) % len(rows))

    def _focus(self, place: int) -> None:
        rows = self.rows()
        if rows:
            rows[place].setFocus(Qt.FocusReason.TabFocusReason)
            self._scroll.ensureWidgetVisible(rows[place], 0, Space.XS)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_now()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        painter.setOpacity(self._progress)
        area = self.panel.geometry()
        paint.shadow(painter, area, Space.RADIUS_FLOAT)
        paint.box(painter, area, Space.RADIUS_FLOAT, theme().colour("raised"), theme().colour("control"))


class MenuRow(Pressable):
    """One thing that a menu offers; 32 high."""

    def __init__(self, words: str, icon: str = "", shortcut: str = "", danger: bool = False) -> None:
        super().__init__(words, radius=Space.RADIUS, ring_inside=True)
        self._icon, self._shortcut, self._danger = icon, keys(shortcut), danger
        self.setFixedHeight(Space.ROW)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.words())
        return QSize(words + Space.PICKER_ROW, Space.ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        self.paint_ground(painter)
        area = self.rect().adjusted(Space.S, 0, -Space.S, 0)
        token = "fault" if self._danger else "ink"
        if self._icon:
            paint.icon(painter, area, self._icon, 16, "fault" if self._danger else "ink2")
        area.setLeft(area.left() + 16 + Space.S)
        if self._shortcut:
            paint.text(painter, area, self._shortcut, sans(11), "ink3", paint.RIGHT)
            area.setRight(area.right() - Space.PICKER_ROW)
        paint.text(painter, area, self.words(), sans(13), token)


class Menu(Popover):
    """A list of things to do, made for one opening."""

    def __init__(self, parent: QWidget, width: int = Space.MENU) -> None:
        super().__init__(parent, width)
        self._first = 0
        self.closed.connect(lambda: QTimer.singleShot(Motion.FOLD, self.deleteLater))

    def offer(
        self,
        words: str,
        slot: Callable[[], object],
        icon: str = "",
        shortcut: str = "",
        danger: bool = False,
    ) -> MenuRow:
        """Add a row. The menu closes before `slot` is called, so that the slot may take the keyboard."""
        row = MenuRow(words, icon, shortcut, danger)

        def pressed() -> None:
            self.close_now()
            slot()

        row.clicked.connect(pressed)
        self.add(row)
        return row

    def begin_at(self, place: int) -> None:
        """The row on which the first press of Down lands: the value in force."""
        self._first = place

    def first_step(self) -> int:
        return self._first


class Toast(QWidget):
    """A sentence with Undo over the foot of its parent; goes after 8 s, and waits while hovered."""

    undone = Signal()
    gone = Signal()  # without Undo

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.hide()
        self._label = Label(parent=self)
        self._undo = Button("Undo", self, kind=Kind.QUIET, small=True)
        self._undo.pen_token = "accent"
        self._undo.clicked.connect(self._undo_pressed)
        self._bottom = Space.HANG
        self.timer = QTimer(self, singleShot=True, interval=Motion.TOAST)
        self.timer.timeout.connect(self.dismiss)
        margin = Space.SHADOW
        row = QHBoxLayout(self)
        row.setContentsMargins(margin + Space.HANG, margin, margin + Space.S, margin)
        row.setSpacing(Space.M)
        row.addWidget(self._label)
        row.addWidget(self._undo)
        parent.installEventFilter(self)
        theme().changed.connect(self.update)

    def show_text(self, text: str, undo: bool = True) -> None:
        """Show a sentence; what an earlier one offered to undo is final from now on."""
        if self.isVisible():
            self.dismiss()
        self._label.setText(text)
        self.setAccessibleName(text)
        self._undo.setVisible(undo)
        self._place()
        self.show()
        self.raise_()
        self.timer.start()

    def set_bottom(self, pixels: int) -> None:
        """How far above the parent's foot it stands: over the composer, say."""
        self._bottom = pixels
        if not self.isHidden():
            self._place()

    def dismiss(self) -> None:
        """Go, and leave what was done as it is."""
        if self.isVisible():
            self.timer.stop()
            self.hide()
            self.gone.emit()

    def _undo_pressed(self) -> None:
        self.timer.stop()
        self.hide()
        self.undone.emit()

    def _panel(self) -> QRect:
        margin = Space.SHADOW
        return self.rect().adjusted(margin, margin, -margin, -margin)

    def _place(self) -> None:
        self.ensurePolished()
        width = self.sizeHint().width()
        height = Space.TOAST + 2 * Space.SHADOW
        parent = self._parent
        x = (parent.width() - width) // 2
        y = parent.height() - self._bottom - Space.TOAST - Space.SHADOW
        self.setGeometry(x, y, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._parent and not self.isHidden():
            self._place()
        return False

    def enterEvent(self, event: QEnterEvent) -> None:
        self.timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if self.isVisible():
            self.timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.shadow(painter, self._panel(), Space.RADIUS_BOX)
        paint.box(
            painter, self._panel(), Space.RADIUS_BOX, theme().colour("raised"), theme().colour("control")
        )
