"""The controls that a person presses, reads and switches, painted from the tokens of the theme."""

from enum import Enum, auto
from functools import cached_property

from PySide6.QtCore import (
    QEvent,
    QObject,
    QRectF,
    QSize,
    Qt,
    QTimer,
)
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QLabel, QSizePolicy, QWidget

from ui import paint
from ui.theme import Motion, Space, sans, theme
from ui.tip import hide_tip, tip

BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class _Ring(QWidget):
    """The ring around the control that has the keyboard: a sibling, for it lies outside the control."""

    def __init__(self, owner: QWidget, radius: float) -> None:
        super().__init__(owner.parentWidget())
        self._owner = owner
        self._radius = radius
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.follow()
        self.raise_()
        self.show()

    def follow(self) -> None:
        reach = 2 * Space.RING
        self.setGeometry(self._owner.geometry().adjusted(-reach, -reach, reach, reach))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        radius = self._radius + 2 * Space.RING
        paint.box(painter, self.rect(), radius, None, theme().colour("accent"), Space.RING)


class Pressable(QAbstractButton):
    """What can be pressed: it knows whether it is hovered, has the keyboard, and what its tip says.

    The tip is `toolTip()`; two spaces divide the name from the shortcut. Subclasses paint themselves.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        tip: str = "",
        radius: float = Space.RADIUS,
        ring_inside: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setText(text.replace("&", "&&"))
        self.setToolTip(tip)
        self.setAccessibleName(text or tip.partition("  ")[0])
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.radius = radius
        self.hovered = False
        self.ringed = False
        self._ring_inside = ring_inside
        self._ring: _Ring | None = None
        theme().changed.connect(self.update)

    @cached_property
    def _tip_timer(self) -> QTimer:
        """Made when the pointer first comes: a window opens with many buttons and no pointer on them."""
        made = QTimer(self, singleShot=True, interval=Motion.TOOLTIP)
        made.timeout.connect(self.show_tip)
        return made

    def words(self) -> str:
        """The label without the marks of Qt's mnemonics."""
        return self.text().replace("&&", "&")

    def fill(self) -> str | None:
        """The token of the ground that hover, pressing and being chosen give; None for bare."""
        if not self.isEnabled():
            return None
        if self.isDown() or self.isChecked():
            return "selected"
        return "hover" if self.hovered else None

    def show_tip(self, words: str = "") -> None:
        """Show the tip now, with other words where some are given."""
        shown = words or self.toolTip()
        if shown and self.isVisible():
            tip().show_at(self, self.rect(), shown)

    def _hide_tip(self) -> None:
        if "_tip_timer" in vars(self):
            self._tip_timer.stop()
        hide_tip()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The tip is shown by the timer, after 500 ms instead of Qt's 700.
        return watched is self and event.type() == QEvent.Type.ToolTip

    def enterEvent(self, event: QEnterEvent) -> None:
        self.installEventFilter(
            self
        )  # while it is hovered, and not all the time: Python would see every event
        self.hovered = True
        self._tip_timer.start()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.removeEventFilter(self)
        self.hovered = False
        self._hide_tip()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hide_tip()
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.ringed = event.reason() in BY_KEYBOARD
        if self.ringed and not self._ring_inside and self.parentWidget() is not None:
            self._ring = _Ring(self, self.radius)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._drop_ring()

    def _drop_ring(self) -> None:
        self.ringed = False
        if self._ring is not None:
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None
        self.update()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        if self._ring is not None:
            self._ring.follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._ring is not None:
            self._ring.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        self.hovered = False
        self._hide_tip()
        self._drop_ring()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
        else:
            super().keyPressEvent(event)

    def paint_ground(self, painter: QPainter) -> None:
        """What a row stands on: its fill, and the ring inside it when it has the keyboard."""
        token = self.fill()
        if token is not None:
            paint.box(painter, self.rect(), self.radius, theme().colour(token))
        if self.ringed and self._ring_inside:
            paint.box(painter, self.rect(), self.radius, None, theme().colour("accent"), Space.RING)


CHEVRON = 14


class Kind(Enum):
    """PRIMARY is the one that a view is about; PLAIN has a border; QUIET only its words."""

    PRIMARY = auto()
    PLAIN = auto()
    QUIET = auto()


class Button(Pressable):
    """A button with words, an icon, or both; `trailing` is an icon after the words (a chevron)."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        kind: Kind = Kind.PLAIN,
        icon: str = "",
        trailing: str = "",
        small: bool = False,
        tip: str = "",
        icon_size: int = 16,
    ) -> None:
        super().__init__(text, parent, tip=tip)
        self.kind = kind
        self.icon_name = icon
        self.trailing = trailing
        self.small = small
        self.icon_size = icon_size
        self.pen_token = ""  # a token that takes the place of the kind's own
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def label_font(self) -> QFont:
        return sans(12 if self.small else 13, 500)

    def sizeHint(self) -> QSize:
        height = Space.SMALL_BUTTON if self.small else Space.ROW
        if not self.text():
            return QSize(height, height)
        padding = Space.M - Space.XS // 2 if self.small else Space.M
        width = 2 * padding + QFontMetrics(self.label_font()).horizontalAdvance(self.words()) + 1
        if self.icon_name:
            width += self.icon_size + Space.S - Space.XS // 2
        if self.trailing:
            width += self._trailing_gap() + CHEVRON - Space.XS
        return QSize(width, height)

    def _trailing_gap(self) -> int:
        return Space.S if self.kind is Kind.PLAIN else Space.XS

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), 2 * hint.height()), hint.height())

    def set_words(self, words: str) -> None:
        """Change the label; the button takes the width that it needs."""
        self.setText(words.replace("&", "&&"))
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def pen(self) -> str:
        """The token of the label and the icon."""
        if not self.isEnabled():
            return "off"
        if self.kind is Kind.PRIMARY:
            return "on_accent"
        if self.pen_token:
            return self.pen_token
        at_rest = not self.words() and self.fill() is None
        return "ink2" if at_rest else "ink"

    def ground(self) -> tuple[QColor | None, QColor | None]:
        """Fill and border."""
        colour, token = theme().colour, self.fill()
        if self.kind is Kind.PRIMARY:
            if not self.isEnabled():
                return colour("hover"), None
            return colour(
                {"selected": "accent_press", "hover": "accent_hover"}.get(token or "", "accent")
            ), None
        if self.kind is Kind.PLAIN:
            rest = "raised" if self.isEnabled() else "page"
            return colour(token or rest), colour("control")
        return (colour(token) if token else None), None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        fill, border = self.ground()
        if fill is not None or border is not None:
            paint.box(painter, self.rect(), self.radius, fill, border)
        pen = self.pen()
        if not self.text():
            paint.icon(painter, self.rect(), self.icon_name, self.icon_size, pen, "middle")
            return
        padding = Space.M - Space.XS // 2 if self.small else Space.M
        area = self.rect().adjusted(padding, 0, -padding, 0)
        if self.icon_name:
            paint.icon(painter, area, self.icon_name, self.icon_size, pen)
            area.setLeft(area.left() + self.icon_size + Space.S - Space.XS // 2)
        if self.trailing:
            area.setRight(area.right() + Space.XS)
            quiet = "ink2" if pen == "ink" else pen
            paint.icon(painter, area, self.trailing, CHEVRON, quiet, "right")
            area.setRight(area.right() - CHEVRON - self._trailing_gap())
        align = paint.CENTRE if not self.icon_name and not self.trailing else paint.LEFT
        paint.text(painter, area, self.words(), self.label_font(), pen, align)


class IconButton(Button):
    """A quiet button that is an icon: its tip is its name."""

    def __init__(
        self,
        icon: str,
        tip: str,
        parent: QWidget | None = None,
        *,
        small: bool = False,
        icon_size: int = 16,
    ) -> None:
        super().__init__("", parent, kind=Kind.QUIET, icon=icon, tip=tip, small=small, icon_size=icon_size)

    def rename(self, tip: str) -> None:
        """Give it another tip, which is its accessible name too."""
        self.setToolTip(tip)
        self.setAccessibleName(tip.partition("  ")[0])


class Label(QLabel):
    """Words to read, in a token's colour and with an exact distance between lines."""

    def __init__(
        self,
        text: str = "",
        font: QFont | None = None,
        token: str = "ink",
        line: int = 20,
        parent: QWidget | None = None,
        *,
        wrap: bool = False,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._font = font or sans(13)
        self._token = token
        self._line = line
        self.setWordWrap(wrap)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def set_token(self, token: str) -> None:
        self._token = token
        self.update()

    def setText(self, text: str) -> None:
        super().setText(text)
        self.fit(self.width())
        self.updateGeometry()

    def fit(self, width: int) -> None:
        """Take the height that the text needs at this width. Wrapped text does so by itself when it is
        resized; layouts ask for it in several rounds, and a box that grows with its text would flicker."""
        if self.wordWrap():
            self.setFixedHeight(self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit(event.size().width())

    def hasHeightForWidth(self) -> bool:
        return False

    def heightForWidth(self, width: int) -> int:
        layouts = paint.wrapped(self.text(), self._font, max(1, width), self._line, self.wordWrap())
        return sum(max(1, layout.lineCount()) for layout in layouts) * self._line

    def sizeHint(self) -> QSize:
        lines = self.text().split("\n")
        metrics = QFontMetrics(self._font)
        return QSize(max(metrics.horizontalAdvance(line) for line in lines) + 1, len(lines) * self._line)

    def minimumSizeHint(self) -> QSize:
        return QSize(Space.ROW, self._line)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        if not self.wordWrap():
            align = Qt.AlignmentFlag(int(self.alignment()))
            paint.text(painter, self.rect(), self.text(), self._font, self._token, align)
            return
        painter.setPen(theme().colour(self._token))
        for layout in paint.wrapped(self.text(), self._font, self.width(), self._line):
            layout.draw(painter, QRectF(self.rect()).topLeft())
