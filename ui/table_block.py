"""A table: as wide as code, its columns shared out by what stands in them, numbers at the right."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from ui import paint
from ui.blocks import Box, Sideways
from ui.inline import LINE, Rich, Span, part, rich
from ui.markdown_blocks import Table
from ui.text_run import Selected, TextRun
from ui.theme import Flow, Space, sans, tabular, theme

COLUMN_BITS = 20  # a position is the number of a cell, and below it a place in its text
_COLUMN = (1 << COLUMN_BITS) - 1
_NUMBER = re.compile(
    r"[~≈<>±+−-]?\s?[$€£¥]?[+−-]?\d[\d,.' \u00a0\u202f]*(?:\s?[%‰°×x]|\s?[A-Za-zµ°/²³]{1,5})?"
)
_LINE = 20
_SPARE = 1  # pixels that a cell may reach into its side, as columns stand on whole ones


@dataclass(slots=True)
class _Cell:
    text: Rich
    natural: float  # width on one line
    word: float  # width of the longest word
    run: TextRun | None = None
    height: int = _LINE


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None or text.strip() in ("-", "–", "—", "n/a")


class TableBox(Box):
    """Long cells wrap; what is still too wide scrolls sideways. Only rows in view are laid out."""

    block: Table
    hang = Space.HANG

    def __init__(self, block: Table) -> None:
        super().__init__(block)
        self.sideways = Sideways()
        self._cells: dict[tuple[bool, str], _Cell] = {}
        self._rows: list[list[_Cell]] = []
        self._columns: list[float] = []
        self._lefts: list[float] = []
        self._tops: list[int] = []
        self._right: list[bool] = []

    def estimate(self, width: int) -> None:
        super().estimate(width)
        self.height = (1 + len(self.block.rows)) * Space.TABLE_ROW

    def fit(self, width: int) -> None:
        self.width, self.exact = width, True
        block = self.block
        cells = {}
        for head, row in [(True, block.head), *((False, row) for row in block.rows)]:
            for text in row:
                key = (head, text)
                # Cells are kept by their text: while a table streams only its last row is new.
                cells[key] = self._cells.get(key) or _measured(text, head)
        self._cells = cells
        self._rows = [[cells[True, text] for text in block.head]]
        self._rows += [[cells[False, text] for text in row] for row in block.rows]
        self._right = [self._at_right(number) for number in range(len(block.head))]
        columns = _share(self._rows, width + 2 * self.hang)
        if columns != self._columns:
            self._columns = columns
            for cell in cells.values():
                cell.run = None
        self._lefts = [0.0, *accumulate(columns)]
        self.sideways.view = width + 2 * self.hang
        self.sideways.content = self._lefts[-1] if self._lefts[-1] > self.sideways.view + 1 else 0
        self.sideways.scroll(0)
        heights = [self._row_height(row) for row in self._rows]
        self._tops = [0, *accumulate(heights)]
        foot = Space.SCROLLBAR + Space.XS if self.sideways.room else 0
        self.height = self._tops[-1] + foot

    def _at_right(self, column: int) -> bool:
        wanted = self.block.aligns[column] if column < len(self.block.aligns) else ""
        if wanted:
            return wanted == "right"
        texts = [row[column].strip(" *`") for row in self.block.rows if column < len(row)]
        # A first column of numbers is a name for its row, and stays at the text edge.
        return column > 0 and any(texts) and all(_is_number(text) for text in texts if text)

    def _row_height(self, row: list[_Cell]) -> int:
        lines = 1
        for cell, column in zip(row, self._columns, strict=False):
            room = column - 2 * Space.L + _SPARE
            if cell.natural > room or LINE in cell.text.text:
                if cell.run is None:
                    self._lay_out(cell, column, row is self._rows[0])
                lines = max(lines, cell.height // _LINE)
        return Space.TABLE_ROW + (lines - 1) * _LINE

    def _lay_out(self, cell: _Cell, column: float, head: bool) -> TextRun:
        cell.run = TextRun(cell.text, _font(head), _LINE, "ink3" if head else "ink")
        cell.height = cell.run.fit(max(1.0, column - 2 * Space.L + _SPARE))
        return cell.run

    def forget(self) -> None:
        super().forget()
        self._cells, self._columns = {}, []

    def _placed(self, row: int, column: int) -> tuple[TextRun, QPointF]:
        """A cell laid out, and where its text stands."""
        cell = self._rows[row][column]
        run = cell.run or self._lay_out(cell, self._columns[column], row == 0)
        room = self._columns[column] - 2 * Space.L
        x = self._lefts[column] + Space.L
        if self._right[column]:
            x += max(0.0, room - cell.natural)
        elif self.block.aligns[column : column + 1] == ("center",):
            x += max(0.0, (room - cell.natural) / 2)
        return run, QPointF(x - self.sideways.offset, self._tops[row] + Flow.CELL - (row == 0))

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        width = self.width + 2 * self.hang
        painter.save()
        painter.setClipRect(
            QRectF(at.x(), at.y(), width, self.height).toRect(), Qt.ClipOperation.IntersectClip
        )
        for row, top in enumerate(self._tops[:-1]):
            bottom = self._tops[row + 1]
            if at.y() + bottom < clip.top() or at.y() + top > clip.bottom():
                continue
            for column in range(*self._in_view(len(self._rows[row]))):
                run, corner = self._placed(row, column)
                run.paint(painter, at + corner, clip, self._part(row, column, selected))
            y = round(at.y()) + bottom - Space.HAIR
            paint.hairline(painter, round(at.x()), y, width, "line" if row else "control")
        painter.restore()
        thumb = self.thumb().translated(at)
        if not thumb.isEmpty():
            paint.box(painter, thumb, Space.SCROLLBAR / 2, theme().colour("control"))

    def _in_view(self, count: int) -> tuple[int, int]:
        """The first of so many columns that is in view, and the one after the last."""
        left, right = self.sideways.offset, self.sideways.offset + self.width + 2 * self.hang
        first = max(0, bisect_right(self._lefts, left) - 1)
        return min(first, count), min(bisect_left(self._lefts, right), count)

    def thumb(self) -> QRectF:
        """The thumb of the scroll bar, under the last row; empty where all is in view."""
        return self.sideways.thumb(0, self.height, self.width + 2 * self.hang)

    def _part(self, row: int, column: int, selected: Selected) -> Selected:
        """What is selected of one cell."""
        if selected is None:
            return None
        number = row * len(self.block.head) + column
        end = self._rows[row][column].run
        first = max(selected[0] - (number << COLUMN_BITS), 0)
        after = min(selected[1] - (number << COLUMN_BITS), end.end if end else 0)
        return (first, after) if first < after else None

    def _cell_at(self, point: QPointF) -> tuple[int, int]:
        row = max(0, sum(top <= point.y() for top in self._tops[:-1]) - 1)
        x = point.x() + self.sideways.offset
        column = max(0, sum(left <= x for left in self._lefts[:-1]) - 1)
        return row, min(column, max(0, len(self._rows[row]) - 1))

    def position(self, point: QPointF) -> int:
        if not self._tops or point.y() < 0:
            return 0
        if point.y() >= self._tops[-1]:
            return self.end
        row, column = self._cell_at(point)
        run, corner = self._placed(row, column)
        return (row * len(self.block.head) + column) << COLUMN_BITS | run.position(point - corner)

    @property
    def end(self) -> int:
        return (1 + len(self.block.rows)) * len(self.block.head) << COLUMN_BITS

    def words(self, start: int, end: int) -> str:
        wide = len(self.block.head)
        (first, left), (last, right) = _split(start), _split(end)
        lines: list[list[str]] = []
        for number, source in enumerate(text for row in (self.block.head, *self.block.rows) for text in row):
            if not first <= number <= last:
                continue
            text = rich(source).text.replace(LINE, " ")
            begin = left if number == first else 0
            text = part(text, begin, right) if number == last else part(text, begin, _COLUMN)
            if not lines or number % wide == 0:
                lines.append([])
            lines[-1].append(text)
        return "\n".join("\t".join(line) for line in lines)

    def word(self, position: int) -> tuple[int, int]:
        number, place = _split(position)
        row, column = divmod(number, len(self.block.head))
        if row >= len(self._rows):
            return position, position
        start, end = self._placed(row, column)[0].word(place)
        return number << COLUMN_BITS | start, number << COLUMN_BITS | end

    def line(self, position: int) -> tuple[int, int]:
        number, _ = _split(position)
        return number << COLUMN_BITS, number << COLUMN_BITS | _COLUMN

    def link(self, point: QPointF) -> Span | None:
        if not self._tops or not 0 <= point.y() < self._tops[-1]:
            return None
        run, corner = self._placed(*self._cell_at(point))
        return run.link(point - corner)

    def hover(self, link: Span | None) -> None:
        for cell in self._cells.values():
            if cell.run is not None:
                cell.run.hover(link if link in cell.text.spans else None)

    def caret(self) -> QPointF:
        if not self._rows or not self._rows[-1]:
            return QPointF(0, 0)
        filled = [number for number, cell in enumerate(self._rows[-1]) if cell.text.text]
        run, corner = self._placed(len(self._rows) - 1, filled[-1] if filled else 0)
        return corner + run.caret()


def _split(position: int) -> tuple[int, int]:
    return position >> COLUMN_BITS, position & _COLUMN


@cache
def _metrics(head: bool) -> QFontMetricsF:
    return QFontMetricsF(_font(head))


def _font(head: bool) -> QFont:
    return sans(12, 500) if head else tabular(sans(13))


def _measured(source: str, head: bool) -> _Cell:
    text = rich(source)
    metrics = _metrics(head)
    words = text.text.split()
    if len(words) == 1 and not text.spans and len(text.text) < 80:
        natural = metrics.horizontalAdvance(text.text)
        return _Cell(text, natural, min(natural, Flow.WIDEST))
    longest = max((metrics.horizontalAdvance(word) for word in words if len(word) < 80), default=0.0)
    if text.spans:
        run = TextRun(text, _font(head), _LINE)
        run.fit(1e6)
        natural = run.natural
    else:
        natural = max(metrics.horizontalAdvance(line) for line in text.text.split(LINE))
    return _Cell(text, natural, min(longest, Flow.WIDEST))


def _share(rows: list[list[_Cell]], width: float) -> list[float]:
    """The widths of the columns: in proportion to their text, narrower where all of it does not fit."""
    count = len(rows[0])
    sides = 2 * Space.L
    natural = [
        sides + max(row[number].natural for row in rows if number < len(row)) for number in range(count)
    ]
    if sum(natural) <= width:
        return _whole([wide * width / sum(natural) for wide in natural])
    least = [
        min(
            natural[number],
            sides + max(Flow.NARROWEST, *(row[number].word for row in rows if number < len(row))),
        )
        for number in range(count)
    ]
    spare = width - sum(least)
    if spare <= 0:  # it scrolls sideways, so it need not be cramped
        return _whole([min(wide, sides + Flow.WIDEST) for wide in natural])
    # What fits without wrapping much keeps its width; the long columns share what is left.
    wants = [wide - small for wide, small in zip(natural, least, strict=True)]
    return _whole([small + spare * want / sum(wants) for small, want in zip(least, wants, strict=True)])


def _whole(widths: list[float]) -> list[float]:
    """The widths on whole pixels, their sum kept."""
    edges = [0, *(round(edge) for edge in accumulate(widths))]
    return [float(right - left) for left, right in pairwise(edges)]
