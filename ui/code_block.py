"""A block of code: lines of 20 px, so its height is known without laying out any of them."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QTextCharFormat, QTextLayout

from ui import paint
from ui.blocks import Box, Sideways
from ui.highlight import Highlighter, Ink, Mark, language_name
from ui.inline import part, units
from ui.markdown_blocks import Block, Code
from ui.text_run import Selected, cursor_x, set_lines, word_in
from ui.theme import Flow, Space, mono, sans, theme

COLUMN_BITS = 24  # a position is a line number, and below it a column of so many bits
_COLUMN = (1 << COLUMN_BITS) - 1
SLICED = 600  # a longer line is painted only where it is in view
KEPT = 256  # laid-out lines


def columns(line: str) -> int:
    """The width of a line in characters of the code face; wide letters and tabs are counted as such."""
    if line.isascii():
        return len(line.expandtabs(Flow.TAB)) if "\t" in line else len(line)
    return sum(2 if char > "\u1100" else 1 for char in line.expandtabs(Flow.TAB))


class CodeBox(Box):
    """Code that scrolls sideways and never wraps. Only lines in view are laid out."""

    block: Code
    hang = Space.HANG

    def __init__(self, block: Code) -> None:
        super().__init__(block)
        self.sideways = Sideways()
        self.laid_out = 0  # lines laid out so far: what a test of the cost counts
        self._lines: dict[int, tuple[str, tuple[Mark, ...], QTextLayout]] = {}
        self._measured = 0
        self._widest = 0
        self.highlight: Highlighter | None = None

    def _set_height(self) -> None:
        top = Space.CODE_HEAD + Space.HAIR
        self.height = top + max(1, len(self.block.lines)) * Flow.CODE_LINE + Flow.CODE_FOOT

    def estimate(self, width: int) -> None:
        super().estimate(width)
        self._set_height()

    def fit(self, width: int) -> None:
        self.width, self.exact = width, True
        self._set_height()
        lines, known = self.block.lines, self._measured
        # The last line may still grow: it is measured each time.
        self._widest = max([self._widest, *map(columns, lines[known:])])
        self._measured = max(0, len(lines) - self.block.partial)
        self.sideways.view = width
        self.sideways.content = self._widest * _advance() if self._widest * _advance() > width else 0
        self.sideways.scroll(0)
        if self.highlight is None:
            self._start_highlight()
        elif self.block.open:
            changed = min(known, self.highlight.grow(self._measured))
            self.fresh = Space.CODE_HEAD + changed * Flow.CODE_LINE

    def _start_highlight(self) -> None:
        self.highlight = Highlighter(self.block.language, self.block.lines)
        if self.block.open:
            self.highlight.grow(len(self.block.lines) - self.block.partial)
        else:
            self.highlight.close()

    def update(self, block: Block) -> None:
        assert isinstance(block, Code)
        was = self.block
        self.fresh = 0
        super().update(block)
        if block is not was:
            self._lines.clear()
            self._measured = self._widest = 0
            self.highlight = None
        elif not block.open and self.highlight is not None and not self.highlight.closed:
            self.highlight.close()

    def forget(self) -> None:
        super().forget()
        self._lines.clear()

    @property
    def busy(self) -> bool:
        return self.highlight is not None and self.highlight.closed and not self.highlight.done

    def work(self, seconds: float) -> bool:
        if self.highlight is None or not self.busy:
            return False
        return self.highlight.run(seconds)

    @property
    def text(self) -> str:
        """The code, as Copy takes it."""
        return "\n".join(self.block.lines)

    def copy_corner(self, box_width: int) -> QPointF:
        """Where the top left corner of the Copy button stands."""
        spare = (Space.CODE_HEAD - Space.SMALL_BUTTON) // 2
        return QPointF(box_width - Space.SMALL_BUTTON - Space.XS - Space.HAIR, spare + Space.HAIR)

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        width = self.width + 2 * self.hang
        whole = QRectF(at.x(), at.y(), width, self.height)
        paint.box(painter, whole, Space.RADIUS_BOX, theme().colour("sunk"), theme().colour("line"))
        head = QRectF(at.x() + self.hang, at.y() + Space.HAIR, self.width - Space.XXXL, Space.CODE_HEAD)
        title = self.block.title or language_name(self.block.language)
        paint.text(painter, head, title, sans(12), "ink3")
        painter.save()
        painter.setClipRect(whole.adjusted(Space.HAIR, 0, -Space.HAIR, 0).toRect())
        self._paint_lines(painter, at, clip, selected)
        painter.restore()
        thumb = self.thumb().translated(at)
        if not thumb.isEmpty():
            paint.box(painter, thumb, Space.SCROLLBAR / 2, theme().colour("control"))

    def _paint_lines(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        top = at.y() + Space.CODE_HEAD + Space.HAIR
        left = at.x() + self.hang - self.sideways.offset
        first = max(0, int((clip.top() - top) // Flow.CODE_LINE))
        after = min(len(self.block.lines), int((clip.bottom() - top) // Flow.CODE_LINE) + 1)
        painter.setPen(theme().colour("ink"))
        for number in range(first, after):
            y = top + number * Flow.CODE_LINE
            line = self.block.lines[number]
            if selected is not None:
                self._paint_selection(painter, QPointF(left, y), number, selected)
            if len(line) > SLICED:
                self._paint_slice(painter, QPointF(left, y), line)
            elif line:
                self._laid(number).draw(painter, QPointF(left, y))

    def _paint_slice(self, painter: QPainter, at: QPointF, line: str) -> None:
        """A line too long to lay out whole: only the columns in view, at the places of their columns."""
        first = int(self.sideways.offset // _advance())
        piece = line[first : first + int(self.width // _advance()) + 8].replace("\t", " ")
        layout = QTextLayout(piece, mono(Flow.CODE))
        set_lines(layout, 1e6, Flow.CODE_LINE)
        layout.draw(painter, at + QPointF(first * _advance(), 0))

    def _paint_selection(
        self, painter: QPainter, at: QPointF, number: int, selected: tuple[int, int]
    ) -> None:
        start, end = (_split(position) for position in selected)
        if not start[0] <= number <= end[0]:
            return
        left = self._x(number, start[1]) if number == start[0] else 0.0
        right = self._x(number, end[1]) if number == end[0] else self._x(number, _COLUMN) + Space.XS
        wash = theme().colour("wash")
        painter.fillRect(QRectF(at.x() + left, at.y(), right - left, Flow.CODE_LINE), wash)

    def _laid(self, number: int) -> QTextLayout:
        """One line laid out and coloured; kept until its text or its colours change."""
        line = self.block.lines[number]
        marks = tuple(self.highlight.marks(number)) if self.highlight is not None else ()
        kept = self._lines.get(number)
        if kept is not None and kept[0] == line and kept[1] == marks:
            return kept[2]
        layout = QTextLayout(line, mono(Flow.CODE))
        option = layout.textOption()
        option.setTabStopDistance(Flow.TAB * _advance())
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.setFormats([_coloured(line, mark) for mark in marks])
        set_lines(layout, 1e6, Flow.CODE_LINE)
        self.laid_out += 1
        if len(self._lines) >= KEPT:
            del self._lines[next(iter(self._lines))]
        self._lines[number] = (line, marks, layout)
        return layout

    def _x(self, number: int, column: int) -> float:
        line = self.block.lines[number]
        if len(line) > SLICED or not line:
            return min(column, len(line)) * _advance()
        return cursor_x(self._laid(number).lineAt(0), min(column, units(line)))

    def thumb(self) -> QRectF:
        """The thumb of the scroll bar, in the foot of the box; empty where all is in view."""
        gap = Space.XS - Space.HAIR
        return self.sideways.thumb(self.hang, self.height - gap, self.width)

    def position(self, point: QPointF) -> int:
        lines = self.block.lines
        number = int((point.y() - Space.CODE_HEAD) // Flow.CODE_LINE)
        if number < 0 or not lines:
            return 0
        if number >= len(lines):
            return self.end
        x = point.x() - self.hang + self.sideways.offset
        line = lines[number]
        if len(line) > SLICED:
            column = min(len(line), max(0, round(x / _advance())))
        else:
            column = int(self._laid(number).lineAt(0).xToCursor(x)) if line else 0
        return number << COLUMN_BITS | column

    @property
    def end(self) -> int:
        lines = self.block.lines
        return (len(lines) - 1) << COLUMN_BITS | units(lines[-1]) if lines else 0

    def words(self, start: int, end: int) -> str:
        (first, left), (last, right) = _split(start), _split(end)
        lines = self.block.lines[first : last + 1]
        if not lines:
            return ""
        if first == last:
            return part(lines[0], left, right)
        return "\n".join([part(lines[0], left, units(lines[0])), *lines[1:-1], part(lines[-1], 0, right)])

    def word(self, position: int) -> tuple[int, int]:
        number, column = _split(position)
        if number >= len(self.block.lines):
            return position, position
        start, end = word_in(self.block.lines[number], column)
        return number << COLUMN_BITS | start, number << COLUMN_BITS | end

    def line(self, position: int) -> tuple[int, int]:
        number, _ = _split(position)
        if number >= len(self.block.lines):
            return position, position
        return number << COLUMN_BITS, number << COLUMN_BITS | units(self.block.lines[number])

    def caret(self) -> QPointF:
        number = max(0, len(self.block.lines) - 1)
        x = self._x(number, _COLUMN) if self.block.lines else 0.0
        x = min(self.hang + x - self.sideways.offset, self.hang + self.width)
        return QPointF(x, Space.CODE_HEAD + Space.HAIR + number * Flow.CODE_LINE)


def _advance() -> float:
    """The width of one character of code, in pixels."""
    return QFontMetricsF(mono(Flow.CODE)).horizontalAdvance("0")


def _split(position: int) -> tuple[int, int]:
    return position >> COLUMN_BITS, position & _COLUMN


def _coloured(line: str, mark: Mark) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    before = line[: mark.start]
    made.start = mark.start if before.isascii() else units(before)
    made.length = units(line[mark.start : mark.start + mark.length])
    form = QTextCharFormat()
    form.setForeground(theme().colour(mark.ink.value))
    if mark.ink is Ink.COMMENT:
        form.setFont(mono(Flow.CODE, italic=True))
    made.format = form
    return made
