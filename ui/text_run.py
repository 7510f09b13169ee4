"""Words in lines of one exact height: what paragraphs, headings and cells are made of."""

from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextLine, QTextOption

from ui import paint
from ui.inline import Rich, Span, Style, units
from ui.markdown_blocks import direction
from ui.theme import Flow, Space, mono, sans, serif, theme

Selected = tuple[int, int] | None


@cache
def _format(style: Style, family: str, size: int, weight: int, accent: str) -> QTextCharFormat:
    """What a styled part looks like in words of this face and size. The accent is there for the cache."""
    form = QTextCharFormat()
    if style & Style.CODE:
        scaled = round(size * Flow.CODE_INLINE / Flow.HEADINGS[2][0])
        form.setFont(mono(max(Flow.CODE_SMALLEST, scaled), bool(style & Style.ITALIC)))
    elif style & (Style.BOLD | Style.ITALIC):
        bold = 600 if style & Style.BOLD else weight
        make = sans if family == sans().families()[0] else serif
        form.setFont(make(size, bold, bool(style & Style.ITALIC)))
    if style & Style.LINK:
        form.setForeground(theme().colour("accent"))
    if style & Style.STRUCK:
        form.setFontStrikeOut(True)
    return form


@cache
def _baseline(family: str, size: int, weight: int, line: int) -> int:
    """Pixels from the top of a line to its baseline, which are whole so that no line is blurred."""
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    metrics = QFontMetricsF(font)
    return round((line - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent())


def set_lines(layout: QTextLayout, width: float, line_height: int, top: float = 0) -> int:
    """Break a text at `width` into lines exactly `line_height` apart; gives their number."""
    font = layout.font()
    baseline = top + _baseline(font.families()[0], font.pixelSize(), font.weight(), line_height)
    layout.beginLayout()
    count = 0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, baseline + count * line_height - line.ascent()))
        count += 1
    layout.endLayout()
    return count


def cursor_x(line: QTextLine, position: int) -> float:
    """The x of a position; PySide gives a pair where its types promise a number."""
    pair: object = line.cursorToX(position)
    assert isinstance(pair, tuple)
    return float(pair[0])


def wrapping(text: str, tab: float) -> QTextOption:
    """Wrap at words, and inside those that are longer than a line; direction from the text itself."""
    option = QTextOption()
    if not text.isascii():
        leftwards = direction(text) in ("R", "AL")
        # Qt does not put a text from right to left at the right edge by itself.
        option.setAlignment(Qt.AlignmentFlag.AlignRight if leftwards else Qt.AlignmentFlag.AlignLeft)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    option.setTabStopDistance(tab)
    return option


class TextRun:
    """Words laid out in lines of one height: what paragraphs, headings and cells are made of."""

    def __init__(self, text: Rich, font: QFont, line_height: int, colour: str = "ink") -> None:
        self.text = text
        self.line_height = line_height
        self.colour = colour
        self.lines = 0
        self._grounds: list[QRectF] = []
        self._hovered: Span | None = None
        self._layout = QTextLayout(text.text, font)
        self._layout.setTextOption(wrapping(text.text, Flow.TAB * font.pixelSize() / 2))
        self._layout.setCacheEnabled(True)
        if text.spans:
            self._layout.setFormats(self._formats(font))

    def _formats(self, font: QFont) -> list[QTextLayout.FormatRange]:
        accent = theme().colours.accent
        ranges: list[QTextLayout.FormatRange] = []
        styled = 0  # where the last span ended
        for span in self.text.spans:
            form = _format(span.style, font.families()[0], font.pixelSize(), font.weight(), accent)
            after = span.start + span.length
            if span.style & Style.CODE:
                # Room for the ground behind the code: one sign before it and its last one are wider.
                if span.start > styled:
                    ranges.append(_range(span.start - 1, 1, _spaced(QTextCharFormat())))
                ranges.append(_range(span.start, span.length - 1, form))
                ranges.append(_range(after - 1, 1, _spaced(form)))
            else:
                ranges.append(_range(span.start, span.length, form))
            styled = after
        return ranges

    def fit(self, width: float) -> int:
        """Break at `width`; gives the height."""
        self.lines = max(1, set_lines(self._layout, max(1.0, width), self.line_height))
        self._grounds = self._code_grounds()
        return self.lines * self.line_height

    @property
    def natural(self) -> float:
        """The width that it would take on one line; to be asked after `fit`."""
        return self._layout.maximumWidth()

    @property
    def end(self) -> int:
        return units(self.text.text)

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        if selected is not None:
            wash = theme().colour("wash")
            for rect in self.rects(*selected, to_edge=True):
                painter.fillRect(rect.translated(at), wash)
        for ground in self._grounds:
            ground = ground.translated(at)
            if ground.intersects(clip):
                paint.box(painter, ground, Space.RADIUS_SMALL, theme().colour("hover"))
        marks = []
        if self._hovered is not None:
            form = QTextCharFormat()
            form.setFontUnderline(True)
            marks.append(_range(self._hovered.start, self._hovered.length, form))
        painter.setPen(theme().colour(self.colour))
        self._layout.draw(painter, at, marks, clip)

    def _code_grounds(self) -> list[QRectF]:
        spare = (self.line_height - min(Flow.CODE_GROUND, self.line_height - 2)) / 2
        grounds = []
        for span in self.text.spans:
            if not span.style & Style.CODE:
                continue
            areas = self.rects(span.start, span.start + span.length)
            for number, area in enumerate(areas):
                # The last sign of the code has the room at its right already.
                right = 0 if number == len(areas) - 1 else Flow.CODE_PAD
                grounds.append(area.adjusted(-Flow.CODE_PAD, spare, right, -spare))
        return grounds

    def rects(self, start: int, end: int, to_edge: bool = False) -> list[QRectF]:
        """The areas that a part covers, one a line; with `to_edge` a line end that is inside shows."""
        found = []
        for number in range(self._layout.lineCount()):
            line = self._layout.lineAt(number)
            first, after = line.textStart(), line.textStart() + line.textLength()
            if after <= start or first >= end:
                continue
            left, right = self._x(number, max(first, start)), self._x(number, min(after, end))
            if to_edge and end >= after and number + 1 < self.lines:
                right += Space.XS
            area = QRectF(left, number * self.line_height, right - left, self.line_height)
            found.append(area.normalized())
        return found

    def _x(self, line: int, position: int) -> float:
        return cursor_x(self._layout.lineAt(line), position)

    def position(self, point: QPointF) -> int:
        if not self._layout.lineCount() or point.y() < 0:
            return 0
        number = int(point.y() // self.line_height)
        if number >= self._layout.lineCount():
            return self.end
        return int(self._layout.lineAt(number).xToCursor(point.x()))

    def word(self, position: int) -> tuple[int, int]:
        """The run of letters or of other signs around a position."""
        text = self.text.text
        if not text.isascii():
            start = self._layout.previousCursorPosition(position + 1, QTextLayout.CursorMode.SkipWords)
            return start, max(start, self._layout.nextCursorPosition(start, QTextLayout.CursorMode.SkipWords))
        return word_in(text, position)

    def link(self, point: QPointF) -> Span | None:
        for span in self.text.spans:
            if span.style & Style.LINK and any(
                rect.contains(point) for rect in self.rects(span.start, span.start + span.length)
            ):
                return span
        return None

    def hover(self, link: Span | None) -> None:
        self._hovered = link

    def caret(self) -> QPointF:
        count = self._layout.lineCount()
        if not count:
            return QPointF(0, 0)
        line = self._layout.lineAt(count - 1)
        x = self._x(count - 1, line.textStart() + line.textLength())
        return QPointF(x, (count - 1) * self.line_height)


def _spaced(form: QTextCharFormat) -> QTextCharFormat:
    wider = QTextCharFormat(form)
    wider.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    wider.setFontLetterSpacing(Flow.CODE_PAD)
    return wider


def _range(start: int, length: int, form: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, form
    return made


def word_in(text: str, position: int) -> tuple[int, int]:
    """The run of letters and digits around a position, or of what else stands there."""

    def kind(char: str) -> int:
        return 0 if char.isalnum() or char == "_" else 1 if char.isspace() else 2

    if not text:
        return 0, 0
    start = min(position, len(text) - 1)
    wanted = kind(text[start])
    end = start
    while start and kind(text[start - 1]) == wanted:
        start -= 1
    while end < len(text) and kind(text[end]) == wanted:
        end += 1
    return start, end
