"""Laying out and painting the blocks of a message.

A box is one block as it is shown. Until it has been laid out its height is an estimate; the transcript lays
out only what is in view. Coordinates are relative to the box's own top left corner, which for boxes that
hang out lies `hang` pixels left of the text edge. A position in a box is an integer that grows along the
text; only the box knows what it counts.
"""

from functools import cache
from math import ceil
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextLine, QTextOption

from ui import paint
from ui.inline import LINE, Rich, Span, Style, part, plain, rich, units
from ui.markdown import Block, Nest, Rule, Words
from ui.theme import Face, Flow, Space, mono, sans, theme

Selected = tuple[int, int] | None


class Box:
    """One block as it is shown; subclasses lay it out and paint it."""

    hang = 0  # pixels outside the text edge, on both sides

    def __init__(self, block: Block) -> None:
        self.block = block
        self.width = 0
        self.height = 0
        self.exact = False  # laid out for `width`, so that `height` is no estimate
        self.fresh = 0  # below this y it looks different since the last `update`

    def estimate(self, width: int) -> None:
        """Guess the height for a width without laying anything out."""
        self.width, self.exact = width, False

    def fit(self, width: int) -> None:
        """Lay out for a width, in pixels of text."""
        raise NotImplementedError

    def update(self, block: Block) -> None:
        """Take a newer state of the block."""
        self.block = block
        self.exact = False

    def forget(self) -> None:
        """The theme changed: nothing that was laid out holds any more."""
        self.exact = False

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        """Paint with the corner at `at`, at least what is inside `clip`."""
        raise NotImplementedError

    def position(self, point: QPointF) -> int:
        """The position nearest to a point."""
        raise NotImplementedError

    @property
    def end(self) -> int:
        """The last position."""
        return 0

    def words(self, start: int, end: int) -> str:
        """The text between two positions, as one would want it pasted elsewhere."""
        return ""

    def word(self, position: int) -> tuple[int, int]:
        """The word around a position."""
        return 0, self.end

    def line(self, position: int) -> tuple[int, int]:
        """The paragraph, cell or line of code around a position."""
        return 0, self.end

    def link(self, point: QPointF) -> Span | None:
        """The link under a point."""
        return None

    def hover(self, link: Span | None) -> None:
        """Underline this link and no other."""

    def caret(self) -> QPointF:
        """Where the next word will stand: right of the last one, at the top of its line."""
        return QPointF(0, self.height)

    def work(self, seconds: float) -> bool:
        """Do what was put off, for about so long; whether the box looks different now."""
        return False

    @property
    def busy(self) -> bool:
        """Whether `work` has more to do."""
        return False


@cache
def _format(style: Style, size: int, weight: int, face: Face, accent: str) -> QTextCharFormat:
    """What a styled part looks like in words of this size. Face and accent are there for the cache."""
    form = QTextCharFormat()
    if style & Style.CODE:
        scaled = round(size * Flow.CODE_INLINE / Flow.HEADINGS[2][0])
        form.setFont(mono(max(Flow.CODE_SMALLEST, scaled), bool(style & Style.ITALIC)))
    elif style & (Style.BOLD | Style.ITALIC):
        bold = 600 if style & Style.BOLD else weight
        form.setFont(theme().answer_font(bold, bool(style & Style.ITALIC), size))
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
        strong = next((kind for kind in map(bidirectional, text[:200]) if kind in ("L", "R", "AL")), "L")
        # Qt does not put a text from right to left at the right edge by itself.
        option.setAlignment(Qt.AlignmentFlag.AlignLeft if strong == "L" else Qt.AlignmentFlag.AlignRight)
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
            form = _format(span.style, font.pixelSize(), font.weight(), theme().face, accent)
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


class TextBox(Box):
    """A paragraph, a heading, or a piece of what a person wrote."""

    block: Words

    def __init__(self, block: Words) -> None:
        super().__init__(block)
        self._run: TextRun | None = None
        self._width = 0

    def _setting(self) -> tuple[QFont, int, str]:
        block, measure = self.block, theme().measure
        if block.plain and Nest.QUOTE not in block.place.nest and not block.heading:
            return sans(Flow.YOU), Flow.YOU_LINE, "ink"
        if block.heading:
            size, line = Flow.HEADINGS[min(block.heading, len(Flow.HEADINGS)) - 1]
            grown = measure.answer - Flow.HEADINGS[2][0]
            return theme().answer_font(600, size=size + grown), line + grown, "ink"
        colour = "ink2" if Nest.QUOTE in block.place.nest else "ink"
        return theme().answer_font(), measure.answer_line, colour

    def estimate(self, width: int) -> None:
        super().estimate(width)
        font, line, _ = self._setting()
        per_line = max(8.0, width / (font.pixelSize() * 0.45))
        rows = sum(max(1, ceil(len(row) / per_line)) for row in self.block.source.split("\n"))
        self.height = rows * line

    def run(self) -> TextRun:
        """The words laid out, now if they were not."""
        if self._run is None:
            block = self.block
            words = plain(block.source) if block.plain else rich(block.source)
            self._run = TextRun(words, *self._setting())
            self._width = 0
        if self._width != self.width:
            self.height = self._run.fit(self.width)
            self._width, self.exact = self.width, True
        return self._run

    def fit(self, width: int) -> None:
        self.width = width
        self.height = self.run().lines * self.run().line_height
        self.exact = True

    def update(self, block: Block) -> None:
        super().update(block)
        self._run = None

    def forget(self) -> None:
        super().forget()
        self._run = None

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        self.run().paint(painter, at, clip, selected)

    def position(self, point: QPointF) -> int:
        return self.run().position(point)

    @property
    def end(self) -> int:
        return self.run().end

    def words(self, start: int, end: int) -> str:
        text = part(self.run().text.text, start, end).replace(LINE, "\n")
        markers = self.block.place.markers if start == 0 else ()
        hung = "".join(_copied(marker) + " " for _, marker in markers)
        depth = len([nest for nest in self.block.place.nest if nest is not Nest.QUOTE])
        if not depth:
            return text
        indent = "  " * (depth - max(1, len(markers)))
        return indent + hung + text if hung else indent + "  " * bool(start == 0) + text

    def word(self, position: int) -> tuple[int, int]:
        return self.run().word(position)

    def link(self, point: QPointF) -> Span | None:
        return self.run().link(point)

    def hover(self, link: Span | None) -> None:
        self.run().hover(link)

    def caret(self) -> QPointF:
        return self.run().caret()


def _copied(marker: str) -> str:
    return {"•": "-", "[ ]": "- [ ]", "[x]": "- [x]"}.get(marker, marker)


class RuleBox(Box):
    """A horizontal rule."""

    block: Rule

    def estimate(self, width: int) -> None:
        self.fit(width)

    def fit(self, width: int) -> None:
        self.width, self.height, self.exact = width, Flow.RULE, True

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        paint.hairline(painter, round(at.x()), round(at.y()) + Flow.RULE // 2, self.width)

    def position(self, point: QPointF) -> int:
        return int(point.y() > Flow.RULE / 2)

    @property
    def end(self) -> int:
        return 1

    def words(self, start: int, end: int) -> str:
        return "---" if end > start else ""


class Sideways:
    """How far a box that is wider than its place is scrolled, and the thumb that shows it."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.content = 0.0
        self.view = 0.0

    @property
    def room(self) -> float:
        return max(0.0, self.content - self.view)

    def scroll(self, by: float) -> bool:
        """Scroll by some pixels; whether anything moved."""
        was, self.offset = self.offset, min(max(0.0, self.offset + by), self.room)
        return self.offset != was

    def thumb(self, left: float, bottom: float, width: float) -> QRectF:
        """The thumb in a track that ends at `bottom`; empty where all is in view."""
        if self.room <= 0:
            return QRectF()
        long = max(Space.XXXL, width * self.view / self.content)
        x = left + (width - long) * self.offset / self.room
        return QRectF(x, bottom - Space.SCROLLBAR, long, Space.SCROLLBAR)

    def drag(self, by: float, width: float) -> bool:
        """Move the thumb by some pixels in a track of `width`."""
        long = max(Space.XXXL, width * self.view / max(1.0, self.content))
        return self.scroll(by * self.room / max(1.0, width - long))
