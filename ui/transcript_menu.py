"""The menu of the conversation: what can be done with what is selected, pointed at, or in view."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect

from ui.floating import Menu

if TYPE_CHECKING:
    from ui.transcript import Transcript


def open_menu(view: "Transcript", at: QPointF, node_id: str) -> Menu:
    """Open it at a point of the viewport, for the message with this id; an empty one is for none."""
    column, overlay = view.column, view.overlay
    menu = Menu(view)
    if column.selection.bounds() is not None:
        menu.offer("Copy", view.pointer.copy, "copy", "Ctrl+C")
    href = view.pointer.href(at)
    if href:
        menu.offer("Copy link", lambda: overlay.copy(href))
    index = column.index(node_id) if node_id else -1
    if index >= 0 and node_id != column.editing:
        message = column.messages[index]
        bare = column.selection.bounds() is None
        menu.offer("Copy message", lambda: overlay.copy(message.text), "copy" if bare else "")
        if message.mine:
            menu.offer("Edit", lambda: overlay.edit(node_id), "pencil")
        elif column.streaming is None:
            last = index == len(column.messages) - 1
            again = "Ctrl+R" if last else ""
            menu.offer("Answer again", lambda: view.regenerate_requested.emit(node_id), "refresh-cw", again)
    if menu.rows():
        menu.rule()
    menu.offer("Select all", view.pointer.select_all, "", "Ctrl+A")
    menu.open_at(view.viewport(), QRect(at.toPoint(), at.toPoint()))
    return menu
