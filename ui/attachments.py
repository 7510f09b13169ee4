"""The pictures beside what is being written: taken in, read ahead, kept with the draft, sent with it."""

from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.conversation import Attached
from app.core import Core
from ui.bridge import Bridge
from ui.chips import ChipText

if TYPE_CHECKING:
    from models.layout import Element

MOST = 4  # pictures beside one message: more seldom fit into the context of a model that runs on a laptop
TOO_MANY = f"A message takes {MOST} pictures. The others were left out."
OPENING, READING, READ = "opening", "reading", "read, not seen"
SEEN, FAULTY = "will be seen", "could not be read"


@dataclass(frozen=True)
class _Entry:
    """One picture on its way: without `picture` it is being opened."""

    number: int
    name: str
    picture: Attached | None = None
    fault: bool = False


class Attachments(QObject):
    """What stands beside the drafts of all chats; shows that of the open one."""

    changed = Signal()
    told = Signal(str)  # a sentence: a picture could not be taken in

    def __init__(self, core: Core, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._numbers = count()
        self._entries: dict[str, list[_Entry]] = {}  # by the id of the draft

    def open(self, draft_id: str) -> None:
        """Fetch what was left beside this draft."""
        if draft_id in self._entries:
            return
        self._entries[draft_id] = []
        self._bridge.read(
            lambda: self._core.store.draft_pictures(draft_id), lambda found: self._found(draft_id, found)
        )

    def _found(self, draft_id: str, pictures: tuple[Attached, ...]) -> None:
        entries = [_Entry(next(self._numbers), picture.name, picture) for picture in pictures]
        self._entries[draft_id] = entries + self._entries[draft_id]
        for entry in entries:
            self._read(draft_id, entry)
        if entries:
            self.changed.emit()

    def pictures(self, draft_id: str) -> tuple[Attached, ...]:
        """Those that are ready."""
        return tuple(e.picture for e in self._entries.get(draft_id, ()) if e.picture is not None)

    def sketch(self, draft_id: str) -> Attached | None:
        """The first picture in which something was found, so that a page can be made of it."""
        return next((p for p in self.pictures(draft_id) if p.page is not None and p.page.children), None)

    def is_opening(self, draft_id: str) -> bool:
        """Whether one of them is not ready yet."""
        return any(entry.picture is None for entry in self._entries.get(draft_id, ()))

    def texts(self, draft_id: str, seen: bool) -> list[ChipText]:
        """What the chips say; `seen`: the model that will answer sees pictures."""
        return [self._text(entry, seen) for entry in self._entries.get(draft_id, ())]

    def _text(self, entry: _Entry, seen: bool) -> ChipText:
        if entry.picture is None:
            return ChipText(entry.name, OPENING)
        if seen:
            return ChipText(entry.name, SEEN)
        if entry.fault:
            return ChipText(entry.name, FAULTY, fault=True)
        if entry.picture.page is None:
            return ChipText(entry.name, READING)
        from app.sketch import summary

        return ChipText(entry.name, READ, summary(entry.picture.page))

    def take_files(self, draft_id: str, files: list[Path]) -> None:
        """Take in picture files, one after the other."""
        room = MOST - len(self._entries.setdefault(draft_id, []))
        if len(files) > room:
            self.told.emit(TOO_MANY)
        for file in files[: max(0, room)]:
            self._take(draft_id, file.name, file, b"")

    def take_data(self, draft_id: str, data: bytes, name: str) -> None:
        """Take in a picture that has no file: one from the clipboard."""
        if len(self._entries.setdefault(draft_id, [])) >= MOST:
            self.told.emit(TOO_MANY)
        else:
            self._take(draft_id, name, None, data)

    def _take(self, draft_id: str, name: str, file: Path | None, data: bytes) -> None:
        entry = _Entry(next(self._numbers), name)
        self._entries[draft_id].append(entry)
        self._bridge.work(
            lambda: self._core.pictures.take(file, data, name),
            lambda picture: self._taken(draft_id, entry, picture),
            lambda sentence: self._not_taken(draft_id, entry, sentence),
        )
        self.changed.emit()

    def _taken(self, draft_id: str, entry: _Entry, picture: Attached) -> None:
        if self._put(draft_id, replace(entry, picture=picture)):
            self._keep(draft_id)
            self._read(draft_id, replace(entry, picture=picture))

    def _not_taken(self, draft_id: str, entry: _Entry, sentence: str) -> None:
        self._drop(draft_id, entry.number)
        self.told.emit(sentence)
        self.changed.emit()

    def _read(self, draft_id: str, entry: _Entry) -> None:
        """Read ahead what stands in it: the answer need not wait for it then."""
        picture = entry.picture
        if picture is None or picture.page is not None:
            return

        def done(page: "Element") -> None:
            if self._put(draft_id, replace(entry, picture=replace(picture, page=page))):
                self._keep(draft_id)

        self._bridge.work(
            lambda: self._core.pictures.read(picture),
            done,
            lambda _sentence: self._put(draft_id, replace(entry, fault=True)),
        )

    def picture(self, draft_id: str, place: int) -> tuple[int, Attached] | None:
        """One that is ready, by its place: what `correct` knows it by, and the picture."""
        entries = self._entries.get(draft_id, [])
        entry = entries[place] if place < len(entries) else None
        return (entry.number, entry.picture) if entry is not None and entry.picture is not None else None

    def correct(self, draft_id: str, number: int, page: "Element") -> None:
        """The person has put right what was read; one that was taken away meanwhile is passed over."""
        entry = next((e for e in self._entries.get(draft_id, ()) if e.number == number), None)
        if entry is not None and entry.picture is not None:
            self._put(draft_id, replace(entry, picture=replace(entry.picture, page=page)))
            self._keep(draft_id)

    def remove(self, draft_id: str, place: int) -> None:
        """Take one away; what is being made of it meanwhile is passed over."""
        entries = self._entries.get(draft_id, [])
        if place < len(entries):
            self._drop(draft_id, entries[place].number)
            self._keep(draft_id)
            self.changed.emit()

    def clear(self, draft_id: str) -> None:
        """They were sent."""
        if self._entries.get(draft_id):
            self._entries[draft_id] = []
            self._keep(draft_id)
            self.changed.emit()

    def _put(self, draft_id: str, newer: _Entry) -> bool:
        """In the place of the old state; False where it was taken away meanwhile."""
        entries = self._entries.get(draft_id, [])
        for place, entry in enumerate(entries):
            if entry.number == newer.number:
                entries[place] = newer
                self.changed.emit()
                return True
        return False

    def _drop(self, draft_id: str, number: int) -> None:
        self._entries[draft_id] = [e for e in self._entries.get(draft_id, ()) if e.number != number]

    def _keep(self, draft_id: str) -> None:
        self._bridge.keep(self._core.store.keep_draft_pictures(draft_id, self.pictures(draft_id)))
