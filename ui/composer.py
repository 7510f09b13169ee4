"""Where the person writes: the text, the model that will answer, how full the context is, Send or Stop."""

from functools import cache, cached_property
from typing import TYPE_CHECKING

from PySide6 import QtCore
from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QWidget,
)

from ui import paint
from ui.controls import Button, IconButton, Kind, Label
from ui.editor import Editor
from ui.gauge import Gauge
from ui.theme import Space, column_in, sans, theme

if TYPE_CHECKING:
    from ui.chips import ChipRow, ChipText
    from ui.offer import OfferRow

DRAFT_PAUSE = 300  # ms without a key before `changed` is emitted
NARROW = 480  # a composer below this width has the short gauge
EMPTY_TIP = "Write something first"
BUSY_TIP = "Stop first, or wait"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")  # of pictures that can be sent
ANYTHING, NEXT = "Ask anything, or drop a picture", "Write the next message"
OPENING_TIP = "The picture is being opened"


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


class _Rule(QWidget):
    """Parts what goes with the message from who answers it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(Space.HAIR, Space.XL)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.fill(paint.pen_for(self), self.rect(), theme().colour("line"))


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
    attach_requested = Signal()
    picture_opened = Signal(int)  # its place
    picture_removed = Signal(int)
    page_requested = Signal(str)  # of the pictures; what is written goes with it
    resized = Signal(int)  # its height

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answering = False
        self._pictures = 0  # beside the text
        self._strip: OfferRow | None = None
        self._opening = False  # one of them is not ready yet
        self.panel = _Panel(self)
        self.editor = Editor(self.panel)
        self.editor.setAccessibleName("Message")
        self.notice = Label("", sans(12), "ink2", 16, self.panel, wrap=True)
        self.notice.hide()
        self.attach_button = IconButton("paperclip", "Add a picture  Ctrl+O", self.panel, icon_size=18)
        self.model_button = Button("–", self.panel, kind=Kind.QUIET, trailing="chevron-down", small=True)
        self.model_button.setToolTip("Choose a model")
        self.gauge = Gauge(self.panel)
        self.send_button = _Send(self.panel)
        self._foot = QWidget(self.panel)
        self._lay_out_foot()
        self._veil = _Veil(self.panel)
        self.editor.focus_moved.connect(lambda: self.panel.set_lit(self.editor.hasFocus()))
        self.editor.entered.connect(self._enter)
        self.editor.escaped.connect(self._escape)
        self.editor.textChanged.connect(self._text_changed)
        self.send_button.clicked.connect(self._send_pressed)
        self.model_button.clicked.connect(self.model_clicked)
        self.attach_button.clicked.connect(self.attach_requested)
        self._pause = QTimer(self, singleShot=True, interval=DRAFT_PAUSE)
        self._pause.timeout.connect(lambda: self.changed.emit(self.text()))
        self.setFocusProxy(self.editor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self._theme_changed)
        self._show_state()

    @cached_property
    def chips(self) -> "ChipRow":
        """Made with the first picture: the window opens without it."""
        from ui.chips import ChipRow

        made = ChipRow(self.panel)
        made.opened.connect(self.picture_opened)
        made.removed.connect(self.picture_removed)
        made.page_requested.connect(lambda: self.page_requested.emit(self.text()))
        QWidget.setTabOrder(made.page_button, self.editor)
        return made

    def _lay_out_foot(self) -> None:
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(Space.RADIUS, 0, Space.RADIUS + Space.HAIR, 0)
        foot.setSpacing(Space.M - Space.HAIR)
        foot.addWidget(self.attach_button)
        foot.addWidget(_Rule(self._foot))
        foot.addWidget(self.model_button)
        foot.addStretch(1)
        foot.addWidget(self.gauge)
        foot.addWidget(self.send_button)

    def _arrange(self) -> None:
        """Place everything for the width and the text. By hand: nested layouts take several rounds to
        follow a text that grows, and each of them would be seen."""
        width = column_in(self.width()) + 2 * Space.HANG
        inner = width - 2 * Space.HANG
        y = Space.COMPOSER_TOP
        if not self.notice.isHidden():
            self.notice.setGeometry(Space.HANG, y, inner, self.notice.heightForWidth(inner))
            y += self.notice.height() + Space.S
        if self._strip is not None and not self._strip.isHidden():
            tall = self._strip.arrange(inner)
            self._strip.setGeometry(Space.HANG, y, inner, tall)
            y += tall + Space.S
        if "chips" in vars(self) and not self.chips.isHidden():
            tall = self.chips.arrange(inner)
            self.chips.setGeometry(Space.HANG, y, inner, tall)
            y += tall + Space.S
        lines = self.editor.lines_at(inner + Space.HANG - Space.XS)
        self.editor.setGeometry(Space.HANG, y, inner + Space.HANG - Space.XS, lines * Space.COMPOSER_LINE)
        y += self.editor.height() + Space.COMPOSER_GAP
        self._foot.setGeometry(0, y, width, Space.COMPOSER_FOOT)
        y += Space.COMPOSER_FOOT + Space.COMPOSER_BOTTOM
        self.panel.setGeometry((self.width() - width) // 2, 0, width, y)
        self._veil.setGeometry(self.panel.rect())
        self.gauge.set_short(width < NARROW)
        self.setFixedHeight(y + Space.HANG)

    # What the window tells it

    def text(self) -> str:
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Put a text in place of what is there, as one step that can be undone."""
        self.editor.suit(text)
        if not text and self.editor.document().isEmpty():
            return
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
        self._arrange()

    def set_pictures(self, texts: "list[ChipText]", opening: bool, can_make_page: bool) -> None:
        """The pictures beside the text; `opening`: one of them cannot be sent yet."""
        self._pictures, self._opening = len(texts), opening
        if texts or "chips" in vars(self):
            self.chips.set(texts, can_make_page)
        self._arrange()
        self._show_state()

    def set_strip(self, strip: "OfferRow", shown: bool) -> None:
        """Something above the pictures that can be answered."""
        if self._strip is not strip:
            self._strip = strip
            strip.setParent(self.panel)
        strip.setVisible(shown)
        self._arrange()

    def set_drop(self, text: str | None) -> None:
        """While a file is held over the window: what will happen. None when it is gone."""
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
        return not self._opening and (self._pictures > 0 or not self._is_blank())

    def _is_blank(self) -> bool:
        # Looked for by Qt, up to the first letter: a long text is not copied at every key.
        document = self.editor.document()
        if document.isEmpty() or not document.characterAt(0).isspace():
            return document.isEmpty()
        return document.find(_letter()).isNull()

    def _text_changed(self) -> None:
        self._pause.start()
        self._arrange()
        self._show_state()

    def _show_state(self) -> None:
        send = self.send_button
        send.stops = self._answering
        send.setEnabled(self._answering or self._can_send())
        if self._answering:
            words = "Stop  Esc"
        elif self._opening:
            words = OPENING_TIP
        elif not self._can_send():
            words = EMPTY_TIP
        else:
            words = "Send  Enter"
        send.setToolTip(words)
        send.setAccessibleName("Stop" if self._answering else "Send")
        send.setAccessibleDescription("" if send.isEnabled() else words)
        send.update()
        self.editor.set_hint(NEXT if self._answering else ANYTHING)

    def _theme_changed(self) -> None:
        self._arrange()
        self.panel.update()
        self._veil.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self.resized.emit(self.height())


def is_picture(name: str) -> bool:
    """Whether a file calls itself a picture of a kind that can be opened."""
    return name.casefold().endswith(SUFFIXES)


@cache
def _letter() -> "QtCore.QRegularExpression":
    """Made, as is its class, when something is written: the window opens without it."""
    return QtCore.QRegularExpression(r"\S")
