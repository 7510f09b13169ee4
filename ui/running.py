"""An answer that is being made, as far as it has come, and the words that say how it comes on."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.conversation import Conversation, Node

if TYPE_CHECKING:
    from app.chat import LoadingModel, Reading, Sees, Wrote

GAUGE_STEP = 16  # tokens between two movements of the gauge
WAITING = "Waiting for the answer in another chat"
FIRST = "Loading the model"


@dataclass
class Running:
    """Goes on also while another chat is shown; then it is shown from here."""

    conversation: Conversation
    text: str = ""  # what was sent, until it is on the disk
    edited: str = ""  # the message that was sent in another version
    draft_id: str = ""  # whose draft was sent
    node: Node | None = None
    status: str = ""
    progress: float | None = None  # 0 to 1, where the end is known
    usage: tuple[int, int, int] = (0, 0, 0)  # tokens reused, tokens new, size of the context
    _read: int = 0  # tokens of the prompt that were read anew
    _gauged: int = 0  # tokens of the answer that `usage` counts

    def say(self, status: str = "", progress: float | None = None) -> None:
        self.status, self.progress = status, progress

    def sees(self, event: "Sees") -> None:
        """The prompt is known."""
        self._read = event.ledger.read
        self.usage = (event.ledger.reused, event.ledger.read, event.context)

    def loads(self, event: "LoadingModel") -> None:
        self.say(f"Loading {event.name}", event.done)

    def reads(self, event: "Reading") -> None:
        about = f", about {max(1, round(event.left))} s" if event.left is not None else ""
        self.say(f"Reading {event.total:,} new tokens{about}", event.done / event.total)

    def wrote(self, event: "Wrote") -> bool:
        """More text; whether the gauge has moved."""
        begun = 0
        if self.node is not None:
            begun = self.node.details.tokens if self.node.details else 0
            self.node = replace(self.node, text=self.node.text + event.text)
        pace = f"   {event.speed:.0f} tok/s" if event.speed else ""
        self.say(f"Answering{pace}   {begun + event.tokens:,} tokens so far")
        if event.tokens - self._gauged < GAUGE_STEP:
            return False
        self._gauged = event.tokens
        reused, _new, context = self.usage
        self.usage = (reused, self._read + event.tokens, context)
        return True
