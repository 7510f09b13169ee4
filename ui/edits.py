"""What stands in the edit boxes of messages that were not sent yet: kept like a draft, by message."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer

from app.store import Store
from ui.bridge import Bridge

PAUSE = 300  # ms without a key before it is written


class Edits(QObject):
    """In memory at once, and on the disk a moment later, so that neither another chat nor the end of the
    program loses what was typed."""

    def __init__(self, store: Store, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._bridge = bridge
        self._texts: dict[str, dict[str, str]] = {}  # by conversation and message; the last was typed last
        self._read: set[str] = set()
        self._unwritten: dict[str, str] = {}
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self.write)

    def of(self, conversation_id: str) -> Mapping[str, str]:
        """Those of a conversation, as far as they are known; it is the same mapping for good."""
        return self._texts.setdefault(conversation_id, {})

    def read(self, conversation_id: str, then: Callable[[], None]) -> None:
        """Read those of a conversation beside the window, once; `then` follows where there are some."""
        if conversation_id in self._read:
            return
        self._read.add(conversation_id)
        texts = self._texts.setdefault(conversation_id, {})

        def take(found: dict[str, str]) -> None:
            newer = dict(texts)
            texts.clear()
            texts.update(found | newer)
            if texts:
                then()

        self._bridge.read(lambda: self._store.edits(conversation_id), take)

    def keep(self, conversation_id: str, message_id: str, text: str) -> None:
        """Remember what is typed; an empty text forgets it."""
        texts = self._texts.setdefault(conversation_id, {})
        was = texts.pop(message_id, "")
        if text:
            texts[message_id] = text
        if text != was:
            self._unwritten[message_id] = text
            self._pause.start()

    def write(self) -> None:
        """Write what was not yet."""
        self._pause.stop()
        for message_id, text in self._unwritten.items():
            self._bridge.keep(self._store.keep_draft(message_id, text))
        self._unwritten.clear()
