"""Laying out and painting the blocks of a message.

A box is one block as it is shown. Until it has been laid out its height is an estimate; the transcript lays
out only what is in view. Coordinates are relative to the box's own top left corner, which for boxes that
hang out lies `hang` pixels left of the text edge. A position in a box is an integer that grows along the
text; only the box knows what it counts.
"""

from math import ceil

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFont, QPainter

from ui import paint
from ui.inline import LINE, Span, part, plain, rich
from ui.markdown_blocks import Block, Nest, Rule, Words
from ui.text_run import Selected, TextRun
from ui.theme import Flow, Space, sans, theme


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
