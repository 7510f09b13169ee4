"""The text field of the composer: plain text on lines of 23 px, with a caret in accent."""

import re

from PySide6 import QtCore, QtGui  # for what is made when an input method writes, or something is pasted
from PySide6.QtCore import QMimeData, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
)
from PySide6.QtWidgets import QFrame, QPlainTextDocumentLayout, QPlainTextEdit, QWidget

from ui import paint
from ui.theme import Space, sans, theme

ENDLESS = re.compile(r"\S{5000}")


class _Lines(QPlainTextDocumentLayout):
    """Lines 23 px apart. QPlainTextEdit has no line height, and QTextEdit, which has one, takes half a
    second to paste 20,000 lines; so each block's lines are moved apart after Qt has broken them. A paragraph
    of very many lines keeps Qt's own distances: to move them takes longer than a person waits."""

    MOST = 300  # lines of one paragraph

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        count = layout.lineCount()
        if not 0 < count <= self.MOST:
            return rect
        last = layout.lineAt(count - 1)
        if last.y() != self._top(count - 1, last.height()):  # Qt asks often, and mostly nothing has moved
            for number in range(count):
                line = layout.lineAt(number)
                line.setPosition(QPointF(line.x(), self._top(number, line.height())))
        rect.setHeight(Space.COMPOSER_LINE * count)
        return rect

    def _top(self, number: int, height: float) -> float:
        return Space.COMPOSER_LINE * number + (Space.COMPOSER_LINE - height) / 2


class _Over(QWidget):
    """What is painted over the text: the hint of an empty field, and a caret of 2 px in accent. Qt's caret
    has the colour of the text: it is made 0 wide, and this one blinks.

    It is not painted on the viewport, as Qt made that: see `paint.own_viewport`, which is not for this field.
    """

    WIDTH = 2
    REACH = 19  # as high as the letters of its line, and a little more

    def __init__(self, editor: "Editor") -> None:
        super().__init__(editor)
        self._editor = editor
        self._on = True
        self._blink = QTimer(editor)
        self._blink.timeout.connect(self._toggle)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        editor.setCursorWidth(0)
        editor.cursorPositionChanged.connect(self.restart)
        editor.textChanged.connect(self.restart)
        editor.updateRequest.connect(self._text_moved)

    def restart(self) -> None:
        """Stay on while one writes."""
        self._on = True
        period = QGuiApplication.styleHints().cursorFlashTime()
        if period > 0 and self._editor.hasFocus():
            self._blink.start(period // 2)
        self.update()

    def stop(self) -> None:
        self._blink.stop()
        self.update()

    def _toggle(self) -> None:
        self._on = not self._on
        self.update(self._rect())

    def _text_moved(self, rect: QRect, by: int) -> None:
        if by:
            self.update()

    def _rect(self) -> QRect:
        line = self._editor.cursorRect()
        return QRect(line.x(), line.center().y() - self.REACH // 2, self.WIDTH, self.REACH)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._editor.shows_hint:
            right = self.width() - self._editor.verticalScrollBar().width()
            row = QRect(self.WIDTH + Space.HAIR, 0, right, Space.COMPOSER_LINE)
            paint.text(painter, row, self._editor.hint, sans(15), "ink3")
        if self._on and self._editor.hasFocus():
            paint.fill(painter, self._rect(), theme().colour("accent"))


class Editor(QPlainTextEdit):
    """Plain text only; as high as its text, up to ten lines."""

    picture_pasted = Signal(bytes)  # as a file
    entered = Signal()
    escaped = Signal()
    focus_moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hint = ""
        self._composing = False  # an input method holds letters that are not in the text yet
        self.setObjectName("bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(sans(15))
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # bare while all is in sight
        document = self.document()
        document.setDocumentMargin(0)
        document.setDocumentLayout(_Lines(document))
        document.setDefaultFont(sans(15))
        self._over = _Over(self)

    @property
    def shows_hint(self) -> bool:
        """Whether nothing is written, nor about to be by an input method."""
        return self.document().isEmpty() and not self._composing

    def lines_at(self, width: int) -> int:
        """How many lines the text takes at this width, counted no further than the composer grows."""
        if width != self.width():
            self.resize(width, self.height())
        layout = self.document().documentLayout()
        block, count = self.document().firstBlock(), 0
        while block.isValid() and count < Space.COMPOSER_LINES:
            layout.blockBoundingRect(block)
            count += max(1, block.layout().lineCount())
            block = block.next()
        return min(max(1, count), Space.COMPOSER_LINES)

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
        self._over.restart()
        self.focus_moved.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._over.stop()
        self.focus_moved.emit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Files are not text: they are left for the window, which knows what they are."""
        if source.hasImage() and not source.hasText():
            return True
        return source.hasText() and not any(url.isLocalFile() for url in source.urls())

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasImage() and not source.hasText():
            self.picture_pasted.emit(_as_file(source))
        elif self.canInsertFromMimeData(source):
            text = source.text().replace("\0", "")
            self.suit(text)
            self.insertPlainText(text)
            self.ensureCursorVisible()

    def suit(self, text: str) -> None:
        """Break lines anywhere in a text with endless words: Qt looks for their ends for half a minute."""
        if ENDLESS.search(text):
            self.setWordWrapMode(QtGui.QTextOption.WrapMode.WrapAnywhere)
        elif not text:
            self.setWordWrapMode(QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)

    def set_hint(self, hint: str) -> None:
        """What an empty composer says. Qt's own placeholder would not stand on the 23 px line."""
        self.hint = hint
        self.setAccessibleDescription(hint)
        self._over.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._over.setGeometry(self.rect())

    def inputMethodEvent(self, event: "QtGui.QInputMethodEvent") -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)
        self._over.update()


def _as_file(source: QMimeData) -> bytes:
    """The picture on the clipboard as a BMP: no time is lost on packing what is unpacked again at once."""
    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    QtGui.QImageWriter(buffer, QtCore.QByteArray(b"BMP")).write(QtGui.QImage(source.imageData()))
    return bytes(data.data())
