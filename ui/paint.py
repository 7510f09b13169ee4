"""How boxes, lines of text and shadows are put on whole device pixels; shared by everything that paints."""

from functools import cache
from math import erf, sqrt

from PySide6 import QtGui  # for QImage, which is made when something first floats
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap, QTextLayout
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from ui.theme import Space, theme

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


def pen_for(widget: QWidget) -> QPainter:
    """A painter with smooth edges on the widget."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def own_viewport(area: QAbstractScrollArea) -> None:
    """Give it a viewport that Python made. Of Qt's own PySide has to find the class when it is asked for, and
    makes every class of widget to do so, which takes as long as all of the sidebar."""
    area.setViewport(QWidget())


def box(
    painter: QPainter,
    rect: QRect | QRectF,
    radius: float,
    fill: QColor | None = None,
    border: QColor | None = None,
    width: float = Space.HAIR,
) -> None:
    """A rounded box; its border lies inside `rect`, so that it covers whole pixels."""
    area = QRectF(rect)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        half = width / 2
        area.adjust(half, half, -half, -half)
        radius = max(0.0, radius - half)
        painter.setPen(QPen(border, width))
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, radius, radius)


def fill(painter: QPainter, rect: QRect | QRectF, colour: QColor) -> None:
    """A plain rectangle. Not by fillRect: at its first call PySide makes all of QGradient, before the first
    paint of the window is over."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRect(rect)


def hairline(painter: QPainter, x: int, y: int, width: int, token: str = "line") -> None:
    """A line of one pixel that begins at x, y and goes right."""
    fill(painter, QRect(x, y, width, Space.HAIR), theme().colour(token))


def text(
    painter: QPainter,
    rect: QRect | QRectF,
    words: str,
    font: QFont,
    token: str = "ink",
    align: Qt.AlignmentFlag = LEFT,
) -> float:
    """One line in a token's colour, elided at the end where it is too long; gives the width it took."""
    area = QRectF(rect)
    metrics = QFontMetricsF(font)
    wide = metrics.horizontalAdvance(words)
    if wide > area.width():
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        wide = metrics.horizontalAdvance(words)
    painter.setFont(font)
    painter.setPen(theme().colour(token))
    painter.drawText(area, align | Qt.TextFlag.TextSingleLine, words)
    return wide


def icon(
    painter: QPainter, rect: QRect, name: str, size: int = 16, token: str = "ink2", align: str = "left"
) -> None:
    """An icon at the left, in the middle or at the right of `rect`, and in the middle of its height."""
    spare = rect.width() - size
    x = rect.x() + {"left": 0, "middle": spare // 2, "right": spare}[align]
    y = rect.y() + (rect.height() - size) // 2
    painter.drawPixmap(QPoint(x, y), theme().pixmap(name, size, token))


def wrapped(words: str, font: QFont, width: float, line_height: int, wrap: bool = True) -> list[QTextLayout]:
    """The paragraphs of `words`, broken at `width`, their lines `line_height` apart, ready to draw."""
    paragraphs = []
    top = 0.0
    for paragraph in words.split("\n"):
        layout = QTextLayout(paragraph, font)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width if wrap else 1e6)
            line.setPosition(_placed(top, line.height(), line_height))
            top += line_height
        layout.endLayout()
        if not layout.lineCount():
            top += line_height
        paragraphs.append(layout)
    return paragraphs


def _placed(top: float, natural: float, line_height: int) -> QPointF:
    return QPointF(0, top + (line_height - natural) / 2)


@cache
def _shadow_patch(radius: int, alpha: int, ratio: float) -> QPixmap:
    """The corners and one pixel of each edge of the shadow of a rounded box.

    A Gaussian of the standard deviation that CSS gives a blur of 24 (half of it), summed up from boxes that
    grow pixel by pixel; in floating point, as each adds less than one step of eight bits.
    """
    blur = Space.SHADOW
    side = 2 * (blur + radius + blur) + 1
    pixels = round(side * ratio)
    image = QtGui.QImage(pixels, pixels, QtGui.QImage.Format.Format_RGBA32FPx4_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.scale(ratio, ratio)
    sigma = blur / 2

    def share(distance: float) -> float:
        return 0.5 * (1 - erf(distance / (sigma * sqrt(2))))

    for grown in range(blur, -blur, -1):
        step = share(grown - 1) - share(grown)
        painter.setBrush(QColor.fromRgbF(0, 0, 0, alpha / 255 * step))
        inset = blur - grown
        corner = max(1, radius + grown)
        painter.drawRoundedRect(QRectF(inset, inset, side - 2 * inset, side - 2 * inset), corner, corner)
    painter.end()
    pixmap = QPixmap.fromImage(image.convertToFormat(QtGui.QImage.Format.Format_ARGB32_Premultiplied))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def shadow(painter: QPainter, rect: QRect, radius: int) -> None:
    """The shadow of what floats at `rect`: 0 8 24, from a nine-patch that is painted once."""
    ratio = painter.device().devicePixelRatio()
    patch = _shadow_patch(radius, theme().colours.shadow_alpha, ratio)
    corner = Space.SHADOW + radius + Space.SHADOW
    reach = Space.SHADOW
    area = rect.translated(0, Space.SHADOW_DROP).adjusted(-reach, -reach, reach, reach)
    # A box smaller than two corners shares its middle between them.
    near_x, near_y = min(corner, area.width() // 2), min(corner, area.height() // 2)
    xs = ((area.left(), near_x, 0), (area.left() + near_x, area.width() - 2 * near_x, corner))
    ys = ((area.top(), near_y, 0), (area.top() + near_y, area.height() - 2 * near_y, corner))
    side = 2 * corner + 1
    columns = (*xs, (area.left() + area.width() - near_x, near_x, side - near_x))
    rows = (*ys, (area.top() + area.height() - near_y, near_y, side - near_y))
    for column, (x, width, from_x) in enumerate(columns):
        for row, (y, height, from_y) in enumerate(rows):
            source_width = 1 if column == 1 else width
            source_height = 1 if row == 1 else height
            source = QRectF(from_x * ratio, from_y * ratio, source_width * ratio, source_height * ratio)
            painter.drawPixmap(QRectF(x, y, width, height), patch, source)
