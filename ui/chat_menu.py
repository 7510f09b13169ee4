"""What can be done with a chat: the same menu in the sidebar and under the title."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.floating import Menu


def chat_menu(
    parent: QWidget,
    pinned: bool,
    *,
    rename: Callable[[], object],
    pin: Callable[[], object],
    export: Callable[[], object],
    delete: Callable[[], object],
) -> Menu:
    """The menu, not yet open; Delete needs no question, as it can be undone."""
    menu = Menu(parent)
    menu.offer("Rename", rename, "pencil", "F2")
    menu.offer("Unpin" if pinned else "Pin", pin, "pin-off" if pinned else "pin")
    menu.offer("Export…", export, "download", "Ctrl+E")
    menu.rule()
    menu.offer("Delete", delete, "trash-2", "Ctrl+Del", danger=True)
    return menu
