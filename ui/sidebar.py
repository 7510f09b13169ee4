"""The sidebar: a new chat, the chats by date, and at its foot the two files and the state of the network."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from ui import paint
from ui.chat_list import ChatList
from ui.chat_rows import ChatRow, group_rows
from ui.controls import IconButton, Label, Pressable
from ui.theme import Space, sans, tabular, theme
from ui.tip import keys

__all__ = ["ChatRow", "Sidebar", "group_rows"]

EMPTY = "Your chats will be listed here. They are kept in one file on this disk."
ENGINE = "llama.cpp"


class _NewRow(Pressable):
    """New chat, with its shortcut at the right."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("New chat", parent, ring_inside=True)
        self.setCheckable(True)
        self.setFixedHeight(Space.ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(Space.MENU, Space.ROW)

    def nextCheckState(self) -> None:
        """Only the window says that a new chat is what is shown."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        self.paint_ground(painter)
        area = self.rect().adjusted(Space.S, 0, -Space.S, 0)
        paint.icon(painter, area, "square-pen", 16, "ink" if self.fill() else "ink2")
        area.setLeft(area.left() + 16 + Space.S)
        paint.text(painter, area, self.words(), sans(13, 500 if self.isChecked() else 400))
        paint.text(painter, area, keys("Ctrl+N"), sans(11), "ink3", paint.RIGHT)


class _PlateRow(Pressable):
    """The first row of the plate: the parameters. It opens the model picker."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent, radius=Space.RADIUS_BOX - 1, ring_inside=True, tip="Choose a model")
        self.size_text = ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        token = self.fill()
        if token:  # round at the top, where the plate is
            below = self.rect().adjusted(0, 0, 0, Space.HANG)
            paint.box(painter, below, self.radius, theme().colour(token))
        if self.ringed:
            paint.box(painter, self.rect(), self.radius, None, theme().colour("accent"), Space.RING)
        _paint_file(painter, self.rect(), "parameters", "accent", self.words(), self.size_text, "ink3")


def _paint_file(
    painter: QPainter, rect: QRect, icon: str, token: str, name: str, meta: str, meta_token: str
) -> None:
    """One of the two files: its icon, its name, and at the right its size or state."""
    area = rect.adjusted(Space.S, 0, -Space.S - 2 * Space.HAIR, 0)
    paint.icon(painter, area, icon, 16, token)
    area.setLeft(area.left() + 16 + Space.S)
    wide = paint.text(painter, area, meta, tabular(sans(12)), meta_token, paint.RIGHT)
    area.setRight(area.right() - round(wide) - Space.S)
    paint.text(painter, area, name, sans(12), "ink")


class Plate(QWidget):
    """The two files that are in use: the parameters, and the code that runs them."""

    model_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine_text = ""
        self._fault = False
        self.setFixedHeight(2 * Space.PLATE_ROW + 2 * Space.HAIR)
        self.model_row = _PlateRow(self)
        self.model_row.clicked.connect(self.model_clicked)
        theme().changed.connect(self.update)

    def show_files(self, model_name: str, size_text: str, engine_text: str, fault: bool) -> None:
        self.model_row.setText(model_name.replace("&", "&&"))
        self.model_row.size_text = size_text
        self.model_row.setAccessibleName(f"Model: {model_name}, {size_text}")
        self._engine_text, self._fault = engine_text, fault
        self.setAccessibleName(f"{ENGINE}: {engine_text}")
        self.model_row.update()
        self.update()

    def resizeEvent(self, event: object) -> None:
        edge = Space.HAIR
        self.model_row.setGeometry(edge, edge, self.width() - 2 * edge, Space.PLATE_ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.box(painter, self.rect(), Space.RADIUS_BOX, theme().colour("page"), theme().colour("line"))
        middle = Space.HAIR + Space.PLATE_ROW
        paint.hairline(painter, Space.HAIR, middle, self.width() - 2 * Space.HAIR)
        second = QRect(Space.HAIR, middle + 1, self.width() - 2 * Space.HAIR, Space.PLATE_ROW - 1)
        icon, meta = ("fault", "fault") if self._fault else ("accent", "ink3")
        _paint_file(painter, second, "code-file", icon, ENGINE, self._engine_text, meta)


OFFLINE = "Offline"


class OfflineMark(QWidget):
    """In words, whether anything uses the network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self.set_use("")
        theme().changed.connect(self.update)

    def set_use(self, words: str) -> None:
        """What uses the network now, as `Downloading one file`; empty for nothing."""
        if words != self._words or not self.accessibleName():
            self._words = words
            self.setAccessibleName(words or OFFLINE)
            self.setFixedSize(self.sizeHint())
            self.update()

    def sizeHint(self) -> QSize:
        wide = QFontMetrics(sans(12)).horizontalAdvance(self._words or OFFLINE)
        return QSize(16 + Space.S + wide + Space.HAIR, Space.SMALL_BUTTON)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.icon(painter, self.rect(), "download" if self._words else "cloud-off")
        area = self.rect().adjusted(16 + Space.S, 0, 0, 0)
        paint.text(painter, area, self._words or OFFLINE, sans(12), "ink3")


class _Head(QWidget):
    """The mark and the name."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        area = self.rect().adjusted(Space.S, 0, 0, 0)
        paint.icon(painter, area, "mark", 18, "accent")
        paint.text(painter, area.adjusted(18 + Space.S, 0, 0, 0), "Twofold", sans(14, 600))


class Sidebar(QWidget):
    """248 wide. It shows what the setters give it, and says what was asked for."""

    new_requested = Signal()
    chat_chosen = Signal(str)
    renamed = Signal(str, str)  # chat, new title
    pin_toggled = Signal(str, bool)
    export_requested = Signal(str)
    delete_requested = Signal(str)
    settings_requested = Signal()
    fold_requested = Signal()
    model_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(Space.SIDEBAR)
        # All have their parent from the first: Qt styles a widget and all below it anew when it gets another.
        self.fold_button = IconButton("panel-left", "Hide sidebar  Ctrl+B", self)
        self.new_row = _NewRow(self)
        self._between = QWidget(self)
        self.list = ChatList(self._between)
        self.plate = Plate(self)
        self.settings_button = IconButton("settings", "Settings  Ctrl+,", self, small=True)
        self.settings_button.setCheckable(True)
        self._lay_out()
        self._connect()
        theme().changed.connect(self.update)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        name = _Head(self)
        name.setFixedHeight(Space.TOP)
        head.addWidget(name, 1)
        head.addWidget(self.fold_button)
        middle = self._between
        empty = QWidget(middle)
        above = QVBoxLayout(empty)
        above.setContentsMargins(Space.S, Space.XL, Space.M + Space.S, 0)
        above.addWidget(Label(EMPTY, sans(12), "ink3", 18, empty, wrap=True))
        above.addStretch(1)
        self._middle = QStackedLayout(middle)
        self._middle.addWidget(empty)
        self._middle.addWidget(self.list)
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.S, 0, Space.XS // 2, 0)
        self.network = OfflineMark(self)
        foot.addWidget(self.network)
        foot.addStretch(1)
        foot.addWidget(self.settings_button)
        column = QVBoxLayout(self)
        # The list goes on to the edge, for its scroll bar stands in the margin.
        column.setContentsMargins(Space.M, 0, Space.HAIR, Space.S)
        column.setSpacing(0)
        for part in (head, self.new_row, middle, self.plate, Space.S, foot):
            inset = QHBoxLayout()
            inset.setContentsMargins(0, 0, 0 if part is middle else Space.M, 0)
            if isinstance(part, int):
                column.addSpacing(part)
                continue
            inset.addLayout(part) if isinstance(part, QHBoxLayout) else inset.addWidget(part)
            column.addLayout(inset, 1 if part is middle else 0)
        column.insertSpacing(3, Space.S)

    def _connect(self) -> None:
        self.fold_button.clicked.connect(self.fold_requested)
        self.new_row.clicked.connect(self.new_requested)
        self.settings_button.clicked.connect(self._settings_pressed)
        self.plate.model_clicked.connect(self.model_clicked)
        self.list.chosen.connect(self.chat_chosen)
        self.list.renamed.connect(self.renamed)
        self.list.pin_toggled.connect(self.pin_toggled)
        self.list.export_requested.connect(self.export_requested)
        self.list.delete_requested.connect(self.delete_requested)

    def set_chats(self, rows: Sequence[ChatRow], now: float | None = None) -> None:
        """The chats, in any order. `now` is the moment that "Today" is about; the clock's by default."""
        self.list.set_chats(rows, time.time() if now is None else now)
        self._middle.setCurrentIndex(1 if rows else 0)

    def select(self, chat_id: str | None) -> None:
        """Mark the open chat; None when another page is shown."""
        self.list.select(chat_id)

    def rename(self, chat_id: str) -> None:
        """Begin to edit the title of a chat in its row."""
        self.list.rename(chat_id)

    def set_plate(self, model_name: str, size_text: str, engine_text: str, fault: bool = False) -> None:
        """The two files: "SmolLM2 135M", "98 MB"; "2 threads", or a state in words."""
        self.plate.show_files(model_name, size_text, engine_text, fault)

    def set_new_selected(self, selected: bool) -> None:
        """Whether the empty chat is what is shown."""
        self.new_row.setChecked(selected)

    def set_settings_selected(self, selected: bool) -> None:
        """Whether the settings are what is shown."""
        self.settings_button.setChecked(selected)

    def _settings_pressed(self) -> None:
        # The window says what is shown; a press alone does not mark the button.
        self.settings_button.setChecked(not self.settings_button.isChecked())
        self.settings_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.fill(painter, self.rect(), theme().colour("side"))
        edge = QRect(self.width() - Space.HAIR, 0, Space.HAIR, self.height())
        paint.fill(painter, edge, theme().colour("line"))
