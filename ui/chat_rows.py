"""The chats by date, as one list of labels and rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt

from ui.theme import Space

Index = QModelIndex | QPersistentModelIndex

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
UNTITLED = "New chat"


class ChatRow(NamedTuple):
    """One chat as the list shows it. `updated` is in seconds since 1970."""

    id: str
    title: str
    updated: float
    pinned: bool = False
    answering: bool = False


def group_rows(rows: Sequence[ChatRow], now: float) -> list[tuple[str, list[ChatRow]]]:
    """The rows under their labels, newest first: pinned, then by days of the local calendar, then by month.

    The borders are local midnights, found by the calendar and not by counting hours, so that they hold on
    the days when the clock is changed. A time to come belongs to today.
    """
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    borders = [
        (label, (today - timedelta(days=days)).timestamp())
        for label, days in (("Today", 0), ("Yesterday", 1), ("Previous 7 days", 7), ("Previous 30 days", 30))
    ]
    groups: list[tuple[str, list[ChatRow]]] = []
    newest_first = sorted(rows, key=lambda row: row.updated, reverse=True)
    pinned = [row for row in newest_first if row.pinned]
    if pinned:
        groups.append(("Pinned", pinned))
    label, begin = borders.pop(0)
    members: list[ChatRow] = []
    for row in newest_first:
        if row.pinned:
            continue
        while row.updated < begin:
            if members:
                groups.append((label, members))
                members = []
            label, begin = borders.pop(0) if borders else _month(row.updated)
        members.append(row)
    if members:
        groups.append((label, members))
    return groups


def _month(moment: float) -> tuple[str, float]:
    """The name of the month, and when it began."""
    first = datetime.fromtimestamp(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return f"{MONTHS[first.month - 1]} {first.year}", first.timestamp()


class Chats(QAbstractListModel):
    """Labels (str) and chats in one list, as they are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str | ChatRow] = []
        self.places: dict[str, int] = {}

    def show_rows(self, rows: Sequence[ChatRow], now: float) -> bool:
        """Take the chats. True when lines have moved, False when they only read differently."""
        lines: list[str | ChatRow] = []
        for label, members in group_rows(rows, now):
            lines.append(label)
            lines.extend(members)
        if [_key(line) for line in lines] == [_key(line) for line in self.lines]:
            self.lines = lines
            if lines:
                self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
            return False
        self.beginResetModel()
        self.lines = lines
        self.places = {line.id: n for n, line in enumerate(lines) if isinstance(line, ChatRow)}
        self.endResetModel()
        return True

    def chat(self, index: Index) -> ChatRow | None:
        line = self.lines[index.row()] if index.isValid() and index.row() < len(self.lines) else None
        return line if isinstance(line, ChatRow) else None

    def index_of(self, chat_id: str | None) -> QModelIndex:
        place = self.places.get(chat_id) if chat_id else None
        return QModelIndex() if place is None else self.index(place)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.SizeHintRole:
            return _LABEL_SIZE if isinstance(line, str) else _ROW_SIZE
        if role == Qt.ItemDataRole.AccessibleTextRole and isinstance(line, ChatRow):
            states = [word for word, on in (("pinned", line.pinned), ("answering", line.answering)) if on]
            return ", ".join([line.title or UNTITLED, *states])
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return line if isinstance(line, str) else line.title or UNTITLED
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.chat(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable


_WIDTH = Space.SIDEBAR - 2 * Space.M - Space.HAIR
_LABEL_SIZE = QSize(_WIDTH, Space.LABEL_ROW)
_ROW_SIZE = QSize(_WIDTH, Space.ROW)


def _key(line: str | ChatRow) -> str:
    return line if isinstance(line, str) else f"\0{line.id}"
