"""What happens in a turn, and how it is stopped."""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from app.conversation import Node
from app.page import PageVersion
from models import wire
from models.engine import Stream


@dataclass(frozen=True)
class Asked:
    """The person's message is on the disk."""

    node: Node


@dataclass(frozen=True)
class Began:
    """The answer's place in the tree stands, still empty (or, when it goes on, with what it had)."""

    node: Node


@dataclass(frozen=True)
class Waiting:
    """Another answer is being made first."""


@dataclass(frozen=True)
class ReadingPicture:
    """Text and layout of a picture are being read, for a model that cannot see."""

    name: str


@dataclass(frozen=True)
class Step:
    """What is being done for a page, in words."""

    words: str


@dataclass(frozen=True)
class Drafted:
    """A version of a page stands, and is kept."""

    page: PageVersion


@dataclass(frozen=True)
class LoadingModel:
    """The model is being loaded; `done` is 0 to 1."""

    name: str
    done: float


@dataclass(frozen=True)
class ModelReady:
    """The model is loaded: context in tokens, threads, and the device that it runs on."""

    path: str
    loaded: wire.Loaded


@dataclass(frozen=True)
class NotReady:
    """The model could not be loaded ahead of a message; the sentence says why."""

    sentence: str


@dataclass(frozen=True)
class Reading:
    """Tokens of the prompt that were read; `left` is an estimate in seconds, None at first."""

    done: int
    total: int
    left: float | None


@dataclass(frozen=True)
class Sees:
    """What the model sees of this conversation, in tokens."""

    ledger: wire.Ledger
    context: int


@dataclass(frozen=True)
class Wrote:
    """More text; `tokens` so far and their speed in tokens a second (None at first)."""

    text: str
    tokens: int
    speed: float | None


@dataclass(frozen=True)
class Ended:
    """The answer as it is stored now. `unsaved` is a sentence where the disk would not take it."""

    node: Node
    unsaved: str = ""


TurnEvent = (
    Asked
    | Began
    | Waiting
    | ReadingPicture
    | Step
    | Drafted
    | LoadingModel
    | ModelReady
    | NotReady
    | Reading
    | Sees
    | Wrote
    | Ended
)


class Turn(Iterator[TurnEvent]):
    """The events of one answer; the last one is Ended."""

    def __init__(self, events: Callable[["Turn"], Generator[TurnEvent, None, None]]) -> None:
        self.cancelled = False
        self._stream: Stream | None = None
        self._lock = threading.RLock()  # a signal handler may cancel in the midst of `follow`
        self._events = events(self)

    def __next__(self) -> TurnEvent:
        return next(self._events)

    def close(self) -> None:
        """Give up iterating: what is being made is stopped and stored. Does nothing after Ended."""
        self._events.close()

    def cancel(self) -> None:
        """Stop, in whatever state it is; Ended still comes. From any thread, more than once."""
        with self._lock:
            self.cancelled = True
            if self._stream is not None:
                self._stream.cancel()

    def follow(self, stream: Stream) -> Stream:
        """For Chat: the stream that a cancel must reach."""
        with self._lock:
            self._stream = stream
            if self.cancelled:
                stream.cancel()
        return stream
