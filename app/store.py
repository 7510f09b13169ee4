"""The chats on disk: one SQLite file, one thread that writes it.

A write is durable (WAL with synchronous=FULL, which is an fsync at every commit) when its future is done.
Reads have a connection of their own and never wait for a write.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app import rows
from app.conversation import Attached, Conversation, Node, State
from app.migrations import MIGRATIONS
from app.page import Origin, PageVersion

if TYPE_CHECKING:
    from concurrent.futures import Future

    from models.layout import Element

log = logging.getLogger(__name__)


class StoreError(Exception):
    """The chats could not be read or written; str() is one or two sentences for the person."""


class DiskFull(StoreError):
    """There was no room for a write."""

    def __init__(self) -> None:
        super().__init__("The disk is full. Free some space, then try again.")


class ChatRow(NamedTuple):
    """One conversation in the list. `updated` is in seconds since 1970."""

    id: str
    title: str
    updated: float
    pinned: bool


class Store:
    """Conversations, drafts and what was chosen, kept in one file."""

    def __init__(self, path: Path | None) -> None:
        """Opens or makes the file, and brings it up to date after a backup. Raises StoreError.

        None: in memory, nothing is kept.

        A file that is damaged is put aside under another name, and `notice` says so.
        """
        self.path = path
        self.notice = ""
        try:
            self._writer = self._open()
        except sqlite3.DatabaseError as error:
            if path is None or isinstance(error, sqlite3.OperationalError):
                raise _told(error) from error
            aside = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
            for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                if file.exists():  # the newest messages may be in the write-ahead log alone
                    file.rename(aside.with_name(aside.name + file.name.removeprefix(path.name)))
            log.error("the chats file is damaged and was put aside as %s: %s", aside, error)
            self.notice = (
                f"The file with your chats is damaged. It is kept as {aside.name}, beside a new one."
            )
            self._writer = self._open()
        self._reader = self._connect() if path else self._writer
        self._reading = threading.Lock()
        self._jobs: queue.SimpleQueue[tuple[Callable[[sqlite3.Connection], Any], Future[Any]] | None]
        self._jobs = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what is queued, forget what was deleted, and close the file."""
        self._jobs.put(None)
        self._thread.join(10)
        with self._reading:
            self._reader.close()

    # Reading

    def chats(self) -> list[ChatRow]:
        """Every conversation, pinned ones first, then the newest."""
        found = self._read(
            "SELECT id, title, updated, pinned FROM conversations WHERE deleted IS NULL"
            " ORDER BY pinned DESC, updated DESC"
        )
        return [ChatRow(i, title, updated, bool(pinned)) for i, title, updated, pinned in found]

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The whole tree; None for an id that is not there.

        A message that cannot be read is left out, and what stands below it hangs on the one above it.
        """
        found = self._read(
            "SELECT title, created, updated, model FROM conversations WHERE id = ?", conversation_id
        )
        if not found:
            return None
        title, created, updated, model = found[0]
        conversation = Conversation(conversation_id, title, created, updated, model)
        messages = self._read(
            f"SELECT {rows.NODE_COLUMNS} FROM messages WHERE conversation = ? ORDER BY rowid", conversation_id
        )
        pictures = self._pictures(
            "owner IN (SELECT id FROM messages WHERE conversation = ?)", conversation_id
        )
        instead: dict[str, str | None] = {}  # the parents of what was left out
        for row in messages:
            try:
                node = rows.node(row, tuple(pictures.get(row[0], ())))
                while node.parent in instead:
                    node = replace(node, parent=instead[node.parent])
                conversation.add(node)
            except (ValueError, TypeError, KeyError) as error:
                log.warning("message %s cannot be read: %s", row[0], type(error).__name__)
                instead[row[0]] = row[1]
        chosen = self._read("SELECT child FROM chosen WHERE conversation = ?", conversation_id)
        for (child,) in chosen:
            with contextlib.suppress(KeyError):
                conversation.choose(child)
        return conversation

    def draft(self, conversation_id: str) -> str:
        """What was typed there and not sent; the draft of a new chat has the id ''."""
        found = self._read("SELECT text FROM drafts WHERE conversation = ?", conversation_id)
        return str(found[0][0]) if found else ""

    def draft_pictures(self, conversation_id: str) -> tuple[Attached, ...]:
        """The pictures beside that draft."""
        return tuple(self._pictures("owner = ?", conversation_id).get(conversation_id, ()))

    def pages(self, conversation_id: str) -> list[PageVersion]:
        """Every version of the pages of a conversation, the oldest first."""
        found = self._read(
            "SELECT id, message, origin, html, created FROM pages WHERE conversation = ?"
            " ORDER BY created, rowid",
            conversation_id,
        )
        return [PageVersion(id_, message, Origin(origin), *rest) for id_, message, origin, *rest in found]

    def pictures_in_use(self) -> set[str]:
        """The digests of all pictures that a message or a draft has when all is written that was to be
        written; what was deleted aside. Raises StoreError."""
        sql = (
            "SELECT digest FROM pictures WHERE owner = ''"
            " OR owner IN (SELECT id FROM conversations WHERE deleted IS NULL)"
            " OR owner IN (SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation"
            " WHERE c.deleted IS NULL)"
        )
        found = self._submit(lambda connection: connection.execute(sql).fetchall()).result()
        return {digest for (digest,) in found}

    def _pictures(self, where: str, *values: str) -> dict[str, list[Attached]]:
        """By owner. What was read in one is passed over where it cannot be made out any more."""
        found: dict[str, list[Attached]] = {}
        columns = "owner, digest, name, width, height, page"
        rows_ = self._read(f"SELECT {columns} FROM pictures WHERE {where} ORDER BY owner, place", *values)
        for owner, digest, name, width, height, page in rows_:
            picture = Attached(digest, name, width, height, rows.read_page(page))
            found.setdefault(owner, []).append(picture)
        return found

    def edits(self, conversation_id: str) -> dict[str, str]:
        """What was typed to change messages of a conversation and not sent, by message."""
        return dict(
            self._read(
                "SELECT conversation, text FROM drafts"
                " WHERE conversation IN (SELECT id FROM messages WHERE conversation = ?)",
                conversation_id,
            )
        )

    # Writing: each returns a future that is done when the change is on the disk

    def begin(self, conversation: Conversation, node: Node) -> Future[None]:
        """A new conversation with its first message: both, or neither."""
        values = (conversation.id, conversation.title, conversation.created, conversation.updated)

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO conversations (id, title, created, updated, model) VALUES (?, ?, ?, ?, ?)",
                (*values, conversation.model),
            )
            _add(connection, conversation.id, node)

        return self._submit(job)

    def add(self, conversation_id: str, node: Node) -> Future[None]:
        """A new message, which becomes the chosen one under its parent."""
        return self._submit(lambda connection: _add(connection, conversation_id, node))

    def append(self, node_id: str, text: str) -> Future[None]:
        """More text at the end of an answer that is being written."""
        return self._do("UPDATE messages SET text = text || ? WHERE id = ?", (text, node_id))

    def replace(self, node: Node) -> Future[None]:
        """The newer state of a message."""
        return self._do(
            "UPDATE messages SET text = ?, state = ?, model = ?, details = ?, fault = ?, fault_details = ?"
            " WHERE id = ?",
            (*rows.row(node)[3:4], *rows.row(node)[5:], node.id),
        )

    def choose(self, conversation_id: str, node: Node) -> Future[None]:
        """This version is the one that is shown."""
        return self._submit(lambda c: _choose(c, conversation_id, node.parent, node.id))

    def rename(self, conversation_id: str, title: str) -> Future[None]:
        return self._do("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))

    def pin(self, conversation_id: str, pinned: bool) -> Future[None]:
        return self._do("UPDATE conversations SET pinned = ? WHERE id = ?", (pinned, conversation_id))

    def set_model(self, conversation_id: str, model: str) -> Future[None]:
        return self._do("UPDATE conversations SET model = ? WHERE id = ?", (model, conversation_id))

    def delete(self, conversation_id: str, when: float) -> Future[None]:
        """Out of the list; `restore` brings it back until the program ends."""
        return self._do("UPDATE conversations SET deleted = ? WHERE id = ?", (when, conversation_id))

    def restore(self, conversation_id: str) -> Future[None]:
        return self._do("UPDATE conversations SET deleted = NULL WHERE id = ?", (conversation_id,))

    def keep_draft(self, conversation_id: str, text: str) -> Future[None]:
        """Remember what is typed; an empty text forgets it. The id of a message is one of a draft, too."""
        if not text:
            return self._do("DELETE FROM drafts WHERE conversation = ?", (conversation_id,))
        return self._do("INSERT OR REPLACE INTO drafts VALUES (?, ?)", (conversation_id, text))

    def keep_draft_pictures(self, conversation_id: str, pictures: tuple[Attached, ...]) -> Future[None]:
        """Remember what stands beside a draft."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM pictures WHERE owner = ?", (conversation_id,))
            _add_pictures(connection, conversation_id, pictures)

        return self._submit(job)

    def keep_page(self, conversation_id: str, page: PageVersion) -> Future[None]:
        """Another version of a page; one that is edited further stays the same version."""
        return self._do(
            "INSERT INTO pages (id, conversation, message, origin, html, created) VALUES (?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET html = excluded.html",
            (page.id, conversation_id, page.message, str(page.origin), page.html, page.created),
        )

    def correct(self, node_id: str, place: int, page: Element) -> Future[None]:
        """What stands in a picture of a message, as it was read or as the person has it."""
        return self._do(
            "UPDATE pictures SET page = ? WHERE owner = ? AND place = ?", (rows.encoded(page), node_id, place)
        )

    # Underneath

    def _do(self, sql: str, values: tuple[Any, ...]) -> Future[None]:
        def job(connection: sqlite3.Connection) -> None:
            connection.execute(sql, values)

        return self._submit(job)

    def _submit(self, job: Callable[[sqlite3.Connection], Any]) -> Future[Any]:
        from concurrent.futures import Future  # at the first write: the list of chats is shown without it

        future: Future[Any] = Future()
        self._jobs.put((job, future))
        return future

    def _write(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, future = item
            try:
                with self._writer:
                    result = job(self._writer)
            except Exception as error:  # noqa: BLE001 - the edge of the thread: whoever waits must hear of it
                log.error("a write failed: %s", type(error).__name__)
                future.set_exception(_told(error))
            else:
                future.set_result(result)
        _forget_deleted(self._writer)
        self._writer.close()

    def _read(self, sql: str, *values: Any) -> list[Any]:
        try:
            with self._reading:
                return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise _told(error) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path or ":memory:", check_same_thread=False, timeout=10)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = self._connect()
        try:
            self._migrate(connection)
            _forget_deleted(connection)
            with connection:
                # Whoever wrote these is gone: the file belongs to this process alone (app/core.py).
                connection.execute(
                    "UPDATE messages SET state = ? WHERE state = ?", (State.STOPPED, State.STREAMING)
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise StoreError(
                "These chats were written by a newer Twofold. Nothing was changed: open them with that."
            )
        if self.path is not None and 0 < version < len(MIGRATIONS):
            backup = sqlite3.connect(self.path.with_suffix(f".before-{version + 1}{self.path.suffix}"))
            with contextlib.closing(backup):
                connection.backup(backup)
        for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
            with connection:
                connection.execute("BEGIN")
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")


def _add(connection: sqlite3.Connection, conversation: str, node: Node) -> None:
    connection.execute(
        f"INSERT INTO messages (conversation, {rows.NODE_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (conversation, *rows.row(node)),
    )
    _add_pictures(connection, node.id, node.pictures)
    _choose(connection, conversation, node.parent, node.id)
    connection.execute("UPDATE conversations SET updated = ? WHERE id = ?", (node.created, conversation))


def _add_pictures(connection: sqlite3.Connection, owner: str, pictures: tuple[Attached, ...]) -> None:
    connection.executemany(
        "INSERT INTO pictures (owner, place, digest, name, width, height, page) VALUES (?,?,?,?,?,?,?)",
        [
            (owner, n, p.digest, p.name, p.width, p.height, rows.encoded(p.page) if p.page else None)
            for n, p in enumerate(pictures)
        ],
    )


def _choose(connection: sqlite3.Connection, conversation: str, parent: str | None, child: str) -> None:
    connection.execute("INSERT OR REPLACE INTO chosen VALUES (?, ?, ?)", (conversation, parent or "", child))


def _forget_deleted(connection: sqlite3.Connection) -> None:
    """What cannot be forgotten now is forgotten next time: it must not keep the chats from opening."""
    try:
        with connection:
            connection.execute("DELETE FROM conversations WHERE deleted IS NOT NULL")
            for table, owner in (("drafts", "conversation"), ("pictures", "owner")):
                connection.execute(
                    f"DELETE FROM {table} WHERE {owner} <> ''"
                    f" AND {owner} NOT IN (SELECT id FROM conversations)"
                    f" AND {owner} NOT IN (SELECT id FROM messages)"
                )
    except sqlite3.Error as error:
        log.warning("what was deleted could not be forgotten: %s", error)


def _told(error: Exception) -> StoreError:
    """The person's words for what SQLite said."""
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull()
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError("The file with your chats cannot be written. Its folder may be read-only.")
    return StoreError(f"The file with your chats could not be used: {error}.")
