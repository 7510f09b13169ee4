"""The shape of the chats file, one function a version; a new version is a function at the end of the list.

A function here is never changed once it has been released: files out there were made by it.
"""

import sqlite3
from collections.abc import Callable


# A message names its parent without a foreign key: SQLite follows a cascade for a thousand levels only, and a
# long chat is deeper.
def _first(connection: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            model TEXT,
            pinned INTEGER NOT NULL DEFAULT 0,
            deleted REAL
        )""",
        """CREATE TABLE messages (
            id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent TEXT,
            role TEXT NOT NULL,
            text TEXT NOT NULL,
            created REAL NOT NULL,
            state TEXT NOT NULL,
            model TEXT,
            details TEXT,
            fault TEXT NOT NULL DEFAULT '',
            fault_details TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE INDEX messages_conversation ON messages (conversation)",
        "CREATE INDEX messages_parent ON messages (parent)",
        """CREATE TABLE chosen (
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            parent TEXT NOT NULL,
            child TEXT NOT NULL,
            PRIMARY KEY (conversation, parent)
        )""",
        "CREATE TABLE drafts (conversation TEXT PRIMARY KEY, text TEXT NOT NULL)",
    ):
        connection.execute(statement)


# `owner` is a message, or what the draft of a conversation is kept under; the table of drafts has both, too.
def _pictures(connection: sqlite3.Connection) -> None:
    connection.execute(
        """CREATE TABLE pictures (
            owner TEXT NOT NULL,
            place INTEGER NOT NULL,
            digest TEXT NOT NULL,
            name TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            page TEXT,
            PRIMARY KEY (owner, place)
        )"""
    )


def _pages(connection: sqlite3.Connection) -> None:
    connection.execute(
        """CREATE TABLE pages (
            id TEXT PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
            message TEXT,
            origin TEXT NOT NULL,
            html TEXT NOT NULL,
            created REAL NOT NULL
        )"""
    )
    connection.execute("CREATE INDEX pages_conversation ON pages (conversation)")


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [_first, _pictures, _pages]
