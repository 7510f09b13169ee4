"""The window: the list of chats, the open chat or the settings, and what floats over them."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets  # for what is made when a file or a folder is asked for
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.conversation import Conversation, new_id
from app.core import Core
from app.export import file_name
from models.words import size_in_words
from ui import wiring
from ui.bridge import Bridge
from ui.chat_page import ChatPage
from ui.chat_rows import ChatRow
from ui.chats import Chats
from ui.composer import is_picture
from ui.drops import Drops
from ui.frame import Frame
from ui.model_choice import ModelChoice
from ui.pages import Pages
from ui.preferences import Preferences
from ui.sidebar import Sidebar
from ui.theme import Space
from ui.top_bar import TopBar
from ui.version import version

if TYPE_CHECKING:
    from app.sketch import Implied
    from models.download import DownloadEvent
    from models.library import LocalModel
    from ui.floating import Toast
    from ui.settings_page import SettingsPage

MINUTE = 60_000  # ms
CLOSING = 6.0  # seconds that an answer gets to be stored when the window closes


class Window(QWidget):
    """Puts the parts together and says what belongs to the whole: which chat is open, which page shows."""

    stands = Signal()  # it is painted for the first time, and can be typed into

    def __init__(self, core: Core) -> None:
        super().__init__()
        self._core = core
        self._wanted: str | None = None  # the chat that is being read from the disk
        self._narrow_open = False
        self._closed = False
        self.bridge = Bridge(self)
        self.chats = Chats(core, self.bridge, self)
        self.frame = Frame(self)
        self.sidebar = self.frame.side = Sidebar(self.frame)
        self.top_bar = TopBar(self.frame.page)
        self.pages = QStackedWidget(self.frame.page)
        self.chat_page = ChatPage(core, self.bridge, self.pages)
        core.trial = _try_page
        self.preferences = Preferences(core)
        self.models = ModelChoice(core, self.bridge, self)
        self.canvas_pages = Pages(core, self.bridge, self.frame)
        self.drops = Drops(self)
        self._lay_out()
        wiring.connect(self)
        wiring.add_shortcuts(self)
        self.setMinimumSize(*Space.SMALLEST_WINDOW)
        self.resize(*core.settings.values.window_size)
        if core.settings.values.maximised:
            self.setWindowState(Qt.WindowState.WindowMaximized)
        self.open_new()
        if core.notices:
            self.chat_page.composer.set_notice(" ".join(core.notices), fault=True)
        self._midnight = QTimer(self, interval=MINUTE)
        self._midnight.timeout.connect(self._new_day)
        self._midnight.start()
        self._day = time.localtime().tm_yday
        self.bridge.looked.connect(self.chat_page.prepare)
        self._painted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._begin)

    def _begin(self) -> None:
        """What can wait until the window stands: threads that work would take the GIL from its painting."""
        self.bridge.fetch(*Core.LATER, then=self._look)
        self.stands.emit()

    def _look(self) -> None:
        self.bridge.look(self._core.library)
        self.chat_page.begin()
        self.bridge.fetch("ui.settings_page", "ui.model_picker")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self.frame.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top_bar)
        self.pages.addWidget(self.chat_page)
        column.addWidget(self.pages, 1)
        # The keyboard goes as one reads: the sidebar before the page, though it lies above it.
        self.setTabOrder(self.sidebar.settings_button, self.top_bar.unfold_button)

    # Chats

    def show_chats(self) -> None:
        """The list, and the title of what is open, as they are now."""
        page = self.chat_page
        self.sidebar.set_chats(
            [
                ChatRow(row.id, row.title, row.updated, row.pinned, row.id in page.answering)
                for row in self.chats.rows
            ]
        )
        if row := self.chats.find(page.conversation.id):
            page.retitle(row.id, row.title)
        self._show_open()

    def chats_changed(self) -> None:
        """An answer began or ended: its row says so at once, and the rest when it was read."""
        self.show_chats()
        self.chats.refresh()

    def open_new(self) -> None:
        """An empty chat, with what was typed into one before."""
        self._open(Conversation(new_id()))

    def open_chat(self, chat_id: str) -> None:
        """Show this chat; one in which an answer is being made is shown as far as that has come."""
        if chat_id == self.chat_page.conversation.id:
            self._open(self.chat_page.conversation)
        elif running := self.chat_page.running_conversation(chat_id):
            self._open(running)
        else:
            self._wanted = chat_id
            self.sidebar.select(chat_id)
            self.chats.open(chat_id, self._opened)

    def _opened(self, conversation: Conversation, draft: str) -> None:
        if conversation.id == self._wanted:  # or another was asked for since
            self._open(self.chat_page.running_conversation(conversation.id) or conversation, draft)

    def _open(self, conversation: Conversation, draft: str = "") -> None:
        self._wanted = None
        self.pages.setCurrentWidget(self.chat_page)
        if conversation is not self.chat_page.conversation:
            self.chat_page.open(conversation, draft)
        self.chat_page.composer.setFocus()
        self._narrow_open = False
        self._arrange()
        self.show_chats()

    def rename_open(self) -> None:
        """Edit the title of the open chat where it stands in the list."""
        if not self.chat_page.is_new:
            if not self.sidebar.isVisibleTo(self):
                self.toggle_sidebar()
            self.sidebar.rename(self.chat_page.conversation.id)

    def delete(self, chat_id: str) -> None:
        """Out of the list at once; the toast can bring it back."""
        here = chat_id == self.chat_page.conversation.id
        if here and self.chat_page.is_new:
            return
        self.bridge.stop(chat_id)
        self.chats.delete(chat_id)
        if here:
            self.open_new()

    def export(self, chat_id: str) -> None:
        """Save a chat as Markdown, where the person says."""
        row = self.chats.find(chat_id)
        if row is None:
            return
        name, _kind = QtWidgets.QFileDialog.getSaveFileName(
            self, "Export chat", file_name(row.title), "Markdown (*.md)"
        )
        if name:
            self.chats.export(chat_id, Path(name), lambda: self.toast.show_text("Chat exported", undo=False))

    def pin_open(self) -> None:
        """Pin the open chat, or let it go."""
        if row := self.chats.find(self.chat_page.conversation.id):
            self.chats.pin(row.id, not row.pinned)

    def _new_day(self) -> None:
        """What was under Today is under Yesterday now."""
        if time.localtime().tm_yday != self._day:
            self._day = time.localtime().tm_yday
            self.show_chats()

    # Models

    def choose_model(self) -> None:
        """The picker, at the name of the model in the composer, or in the plate when settings show."""
        page = self.chat_page
        here = self.pages.currentWidget() is page
        anchor = page.composer.model_button if here else self.sidebar.plate
        self.models.pick(anchor, lambda: self._core.model_for(page.conversation), page.loaded_path)

    def use_model(self, model: "LocalModel") -> None:
        """This chat is answered by another model from now on, and new chats if this one is new."""
        self.chat_page.use_model(model)
        if self.pages.currentWidget() is self.chat_page:
            self.chat_page.composer.setFocus()
        if self.chat_page.is_new:
            self.preferences.keep_model(model)

    def use_fetched(self, path: str) -> None:
        """A model was got for what this chat is about: it answers from now on."""
        self.bridge.read(lambda: self._core.library.look(), lambda _models: self.models.use(path))

    def show_network(self, event: "DownloadEvent") -> None:
        """Say what uses the network."""
        from models.download import Fetched, NotFetched

        words = "" if isinstance(event, Fetched | NotFetched) else "Downloading one file"
        for mark in (self.sidebar.network, self.top_bar.network):
            mark.set_use(words)

    # The window

    @cached_property
    def toast(self) -> "Toast":
        """Made when there is something to tell."""
        from ui.floating import Toast

        made = Toast(self)
        composer = self.chat_page.composer
        made.set_bottom(composer.height() + Space.S)
        composer.resized.connect(lambda height: made.set_bottom(height + Space.S))
        made.undone.connect(self.chats.undo)
        return made

    @cached_property
    def settings_page(self) -> "SettingsPage":
        page = self.preferences.page
        page.folder_requested.connect(lambda: self._open_folder(self._core.places.home))
        page.log_requested.connect(lambda: self._open_folder(self._core.places.logs))
        self.pages.addWidget(page)
        return page

    @property
    def _in_settings(self) -> bool:
        return self.pages.currentWidget() is not self.chat_page

    def in_chat(self, slot: Callable[[], object]) -> None:
        """What a key does to the open chat, unless the settings cover it."""
        if not self._in_settings:
            slot()

    def toggle_settings(self) -> None:
        """The settings, or back to the chat."""
        if self._in_settings:
            self.pages.setCurrentWidget(self.chat_page)
            self.chat_page.composer.setFocus()
        else:
            self.preferences.show()
            self.bridge.read(lambda: self._core.library.look(), lambda _: self._show_found())
            self.pages.setCurrentWidget(self.settings_page)
            self.settings_page.setFocus()
        self._narrow_open = False
        self._arrange()
        self._show_open()

    def _show_found(self) -> None:
        """The models on the disk were looked at while the settings opened."""
        if self._in_settings:
            self.preferences.show()

    def toggle_sidebar(self) -> None:
        """Fold the list of chats away, or bring it back."""
        if self.width() < self._folds_below:
            self._narrow_open = not self._narrow_open
        else:
            self.preferences.change("sidebar", not self._core.settings.values.sidebar)
        self._arrange(animated=True)

    @property
    def _folds_below(self) -> int:
        """A window narrower than this has no sidebar beside the page."""
        return Space.CANVAS_FOLDS_BELOW if self.canvas_pages.is_open else Space.FOLDS_BELOW

    def _arrange(self, animated: bool = False) -> None:
        wide = self.width() >= self._folds_below
        shown = self._core.settings.values.sidebar if wide else self._narrow_open
        self.top_bar.set_folded(not shown or not wide)
        keyboard = self.focusWidget()
        beside = keyboard is not None and not self.sidebar.isAncestorOf(keyboard)
        self.frame.arrange(shown, over=not wide, animated=animated)
        if self.frame.lies_over and beside:
            self.sidebar.new_row.setFocus(Qt.FocusReason.PopupFocusReason)
        elif not shown and not beside:
            self.chat_page.composer.setFocus()

    def come_forward(self) -> None:
        """Another start of the program asked for this window."""
        if self._closed:  # at that very moment: shown again, it would never end
            return
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def escape(self) -> None:
        """Close what lies over the chat; if nothing does, stop the answer."""
        if self.frame.lies_over:
            self.toggle_sidebar()
        elif self.canvas_pages.is_open and self.frame.covers:
            self.canvas_pages.close()
        elif self._in_settings:
            self.toggle_settings()
        elif self.chat_page.conversation.id in self.chat_page.answering:
            self.chat_page.stop()
        else:
            self.chat_page.composer.set_notice(None)

    def _show_open(self) -> None:
        page = self.chat_page
        settings = self._in_settings
        new = page.is_new and not settings
        self.sidebar.set_new_selected(new)
        self.sidebar.set_settings_selected(settings)
        self.sidebar.select(None if settings or new else page.conversation.id)
        title = "Settings" if settings else page.conversation.title
        row = self.chats.find(page.conversation.id)
        pinned = row is not None and row.pinned
        self.top_bar.set_title(title, has_menu=not settings and not new, pinned=pinned)
        self.top_bar.set_back(settings)
        self.top_bar.set_right_text(f"Twofold {version()}" if settings else "")
        self.setWindowTitle(f"{title} – Twofold" if title else "Twofold")
        self.show_scrolled(page.is_scrolled)
        self._show_canvas_button()

    def show_scrolled(self, scrolled: bool) -> None:
        """The text is at its top, or away from it."""
        settings = self._in_settings
        self.top_bar.set_scrolled(settings or (scrolled and not self.chat_page.is_new))

    def show_plate(self, words: str, fault: bool) -> None:
        """What the engine is doing, in the plate at the foot of the sidebar."""
        if not self._core.settings.values.threads:
            self.preferences.threads = self.chat_page.readiness.threads
        model = self._core.model_for(self.chat_page.conversation)
        name, size = (model.name, size_in_words(model.size)) if model else ("No model", "")
        self.sidebar.set_plate(name, size, words if model else "", fault)

    def offer_drop(self, files: list[str]) -> None:
        """Say in the composer's place what will happen."""
        self.pages.setCurrentWidget(self.chat_page)
        pictures = sum(is_picture(name) for name in files)
        offer = f"Drop to add {'these pictures' if pictures > 1 else 'this picture'} to your message"
        self.chat_page.composer.set_drop(offer if pictures else self.models.offer(files))

    def take_files(self, files: list[str]) -> None:
        """Pictures go with the message; all else is a model, or is told why it is not one."""
        pictures = [name for name in files if is_picture(name)]
        others = [name for name in files if not is_picture(name)]
        if pictures:
            self.chat_page.desk.take(pictures)
        if others or not files:
            self.models.drop(others)

    def pages_changed(self) -> None:
        """The open chat has other pages, or another one is shown."""
        self._show_canvas_button()
        if not self.chat_page.is_new:
            self.chat_page.show_pages(self.canvas_pages.shown_id if self.canvas_pages.is_open else "")

    def _show_canvas_button(self) -> None:
        pages = self.canvas_pages
        has = bool(pages.of(self.chat_page.conversation.id)) and not self._in_settings
        self.top_bar.set_canvas(has, pages.is_open)

    def canvas_moved(self, _opened: bool) -> None:
        """The canvas was opened or closed: the sidebar makes room."""
        self._narrow_open = False
        self._arrange(animated=True)
        self.pages_changed()

    def show_trouble(self, sentence: str) -> None:
        """Something could not be done."""
        self.chat_page.composer.set_notice(sentence, fault=True)

    def _open_folder(self, folder: object) -> None:
        QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(folder)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.frame.setGeometry(self.rect())
        self.canvas_pages.arrange()
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        if self._closed:
            return
        self._closed = True
        self.preferences.keep_window(self.normalGeometry().size(), self.isMaximized())
        self.hide()
        self.canvas_pages.leave()
        self.chat_page.leave()
        self.bridge.stop_all(CLOSING)
        self._core.close()


def _try_page(html: str, wanted: "Implied", stopped: Callable[[], bool]) -> "Sequence[str]":
    from ui.page_check import trial  # only here: the window opens without what sketches take

    return trial(html, wanted, stopped)
