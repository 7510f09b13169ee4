"""What the mouse does in the conversation: selecting, links, sideways scrolling, the context menu."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication

from ui.blocks import Box, Sideways
from ui.code_block import CodeBox
from ui.column import Place, Selection
from ui.inline import Span
from ui.table_block import TableBox
from ui.theme import Space
from ui.tip import tip
from ui.transcript_menu import open_menu

if TYPE_CHECKING:
    from ui.transcript import Transcript

TICK = 30  # milliseconds between steps of scrolling while dragging past an edge


class Pointer:
    """The mouse over the viewport of a transcript, and the keys that act on what it selected."""

    def __init__(self, transcript: "Transcript") -> None:
        self._view = transcript
        self._at = QPointF(-1, -1)
        self._clicks = 0  # 1: characters, 2: words, 3: paragraphs
        self._clicked = QPointF()
        self.clicked_at = 0  # milliseconds, of the last press
        self._pressed_link: Span | None = None
        self._linked: tuple[Box, Span] | None = None
        self._dragged: tuple[Sideways, float] | None = None
        self._scroll = QTimer(transcript, interval=TICK)
        self._scroll.timeout.connect(self._scroll_on)

    def handle(self, event: QEvent) -> bool:
        """An event of the viewport; whether that was all there was to do."""
        match event.type():
            case QEvent.Type.MouseButtonPress | QEvent.Type.MouseButtonDblClick:
                assert isinstance(event, QMouseEvent)
                return event.button() is Qt.MouseButton.LeftButton and self._press(event)
            case QEvent.Type.MouseMove:
                assert isinstance(event, QMouseEvent)
                return self._move(event)
            case QEvent.Type.MouseButtonRelease:
                assert isinstance(event, QMouseEvent)
                return self._release()
            case QEvent.Type.Wheel:
                assert isinstance(event, QWheelEvent)
                return self._wheel(event)
            case QEvent.Type.Leave:
                self._leave()
            case QEvent.Type.ToolTip:
                assert isinstance(event, QHelpEvent)
                return self._tell(event.pos())
            case QEvent.Type.ContextMenu:
                assert isinstance(event, QContextMenuEvent)
                by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
                self.open_menu(QPointF(event.pos()) if by_mouse else None)
                return True
        return False

    # What is under it

    def _point(self, at: QPointF) -> QPointF:
        """A point of the viewport in the conversation."""
        return at - self._view.origin

    def _box(self, at: QPointF) -> tuple[Box, QPointF] | None:
        """The box under a point of the viewport, and the point in that box."""
        column, point = self._view.column, self._point(at)
        index = column.index_at(point.y())
        if index < 0 or column.messages[index].node.id == column.editing:
            return None
        message = column.messages[index]
        inside = point - QPointF(0, column.text_top(index))
        if not message.boxes or not 0 <= inside.y() < message.height:
            return None
        number = message.index_at(inside.y())
        box = message.boxes[number]
        inside -= message.corner(number)
        wide = box.width + 2 * box.hang
        if not box.exact or not 0 <= inside.x() < wide or not 0 <= inside.y() < box.height:
            return None
        return box, inside

    def _message(self, at: QPointF) -> str:
        """The id of the message under a point of the viewport, with its buttons; empty for none."""
        column, point = self._view.column, self._point(at)
        index = column.index_at(point.y())
        if index < 0 or not -Space.HANG <= point.x() < column.width + Space.HANG:
            return ""
        inside = column.tops()[index] <= point.y() < column.text_bottom(index) + column.foot(index) + Space.L
        return column.messages[index].node.id if inside else ""

    def _link(self, at: QPointF) -> tuple[Box, Span] | None:
        found = self._box(at)
        link = found[0].link(found[1]) if found is not None else None
        return (found[0], link) if found is not None and link is not None else None

    def href(self, at: QPointF) -> str:
        """Where the link under a point of the viewport leads; empty where there is none."""
        link = self._link(at)
        return link[1].href if link is not None else ""

    # Pressing and dragging

    def _press(self, event: QMouseEvent) -> bool:
        at = event.position()
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        found = self._box(at)
        if found is not None and isinstance(found[0], CodeBox | TableBox):
            grip = found[0].thumb().adjusted(0, -Space.XS, 0, Space.XS)
            if grip.contains(found[1]):
                self._dragged = (found[0].sideways, found[0].thumb().width())
                self._at = at
                return True
        self._count_click(event)
        column = self._view.column
        link = self._link(at)
        self._pressed_link = link[1] if link else None
        span = self._span(column.place_at(self._point(at)))
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shift and column.selection.anchor is not None:
            column.selection.head = span
        else:
            column.selection = Selection(span, span)
        self._view.viewport().update()
        return True

    def _count_click(self, event: QMouseEvent) -> None:
        """Qt tells a second click, but not a third."""
        at = event.position()
        near = (at - self._clicked).manhattanLength() < QApplication.startDragDistance()
        soon = event.timestamp() - self.clicked_at < QApplication.doubleClickInterval()
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self._clicks = 2
        else:
            self._clicks = 3 if self._clicks == 2 and near and soon else 1
        self._clicked, self.clicked_at = at, event.timestamp()

    def _span(self, place: Place) -> tuple[Place, Place]:
        if self._clicks < 2:
            return place, place
        return self._view.column.around(place, paragraph=self._clicks == 3)

    def _move(self, event: QMouseEvent) -> bool:
        at = event.position()
        was, self._at = self._at, at
        if self._dragged is not None:
            sideways, _ = self._dragged
            sideways.drag(at.x() - was.x(), sideways.view)
            self._view.viewport().update()
            return True
        if event.buttons() & Qt.MouseButton.LeftButton and self._view.column.selection.anchor is not None:
            self._drag(at)
            return True
        self._hover(at)
        return False

    def _drag(self, at: QPointF) -> None:
        column = self._view.column
        column.selection.head = self._span(column.place_at(self._point(at)))
        if column.selection.bounds() is not None:
            self._pressed_link = None
        inside = 0 <= at.y() < self._view.viewport().height()
        if inside:
            self._scroll.stop()
        elif not self._scroll.isActive():
            self._scroll.start()
        self._view.viewport().update()

    def _scroll_on(self) -> None:
        """The mouse is held past the edge: the further, the faster."""
        if not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._scroll.stop()
            return
        tall = self._view.viewport().height()
        past = self._at.y() if self._at.y() < 0 else self._at.y() - tall
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + round(past / 3))
        self._drag(self._at)

    def _release(self) -> bool:
        self._scroll.stop()
        self._dragged = None
        link, self._pressed_link = self._pressed_link, None
        if link is not None and self._clicks == 1 and link.href:
            self._view.link_activated.emit(link.href)
        return True

    # Moving over things

    def moved(self) -> None:
        """What is under the pointer may be something else now."""
        view = self._view.viewport()
        at = view.mapFromGlobal(QCursor.pos())
        if view.underMouse() and view.rect().contains(at):
            self._hover(QPointF(at))

    def _hover(self, at: QPointF) -> None:
        self._view.overlay.hover(self._message(at))
        link = self._link(at)
        if link != self._linked:
            for pair, on in ((self._linked, False), (link, True)):
                if pair is not None:
                    pair[0].hover(pair[1] if on else None)
            self._linked = link
            if link is None:
                tip().hide()
            self._view.viewport().update()
        over = self._box(at)
        shape = Qt.CursorShape.IBeamCursor if over is not None else Qt.CursorShape.ArrowCursor
        self._view.viewport().setCursor(Qt.CursorShape.PointingHandCursor if link else shape)

    def _leave(self) -> None:
        view = self._view.viewport()
        if not view.rect().contains(view.mapFromGlobal(QCursor.pos())):
            self._view.overlay.hover("")
        if self._linked is not None:
            self._linked[0].hover(None)
            self._linked = None
            tip().hide()
            view.update()

    def _tell(self, at: QPoint) -> bool:
        """Where a link leads."""
        link = self._link(QPointF(at))
        if link is not None:
            area = QRect(at.x(), at.y() - Space.L, 1, Space.XXXL)
            href = link[1].href
            tip().show_at(self._view.viewport(), area, href if len(href) <= 100 else href[:99] + "…")
        return True

    def _wheel(self, event: QWheelEvent) -> bool:
        """Sideways, or with Shift, what is under the pointer scrolls; all else scrolls the view."""
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
        across = delta.x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            across = across or delta.y()
        found = self._box(event.position())
        if abs(across) <= abs(delta.y()) and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            return False
        if found is not None and isinstance(found[0], CodeBox | TableBox):
            if found[0].sideways.scroll(-across):
                self._view.viewport().update()
            return True
        return False

    # What was selected

    def key(self, event: QKeyEvent) -> bool:
        """Copy, select all, and the menu."""
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and shift):
            self.open_menu()
            return True
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return True
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
            return True
        return False

    def copy(self) -> None:
        """Put what is selected on the clipboard."""
        text = self._view.column.selected_text()
        if text:
            self._view.overlay.copy(text)

    def select_all(self) -> None:
        """Select the whole conversation."""
        self._view.column.select_all()
        self._view.viewport().update()

    def open_menu(self, at: QPointF | None = None) -> None:
        """At the pointer; without one at the message that the keyboard is at, or the last one in view."""
        if at is not None:
            open_menu(self._view, at, self._message(at))
            return
        column, view = self._view.column, self._view.viewport().rect()
        index = self._chosen()
        top = column.text_top(index) if index >= 0 else 0
        corner = self._view.origin + QPointF(0, top)
        corner.setY(min(max(corner.y(), 0.0), view.height() / 2))
        open_menu(self._view, corner, column.messages[index].node.id if index >= 0 else "")

    def _chosen(self) -> int:
        """The message that the keyboard means: the one with a focused button, else what was selected or
        pressed last, else the last one; of those in view. -1 when there is none."""
        column, offset = self._view.column, self._view.offset
        seen = column.visible(offset, offset + self._view.viewport().height())
        focused = column.index(self._view.overlay.focused())
        if focused >= 0:
            return focused
        head = column.selection.head
        if head is not None and head[1][0] in seen:
            return head[1][0]
        return seen[-1] if seen else -1
