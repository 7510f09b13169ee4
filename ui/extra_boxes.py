"""What stands in a message beside its text: pictures, what was read in them, and pages that can be opened."""

import re
from html import unescape

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath

from models.words import size_in_words
from ui import paint
from ui.blocks import Box
from ui.markdown_blocks import Block, Code, Fold, PageLink, Picture
from ui.text_run import Selected
from ui.theme import Flow, Space, mono, sans, theme
from ui.thumbnails import thumbnails

_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
GONE = "This picture is not on the disk any more."


class PictureBox(Box):
    """A picture in its own proportions, as wide as the text or as high as is sensible."""

    block: Picture

    def estimate(self, width: int) -> None:
        self.fit(width)

    def fit(self, width: int) -> None:
        self.width, self.exact = width, True
        self.height = self._size().height()

    def _size(self) -> QSize:
        """On the screen: never larger than it is, so that nothing is blurred."""
        size = QSize(max(1, self.block.width), max(1, self.block.height))
        scale = min(1.0, self.width / size.width(), Flow.PICTURE / size.height())
        least = Space.XXXL
        return QSize(max(least, round(size.width() * scale)), max(least, round(size.height() * scale)))

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        size = self._size()
        area = QRectF(at.x(), at.y(), size.width(), size.height())
        ratio = painter.device().devicePixelRatio()
        image = thumbnails().get(self.block.path, size * ratio)
        if image is None or image.isNull():
            paint.box(painter, area, Space.RADIUS_SMALL, theme().colour("sunk"), theme().colour("line"))
            if image is not None:
                paint.text(painter, area.adjusted(Space.M, 0, -Space.M, 0), GONE, sans(12), "ink3")
            return
        rounded = QPainterPath()
        rounded.addRoundedRect(area, Space.RADIUS_SMALL, Space.RADIUS_SMALL)
        painter.save()
        painter.setClipPath(rounded, Qt.ClipOperation.IntersectClip)  # or corners stand out
        painter.drawImage(area, image)
        painter.restore()
        paint.box(painter, area, Space.RADIUS_SMALL, None, theme().colour("line"))
        if selected is not None:
            wash = theme().colour("wash")
            wash.setAlphaF(0.5)
            painter.fillRect(area, wash)

    def position(self, point: QPointF) -> int:
        return int(point.y() > self.height / 2)

    @property
    def end(self) -> int:
        return 1

    def words(self, start: int, end: int) -> str:
        return self.block.name if end > start else ""


class FoldBox(Box):
    """A line that can be unfolded, and what it then shows; the line itself is a button over it."""

    block: Fold

    def __init__(self, block: Block) -> None:
        super().__init__(block)
        self.open = False

    def estimate(self, width: int) -> None:
        self.fit(width)

    def fit(self, width: int) -> None:
        self.width, self.exact = width, True
        lines = len(self.block.lines) if self.open else 0
        below = Space.S if self.open else 0
        self.height = Space.FOLD + lines * Flow.CODE_LINE + below

    def toggle(self) -> None:
        """Unfold, or fold again."""
        self.open = not self.open
        self.exact = False

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        if not self.open:
            return
        left = at.x() + Space.L
        for number, line in enumerate(self.block.lines):
            top = at.y() + Space.FOLD + number * Flow.CODE_LINE
            row = QRectF(left, top, self.width - Space.L, Flow.CODE_LINE)
            if selected is not None and selected[0] <= number < selected[1]:
                painter.fillRect(row, theme().colour("wash"))
            paint.text(painter, row, line, mono(Flow.CODE_SMALLEST), "ink2")

    def position(self, point: QPointF) -> int:
        if not self.open:
            return 0
        return min(self.end, max(0, round((point.y() - Space.FOLD) / Flow.CODE_LINE)))

    @property
    def end(self) -> int:
        return len(self.block.lines) if self.open else 0

    def words(self, start: int, end: int) -> str:
        return "\n".join(self.block.lines[start:end])


class CardBox(Box):
    """A page, as a card that opens it; the card is a button over it, which paints itself."""

    hang = Space.HANG

    @property
    def name(self) -> str:
        """What the page calls itself."""
        raise NotImplementedError

    @property
    def facts(self) -> str:
        """Which version it is, or how much there is of it."""
        raise NotImplementedError

    def estimate(self, width: int) -> None:
        self.fit(width)

    def fit(self, width: int) -> None:
        self.width, self.height, self.exact = width, Flow.PAGE_CARD, True

    def paint(self, painter: QPainter, at: QPointF, clip: QRectF, selected: Selected) -> None:
        """The card does."""

    def position(self, point: QPointF) -> int:
        return int(point.y() > self.height / 2)

    @property
    def end(self) -> int:
        return 1


class LinkBox(CardBox):
    """A page that was made for an answer, and is kept under its id."""

    block: PageLink

    @property
    def name(self) -> str:
        return self.block.name

    @property
    def facts(self) -> str:
        return self.block.facts

    def words(self, start: int, end: int) -> str:
        return self.name if end > start else ""


class PageBox(CardBox):
    """A whole page that stands in an answer."""

    block: Code

    # Asked for where the card is placed, not at every token: to find them takes all of the code.

    @property
    def name(self) -> str:
        return title_of(self.html)

    @property
    def facts(self) -> str:
        return "Being written" if self.block.open else size_in_words(len(self.html.encode()))

    def words(self, start: int, end: int) -> str:
        return self.html if end > start else ""

    def caret(self) -> QPointF:
        return QPointF(self.hang, self.height)

    @property
    def html(self) -> str:
        """The page."""
        return "\n".join(self.block.lines)


def title_of(html: str) -> str:
    """What a page calls itself."""
    found = _TITLE.search(html)
    words = " ".join(unescape(found[1]).split()) if found else ""
    return words or "Page"


def is_page(block: Block) -> bool:
    """Whether a block of code is a whole web page, and no piece of one."""
    if not isinstance(block, Code) or block.language.lower() not in ("", "html", "htm", "xhtml"):
        return False
    start = "\n".join(block.lines[:4]).lstrip().casefold()
    return start.startswith(("<!doctype html", "<html"))
