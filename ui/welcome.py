"""What an empty chat shows: a headline, a sentence about the model, and three ways to begin."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from ui import paint
from ui.controls import Label, Pressable
from ui.theme import Space, column_in, sans, serif, theme

HEADLINE = "Ask, or show a sketch. It stays here."
NO_MODEL = "No model is here yet. Drop a GGUF file onto this window, or choose one."
IS_LOADING = "is loading."
IS_LOADED = "is loaded. It runs on this laptop, and nothing you write leaves it."
WILL_LOAD = "is loaded with your first message. It runs on this laptop, and nothing you write leaves it."
IS_BASE = "is a base model: it goes on with what you write, and was not taught to answer."
STROKE = 1.5


def _pen(token: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    return QPen(theme().colour(token), STROKE, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _lines(painter: QPainter, token: str, *lines: tuple[float, float, float]) -> None:
    """Level lines, each given by its left end, its right end and its height."""
    painter.setPen(_pen(token))
    for left, right, y in lines:
        painter.drawLine(QPointF(left, y), QPointF(right, y))


def draw_question(painter: QPainter, ground: str) -> None:
    """A message on its slip, and an answer on its way below it."""
    paint.box(painter, QRectF(0, 1, 173, 20), Space.RADIUS_SMALL / 2, theme().colour(ground))
    _lines(painter, "ink3", (9, 96, 11), (1, 150, 34), (1, 84, 47))
    paint.fill(painter, QRectF(90, 41, 6, 12), theme().colour("accent"))


def draw_sketch(painter: QPainter, ground: str) -> None:
    """A frame drawn by hand with three boxes in it, an arrow, and the same as a page."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen("ink3"))
    for corners in (
        ((2, 3), (66, 1), (65, 53), (3, 52), (2, 3)),
        ((11, 19), (31, 18), (30, 35), (10, 34), (11, 19)),
        ((37, 18), (57, 19), (56, 34), (37, 35), (37, 18)),
        ((24, 40), (45, 41), (44, 47), (23, 46), (24, 40)),
        ((22, 10), (34, 9), (46, 11)),
    ):
        painter.drawPolyline([QPointF(x, y) for x, y in corners])
    _lines(painter, "ink3", (76, 92, 27))
    painter.drawPolyline([QPointF(86, 21), QPointF(92, 27), QPointF(86, 33)])
    painter.setPen(_pen("accent"))
    painter.drawRoundedRect(QRectF(102, 2, 66, 51), Space.RADIUS_SMALL, Space.RADIUS_SMALL)
    for left in (110.0, 138.0):
        painter.drawRoundedRect(QRectF(left, 19, 22, 16), 2, 2)
    _lines(painter, "accent", (123, 147, 11))
    paint.box(painter, QRectF(124, 40, 22, 7), 2, theme().colour("accent"))


def draw_model(painter: QPainter, ground: str) -> None:
    """A file of parameters, an arrow, and the dashed place where it is dropped."""
    painter.setPen(_pen("ink3"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    sheet = QPainterPath(QPointF(1, 50))
    for x, y in ((1.0, 6.0), (24, 6), (36, 18), (36, 50)):
        sheet.lineTo(x, y)
    sheet.closeSubpath()
    painter.drawPath(sheet)
    painter.drawPolyline([QPointF(24, 6), QPointF(24, 18), QPointF(36, 18)])
    _lines(painter, "ink3", (9, 28, 29), (9, 28, 35), (9, 20, 41), (52, 70, 28))
    painter.drawPolyline([QPointF(63, 21), QPointF(70, 28), QPointF(63, 35)])
    dashes = _pen("accent", Qt.PenStyle.CustomDashLine)
    dashes.setDashPattern([2.5, 2.5])
    dashes.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(dashes)
    painter.drawRoundedRect(QRectF(86, 1, 86, 54), Space.RADIUS, Space.RADIUS)
    painter.setPen(_pen("accent"))
    painter.setBrush(theme().colour("accent"))
    leaf = QPainterPath(QPointF(116, 20))
    for x, y in ((129.0, 24.5), (129.0, 43.0), (116.0, 38.5)):
        leaf.lineTo(x, y)
    leaf.closeSubpath()
    painter.drawPath(leaf)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    leaf = QPainterPath(QPointF(142, 20))
    for x, y in ((129.0, 24.5), (129.0, 43.0), (142.0, 38.5)):
        leaf.lineTo(x, y)
    leaf.closeSubpath()
    painter.drawPath(leaf)


class Card(Pressable):
    """205 x 160: a drawing, a title, and two lines about it."""

    def __init__(
        self, title: str, about: str, draw: Callable[[QPainter, str], None], parent: QWidget
    ) -> None:
        super().__init__(title, parent, radius=Space.RADIUS_BOX)
        self._about = about
        self._draw = draw
        self._flat = False
        self.setAccessibleDescription(about)

    def set_flat(self, flat: bool) -> None:
        """Without the drawing, where there is little room."""
        if flat != self._flat:
            self._flat = flat
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(*Space.CARD)

    def minimumSizeHint(self) -> QSize:
        return QSize(Space.CARD_DRAWING[0] + 2 * Space.S, Space.CARD[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        ground = self.fill() or "page"
        paint.box(painter, self.rect(), Space.RADIUS_BOX, theme().colour(ground), theme().colour("line"))
        if self._flat:
            upper, lower = QRectF(Space.HANG, 7, self.width(), 20), QRectF(Space.HANG, 27, self.width(), 16)
            paint.text(painter, upper, self.words(), sans(13, 600))
            paint.text(painter, lower, self._about, sans(12), "ink2")
            return
        inset = min(Space.HANG, (self.width() - Space.CARD_DRAWING[0]) // 2)
        painter.save()
        painter.translate(inset, Space.HANG + 1)
        self._draw(painter, {"page": "hover", "hover": "selected"}.get(ground, "bar"))
        painter.restore()
        width = self.width() - 2 * inset
        top = Space.HANG + Space.CARD_DRAWING[1] + Space.HANG - Space.HAIR
        paint.text(painter, QRectF(inset, top, width, 18), self.words(), sans(13, 600))
        painter.setPen(theme().colour("ink2"))
        for layout in paint.wrapped(self._about, sans(12), width, 18):
            layout.draw(painter, QPointF(inset, top + 21))


class Welcome(QWidget):
    """Between the top bar and the composer. The prompt comes in by argument: what it says is proved where the
    answers are."""

    prompt_chosen = Signal(str)
    sketch_requested = Signal()
    add_requested = Signal()

    def __init__(self, ask_prompt: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.headline = Label(HEADLINE, serif(30), "ink", 40, self, wrap=True)
        self.sentence = Label(NO_MODEL, sans(13), "ink2", 20, self, wrap=True)
        self.cards = [
            Card("Ask a question", "Plain answers to plain questions.", draw_question, self),
            Card("Drop a sketch", "A pencil drawing becomes a web page that works.", draw_sketch, self),
            Card("Bring your own model", "Drop a GGUF file here, or choose one.", draw_model, self),
        ]
        self.cards[0].clicked.connect(lambda: self.prompt_chosen.emit(ask_prompt))
        self.cards[1].clicked.connect(self.sketch_requested)
        self.cards[2].clicked.connect(self.add_requested)
        theme().changed.connect(self._place)

    def show_model(self, name: str, state: str, is_base: bool = False) -> None:
        """The sentence about the model that answers; no name: there is none. `state`: one of those above."""
        if not name:
            words = NO_MODEL
        elif is_base and state != IS_LOADING:
            words = f"{name} {IS_BASE}"
        else:
            words = f"{name} {state}"
        self.set_sentence(words)

    def set_sentence(self, words: str) -> None:
        """Another sentence in that place: what is wrong with a model, say."""
        self.sentence.setText(words)
        self._place()

    def _place(self) -> None:
        """By hand, as one block a little above the middle. The cards stand side by side, or one below
        the other without their drawings, which would push them out of a small window."""
        width = column_in(self.width()) + 2 * Space.HANG
        gap = Space.M
        card_width = (width - 2 * gap) / 3
        flat = card_width < self.cards[0].minimumSizeHint().width()
        for label in (self.headline, self.sentence):
            label.fit(width - 2 * Space.HANG)
        words = self.headline.height() + Space.XS + self.sentence.height()
        card_height = Space.SETTING_ROW if flat else Space.CARD[1]
        cards = 3 * card_height + 2 * gap if flat else card_height
        height = words + Space.XXL + Space.XS + cards
        left, top = (self.width() - width) // 2, max(gap, (self.height() - height - Space.TOP) // 2)
        self.headline.setGeometry(left + Space.HANG, top, width - 2 * Space.HANG, self.headline.height())
        below = top + self.headline.height() + Space.XS
        self.sentence.setGeometry(left + Space.HANG, below, width - 2 * Space.HANG, self.sentence.height())
        first = top + height - cards
        for place, card in enumerate(self.cards):
            card.set_flat(flat)
            if flat:
                card.setGeometry(left, first + place * (card_height + gap), width, card_height)
            else:
                x, end = round(place * (card_width + gap)), round(place * (card_width + gap) + card_width)
                card.setGeometry(left + x, first, end - x, card_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
