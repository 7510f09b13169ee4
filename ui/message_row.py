"""The widgets that stand in the conversation: rows of buttons, the box of an error, the editor of a message.

Real widgets, so that the keyboard and screen readers find them; everything else in the conversation is
painted. They exist for visible messages only.
"""

from functools import cache

from PySide6.QtCore import QPointF, QRect, QSize, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QTextLayout,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.conversation import Node, State
from ui import paint
from ui.controls import Button, IconButton
from ui.message import Shown
from ui.theme import Flow, Space, sans, tabular, theme
from ui.tip import tip

REACH = 2 * Space.RING  # room around a row for the ring of keyboard focus
COPIED, SAID = "Copied", 1_600  # what a Copy button says when it has, and for how many milliseconds
UNDER = Space.XS  # between the buttons and the details that stand under them


def details_of(node: Node) -> list[str]:
    """What is known of how an answer was made, in a few words each."""
    parts = [node.model] if node.model else []
    known = node.details
    if known is None:
        return parts
    if known.tokens_per_second is not None:
        rate = known.tokens_per_second
        parts.append(f"{rate:.0f} tok/s" if rate >= 10 else f"{rate:.1f} tok/s")
    if known.first_token is not None:
        parts.append(f"first token {known.first_token:.1f} s")
    if known.reused:
        parts.append(f"{known.reused:,} tokens reused")
    ends = {State.STOPPED: "stopped", State.FAILED: "stopped", State.CUT: "cut"}
    if node.state in ends:
        at = f" at {known.tokens:,} token{'s' * (known.tokens != 1)}" if known.tokens else ""
        parts.append(ends[node.state] + at)
    return parts


class _Quiet(IconButton):
    """A button that shows only while its row does; it keeps its place in the order of Tab."""

    def __init__(self, icon: str, tip: str, parent: QWidget, always: bool = False) -> None:
        super().__init__(icon, tip, parent, small=True)
        self._row = parent if isinstance(parent, _Row) and not always else None
        self.resize(Space.SMALL_BUTTON, Space.SMALL_BUTTON)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._row is None or self._row.showing:
            super().paintEvent(event)


class CopyButton(_Quiet):
    """Copy: for a moment after it was pressed it says that it has been done."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__("copy", name, parent)
        self._name = name
        self._back = QTimer(self, singleShot=True, interval=SAID)
        self._back.timeout.connect(self._again)
        self.clicked.connect(self._say)

    def _say(self) -> None:
        self.icon_name = "check"
        self.rename(COPIED)
        self.show_tip()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, COPIED))
        self._back.start()
        self.update()

    def _again(self) -> None:
        self.icon_name = "copy"
        self.rename(self._name)
        if tip().words() == COPIED:
            tip().hide()
        self.update()


class _Row(QWidget):
    """Buttons in a line, shown always or only while the message is hovered or one of them has focus."""

    version_wanted = Signal(str)
    keeps_versions = False  # in view even while the rest is not

    def __init__(self, parent: QWidget, shown: Shown) -> None:
        super().__init__(parent)
        self.shown = shown
        self.always = False
        self._revealed = False
        self.buttons: list[Button] = []
        self._label = QRect()
        QApplication.instance().focusChanged.connect(self._focus_moved)  # type: ignore[union-attr]
        theme().changed.connect(self.update)

    @property
    def showing(self) -> bool:
        focus = QApplication.focusWidget()
        return self.always or self._revealed or (focus is not None and self.isAncestorOf(focus))

    def reveal(self, on: bool) -> None:
        """The pointer came over the message, or left it."""
        if on != self._revealed:
            self._revealed = on
            self._refresh()

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if any(widget is not None and self.isAncestorOf(widget) for widget in (old, new)):
            self._refresh()

    def _refresh(self) -> None:
        self.update()
        for button in self.buttons:
            button.update()

    def _clear(self) -> None:
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = []
        self._label = QRect()

    def _add(self, button: Button, x: int, y: int) -> int:
        button.move(x, y)
        button.show()
        self.buttons.append(button)
        return x + button.width()

    def _add_versions(self, x: int, y: int) -> int:
        """`< 2/3 >` from x on; gives the x after it."""
        versions = self.shown.versions
        at = versions.index(self.shown.node.id)
        label = _version_label(self.shown)
        wide = QFontMetrics(tabular(sans(12))).horizontalAdvance(label)
        for step, icon, name in (
            (-1, "chevron-left", "Earlier version"),
            (1, "chevron-right", "Later version"),
        ):
            button = _Quiet(icon, name, self, always=self.keeps_versions)
            to = at + step
            button.setEnabled(0 <= to < len(versions))
            if button.isEnabled():
                button.clicked.connect(lambda _=False, to=to: self.version_wanted.emit(versions[to]))
            if step > 0:
                self._label = QRect(x - Space.XS + 1, y, wide, Space.ACTIONS)
                x += wide - 2 * Space.XS + 2
            x = self._add(button, x, y)
        return x

    def _paint_label(self, painter: QPainter) -> None:
        if not self._label.isEmpty():
            paint.text(painter, self._label, _version_label(self.shown), tabular(sans(12)), "ink3")


class AnswerRow(_Row):
    """What can be done with an answer, and how it was made."""

    copy_wanted = Signal()
    again_wanted = Signal()
    continue_wanted = Signal()

    def __init__(self, parent: QWidget, shown: Shown, last: bool) -> None:
        super().__init__(parent, shown)
        self.last = last
        self.set(shown, last)

    def set(self, shown: Shown, last: bool) -> None:
        """Show another state of the message."""
        if self.buttons and shown == self.shown and last == self.last:
            return
        self.shown, self.last, self.always = shown, last, last
        self._clear()
        x, y = Space.HANG - Space.S + 1, REACH
        if shown.several:
            x = self._add_versions(x - 3, y) + 3
        copy = CopyButton("Copy", self)
        copy.clicked.connect(self.copy_wanted)
        again = _Quiet("refresh-cw", "Answer again  Ctrl R", self)
        again.clicked.connect(self.again_wanted)
        for button in (copy, again):
            x = self._add(button, x, y)
        if _continues(shown, last):
            more = Button("Continue", self, small=True)
            more.resize(more.sizeHint())
            more.clicked.connect(self.continue_wanted)
            x = self._add(more, x + Space.S, y)
        self.update()

    def sized(self, width: int) -> QSize:
        """The size with the room around it, for a text column of this width."""
        height = Space.ACTIONS + row_extra(self.shown, self.last, width)
        return QSize(width + 2 * Space.HANG, height + 2 * REACH)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.showing:
            return
        painter = paint.pen_for(self)
        self._paint_label(painter)
        font = tabular(sans(12))
        width = self.width() - 2 * Space.HANG
        beside, under = _details(self.shown, self.last, width)
        x = self.width() - Space.HANG - _width(beside, font)
        _paint_parts(painter, beside, x, QRect(0, REACH, self.width(), Space.ACTIONS))
        y = REACH + Space.ACTIONS + UNDER
        for row in under:
            _paint_parts(painter, row, Space.HANG, QRect(0, y, self.width(), Flow.STATUS_LINE))
            y += Flow.STATUS_LINE
        painter.setPen(theme().colour("ink3"))
        for layout in _note(self.shown, width):
            layout.draw(painter, QPointF(Space.HANG, y))


def row_extra(shown: Shown, last: bool, width: int) -> int:
    """Pixels that the details of an answer need under its row of buttons."""
    under = _details(shown, last, width)[1]
    lines = len(under) + sum(layout.lineCount() for layout in _note(shown, width))
    return lines * Flow.STATUS_LINE + UNDER if lines else 0


def _continues(shown: Shown, last: bool) -> bool:
    """Whether the answer can be gone on with."""
    return last and shown.node.state in (State.STOPPED, State.CUT)


def _buttons_width(shown: Shown, last: bool) -> int:
    """Pixels of the text column that the buttons of an answer take."""
    wide = 2 * Space.SMALL_BUTTON
    if shown.several:
        label = _version_label(shown)
        wide += 2 * Space.SMALL_BUTTON + QFontMetrics(tabular(sans(12))).horizontalAdvance(label)
    if _continues(shown, last):
        wide += Space.S + _continue_width()
    return wide


@cache
def _continue_width() -> int:
    return Button("Continue", small=True).sizeHint().width()


def _version_label(shown: Shown) -> str:
    return f"{shown.versions.index(shown.node.id) + 1}/{len(shown.versions)}"


def _note(shown: Shown, width: int) -> list[QTextLayout]:
    note = shown.node.details.note if shown.node.details is not None else ""
    return paint.wrapped(note, sans(12), width, Flow.STATUS_LINE) if note else []


def _details(shown: Shown, last: bool, width: int) -> tuple[list[str], list[list[str]]]:
    """The details that stand beside the buttons, and the lines of those that stand under them."""
    parts = details_of(shown.node)
    font = tabular(sans(12))
    if _width(parts, font) <= width - _buttons_width(shown, last) - Space.XL:
        return parts, []
    under: list[list[str]] = [[]]
    for part in parts:
        if under[-1] and _width([*under[-1], part], font) > width:
            under.append([])
        under[-1].append(part)
    return [], under


def _width(parts: list[str], font: QFont) -> int:
    metrics = QFontMetrics(font)
    return sum(map(metrics.horizontalAdvance, parts)) + Flow.BESIDE * max(0, len(parts) - 1)


def _paint_parts(painter: QPainter, parts: list[str], x: float, row: QRect) -> None:
    font = tabular(sans(12))
    for part in parts:
        area = QRect(row)
        area.setLeft(round(x))
        x += paint.text(painter, area, part, font, "ink3") + Flow.BESIDE


class SlipRow(_Row):
    """What can be done with one's own message: a small plate at the lower right corner of the slip."""

    edit_wanted = Signal()
    copy_wanted = Signal()
    keeps_versions = True

    def __init__(self, parent: QWidget, shown: Shown) -> None:
        super().__init__(parent, shown)
        self.set(shown)

    def set(self, shown: Shown) -> None:
        """Show another state of the message."""
        if self.buttons and shown == self.shown:
            return
        self.shown = shown
        self._clear()
        x = REACH
        edit, copy = _Quiet("pencil", "Edit", self), CopyButton("Copy", self)
        edit.clicked.connect(self.edit_wanted)
        copy.clicked.connect(self.copy_wanted)
        for button in (edit, copy):
            x = self._add(button, x, REACH)
        self._versions = x
        if shown.several:
            x = self._add_versions(x, REACH)
        self.resize(x + REACH, Space.ACTIONS + 2 * REACH)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.showing and not self.shown.several:
            return
        painter = paint.pen_for(self)
        left = REACH if self.showing else self._versions
        plate = self.rect().adjusted(left, REACH, -REACH, -REACH)
        paint.box(painter, plate, Space.RADIUS, theme().colour("raised"), theme().colour("control"))
        self._paint_label(painter)


class Latest(QWidget):
    """The button that leads back to the end of the conversation.

    It covers nothing that is read: it stands beside the text or, where there is no room, in a strip of the
    page under it.
    """

    STRIP = Space.SMALL_BUTTON + 2 * Space.S

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = Button("Latest", self, icon="arrow-down", icon_size=14, small=True, tip="Latest  End")
        self.button.radius = Space.SMALL_BUTTON / 2
        self.button.resize(self.button.sizeHint())
        self.beside = False
        self.hide()

    def place(self, right: int, width: int, bottom: int) -> None:
        """Stand above `bottom`, between the right edge of the boxes and the width of the view."""
        wide, tall = self.button.width(), self.button.height()
        self.beside = width - right >= wide + 2 * Space.L
        if self.beside:
            self.setGeometry(right + Space.L, bottom - tall - Space.S, wide, tall)
            self.button.move(0, 0)
        else:
            self.setGeometry(0, bottom - self.STRIP, width, self.STRIP)
            self.button.move((width - wide) // 2, Space.S)
        self.update()

    @property
    def covered(self) -> int:
        """Pixels at the foot of the view that it takes."""
        return 0 if self.isHidden() or self.beside else self.STRIP

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.beside:
            painter = paint.pen_for(self)
            painter.fillRect(self.rect(), theme().colour("page"))
            paint.hairline(painter, 0, 0, self.width())
