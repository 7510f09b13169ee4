"""Who hears whom in the window, and which keys do what."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

from ui.theme import TextSize

if TYPE_CHECKING:
    from ui.window import Window


def connect(window: "Window") -> None:
    """Every signal of the window's parts to whoever answers it."""
    side, bar, page = window.sidebar, window.top_bar, window.chat_page
    for asked in (side.new_requested, bar.new_requested):
        asked.connect(window.open_new)
    for asked in (side.fold_requested, bar.unfold_requested):
        asked.connect(window.toggle_sidebar)
    side.chat_chosen.connect(window.open_chat)
    side.renamed.connect(window.chats.rename)
    side.pin_toggled.connect(window.chats.pin)
    side.export_requested.connect(window.export)
    side.delete_requested.connect(window.delete)
    side.settings_requested.connect(window.toggle_settings)
    side.model_clicked.connect(window.choose_model)
    window.frame.left.connect(window.toggle_sidebar)
    bar.back_requested.connect(window.toggle_settings)
    bar.rename_requested.connect(window.rename_open)
    bar.pin_requested.connect(window.pin_open)
    bar.export_requested.connect(lambda: window.export(page.conversation.id))
    bar.delete_requested.connect(lambda: window.delete(page.conversation.id))
    page.chats_changed.connect(window.chats_changed)
    window.chats.changed.connect(window.show_chats)
    window.chats.deleted.connect(lambda: window.toast.show_text("Chat deleted"))
    window.chats.restored.connect(window.open_chat)
    page.scrolled.connect(window.show_scrolled)
    page.model_clicked.connect(window.choose_model)
    page.add_requested.connect(window.models.add)
    page.engine_changed.connect(window.show_plate)
    window.models.chosen.connect(window.use_model)
    page.desk.model_fetched.connect(window.use_fetched)
    window.bridge.fetching.connect(window.show_network)
    window.models.added.connect(lambda model: window.toast.show_text(f"{model.name} was added", undo=False))
    window.models.told.connect(lambda words, fault: page.composer.set_notice(words or None, fault))
    window.drops.held.connect(window.offer_drop)
    window.drops.gone.connect(lambda: page.composer.set_drop(None))
    window.drops.dropped.connect(window.take_files)
    window.preferences.model_changed.connect(page.prepare)
    window.preferences.troubled.connect(window.show_trouble)
    window.bridge.troubled.connect(window.show_trouble)
    _connect_pages(window)


def _connect_pages(window: "Window") -> None:
    page, pages = window.chat_page, window.canvas_pages
    page.pages = pages.of
    page.opened.connect(pages.follow)
    page.drafted.connect(pages.take)
    page.page_wanted.connect(pages.show_answer)
    page.version_shown.connect(pages.show_version)
    page.page_grew.connect(pages.stream)
    page.page_written.connect(pages.written)
    pages.changed.connect(window.pages_changed)
    pages.opened.connect(window.canvas_moved)
    window.top_bar.canvas_requested.connect(pages.toggle)
    pages.troubled.connect(window.show_trouble)
    pages.saved.connect(lambda path: window.toast.show_text(f"Saved as {path.name}", undo=False))


def add_shortcuts(window: "Window") -> None:
    """The keys that work wherever the keyboard is."""
    page = window.chat_page
    shortcuts: dict[str, Callable[[], object]] = {
        "Ctrl+N": window.open_new,
        "Ctrl+B": window.toggle_sidebar,
        "Ctrl+,": window.toggle_settings,
        "Ctrl+R": partial(window.in_chat, page.answer_again),
        "Ctrl+M": window.choose_model,
        "Ctrl+E": lambda: window.export(page.conversation.id),
        "Ctrl+Del": lambda: window.delete(page.conversation.id),
        "F2": window.rename_open,
        "Ctrl+O": partial(window.in_chat, page.desk.choose),
        "Ctrl+J": partial(window.in_chat, window.canvas_pages.toggle),
        "Ctrl+L": page.composer.setFocus,
        "Ctrl++": partial(window.preferences.step_size, 1),
        "Ctrl+=": partial(window.preferences.step_size, 1),
        "Ctrl+-": partial(window.preferences.step_size, -1),
        "Ctrl+0": partial(window.preferences.change, "size", TextSize.MEDIUM),
        "Ctrl+Q": window.close,
        "Esc": window.escape,
    }
    for keys, slot in shortcuts.items():
        QShortcut(QKeySequence(keys), window).activated.connect(slot)
