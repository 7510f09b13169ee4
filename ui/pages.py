"""The pages of the open chat: their versions, and the canvas that shows them beside it."""

import time
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.conversation import new_id
from app.core import Core
from app.page import Origin, PageVersion
from ui.bridge import Bridge
from ui.frame import Frame

if TYPE_CHECKING:
    from ui.canvas import Canvas


class Pages(QObject):
    """Opens, fills and closes the canvas; what is edited there is a version of its own."""

    changed = Signal()  # the versions of the open chat
    opened = Signal(bool)  # whether the canvas is shown now
    troubled = Signal(str)  # a sentence
    saved = Signal(object)  # the Path of a page

    def __init__(self, core: Core, bridge: Bridge, frame: Frame) -> None:
        super().__init__(frame)
        self._core = core
        self._bridge = bridge
        self._frame = frame
        self._chat = ""
        self._versions: dict[str, list[PageVersion]] = {}  # by chat
        self._chosen: dict[str, str] = {}  # by chat, the id of the version that is shown
        self._wanted: dict[str, bool] = {}  # by chat, whether its canvas is open

    @cached_property
    def canvas(self) -> "Canvas":
        """Made with the first page that is shown."""
        from ui.canvas import Canvas

        made = Canvas(self._frame)
        self._frame.hold_canvas(made)
        made.edited.connect(self._edited)
        made.version_chosen.connect(self.show_version)
        made.closed.connect(self.close)
        self._frame.canvas_closed.connect(made.clear)
        made.troubled.connect(self.troubled)
        made.saved.connect(self.saved)
        return made

    @property
    def is_open(self) -> bool:
        """Whether the canvas is shown."""
        return self._frame.canvas_open

    def of(self, chat_id: str) -> list[PageVersion]:
        """The versions of a chat, as far as they are known, the oldest first."""
        return self._versions.get(chat_id, [])

    def follow(self, chat_id: str) -> None:
        """Another chat is open: its canvas takes the place of the other's."""
        self._settle()
        self._chat = chat_id
        if chat_id not in self._versions:
            self._versions[chat_id] = []
            self._bridge.read(
                lambda: self._core.store.pages(chat_id), lambda found: self._found(chat_id, found)
            )
        if self._wanted.get(chat_id):
            self._show()
        elif self.is_open:
            self._frame.open_canvas(False)
            self.opened.emit(False)

    def _found(self, chat_id: str, versions: list[PageVersion]) -> None:
        known = {version.id for version in versions}
        self._versions[chat_id] = versions + [v for v in self._versions[chat_id] if v.id not in known]
        if versions and chat_id == self._chat:
            self.changed.emit()

    def take(self, chat_id: str, version: PageVersion) -> None:
        """A new version was made; it is shown where that chat is open."""
        self._settle()
        versions = self._versions.setdefault(chat_id, [])
        if all(version.id != other.id for other in versions):
            _insert(versions, version)
        self._chosen[chat_id] = version.id
        self._wanted[chat_id] = True
        if chat_id == self._chat:
            self._show()
            self.changed.emit()

    def show_version(self, version_id: str) -> None:
        """Open the canvas with this version of the open chat."""
        self._settle()
        self._chosen[self._chat] = version_id
        self._wanted[self._chat] = True
        self._show()

    def show_answer(self, message_id: str, html: str) -> None:
        """Open a page that stands in an answer; the first time it becomes a version."""
        for version in self.of(self._chat):
            if version.message == message_id and version.html == html:
                self.show_version(version.id)
                return
        version = PageVersion(new_id(), message_id, Origin.ANSWER, html, time.time())
        self._bridge.keep(self._core.store.keep_page(self._chat, version))
        self.take(self._chat, version)

    def toggle(self) -> None:
        """Show the newest page of the open chat, or put the canvas away."""
        if self.is_open:
            self.close()
        elif self.of(self._chat):
            self.show_version(self.shown_id)

    def close(self) -> None:
        """Put the canvas away until a page is asked for again."""
        self._wanted[self._chat] = False
        if self.is_open:
            self._frame.open_canvas(False)
            self.opened.emit(False)

    def _show(self) -> None:
        from ui.extra_boxes import title_of

        versions = self.of(self._chat)
        if not versions:
            return
        chosen = self.shown_id
        self.canvas.set_cover(self._frame.covers)
        self.canvas.show_versions(versions, chosen, self._chat)
        self.canvas.set_title(title_of(next(v.html for v in versions if v.id == chosen)))
        if not self.is_open:
            self._frame.open_canvas(True)
            self.opened.emit(True)

    @property
    def shown_id(self) -> str:
        """The version of the open chat that is chosen, or the newest; empty where there is none."""
        versions = self.of(self._chat)
        chosen = self._chosen.get(self._chat, "")
        if any(version.id == chosen for version in versions):
            return chosen
        return versions[-1].id if versions else ""

    def stream(self, html: str) -> None:
        """A page is being written in the open chat: an open canvas shows it as it grows."""
        if self.is_open:
            self.canvas.stream(html, self._chat)

    def written(self, message_id: str, html: str) -> None:
        """The page in an answer is whole; an open canvas goes on to it."""
        if self.is_open:
            self.show_answer(message_id, html)

    def arrange(self) -> None:
        """The window has another size."""
        if self.is_open:
            self.canvas.set_cover(self._frame.covers)

    def _settle(self) -> None:
        """What was typed last in the code is told before anything else is shown."""
        if "canvas" in vars(self):
            self.canvas.settle()

    def leave(self) -> None:
        """The window closes: what was typed is told, and the page ends."""
        if "canvas" in vars(self):
            self.canvas.clear()

    def _edited(self, html: str) -> None:
        """By hand: from a version that was made otherwise a new one comes, which is then edited further."""
        versions = self.of(self._chat)
        place = next((n for n, v in enumerate(versions) if v.id == self.shown_id), -1)
        if place < 0:
            return
        old = versions[place]
        if old.origin is Origin.EDITED and place == len(versions) - 1:
            new = PageVersion(old.id, old.message, Origin.EDITED, html, old.created)
            versions[place] = new
        else:
            new = PageVersion(new_id(), old.message, Origin.EDITED, html, time.time())
            _insert(versions, new)
            self._chosen[self._chat] = new.id
        self._bridge.keep(self._core.store.keep_page(self._chat, new))
        self._show()
        self.changed.emit()


def _insert(versions: list[PageVersion], version: PageVersion) -> None:
    """In the order that the disk has them in: an edit that was still on its way may be older than a draft."""
    versions.append(version)
    versions.sort(key=lambda one: one.created)
