"""The conversation as it is read: a virtual, painted view of the messages on the shown path.

It shows and tells; it keeps nothing of its own. What is in view is laid out, the rest is an estimate; an
answer that streams in costs the same per token at its beginning and at its five-thousandth.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from ui import paint
from ui.blocks import Box
from ui.column import Anchor, Column
from ui.controls import BY_KEYBOARD
from ui.extra_boxes import PageBox
from ui.message import Message, Shown
from ui.message_row import Latest
from ui.overlay import Overlay
from ui.pointer import Pointer
from ui.theme import Space, column_in, theme

__all__ = ["Shown", "Transcript"]

SLICE = 0.003  # seconds of put-off work at a time
STILL_AT_END = 4  # pixels from the end that count as being there
FAR_FROM_END = 48  # pixels from the end at which the way back is offered
SAID = 2_000  # characters of an answer that are announced


class Transcript(QAbstractScrollArea):
    """The messages of a conversation, the way back and forth between versions, and the answer coming in."""

    regenerate_requested = Signal(str)  # the answer's id
    continue_requested = Signal(str)  # the answer's id
    version_requested = Signal(str)  # the id of the version to show
    edited = Signal(str, str)  # the message's id and its new text
    edit_typed = Signal(str, str)  # the message's id, and what stands in its edit box now
    edit_left = Signal(str)  # the id of the message that is not to be changed after all
    link_activated = Signal(str)
    page_wanted = Signal(str, str)  # the answer's id, the page that stands in it
    version_shown = Signal(str)  # the id of a version of a page
    correct_wanted = Signal(str)  # the answer's id, whose pictures were misread
    scrolled = Signal(bool)  # whether the view is at the top
    typed = Signal(str)  # letters that were meant for somewhere else

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = Column()
        self.edits: Mapping[
            str, str
        ] = {}  # what stands in edit boxes, by message: whoever shows it keeps that
        self.shown_page = ""  # the id of the version of a page that is shown beside
        self.overlay = Overlay(self)
        self.pointer = Pointer(self)
        self._follows = True
        self._settling = False
        self._at_top = True
        self._ringed = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Conversation")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.viewport().setMouseTracking(True)
        self.latest = Latest(self.viewport())
        self.latest.button.clicked.connect(self.scroll_to_end)
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._work)
        theme().changed.connect(self._theme_changed)

    # What it shows

    def show_path(self, items: Sequence[Shown]) -> None:
        """Show these messages; what was shown before and is unchanged keeps its layout and its place."""
        old = [message.node.id for message in self.column.messages]
        anchor = self._anchor()
        self.column.show(items)
        new = [message.node.id for message in self.column.messages]
        kept = bool(old and new) and old[0] == new[0]
        asked = len(new) > len(old) and self.column.messages[-1].mine
        if not kept or asked:
            self._follows = True
        elif old != new:
            self._follows = False
        if self.column.index(self.column.editing) < 0:
            self.overlay.drop_editor()
        self._settle(anchor if kept else None)
        self._refresh()
        self.overlay.resume()

    def begin(self, shown: Shown) -> None:
        """An answer begins, or goes on, at the end; the view follows it."""
        index = self.column.index(shown.node.id)
        if index >= 0:
            self.column.messages[index].show(shown)
        else:
            self.column.messages.append(Message(shown, self.column.width))
            index = len(self.column.messages) - 1
        self.column.streaming = self.column.messages[index]
        self.column.streaming.open()
        self.column.progress.text, self.column.progress.fraction = "", None
        self.column.changed(max(0, index - 1))
        self._follows = True
        self._settle()
        self._refresh()

    def append(self, node_id: str, text: str) -> None:
        """More of an answer has come in. An answer that is not shown is passed over."""
        index = self.column.index(node_id)
        if index < 0 or not text:
            return
        message = self.column.messages[index]
        count = len(message.boxes)
        first = message.append(text)
        self.column.changed(index)
        if self._settle() or len(message.boxes) != count:
            self._refresh()
        else:
            self._update_from(self.column.text_top(index) + message.fresh(first))
        if message.waiting:
            self._idle.start()

    def finish(self, shown: Shown) -> None:
        """The answer has come to its end; `shown` is how it is stored."""
        index = self.column.index(shown.node.id)
        self.column.streaming = None
        if index < 0:
            self._refresh()
            return
        message = self.column.messages[index]
        message.show(shown)
        message.finish()
        self.column.changed(index)
        self._settle()
        self._refresh()
        self.setAccessibleDescription(message.text)
        said = f"Answer: {message.text[:SAID]}"
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def set_status(self, text: str) -> None:
        """The line under the answer that is being written; three spaces set its parts apart."""
        self.column.progress.text = text
        self._status_changed()

    def set_progress(self, fraction: float | None) -> None:
        """How much of what must be read has been, 0 to 1; None takes the bar away."""
        had = self.column.progress.fraction is not None
        self.column.progress.fraction = fraction
        if had != (fraction is not None) and self.column.messages:
            self.column.changed(len(self.column.messages) - 1)
            self._settle()
            self._refresh()
        self._status_changed()

    def _status_changed(self) -> None:
        if self.column.messages:
            self._update_from(self.column.text_bottom(len(self.column.messages) - 1))

    def clear(self) -> None:
        """Show nothing."""
        self.show_path(())

    def scroll_to_end(self) -> None:
        """Go to the end and follow what comes in."""
        self._follows = True
        self._settle()
        self._refresh()

    def answer_again(self) -> None:
        """Ask for another version of the last answer, as its button does."""
        message = self.last_answer()
        if message is not None and self.column.streaming is None:
            self.regenerate_requested.emit(message.node.id)

    def picture_ready(self, _path: str) -> None:
        """A picture can be shown that could not be before."""
        self.viewport().update()

    def page_at_end(self) -> str:
        """The page that the last answer ends with, as far as it is written; empty for none."""
        message = self.last_answer()
        box = message.boxes[-1] if message is not None and message.boxes else None
        return box.html if isinstance(box, PageBox) else ""

    def last_page(self) -> str:
        """The last page in the last answer, wherever it stands there; empty for none."""
        message = self.last_answer()
        boxes = message.boxes if message is not None else []
        return next((box.html for box in reversed(boxes) if isinstance(box, PageBox)), "")

    def last_answer(self) -> Message | None:
        """The last message when it is an answer."""
        messages = self.column.messages
        return messages[-1] if messages and not messages[-1].mine else None

    @property
    def follows(self) -> bool:
        """Whether the view stays at the end as text comes in."""
        return self._follows

    # Where it is

    @property
    def offset(self) -> int:
        """The y of the conversation at the top of the view."""
        return self.verticalScrollBar().value()

    @property
    def origin(self) -> QPointF:
        """Where the text edge and the top of the conversation are, in the viewport.

        From the width of the whole widget, so that text does not move when the scroll bar comes and goes.
        """
        return QPointF((self.width() - self.column.width) // 2, -self.offset)

    def _anchor(self) -> Anchor | None:
        return self.column.anchor(self.offset, self.offset + self.viewport().height())

    def _settle(self, anchor: Anchor | None = None) -> bool:
        """Lay out what is in view and keep it where it is, or at the end; whether the view moved."""
        if self._settling:
            return False
        self._settling = True
        bar, tall = self.verticalScrollBar(), self.viewport().height()
        was = top = float(bar.value())
        column = self.column
        if anchor is not None and anchor[0] < len(column.messages) and not self._follows:
            top = column.y_of(anchor)
        for _ in range(8):
            most = max(0, column.height - tall)
            top = float(most) if self._follows else min(max(0.0, top), most)
            settled = column.settle(top, tall)
            if settled == top and max(0, column.height - tall) == most:
                break
            top = settled
        bar.setRange(0, max(0, column.height - tall))
        bar.setPageStep(tall - self.latest.covered)
        bar.setSingleStep(theme().measure.answer_line)
        bar.setValue(round(top))
        self._settling = False
        return bar.value() != was

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if self._settling:
            return
        bar = self.verticalScrollBar()
        self._follows = bar.value() >= bar.maximum() - STILL_AT_END
        self._settle()
        self._refresh()

    def _refresh(self) -> None:
        """After the view or what is in it moved: widgets, and all of the picture."""
        if self.overlay.place():
            self._settle()
            self.overlay.place()
        self.pointer.moved()
        bar = self.verticalScrollBar()
        away = not self._follows and bar.maximum() - bar.value() > FAR_FROM_END
        self.latest.setVisible(away)
        if away:
            right = int(self.origin.x()) + self.column.width + Space.HANG
            self.latest.place(right, self.viewport().width(), self.viewport().height())
            self.latest.raise_()
        bar.setPageStep(self.viewport().height() - self.latest.covered)
        at_top = bar.value() == 0
        if at_top != self._at_top:
            self._at_top = at_top
            self.scrolled.emit(at_top)
        if self._has_work():
            self._idle.start()
        self.viewport().update()

    def _update_from(self, y: float) -> None:
        """Paint again what is below a height of the conversation."""
        top = max(0, int(y) - self.offset)
        view = self.viewport().rect()
        if top <= view.bottom():
            self.viewport().update(view.adjusted(0, top, 0, 0))

    def invalidate(self, index: int) -> None:
        """Something under or in a message has another height."""
        self.column.changed(index)
        self._settle()
        self._refresh()

    # What was put off

    def _visible(self) -> range:
        return self.column.visible(self.offset, self.offset + self.viewport().height())

    def _boxes_in_view(self, index: int) -> list[Box]:
        message, top = self.column.messages[index], self.offset - self.column.text_top(index)
        if not message.opened:
            return []
        return [message.boxes[number] for number in message.visible(top, top + self.viewport().height())]

    def _has_work(self) -> bool:
        return any(
            self.column.messages[index].waiting or any(box.busy for box in self._boxes_in_view(index))
            for index in self._visible()
        )

    def _work(self) -> None:
        """One slice: first text that is not in blocks yet, then the colours of code."""
        for index in self._visible():
            message = self.column.messages[index]
            if message.waiting:
                message.advance(SLICE, force=True)
                self.invalidate(index)
                return
            for box in self._boxes_in_view(index):
                if box.busy:
                    if box.work(SLICE):
                        self.viewport().update()
                    return
        self._idle.stop()

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), theme().colour("page"))
        self.column.paint(painter, self.origin, QRectF(event.rect()))
        if self._ringed:
            paint.box(painter, self.viewport().rect(), 0, None, theme().colour("accent"), Space.RING)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _theme_changed(self) -> None:
        self._fit(anew=True)

    def _fit(self, anew: bool = False) -> None:
        """Take the width of the window and, if `anew`, another theme; what is in view stays there."""
        anchor = self._anchor()
        if anew:
            self.column.forget()
        self.column.resize(max(Space.SIDEBAR // 2, column_in(self.width())))
        self._settle(anchor)
        self._refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.pointer.key(event):
            return
        bar = self.verticalScrollBar()
        to = {Qt.Key.Key_Home: bar.minimum(), Qt.Key.Key_End: bar.maximum()}.get(Qt.Key(event.key()))
        if to is not None:
            bar.setValue(to)
            return
        held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if event.text().strip() and event.text().isprintable() and not held:
            self.typed.emit(event.text())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._ringed = event.reason() in BY_KEYBOARD
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ringed = False
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By a key: what the mouse does goes to the viewport."""
        self.pointer.open_menu()

    def viewportEvent(self, event: QEvent) -> bool:
        if self.pointer.handle(event):
            return True
        return super().viewportEvent(event)
