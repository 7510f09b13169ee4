"""The head of the canvas: its tabs, the width that the page is shown at, and what can be done with it."""

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui import paint
from ui.controls import IconButton, Pressable
from ui.segmented import SegmentedChoice
from ui.theme import Leaf, Space, sans, theme

if TYPE_CHECKING:
    from ui.floating import Menu


class Tab(StrEnum):
    PAGE = "Page"
    CODE = "Code"
    VERSIONS = "Versions"


class Width(IntEnum):
    """CSS pixels that the page is shown at; the desk takes what there is."""

    PHONE = Leaf.PHONE
    TABLET = Leaf.TABLET
    DESK = 0


class _Tab(Pressable):
    """Words; a line of 2 px in accent stands under those that are open."""

    def __init__(self, tab: Tab, head: "CanvasHead") -> None:
        super().__init__(tab.value, head, ring_inside=True)
        self.tab = tab
        self._head = head
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = QFontMetrics(sans(13, 500)).horizontalAdvance(self.words())
        return QSize(words + 2 * Space.XS + 1, Space.TOP)

    def nextCheckState(self) -> None:
        """A press on the open one leaves it open."""
        self.setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._head.step(by)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        pen = "ink" if self.isChecked() or self.hovered else "ink2"
        paint.text(painter, self.rect(), self.words(), sans(13, 500), pen, paint.CENTRE)
        if self.isChecked():
            line = QRect(Space.XS, self.height() - Leaf.TAB_LINE, self.width() - 2 * Space.XS, Leaf.TAB_LINE)
            paint.fill(painter, line, theme().colour("accent"))
        if self.ringed:
            inside = self.rect().adjusted(0, Space.M, 0, -Space.M)
            paint.box(painter, inside, Space.RADIUS_SMALL, None, theme().colour("accent"), Space.RING)


class CanvasHead(QWidget):
    """48 high, over a hairline. In a small window, where the canvas covers the chat, an arrow leads back."""

    tab_chosen = Signal(object)  # a Tab
    width_chosen = Signal(object)  # a Width
    save_requested = Signal()
    browser_requested = Signal()
    copy_requested = Signal()
    close_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.menu: Menu | None = None
        self.setFixedHeight(Space.TOP)
        self.back_button = IconButton("arrow-left", "Back to the chat  Esc", self)
        self.tabs = {tab: _Tab(tab, self) for tab in Tab}
        self.widths = SegmentedChoice("Width of the page", self)
        self.widths.set_items(
            [(Width.PHONE, "Phone"), (Width.TABLET, "Tablet"), (Width.DESK, "Full width")],
            ("smartphone", "tablet", "monitor"),
        )
        self.more_button = IconButton("ellipsis", "More", self)
        self.close_button = IconButton("x", "Close  Esc", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(Leaf.INSET - Space.XS, 0, Space.M - Space.XS, 0)
        row.setSpacing(0)
        row.addWidget(self.back_button)
        for button in self.tabs.values():
            row.addWidget(button)
            row.addSpacing(Leaf.TAB_GAP - 2 * Space.XS)
        row.addStretch(1)
        row.addWidget(self.widths)
        row.addSpacing(Space.M - Space.XS)
        row.addWidget(self.more_button)
        row.addWidget(self.close_button)
        for tab, button in self.tabs.items():
            button.clicked.connect(lambda _=False, tab=tab: self.tab_chosen.emit(tab))
        self.widths.chosen.connect(self.width_chosen)
        self.more_button.clicked.connect(self.open_menu)
        self.close_button.clicked.connect(self.close_requested)
        self.back_button.clicked.connect(self.close_requested)
        self.widths.show_value(Width.DESK)
        self.set_cover(False)
        self.show_tab(Tab.PAGE)
        theme().changed.connect(self.update)

    def set_cover(self, cover: bool) -> None:
        """Whether the canvas lies over the chat."""
        self.back_button.setVisible(cover)
        self.close_button.setVisible(not cover)

    def show_tab(self, tab: Tab) -> None:
        """Mark the tab that is open; nothing is emitted. A width belongs to the page alone."""
        for known, button in self.tabs.items():
            button.setChecked(known is tab)
            focus = Qt.FocusPolicy.TabFocus if known is tab else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(focus)
        self.widths.setVisible(tab is Tab.PAGE)

    def step(self, by: int) -> None:
        """Open the tab beside, without going round."""
        order = list(self.tabs.values())
        at = next(n for n, button in enumerate(order) if button.isChecked()) + by
        if 0 <= at < len(order):
            order[at].setFocus(Qt.FocusReason.TabFocusReason)
            self.tab_chosen.emit(order[at].tab)

    def open_menu(self) -> None:
        """What can be done with the page."""
        from ui.floating import Menu

        self.menu = Menu(self)
        self.menu.offer("Save as one .html…", self.save_requested.emit, "download")
        self.menu.offer("Open in the browser", self.browser_requested.emit, "external-link")
        self.menu.offer("Copy the code", self.copy_requested.emit, "copy")
        self.menu.open_at(self.more_button, right=True)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.fill(painter, self.rect(), theme().colour("page"))
        paint.hairline(painter, 0, self.height() - Space.HAIR, self.width())
