"""The versions of a page: as thumbnails under it, and as a list. Any of them can be gone back to."""

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.page import Origin, PageVersion
from models.words import size_in_words
from ui import paint
from ui.controls import Pressable
from ui.page_view import PageView
from ui.theme import Leaf, Space, sans, tabular, theme

WORDS = {Origin.DRAFT: "Draft", Origin.MODEL: "Model", Origin.ANSWER: "Answer", Origin.EDITED: "Edited"}
SENTENCES = {
    Origin.DRAFT: "Drawn from the sketch",
    Origin.MODEL: "With what the model added",
    Origin.ANSWER: "From the answer",
    Origin.EDITED: "Edited by you",
}
REST = 800  # ms without a change before missing thumbnails are made
TAKES = 5000  # ms that one page may take to be pictured


class Thumbnails(QObject):
    """Small pictures of pages, made one after the other in a view that nobody sees, and kept."""

    made = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self._kept: dict[str, tuple[str, QPixmap]] = {}  # id: the code, and its picture
        self._wanted: list[PageVersion] = []
        self._darkroom: PageView | None = None
        self._at: PageVersion | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._next)
        self._limit = QTimer(self, singleShot=True, interval=TAKES)
        self._limit.timeout.connect(lambda: self._took(None))

    def of(self, version: PageVersion) -> QPixmap | None:
        """What it looks like, or looked like before its last change; None where that is not known yet."""
        kept = self._kept.get(version.id)
        return kept[1] if kept is not None else None

    def keep(self, version: PageVersion, picture: QPixmap) -> None:
        """Take a picture of the page as it is shown elsewhere."""
        self._kept[version.id] = (version.html, _small(picture))
        self.made.emit()

    def want(self, versions: Sequence[PageVersion]) -> None:
        """Make those that are missing, once nothing has changed for a while."""
        self._wanted = [one for one in versions if self._kept.get(one.id, ("",))[0] != one.html]
        if self._wanted and self._at is None:
            self._rest.start()

    def stop(self) -> None:
        """Make no more; the view goes, and its process with it."""
        self._rest.stop()
        self._limit.stop()
        self._wanted, self._at = [], None
        if self._darkroom is not None:
            self._darkroom.clear()
            self._darkroom.deleteLater()
            self._darkroom = None

    def _next(self) -> None:
        if not self._wanted:
            self.stop()
            return
        self._at = self._wanted.pop(0)
        if self._darkroom is None:
            self._darkroom = PageView(self._owner)
            self._darkroom.setWindowFlag(Qt.WindowType.Tool)  # it is painted only as a window of its own
            self._darkroom.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            self._darkroom.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
            self._darkroom.resize(*Leaf.DARKROOM)
            self._darkroom.show()
            self._darkroom.loaded.connect(self._loaded)
            self._darkroom.failed.connect(lambda _: self._took(None))
        self._limit.start()
        self._darkroom.show_page(self._at.html, self._at.id)

    def _loaded(self) -> None:
        if self._darkroom is not None:
            self._darkroom.picture(self._took)

    def _took(self, picture: QPixmap | None) -> None:
        """One is made, or cannot be: then it stays empty."""
        self._limit.stop()
        if self._at is not None:
            self._kept[self._at.id] = (self._at.html, _small(picture) if picture is not None else QPixmap())
            self._at = None
            self.made.emit()
            QTimer.singleShot(0, self, self._next)


def _small(picture: QPixmap) -> QPixmap:
    """The top of a picture at the size of a thumbnail; a low one goes on in the colour of its foot."""
    if picture.isNull():
        return picture
    ratio = picture.devicePixelRatio()
    wide, high = (round(side * ratio) for side in Leaf.THUMB)
    image = picture.toImage()
    top = image.copy(0, 0, image.width(), min(image.height(), image.width() * high // wide))
    small = QPixmap(wide, high)
    small.fill(image.pixelColor(0, image.height() - 1))
    painter = QPainter(small)
    painter.drawImage(0, 0, top.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation))
    painter.end()
    small.setDevicePixelRatio(ratio)
    return small


def _paint_thumb(painter: QPainter, at: QPoint, picture: QPixmap | None, chosen: bool) -> None:
    area = QRect(at, QSize(*Leaf.THUMB))
    paint.box(painter, area, Space.RADIUS_SMALL, theme().colour("side"))
    if picture is not None and not picture.isNull():
        painter.drawPixmap(at, picture)
    token, width = ("accent", Leaf.TAB_LINE) if chosen else ("control", Space.HAIR)
    reach = width if chosen else Space.HAIR
    edge = area.adjusted(-reach, -reach, reach, reach)
    paint.box(painter, edge, Space.RADIUS_SMALL, None, theme().colour(token), width)


class _Version(Pressable):
    """What the thumbnail and the row have in common: the version, and the keys that move the choice."""

    def __init__(self, version: PageVersion, number: int, shelf: "_Shelf", parent: QWidget) -> None:
        super().__init__(f"v{number}", parent, ring_inside=True)
        self.version = version
        self._shelf = shelf
        self.setCheckable(True)
        self.setAccessibleName(f"Version {number}: {SENTENCES[version.origin]}")
        self.clicked.connect(lambda: shelf.chosen.emit(version.id))

    def nextCheckState(self) -> None:
        """A press on the chosen one leaves it chosen."""
        self.setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._shelf.step(by)


class _Tile(_Version):
    """A thumbnail, and beside it the name of the version and what made it."""

    def __init__(self, version: PageVersion, number: int, shelf: "_Shelf", parent: QWidget) -> None:
        super().__init__(version, number, shelf, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = max(
            QFontMetrics(sans(13, 500)).horizontalAdvance(self.words()),
            QFontMetrics(sans(12)).horizontalAdvance(WORDS[self.version.origin]),
        )
        edge = 2 * Leaf.TAB_LINE
        return QSize(Leaf.THUMB[0] + edge + Space.S + words + Space.S, Leaf.THUMB[1] + 2 * edge)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        if self.ringed:
            paint.box(painter, self.rect(), Space.RADIUS, None, theme().colour("accent"), Space.RING)
        top = (self.height() - Leaf.THUMB[1]) // 2
        chosen = self.isChecked()
        at = QPoint(2 * Leaf.TAB_LINE, top)
        _paint_thumb(painter, at, self._shelf.thumbnails.of(self.version), chosen)
        left = at.x() + Leaf.THUMB[0] + Space.S + Leaf.TAB_LINE
        pen = "accent" if chosen else "ink"
        name = QRect(left, top + Space.XS, self.width() - left, Space.XL)
        paint.text(painter, name, self.words(), sans(13, 500), pen)
        paint.text(painter, name.translated(0, Space.XL), WORDS[self.version.origin], sans(12), "ink3")


class _Row(_Version):
    """A version in the list: its thumbnail, name, what made it, when, and how long it is."""

    def __init__(self, version: PageVersion, number: int, shelf: "_Shelf", parent: QWidget) -> None:
        super().__init__(version, number, shelf, parent)
        self.setFixedHeight(Leaf.ROW)
        size = len(version.html.encode("utf-8", "replace"))
        self._meta = f"{time.strftime('%H:%M', time.localtime(version.created))}, {size_in_words(size)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        self.paint_ground(painter)
        area = self.rect().adjusted(Space.M, 0, -Space.M, 0)
        at = QPoint(area.x(), (self.height() - Leaf.THUMB[1]) // 2)
        _paint_thumb(painter, at, self._shelf.thumbnails.of(self.version), False)
        area.setLeft(at.x() + Leaf.THUMB[0] + Space.M)
        meta = tabular(sans(12))
        paint.text(painter, area, self._meta, meta, "ink3", paint.RIGHT)
        area.setRight(area.right() - QFontMetrics(meta).horizontalAdvance(self._meta) - Space.M)
        name = QRect(area.x(), at.y() + Space.XS, area.width(), Space.XL)
        paint.text(painter, name, self.words(), sans(13, 500), "ink")
        said = SENTENCES[self.version.origin]
        paint.text(painter, name.translated(0, Space.XL), said, sans(12), "ink3")


class _Shelf(QScrollArea):
    """Versions in a row or a column; one is chosen, as in a radio group."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, thumbnails: Thumbnails, name: str) -> None:
        super().__init__(parent)
        self.thumbnails = thumbnails
        self.setObjectName("bare")
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.items: list[_Version] = []  # from the oldest on
        self._holder = QWidget()
        self._holder.setObjectName("bare")
        self.setWidget(self._holder)
        thumbnails.made.connect(self._holder.update)
        thumbnails.made.connect(lambda: [item.update() for item in self.items])

    def _fill(
        self, versions: Sequence[PageVersion], make: Callable[[PageVersion, int], _Version]
    ) -> list[_Version]:
        """The items of these versions; one whose version is the same as before is kept, and its focus."""
        had = {item.version.id: item for item in self.items if item.version in versions}
        for item in self.items:
            if had.get(item.version.id) is not item:
                item.hide()
                item.deleteLater()
        self.items = [
            had.get(version.id) or make(version, number) for number, version in enumerate(versions, 1)
        ]
        return self.items

    def show_chosen(self, chosen: str) -> None:
        """Mark the version that is shown; nothing is emitted."""
        for item in self.items:
            mine = item.version.id == chosen
            item.setChecked(mine)
            item.setFocusPolicy(Qt.FocusPolicy.TabFocus if mine else Qt.FocusPolicy.ClickFocus)
            if mine:
                self._reveal(item)

    def _reveal(self, item: _Version) -> None:
        """Scroll to it, after the layout has given it its place."""
        QTimer.singleShot(0, item, lambda: self.ensureWidgetVisible(item, Space.XXXL, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for item in self.items:
            if item.isChecked():
                self._reveal(item)

    def step(self, by: int) -> None:
        """Choose the next older or newer one."""
        at = next((n for n, item in enumerate(self.items) if item.isChecked()), 0) + by
        if 0 <= at < len(self.items):
            self.items[at].setFocus(Qt.FocusReason.TabFocusReason)
            self.chosen.emit(self.items[at].version.id)


class VersionStrip(_Shelf):
    """Thumbnails side by side, the newest at the right."""

    def __init__(self, parent: QWidget, thumbnails: Thumbnails) -> None:
        super().__init__(parent, thumbnails, "Versions")
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._row = QHBoxLayout(self._holder)
        edge = 2 * Leaf.TAB_LINE - Space.HAIR
        self._row.setContentsMargins(Leaf.INSET - edge, 0, Space.S, 0)
        self._row.setSpacing(Space.M)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def show_versions(self, versions: Sequence[PageVersion], chosen: str) -> None:
        """Show these, in the order in which they were made."""
        items = self._fill(versions, lambda version, n: _Tile(version, n, self, self._holder))
        for place, item in enumerate(items):
            self._row.insertWidget(place, item)
            item.show()
        self.updateGeometry()
        self.show_chosen(chosen)

    def sizeHint(self) -> QSize:
        return QSize(self._holder.sizeHint().width(), Leaf.FOOT)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * Leaf.THUMB[0], Leaf.FOOT - Space.HAIR)


class VersionList(_Shelf):
    """Rows one under the other, the newest on top."""

    def __init__(self, parent: QWidget, thumbnails: Thumbnails) -> None:
        super().__init__(parent, thumbnails, "Versions")
        self._column = QVBoxLayout(self._holder)
        inset = Leaf.INSET - Space.XS
        self._column.setContentsMargins(inset, Space.M, inset, Space.M)
        self._column.setSpacing(Space.XS)
        self._column.addStretch(1)

    def show_versions(self, versions: Sequence[PageVersion], chosen: str) -> None:
        """Show these, given in the order in which they were made."""
        items = self._fill(versions, lambda version, n: _Row(version, n, self, self._holder))
        for place, item in enumerate(reversed(items)):
            self._column.insertWidget(place, item)
            item.show()
        self.show_chosen(chosen)

    def step(self, by: int) -> None:
        """Down goes to what is under it: an older one."""
        super().step(-by)
