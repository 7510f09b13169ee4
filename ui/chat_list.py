"""The list of chats in the sidebar: 5,000 of them, and only the rows in sight are painted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6 import QtGui, QtWidgets  # for what is made when a row is edited or its menu opened
from PySide6.QtCore import QAbstractItemModel, QEvent, QKeyCombination, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import paint
from ui.chat_rows import UNTITLED, ChatRow, Chats, Index
from ui.controls import BY_KEYBOARD
from ui.theme import Motion, Space, sans, theme
from ui.tip import hide_tip, tip

if TYPE_CHECKING:
    from ui.floating import Menu

SLOT = 32  # at the end of a row: its pin, its dot, or its menu
DOT = 6


class RowState(NamedTuple):
    """How a row is painted."""

    selected: bool
    hovered: bool
    ringed: bool
    on_menu: bool


class _Row(QStyledItemDelegate):
    """Paints a label or a chat, and edits a title in its place."""

    renamed = Signal(str, str)

    def __init__(self, view: "ChatList") -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect
        row = self._view.chats.chat(index)
        if row is None:
            words = str(index.data(Qt.ItemDataRole.DisplayRole))
            label = QRect(rect.left() + Space.S, rect.top() + Space.HANG, rect.width() - Space.S, Space.HANG)
            paint.text(painter, label, words, sans(12, 500), "ink3")
            return
        self._paint_chat(painter, rect, row, self._view.row_state(row))

    def _paint_chat(self, painter: QPainter, rect: QRect, row: ChatRow, state: RowState) -> None:
        colour = theme().colour
        ground = "selected" if state.selected else "hover" if state.hovered else None
        if ground:
            paint.box(painter, rect, Space.RADIUS, colour(ground))
        if state.ringed:
            paint.box(painter, rect, Space.RADIUS, None, colour("accent"), Space.RING)
        area = rect.adjusted(Space.S, 0, -Space.S, 0)
        if state.hovered or state.ringed:
            paint.icon(painter, area, "ellipsis", 16, "ink" if state.on_menu else "ink2", "right")
        elif row.answering:
            dot = QRect(area.right() - 16 // 2 - DOT // 2, area.center().y() - DOT // 2 + 1, DOT, DOT)
            paint.box(painter, dot, DOT / 2, colour("accent"))
        elif row.pinned:
            paint.icon(painter, area, "pin", 16, "ink2", "right")
        if state.hovered or state.ringed or row.answering or row.pinned:
            area.setRight(area.right() - 16 - Space.S)
        paint.text(painter, area, row.title or UNTITLED, sans(13, 500 if state.selected else 400))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QtWidgets.QLineEdit(parent)
        editor.setObjectName("rename")
        editor.setFont(sans(13))
        editor.setAccessibleName("Name of the chat")
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        row = self._view.chats.chat(index)
        assert isinstance(editor, QtWidgets.QLineEdit)
        title = " ".join(editor.text().split())
        if row is not None and title and title != row.title:
            self.renamed.emit(row.id, title)


class ChatList(QListView):
    """The list itself. The open chat is the selected one; the current one is where the keyboard is."""

    chosen = Signal(str)
    renamed = Signal(str, str)
    pin_toggled = Signal(str, bool)
    export_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chats = Chats()
        self.menu: Menu | None = None
        self._selected: str | None = None
        self._menu_for: str | None = None
        self._by_keys = False
        self._hovered: str | None = None
        self._on_menu = False
        self._waiting: tuple[Sequence[ChatRow], float] | None = None
        self.setObjectName("bare")
        paint.own_viewport(self)
        self.setAccessibleName("Chats")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setModel(self.chats)
        rows = _Row(self)
        rows.renamed.connect(self.renamed)
        self.setItemDelegate(rows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there, and without a thumb when all is in sight: the rows keep their width.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().setSingleStep(Space.ROW)
        self.viewport().setMouseTracking(True)
        self._tip_timer = QTimer(self, singleShot=True, interval=Motion.TOOLTIP)
        self._tip_timer.timeout.connect(self._show_tip)
        self.clicked.connect(self._clicked)
        theme().changed.connect(self.viewport().update)

    # What the sidebar tells it

    def set_chats(self, rows: Sequence[ChatRow], now: float) -> None:
        """Show these chats. While a title is being edited the change waits, or it would end the edit."""
        if self.is_editing():
            self._waiting = (rows, now)
            return
        current = self.chats.chat(self.currentIndex())
        if self.chats.show_rows(rows, now) and current is not None:
            self.setCurrentIndex(self.chats.index_of(current.id))

    def select(self, chat_id: str | None) -> None:
        """Mark the open chat, and bring it into sight."""
        self._selected = chat_id
        index = self.chats.index_of(chat_id)
        self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        self.viewport().update()

    def is_editing(self) -> bool:
        return self.state() == QAbstractItemView.State.EditingState

    def rename(self, chat_id: str) -> None:
        """Begin to edit the title in its row."""
        index = self.chats.index_of(chat_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
            self.edit(index)

    def row_state(self, row: ChatRow) -> RowState:
        """How the delegate paints this chat now."""
        hovered = row.id in (self._hovered, self._menu_for)
        current = self.chats.chat(self.currentIndex())
        ringed = self._by_keys and self.hasFocus() and current is not None and current.id == row.id
        return RowState(row.id == self._selected, hovered, ringed, hovered and self._on_menu)

    # What the person does

    def _clicked(self, index: Index) -> None:
        row = self.chats.chat(index)
        if row is not None and not self._on_menu:
            self.chosen.emit(row.id)

    def open_menu(self, index: Index) -> None:
        """The menu of a chat, below the button at the end of its row."""
        row = self.chats.chat(index)
        if row is None:
            return
        from ui.chat_menu import chat_menu  # only here: the window opens without a menu

        self._hide_tip()
        self._menu_for = row.id
        self.menu = chat_menu(
            self,
            row.pinned,
            rename=lambda: self.rename(row.id),
            pin=lambda: self.pin_toggled.emit(row.id, not row.pinned),
            export=lambda: self.export_requested.emit(row.id),
            delete=lambda: self.delete_requested.emit(row.id),
        )
        self.menu.closed.connect(self._menu_closed)
        area = self.visualRect(index)
        corner = self.viewport().mapTo(self, area.topLeft())
        slot = QRect(corner.x() + area.width() - SLOT, corner.y(), SLOT, area.height())
        self.menu.open_at(self, slot)

    def _menu_closed(self) -> None:
        self._menu_for = None
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keys = False
        self._hide_tip()
        self._follow(event.position().toPoint())
        index = self.indexAt(event.position().toPoint())
        if self._on_menu and event.button() is Qt.MouseButton.LeftButton:
            self.open_menu(index)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._follow(event.position().toPoint())
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hovered, self._on_menu = None, False
            self._hide_tip()
            self.viewport().update()
        elif event.type() == QEvent.Type.ToolTip:
            return True
        return super().viewportEvent(event)

    def _follow(self, at: QPoint) -> None:
        index = self.indexAt(at)
        row = self.chats.chat(index)
        hovered = row.id if row is not None else None
        on_menu = row is not None and at.x() >= self.visualRect(index).right() - SLOT
        if (hovered, on_menu) != (self._hovered, self._on_menu):
            self._hovered, self._on_menu = hovered, on_menu
            self._hide_tip()
            self._tip_timer.start()
            self.viewport().update()

    def _hide_tip(self) -> None:
        self._tip_timer.stop()
        hide_tip()

    def _show_tip(self) -> None:
        """Say what the menu button is, what a dot means, or the whole of a title that is cut."""
        index = self.chats.index_of(self._hovered)
        row = self.chats.chat(index)
        if row is None or (self.menu is not None and self.menu.is_open()):
            return
        words = self.tip_for(row)
        area = self.visualRect(index)
        if self._on_menu:
            area.setLeft(area.right() - SLOT)
        if words:
            tip().show_at(self.viewport(), area, words)

    def tip_for(self, row: ChatRow) -> str:
        """The tip of the row under the pointer; empty where there is nothing to add."""
        if self._on_menu:
            return "More"
        if row.answering:
            return "Answering"
        room = self.viewport().width() - 2 * Space.S - 16 - Space.S
        cut = QFontMetrics(sans(13)).horizontalAdvance(row.title) > room
        return row.title if cut else ""

    def event(self, event: QEvent) -> bool:
        # These act on the row with the keyboard here, and on the open chat elsewhere in the window.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._acts(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def _acts(self, event: QKeyEvent) -> bool:
        return self.chats.chat(self.currentIndex()) is not None and (
            event.key() == Qt.Key.Key_F2
            or event.keyCombination().toCombined() in (_DELETE.toCombined(), _EXPORT.toCombined())
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.chats.chat(self.currentIndex())
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self._by_keys = True
        if row is None:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(row.id)
        elif event.key() == Qt.Key.Key_F2:
            self.rename(row.id)
        elif event.keyCombination() == _DELETE:
            self.delete_requested.emit(row.id)
        elif event.keyCombination() == _EXPORT:
            self.export_requested.emit(row.id)
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters typed here do nothing; finding a chat is not a list's business."""

    def contextMenuEvent(self, event: "QtGui.QContextMenuEvent") -> None:
        by_mouse = event.reason() is QtGui.QContextMenuEvent.Reason.Mouse
        self.open_menu(self.indexAt(event.pos()) if by_mouse else self.currentIndex())

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = self._by_keys or event.reason() in BY_KEYBOARD
        if not self.currentIndex().isValid() and self.chats.rowCount():
            self.setCurrentIndex(self.chats.index(1))  # the first line is a label
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self._by_keys = False
        super().focusOutEvent(event)
        self.viewport().update()

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Tab keeps the name, as Enter does, and does not begin to edit the next one."""
        super().closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint)
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        if self._waiting is not None:
            rows, now = self._waiting
            self._waiting = None
            self.set_chats(rows, now)


_DELETE = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Delete)
_EXPORT = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)
