"""An answer on its way into the tree and onto the disk, and the count of what it costs."""

import time
from concurrent.futures import Future
from dataclasses import replace

from app.conversation import Conversation, Details, Node, State
from app.store import Store, StoreError
from app.turn import Ended, Wrote
from models import wire

KEEP_EVERY = 0.25  # seconds between two writes of an answer that is being made


class Writing:
    """An answer on its way into the tree and onto the disk."""

    def __init__(self, store: Store, conversation: Conversation, node: Node) -> None:
        self._store = store
        self._conversation = conversation
        self.node = node
        self.ended = False
        self._begun = node  # what stood before: of a continued answer, its beginning
        self._tokens = 0
        self.ledger = wire.Ledger(0, 0)
        self.context = 0
        self._unkept: list[str] = []
        self._last_write: Future[None] | None = None
        self._kept_at = time.monotonic()
        self._asked_at = self._kept_at
        self._first_at: float | None = None
        self._last_at = self._kept_at

    def begin(self, resumed: bool) -> None:
        """Give the answer its place. Raises StoreError."""
        if resumed:
            # Should the program end here, the details of the beginning would not be true of what stands.
            self._store.replace(replace(self.node, details=None)).result()
            self._conversation.replace(self.node)
        else:
            self._store.add(self._conversation.id, self.node).result()
            self._conversation.add(self.node)

    def asked(self) -> None:
        """The engine is asked for it: from here on the first token is waited for."""
        self._asked_at = time.monotonic()

    def add(self, text: str, tokens: int) -> Wrote:
        now = time.monotonic()
        self._tokens, self._last_at = tokens, now
        self.node = replace(self.node, text=self.node.text + text)
        self._unkept.append(text)
        if now - self._kept_at >= KEEP_EVERY:
            self._keep()
            self._kept_at = now
        if self._first_at is None:
            self._first_at = now
        spent = now - self._first_at
        return Wrote(text, tokens, (tokens - 1) / spent if tokens > 4 and spent > 0 else None)

    def _keep(self) -> None:
        """Append what is new; after a write that failed, all of it."""
        last = self._last_write
        if last is not None and last.done() and last.exception() is not None:
            self._last_write = self._store.replace(self.node)
        else:
            self._last_write = self._store.append(self.node.id, "".join(self._unkept))
        self._unkept.clear()

    def finish(self, event: wire.Finished) -> Ended:
        self._count(event.tokens, event.decode, event.first_token)
        states = {
            wire.Reason.CANCELLED: State.STOPPED,
            wire.Reason.CONTEXT: State.CUT,
            wire.Reason.LENGTH: State.CUT,
        }
        return self.end(states.get(event.reason, State.COMPLETE))

    def _count(self, tokens: int, decode: float, first_token: float | None) -> None:
        """What the answer cost with the part that was written now."""
        ledger, begun = self.ledger, self._begun
        self._tokens = 0
        part = Details(
            tokens=tokens,
            tokens_per_second=(tokens - 1) / decode if decode > 0 else None,
            first_token=first_token,
            reused=ledger.reused,
            read=ledger.read,
            dropped=ledger.dropped,
            context=self.context,
            note=_note(ledger),
            decode=decode,
            filled=ledger.reused + ledger.read + tokens,
            page=self.node.details is not None and self.node.details.page,
            looked=self.node.details.looked if self.node.details else "",
        )
        if begun.text and (begun.details is None or not begun.details.tokens):
            part = replace(part, tokens=0, tokens_per_second=None, first_token=None, decode=None)
        elif begun.text and begun.details is not None:
            part = begun.details.followed_by(part)
        self.node = replace(self.node, details=part)

    def fail(self, fault: str, details: str) -> Ended:
        self.node = replace(self.node, fault=fault, fault_details=details)
        return self.end(State.FAILED)

    def end(self, state: State) -> Ended:
        """The last state, kept; where the disk refuses, it stays in the tree and a sentence says so."""
        self.ended = True
        if self._tokens and self._first_at is not None:  # the engine did not live to count them
            self._count(self._tokens, self._last_at - self._first_at, self._first_at - self._asked_at)
        self.node = replace(self.node, state=state)
        self._conversation.replace(self.node)
        try:
            self._store.replace(self.node).result()
        except StoreError as error:
            return Ended(self.node, f"This answer is not on the disk yet. {error}")
        return Ended(self.node)


def _note(ledger: wire.Ledger) -> str:
    """What was unusual about how the prompt was read, in sentences."""
    notes = []
    if ledger.anew:
        notes.append("All of it was read anew: this model's memory cannot go back.")
    if ledger.dropped_messages:
        many = (
            f"{ledger.dropped_messages} oldest messages" if ledger.dropped_messages > 1 else "oldest message"
        )
        notes.append(f"The {many} did not fit, and the model did not see them.")
    return " ".join(notes)
