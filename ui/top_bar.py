"""The bar over a chat or a page: its title, and what the sidebar holds while that is folded away."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui import paint
from ui.controls import Button, IconButton, Kind, Label
from ui.sidebar import OfflineMark
from ui.theme import Space, sans, theme

if TYPE_CHECKING:
    from ui.floating import Menu

SHOW_PAGE = "Show the page  Ctrl+J"


class _Title(Button):
    """The title; in a chat it opens the chat's menu."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent, kind=Kind.QUIET)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def label_font(self) -> QFont:
        return sans(13, 600)

    def sizeHint(self) -> QSize:
        if self.text():
            return super().sizeHint()
        return QSize(0, Space.ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), Space.TOP), Space.ROW)

    def has_menu(self) -> bool:
        return bool(self.trailing)

    def set_menu(self, has_menu: bool) -> None:
        self.trailing = "chevron-down" if has_menu else ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if has_menu else Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not has_menu)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.text():
            metrics = QFontMetrics(self.label_font())
            cut = metrics.horizontalAdvance(self.words()) > self.width() - Space.TOP
            self.setToolTip(self.words() if cut and self.trailing else "")
            super().paintEvent(event)


class TopBar(QWidget):
    """48 high. Its hairline shows once the text below is scrolled, and always on a page."""

    unfold_requested = Signal()
    new_requested = Signal()
    back_requested = Signal()
    rename_requested = Signal()
    pin_requested = Signal()
    export_requested = Signal()
    delete_requested = Signal()
    canvas_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scrolled = False
        self._pinned = False
        self.menu: Menu | None = None
        self.setFixedHeight(Space.TOP)
        self.unfold_button = IconButton("panel-left", "Show sidebar  Ctrl+B", self)
        self.new_button = IconButton("square-pen", "New chat  Ctrl+N", self)
        self.back_button = IconButton("arrow-left", "Back to the chat  Esc", self)
        self.title = _Title(self)
        self.network = OfflineMark(self)
        self.canvas_button = IconButton("panel-right", SHOW_PAGE, self)
        self.canvas_button.hide()
        self._gap = QWidget(self)
        self._gap.setFixedWidth(Space.L)
        self._right = Label("", sans(12), "ink3", 16, self)
        self._right.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.M, 0, Space.XXL, 0)
        row.setSpacing(0)
        buttons = QHBoxLayout()
        buttons.setSpacing(Space.XS)
        buttons.addWidget(self.unfold_button)
        buttons.addWidget(self.new_button)
        buttons.addWidget(self.back_button)
        row.addLayout(buttons)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(self._right)
        row.addWidget(self._gap)
        row.addWidget(self.network)
        row.addWidget(self.canvas_button)
        self.unfold_button.clicked.connect(self.unfold_requested)
        self.new_button.clicked.connect(self.new_requested)
        self.back_button.clicked.connect(self.back_requested)
        self.canvas_button.clicked.connect(self.canvas_requested)
        self.title.clicked.connect(self.open_menu)
        self._folded = self._page = False
        self._show_buttons()
        self.set_title("", False)
        theme().changed.connect(self.update)

    def set_title(self, text: str, has_menu: bool, pinned: bool = False) -> None:
        """What is shown; `has_menu` where it is a chat, and then whether that is pinned."""
        self._pinned = pinned
        self.title.set_menu(has_menu)
        self.title.set_words(text)

    def set_folded(self, folded: bool) -> None:
        """While the sidebar is away its two buttons and the state of the network are here."""
        self._folded = folded
        self._show_buttons()

    def set_back(self, page: bool) -> None:
        """Whether a page covers the chat; where the sidebar does not lead back, an arrow here does."""
        self._page = page
        self._show_buttons()

    def _show_buttons(self) -> None:
        for widget in (self.unfold_button, self.new_button, self._gap, self.network):
            widget.setVisible(self._folded)
        self.back_button.setVisible(self._folded and self._page)

    def set_canvas(self, pages: bool, shown: bool) -> None:
        """Whether the chat has pages, and whether they are shown beside it."""
        self.canvas_button.setVisible(pages and not shown)

    def set_right_text(self, text: str) -> None:
        """A note at the right: which Twofold this is."""
        self._right.setText(text)
        self._right.setVisible(bool(text))

    def set_scrolled(self, scrolled: bool) -> None:
        """Whether the hairline shows."""
        if scrolled != self._scrolled:
            self._scrolled = scrolled
            self.update()

    def open_menu(self) -> None:
        """The menu of the chat, under its title; a page has none."""
        if not self.title.has_menu():
            return
        from ui.chat_menu import chat_menu  # only here: the window opens without a menu

        self.menu = chat_menu(
            self,
            self._pinned,
            rename=self.rename_requested.emit,
            pin=self.pin_requested.emit,
            export=self.export_requested.emit,
            delete=self.delete_requested.emit,
        )
        self.menu.open_at(self.title)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.fill(painter, self.rect(), theme().colour("page"))
        if self._scrolled:
            paint.hairline(painter, 0, self.height() - Space.HAIR, self.width())
