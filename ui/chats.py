"""The chats on the disk as the window knows them, and what is done to one of them from the list."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.conversation import Conversation
from app.core import Core
from app.export import as_markdown
from app.store import ChatRow
from models.words import plain
from ui.bridge import Bridge

if TYPE_CHECKING:
    from concurrent.futures import Future

LONGEST_TITLE = 120
GONE = "This chat is not here any more."


class Chats(QObject):
    """Each change shows at once and is written beside the window, which never waits for the disk.

    What the disk would not take is shown again as it was; the bridge says why.
    """

    changed = Signal()  # `rows` is another
    deleted = Signal()  # a chat is out of the list, and that is on the disk
    restored = Signal(str)  # it is back

    def __init__(self, core: Core, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = core.store
        self._bridge = bridge
        self._changes = 0
        self._unwritten = 0
        self._deleted: ChatRow | None = None  # the last one
        self.rows: Sequence[ChatRow] = core.store.chats()  # the first time at once: there is no window yet

    def refresh(self) -> None:
        """Read the list again."""
        changes = self._changes

        def take(rows: Sequence[ChatRow]) -> None:
            if changes == self._changes and not self._unwritten:  # or a newer one is on its way
                self._show(rows)

        self._bridge.read(self._store.chats, take)

    def find(self, chat_id: str) -> ChatRow | None:
        return next((row for row in self.rows if row.id == chat_id), None)

    def open(self, chat_id: str, then: Callable[[Conversation, str], None]) -> None:
        """Read a chat whole; `then` gets it and its draft, in the window's thread."""

        def work() -> tuple[Conversation | None, str]:
            return self._store.conversation(chat_id), self._store.draft(chat_id)

        def take(found: tuple[Conversation | None, str]) -> None:
            conversation, draft = found
            if conversation is None:
                self._bridge.troubled.emit(GONE)
                self.refresh()
            else:
                then(conversation, draft)

        self._bridge.read(work, take)

    def rename(self, chat_id: str, title: str) -> None:
        """Give it another title; a blank one changes nothing."""
        if title := plain(title, LONGEST_TITLE):
            self._replace(chat_id, self._store.rename(chat_id, title), title=title)

    def pin(self, chat_id: str, pinned: bool) -> None:
        self._replace(chat_id, self._store.pin(chat_id, pinned), pinned=pinned)

    def delete(self, chat_id: str) -> None:
        """Out of the list; `undo` brings it back."""
        self._deleted = self.find(chat_id)
        self._show([row for row in self.rows if row.id != chat_id])
        self._write(self._store.delete(chat_id, time.time()), self.deleted.emit)

    def undo(self) -> None:
        """Bring back the chat that was deleted last."""
        row, self._deleted = self._deleted, None
        if row is not None:
            self._show([*self.rows, row])
            self._write(self._store.restore(row.id), lambda: self.restored.emit(row.id))

    def export(self, chat_id: str, file: Path, then: Callable[[], None]) -> None:
        """Save a chat as Markdown."""

        def save() -> str:
            conversation = self._store.conversation(chat_id)
            if conversation is None:
                return GONE
            try:
                file.write_text(as_markdown(conversation), "utf-8")
            except OSError as error:
                return f"The chat could not be exported: {error.strerror or error}."
            return ""

        self._bridge.read(save, lambda why: self._bridge.troubled.emit(why) if why else then())

    def _replace(self, chat_id: str, future: "Future[None]", **values: object) -> None:
        self._show([row._replace(**values) if row.id == chat_id else row for row in self.rows])  # type: ignore[arg-type]  # names of its fields
        self._write(future)

    def _show(self, rows: Sequence[ChatRow]) -> None:
        self._changes += 1
        self.rows = rows
        self.changed.emit()

    def _write(self, future: "Future[None]", then: Callable[[], None] | None = None) -> None:
        self._unwritten += 1

        def written(made: bool) -> None:
            self._unwritten -= 1
            if made and then is not None:
                then()
            self.refresh()

        self._bridge.keep(future, written)
