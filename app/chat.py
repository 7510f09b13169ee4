"""One turn, from what the person sent to the stored answer; the only place where a turn happens.

A turn is an iterator of events. The terminal iterates it, the window's bridge iterates it in a thread.
Nothing else starts, stops or stores an answer.
"""

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from app.conversation import Conversation, Node, State, new_id, title_from
from app.faults import died, failed, no_model
from app.store import Store
from app.turn import (
    Asked,
    Began,
    Ended,
    LoadingModel,
    ModelReady,
    NotReady,
    Reading,
    Sees,
    Turn,
    TurnEvent,
    Waiting,
    Wrote,
)
from app.writing import Writing
from models import wire
from models.engine import Engine, EngineDied
from models.library import LocalModel
from models.parts import Message, Role

__all__ = [
    "Asked",
    "Began",
    "Chat",
    "Ended",
    "LoadingModel",
    "ModelReady",
    "NotReady",
    "Reading",
    "Sees",
    "Setup",
    "Turn",
    "TurnEvent",
    "Waiting",
    "Wrote",
]

VARIED = 0.7  # temperature at least, where another version was asked for


@dataclass(frozen=True)
class Setup:
    """What an answer is made with."""

    model: LocalModel | None
    context: int
    threads: int
    instructions: str
    sampling: wire.Sampling
    max_tokens: int = 0
    why_none: str = ""  # a sentence, where there is a file but no model


class Chat:
    """Starts turns. One answer at a time is made by the engine; others wait."""

    def __init__(
        self, store: Store, engine: Engine, machine: Path, setup: Callable[[Conversation | None], Setup]
    ) -> None:
        """`setup` is asked at the beginning of each turn, with None when only the model is wanted.

        `machine` is the file that keeps what was measured once.
        """
        self._store = store
        self._engine = engine
        self._machine = machine
        self._setup = setup
        self._busy = threading.Lock()

    def send(self, conversation: Conversation, text: str) -> Turn:
        """A new message at the end of what is shown, and its answer.

        The message is durable when Asked comes. Before that, iterating raises StoreError where it cannot be
        stored, and then nothing has changed.
        """
        last = conversation.last()
        return self._ask(conversation, last.id if last else None, text)

    def edit(self, conversation: Conversation, node_id: str, text: str) -> Turn:
        """Another version of a message of the person, and its answer; the old branch stays."""
        return self._ask(conversation, conversation.node(node_id).parent, text)

    def regenerate(self, conversation: Conversation, node_id: str) -> Turn:
        """Another version of an answer, sampled freely enough to be another one."""
        parent = conversation.node(node_id).parent
        return Turn(lambda turn: self._answer(turn, conversation, self._new_answer(parent), vary=True))

    def answer(self, conversation: Conversation, node_id: str) -> Turn:
        """The answer to a message of the person that has none."""
        return Turn(lambda turn: self._answer(turn, conversation, self._new_answer(node_id)))

    def go_on(self, conversation: Conversation, node_id: str) -> Turn:
        """Continue an answer that was stopped, cut or lost its engine."""
        old = conversation.node(node_id)
        node = replace(old, state=State.STREAMING, fault="", fault_details="")
        return Turn(lambda turn: self._answer(turn, conversation, node, resumed=True))

    def prepare(self, conversation: Conversation | None = None) -> Turn:
        """Load the model of a chat ahead of its first message: LoadingModel and ModelReady, or nothing."""
        return Turn(lambda turn: self._prepare(turn, conversation))

    def _ask(self, conversation: Conversation, parent: str | None, text: str) -> Turn:
        # Half a surrogate pair, as a pasted or piped text may hold, cannot be written.
        text = text.encode("utf-8", "replace").decode("utf-8")
        node = Node(new_id(), parent, Role.USER, text, time.time())

        def events(turn: Turn) -> Generator[TurnEvent, None, None]:
            self._keep_question(conversation, node)
            yield Asked(node)
            yield from self._answer(turn, conversation, self._new_answer(node.id))

        return Turn(events)

    def _keep_question(self, conversation: Conversation, node: Node) -> None:
        new = not len(conversation)
        if new:
            conversation.title = conversation.title or title_from(node.text)
            conversation.created = conversation.created or node.created
            conversation.updated = node.created
            self._store.begin(conversation, node).result()
        else:
            self._store.add(conversation.id, node).result()
        conversation.add(node)

    def _new_answer(self, parent: str | None) -> Node:
        return Node(new_id(), parent, Role.ASSISTANT, "", time.time(), State.STREAMING)

    def _answer(
        self, turn: Turn, conversation: Conversation, node: Node, resumed: bool = False, vary: bool = False
    ) -> Generator[TurnEvent, None, None]:
        setup = self._setup(conversation)
        if vary:
            warmer = max(setup.sampling.temperature, VARIED)
            setup = replace(setup, sampling=msgspec.structs.replace(setup.sampling, temperature=warmer))
        node = replace(node, model=setup.model.name if setup.model else None)
        writing = Writing(self._store, conversation, node)
        writing.begin(resumed)
        busy = False
        try:
            yield Began(writing.node)
            while not self._busy.acquire(timeout=0.1):
                if turn.cancelled:
                    yield writing.end(State.STOPPED)
                    return
                yield Waiting()
            busy = True
            for event in self._make(turn, conversation, writing, setup):
                if isinstance(event, Ended):
                    # Before it is told: nobody has to iterate any further.
                    self._busy.release()
                    busy = False
                yield event
        finally:
            if busy:
                self._busy.release()
            if not writing.ended:  # whoever iterates went away
                turn.cancel()
                writing.end(State.STOPPED)

    def _make(
        self, turn: Turn, conversation: Conversation, writing: Writing, setup: Setup
    ) -> Generator[TurnEvent, None, None]:
        model = setup.model
        if model is None:
            yield writing.fail(*no_model(setup.why_none))
            return
        try:
            loaded = yield from self._load(turn, model, setup)
            if isinstance(loaded, wire.Failed):
                yield writing.fail(*failed(loaded, model.name, writing.node.text))
                return
            if loaded is None or turn.cancelled:
                yield writing.end(State.STOPPED)
                return
            yield from self._write(turn, conversation, writing, setup, loaded.context)
        except EngineDied as death:
            if turn.cancelled:  # it did not heed the Stop, and was ended for it
                yield writing.end(State.STOPPED)
            else:
                yield writing.fail(*died(death, writing.node.text))

    def _load(
        self, turn: Turn, model: LocalModel, setup: Setup
    ) -> Generator[TurnEvent, None, wire.Loaded | wire.Failed | None]:
        """Returns how loading ended; None when it was cancelled."""
        try:
            changed = model.path.stat().st_mtime_ns
        except OSError:
            changed = 0
        request = wire.Load(
            0,
            str(model.path),
            setup.context,
            setup.threads,
            str(self._machine),
            gpu_layers=-1,
            changed=changed,
        )
        for event in turn.follow(self._engine.load(request)):
            match event:
                case wire.Loading(done=done):
                    yield LoadingModel(model.name, done)
                case wire.Loaded():
                    yield ModelReady(str(model.path), event)
                    return event
                case wire.Failed():
                    return event
        return None

    def _write(
        self, turn: Turn, conversation: Conversation, writing: Writing, setup: Setup, context: int
    ) -> Generator[TurnEvent, None, None]:
        request = self._request(conversation, writing.node, setup)
        began = time.perf_counter()
        writing.asked()
        for event in turn.follow(self._engine.generate(request)):
            match event:
                case wire.Started(ledger=ledger):
                    writing.ledger, writing.context = ledger, context
                    yield Sees(ledger, context)
                case wire.Reading(done=done, total=total):
                    spent = time.perf_counter() - began
                    yield Reading(done, total, spent / done * (total - done) if done else None)
                case wire.Delta(text=text, tokens=tokens):
                    yield writing.add(text, tokens)
                case wire.Finished():
                    yield writing.finish(event)
                case wire.Failed():
                    yield writing.fail(*failed(event, writing.node.model or "", writing.node.text))

    def _request(self, conversation: Conversation, node: Node, setup: Setup) -> wire.Generate:
        messages = conversation.messages(node.id)
        if setup.instructions:
            messages.insert(0, Message.of(Role.SYSTEM, setup.instructions))
        resume = bool(node.text)
        return wire.Generate(0, tuple(messages), setup.sampling, max_tokens=setup.max_tokens, resume=resume)

    def _prepare(self, turn: Turn, conversation: Conversation | None) -> Generator[TurnEvent, None, None]:
        setup = self._setup(conversation)
        if setup.model is None or not self._busy.acquire(blocking=False):
            return
        try:
            loaded = yield from self._load(turn, setup.model, setup)
            if isinstance(loaded, wire.Failed):
                yield NotReady(failed(loaded, setup.model.name, "")[0].split(" Your message is kept")[0])
        except EngineDied as death:
            if not turn.cancelled:
                yield NotReady(f"The engine {death.cause} while it loaded {setup.model.name}.")
        finally:
            self._busy.release()
