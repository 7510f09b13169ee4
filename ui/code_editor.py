"""The code of a page: it can be read while it is written, and changed once it stands."""

from time import perf_counter

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextDocumentLayout, QPlainTextEdit, QWidget

from ui import paint
from ui.highlight import Highlighter, Ink, Mark
from ui.inline import units
from ui.theme import Flow, Leaf, Space, mono, tabular, theme

TYPING_PAUSE = 400  # ms after the last key before what was typed is taken
COLOURING_PAUSE = 120  # ms after the last change before the colours are made anew
SLICE = 0.004  # seconds of colouring at once
FIRST_WAIT = 20  # ms between two looks whether the lexer is loaded
CARET = 2


class _Lines(QPlainTextDocumentLayout):
    """Lines 20 px apart; each block is one line, as nothing wraps."""

    def blockBoundingRect(self, block: QTextBlock) -> QRectF:
        rect = super().blockBoundingRect(block)
        layout = block.layout()
        if layout.lineCount():
            line = layout.lineAt(0)
            line.setPosition(QPointF(line.x(), (Flow.CODE_LINE - line.height()) / 2))
        rect.setHeight(Flow.CODE_LINE)
        return rect


class _Colours(QSyntaxHighlighter):
    """The marks of `ui.highlight`: of code that is written line by line, and of all of it once it rests."""

    def __init__(self, document: QTextDocument) -> None:
        self._marks: list[list[Mark]] = [[]]
        self._lexing: Highlighter | None = None
        self._growing: Highlighter | None = None
        self._due = 0  # the first line whose colours have not been looked at since it was lexed
        super().__init__(document)
        self._rest = QTimer(self, singleShot=True, interval=COLOURING_PAUSE)
        self._rest.timeout.connect(self._begin)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._go_on)
        self._lines = 1
        document.contentsChange.connect(self._changed)
        theme().changed.connect(self.rehighlight)

    @property
    def busy(self) -> bool:
        return self._rest.isActive() or self._turn.isActive()

    def _changed(self, position: int, removed: int, added: int) -> None:
        count = self.document().blockCount()
        if count != self._lines:
            # Lines below keep their colours until the code is lexed again.
            at = self.document().findBlock(position).blockNumber() + 1
            more = count - self._lines
            self._marks[at : at - min(0, more)] = [[] for _ in range(more)]
            self._lines = count
        if (removed or added) and self._growing is None:
            self._rest.start()

    def follow(self, lines: list[str]) -> None:
        """Colour the lines that are complete, of code that is being written. Each time the same list, which
        has grown: then only what is new is lexed, and a little before it."""
        if self._growing is None:
            self._growing = Highlighter("html", lines)
            self._rest.stop()
        complete = len(lines) - 1
        for number in range(self._growing.grow(complete), complete):
            self._marks[number] = self._growing.marks(number)
            self.rehighlightBlock(self.document().findBlockByNumber(number))

    def finish(self) -> None:
        """All of it stands: colour it properly, from its top."""
        self._growing = None
        self._rest.start()

    def _begin(self) -> None:
        lines = self.document().toPlainText().split("\n")
        self._lexing = Highlighter("html", lines)
        self._lexing.close()
        self._due = 0
        self._turn.start()

    def _go_on(self) -> None:
        lexing = self._lexing
        if lexing is None or self._rest.isActive():
            return
        lexing.run(SLICE)
        if not lexing.done:
            self._turn.start(0 if lexing.lexed else FIRST_WAIT)
            return
        until = perf_counter() + SLICE
        while self._due < self._lines:
            number = self._due
            self._due += 1
            if self._marks[number] != lexing.marks(number):
                self._marks[number] = lexing.marks(number)
                self.rehighlightBlock(self.document().findBlockByNumber(number))
                if perf_counter() > until:
                    self._turn.start()
                    return
        self._lexing = None

    def highlightBlock(self, text: str) -> None:
        number = self.currentBlock().blockNumber()
        for mark in self._marks[number] if number < len(self._marks) else ():
            before, marked = text[: mark.start], text[mark.start : mark.start + mark.length]
            self.setFormat(units(before), units(marked), _form(mark.ink))


def _form(ink: Ink) -> QTextCharFormat:
    form = QTextCharFormat()
    form.setForeground(theme().colour(ink.value))
    form.setFontItalic(ink is Ink.COMMENT)
    return form


class _Numbers(QWidget):
    """The numbers of the lines, at their left."""

    def __init__(self, editor: "CodeEditor") -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        digits = max(2, len(str(self._editor.blockCount())))
        advance = QFontMetrics(mono(Leaf.NUMBERS)).horizontalAdvance("0")
        return QSize(Leaf.INSET + digits * advance + Leaf.NUMBERS_GAP, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        editor = self._editor
        block = editor.firstVisibleBlock()
        top = editor.blockBoundingGeometry(block).translated(editor.contentOffset()).top()
        current = editor.textCursor().blockNumber()
        right = self.width() - Leaf.NUMBERS_GAP
        font = tabular(mono(Leaf.NUMBERS))
        while block.isValid() and top < self.height():
            token = "ink2" if block.blockNumber() == current and editor.hasFocus() else "ink3"
            row = QRect(0, round(top), right, Flow.CODE_LINE)
            paint.text(painter, row, str(block.blockNumber() + 1), font, token, paint.RIGHT)
            top += Flow.CODE_LINE
            block = block.next()


class CodeEditor(QPlainTextEdit):
    """Code of 13/20 in colours. `edited` tells of what a person typed, and of nothing else."""

    edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bare")
        self.setAccessibleName("Code of the page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(mono(Flow.CODE))
        self.setTabStopDistance(Flow.TAB * QFontMetricsF(mono(Flow.CODE)).horizontalAdvance(" "))
        self.setTabChangesFocus(True)  # so that the keyboard can leave; spaces indent
        self.setCornerWidget(QWidget())  # bare, where Qt would paint the corner between the bars
        self.setCursorWidth(0)  # Qt's caret has the colour of the text
        document = self.document()
        document.setDocumentMargin(Space.M)
        document.setDocumentLayout(_Lines(document))
        document.setDefaultFont(mono(Flow.CODE))
        self.colours = _Colours(document)
        self._numbers = _Numbers(self)
        self._shown = ""  # what the owner last gave, or was last told
        self._growing: list[str] | None = None  # the lines of code that is being written
        self._stands = ""  # the same as it stands here: with other line ends, perhaps
        self._pause = QTimer(self, singleShot=True, interval=TYPING_PAUSE)
        self._pause.timeout.connect(self.take)
        self._blink = QTimer(self)
        self._blink.timeout.connect(self._toggle)
        self._caret = True
        self.textChanged.connect(self._changed)
        self.cursorPositionChanged.connect(self._stay_on)
        self.blockCountChanged.connect(self._fit_numbers)
        self.updateRequest.connect(self._scroll_numbers)
        theme().changed.connect(self._numbers.update)
        self._fit_numbers()

    # What it shows

    def code(self) -> str:
        """What stands in it. Not toPlainText, which makes spaces that break lines of those that do not."""
        return self.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")

    def show_code(self, code: str) -> None:
        """Show this code. Letters that are being typed are not replaced by what was there before them."""
        if self._pause.isActive():
            return
        self.setReadOnly(False)
        if code != self._shown:
            self.blockSignals(True)
            self.setPlainText(code)
            self.blockSignals(False)
            self._fit_numbers()
        self._shown, self._stands = code, self.code()

    def grow(self, code: str) -> None:
        """Show as much as is written; it cannot be changed until `settle`. At the end it stays there."""
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 1
        self._pause.stop()
        self.setReadOnly(True)
        if self._growing is None or not code.startswith(self._shown):
            self.colours.finish()
            self.clear()
            self._shown, self._growing = "", [""]
        piece = code[len(self._shown) :]
        end = QTextCursor(self.document())
        end.movePosition(QTextCursor.MoveOperation.End)
        end.insertText(piece)
        self._shown = code
        first, *rest = piece.split("\n")
        self._growing[-1] += first
        self._growing += rest
        self.colours.follow(self._growing)
        if follows:
            bar.setValue(bar.maximum())

    def settle(self) -> None:
        """No more comes: it can be changed, and changes begin here."""
        self.setReadOnly(False)
        self._growing = None
        self.colours.finish()
        self._stands = self.code()
        self.document().clearUndoRedoStacks()

    def go_to(self, line: int) -> None:
        """Put the caret at the beginning of a line, counted from 1, in the middle of what is seen."""
        cursor = QTextCursor(self.document().findBlockByNumber(max(0, line - 1)))
        self.setTextCursor(cursor)
        self.centerCursor()

    def take(self) -> None:
        """Tell at once of what was typed."""
        self._pause.stop()
        code = self.code()
        if code != self._stands and not self.isReadOnly():
            self._shown = self._stands = code
            self.edited.emit(code)

    def drop(self) -> None:
        """Forget what was typed and not told of yet."""
        self._pause.stop()
        self._shown = self._stands = self.code()

    def _changed(self) -> None:
        # Colours change the document as well, and Qt says of both that the text has changed.
        if not self.isReadOnly() and self.code() != self._stands:
            self._pause.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A new line begins below the one it comes after."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.isReadOnly():
            cursor = self.textCursor()
            before = cursor.block().text()[: cursor.positionInBlock()]
            cursor.insertText("\n" + before[: len(before) - len(before.lstrip(" \t"))])
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    # Numbers and caret

    def _fit_numbers(self) -> None:
        wide = self._numbers.sizeHint().width()
        self.setViewportMargins(wide, 0, 0, 0)
        self._numbers.setGeometry(0, 0, wide, self.viewport().height())

    def _scroll_numbers(self, rect: QRect, by: int) -> None:
        self._numbers.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_numbers()

    def _stay_on(self) -> None:
        self._caret = True
        period = QGuiApplication.styleHints().cursorFlashTime()
        if period > 0 and self.hasFocus():
            self._blink.start(period // 2)
        self.viewport().update()
        self._numbers.update()

    def _toggle(self) -> None:
        self._caret = not self._caret
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._stay_on()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._blink.stop()
        self.viewport().update()
        self._numbers.update()
        self.take()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._caret and self.hasFocus() and not self.isReadOnly():
            at = self.cursorRect()
            caret = QRect(at.x(), at.center().y() - Flow.CODE // 2 - CARET, CARET, Flow.CODE + 2 * CARET)
            paint.fill(QPainter(self.viewport()), caret, theme().colour("accent"))
