"""Where the person writes: the text, the model that will answer, how full the context is, Send or Stop."""

from PySide6.QtCore import QMimeData, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextBlock,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextDocumentLayout,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import paint
from ui.controls import Button, Kind, Label
from ui.gauge import Gauge
from ui.theme import Space, sans, theme

DRAFT_PAUSE = 300  # ms without a key before `changed` is emitted
NARROW = 480  # a composer below this width has the short gauge
EMPTY_TIP = "Write something first"
BUSY_TIP = "Stop first, or wait"


class _Lines(QPlainTextDocumentLayout):
    """Lines 23 px apart. QPlainTextEdit has no line height, and QTextEdit, which has one, takes half a
    second to paste 20,000 lines; so each block's lines are moved apart after Qt has broken them."""

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            top = Space.COMPOSER_LINE * number + (Space.COMPOSER_LINE - line.height()) / 2
            line.setPosition(QPointF(line.x(), top))
        if layout.lineCount():
            rect.setHeight(Space.COMPOSER_LINE * layout.lineCount())
        return rect


class _Editor(QPlainTextEdit):
    """Plain text only; as high as its text, up to ten lines."""

    entered = Signal()
    escaped = Signal()
    focus_moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._hint = ""
        self._composing = False  # an input method holds letters that are not in the text yet
        self.setObjectName("bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(sans(15))
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursorWidth(2)
        document = self.document()
        document.setDocumentMargin(0)
        document.setDocumentLayout(_Lines(document))
        document.setDefaultFont(sans(15))
        self.setViewportMargins(0, 0, Space.XS, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self.fit)

    def lines(self) -> int:
        """How many lines the text takes, counted no further than the composer grows."""
        layout = self.document().documentLayout()
        block, count = self.document().firstBlock(), 0
        while block.isValid() and count < Space.COMPOSER_LINES:
            layout.blockBoundingRect(block)
            count += max(1, block.layout().lineCount())
            block = block.next()
        return min(max(1, count), Space.COMPOSER_LINES)

    def fit(self) -> None:
        height = self.lines() * Space.COMPOSER_LINE
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (
            enter
            and event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == Qt.KeyboardModifier.NoModifier
        ):
            self.entered.emit()
        elif enter and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            # Not Qt's line separator (U+2028): the text is sent as it stands.
            self.textCursor().insertBlock()
            self.ensureCursorVisible()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_moved.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Files are not text: they are left for the window, which knows what they are."""
        return source.hasText() and not any(url.isLocalFile() for url in source.urls())

    def insertFromMimeData(self, source: QMimeData) -> None:
        if self.canInsertFromMimeData(source):
            self.insertPlainText(source.text().replace("\0", ""))
            self.ensureCursorVisible()

    def set_hint(self, hint: str) -> None:
        """What an empty composer says. Qt's own placeholder would not stand on the 23 px line."""
        self._hint = hint
        self.setAccessibleDescription(hint)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.document().isEmpty() and not self._composing:
            painter = QPainter(self.viewport())
            row = QRect(Space.HAIR, 0, self.viewport().width(), Space.COMPOSER_LINE)
            paint.text(painter, row, self._hint, sans(15), "ink3")
            painter.end()
        super().paintEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)


class _Veil(QWidget):
    """What the composer becomes while a file is held over the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def set_words(self, words: str | None) -> None:
        self._words = words or ""
        self.setAccessibleName(self._words)
        self.setVisible(bool(words))
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        colour = theme().colour
        # The page first: the veil is the composer itself, not something over it.
        painter.fillRect(self.rect(), colour("page"))
        paint.box(painter, self.rect(), Space.RADIUS_FLOAT, colour("wash"))
        pen = QPen(colour("accent"), 1.5, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([2.5, 2.5])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(edge, Space.RADIUS_FLOAT - 0.75, Space.RADIUS_FLOAT - 0.75)
        font = sans(13, 500)
        wide = painter.fontMetrics().horizontalAdvance(self._words)
        wide = min(wide + 18 + Space.S, self.width() - 2 * Space.HANG)
        row = QRect((self.width() - wide) // 2, 0, wide + Space.S, self.height())
        paint.icon(painter, row, "file-plus", 18, "accent")
        paint.text(painter, row.adjusted(18 + Space.S, 0, 0, 0), self._words, font, "accent")


class _Panel(QWidget):
    """The raised box; its border turns accent while the text has the keyboard."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lit = False

    def set_lit(self, lit: bool) -> None:
        self.lit = lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        border = theme().colour("accent" if self.lit else "control")
        paint.box(painter, self.rect(), Space.RADIUS_FLOAT, theme().colour("raised"), border)


class _Send(Button):
    """Send, and while an answer runs, Stop: an ink square with a page-coloured one in it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent, kind=Kind.PRIMARY, icon="arrow-up", icon_size=18)
        self.stops = False

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.stops:
            super().paintEvent(event)
            return
        painter = paint.pen_for(self)
        paint.box(painter, self.rect(), self.radius, theme().colour("ink2" if self.hovered else "ink"))
        inset = (self.width() - Space.M + Space.XS // 2) / 2
        square = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        paint.box(painter, square, Space.XS / 2, theme().colour("page"))


class Composer(QWidget):
    """The box at the foot of a chat. It fills its parent's width and keeps its 640 px panel in the middle
    (the text column and 16 on either side, shrinking with the window), 16 from the bottom edge.

    It clears itself only when told to, so that a message that could not be stored is not lost.
    """

    submitted = Signal(str)
    stopped = Signal()
    changed = Signal(str)  # a draft, 300 ms after the last key
    model_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answering = False
        self._may_send = True
        self._why = ""
        self.panel = _Panel(self)
        self.editor = _Editor(self.panel)
        self.editor.setAccessibleName("Message")
        self.notice = Label("", sans(12), "ink2", 16, self.panel, wrap=True)
        self.notice.hide()
        self.model_button = Button("–", self.panel, kind=Kind.QUIET, trailing="chevron-down")
        self.model_button.setFixedHeight(Space.SMALL_BUTTON)
        self.model_button.setToolTip("Choose a model")
        self.gauge = Gauge(self.panel)
        self.send_button = _Send(self.panel)
        self._lay_out()
        self._veil = _Veil(self.panel)
        self.editor.focus_moved.connect(lambda: self.panel.set_lit(self.editor.hasFocus()))
        self.editor.entered.connect(self._enter)
        self.editor.escaped.connect(self._escape)
        self.editor.textChanged.connect(self._text_changed)
        self.send_button.clicked.connect(self._send_pressed)
        self.model_button.clicked.connect(self.model_clicked)
        self._pause = QTimer(self, singleShot=True, interval=DRAFT_PAUSE)
        self._pause.timeout.connect(lambda: self.changed.emit(self.text()))
        self.setFocusProxy(self.editor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._theme_changed)
        self._show_state()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.XS, 0, Space.RADIUS, 0)
        foot.setSpacing(Space.M)
        foot.addWidget(self.model_button)
        foot.addStretch(1)
        foot.addWidget(self.gauge)
        foot.addWidget(self.send_button)
        inner = QVBoxLayout(self.panel)
        inner.setContentsMargins(Space.HAIR, Space.M + Space.HAIR, Space.HAIR, Space.HAIR)
        inner.setSpacing(0)
        text = QVBoxLayout()
        text.setContentsMargins(Space.HANG - Space.HAIR, 0, Space.S, 0)
        text.setSpacing(Space.S)
        text.addWidget(self.notice)
        text.addWidget(self.editor)
        inner.addLayout(text)
        strip = QWidget(self.panel)
        strip.setLayout(foot)
        strip.setFixedHeight(Space.COMPOSER_FOOT)
        inner.addSpacing(Space.XS)
        inner.addWidget(strip)
        self._outer = QHBoxLayout(self)
        self._outer.setContentsMargins(Space.HANG, 0, Space.HANG, Space.HANG)
        self._outer.addStretch(1)
        self._outer.addWidget(self.panel, 1000)
        self._outer.addStretch(1)
        self.panel.setMaximumWidth(theme().measure.column + 2 * Space.HANG)

    # What the window tells it

    def text(self) -> str:
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Put a text in place of what is there, as one step that can be undone."""
        cursor = self.editor.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text.replace("\0", ""))
        cursor.movePosition(cursor.MoveOperation.End)
        self.editor.setTextCursor(cursor)

    def clear(self) -> None:
        """Empty the text; it can be undone."""
        self.set_text("")

    def set_answering(self, answering: bool) -> None:
        """Send becomes Stop while an answer runs; one can keep typing."""
        self._answering = answering
        self._show_state()

    def set_enabled_send(self, enabled: bool, why: str = "") -> None:
        """Whether a message can be sent now, and if not, why: the tip of Send."""
        self._may_send, self._why = enabled, why
        self._show_state()

    def set_model(self, name: str) -> None:
        self.model_button.set_words(name or "Choose a model")

    def set_usage(self, reused: int, new: int, context: int) -> None:
        """Tokens kept from before, tokens read anew, size of the context; a context of 0 hides the gauge."""
        self.gauge.set_usage(reused, new, context)

    def set_notice(self, text: str | None, fault: bool = False) -> None:
        """A sentence above the text, in the colour of a fault if it is one; None takes it away."""
        self.notice.setText(text or "")
        self.notice.set_token("fault" if fault else "ink2")
        self.notice.setVisible(bool(text))

    def set_drop(self, text: str | None) -> None:
        """While a file is held over the window: what will happen. None when it is gone."""
        self._veil.setGeometry(self.panel.rect())
        self._veil.set_words(text)

    # What the person does

    def _enter(self) -> None:
        if self._answering:
            self.send_button.show_tip(BUSY_TIP)
        elif not self._can_send():
            self.send_button.show_tip()
        else:
            self.submitted.emit(self.text())

    def _escape(self) -> None:
        if self._answering:
            self.stopped.emit()

    def _send_pressed(self) -> None:
        if self._answering:
            self.stopped.emit()
        elif self._can_send():
            self.submitted.emit(self.text())

    def _can_send(self) -> bool:
        return self._may_send and not self._is_blank()

    def _is_blank(self) -> bool:
        # A long text is not copied for this: the first block with a letter decides.
        block = self.editor.document().firstBlock()
        while block.isValid():
            if block.text().strip():
                return False
            block = block.next()
        return True

    def _text_changed(self) -> None:
        self._pause.start()
        self._show_state()

    def _show_state(self) -> None:
        send = self.send_button
        send.stops = self._answering
        send.setEnabled(self._answering or self._can_send())
        if self._answering:
            words = "Stop  Esc"
        elif self._is_blank():
            words = EMPTY_TIP
        else:
            words = "Send  Enter" if self._may_send else self._why
        send.setToolTip(words)
        send.setAccessibleName("Stop" if self._answering else "Send")
        send.setAccessibleDescription("" if send.isEnabled() else words)
        send.update()
        self.editor.set_hint("Write the next message" if self._answering else "Ask anything")

    def _theme_changed(self) -> None:
        self.panel.setMaximumWidth(theme().measure.column + 2 * Space.HANG)
        self.panel.update()
        self._veil.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.gauge.set_short(self.width() < NARROW)
        self._veil.setGeometry(self.panel.rect())
