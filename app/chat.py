"""One turn, from what the person sent to the stored answer; the only place where a turn happens.

A turn is an iterator of events. The terminal iterates it, the window's bridge iterates it in a thread.
Nothing else starts, stops or stores an answer.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from app.conversation import Attached, Conversation, Details, Node, State, new_id, title_from
from app.faults import died, failed, no_model, not_read
from app.making import Maker, Trial, by_model, cannot_try, first_draft, wants_model
from app.pictures import PictureError, Pictures, ReadingStopped
from app.sketch import fenced, implied
from app.store import Store, StoreError
from app.turn import (
    Asked,
    Began,
    Drafted,
    Ended,
    LoadingModel,
    ModelReady,
    NotReady,
    Reading,
    ReadingPicture,
    Sees,
    Step,
    Turn,
    TurnEvent,
    Waiting,
    Wrote,
)
from app.writing import Writing
from models import wire
from models.engine import Engine, EngineDied
from models.layout import Element
from models.library import LocalModel
from models.parts import ImagePart, Message, Role, TextPart

__all__ = [
    "Asked",
    "Began",
    "Chat",
    "Drafted",
    "Ended",
    "LoadingModel",
    "ModelReady",
    "NotReady",
    "Reading",
    "ReadingPicture",
    "Sees",
    "Setup",
    "Step",
    "Turn",
    "TurnEvent",
    "Waiting",
    "Wrote",
]

MAKE = "Make a page of this sketch."
STANDS = "Here is your sketch as a page."
NOTHING_OPEN = "It leaves nothing open, so no model was asked."
VARIED = 0.7  # temperature at least, where another version was asked for

log = logging.getLogger(__name__)


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
        self,
        store: Store,
        engine: Engine,
        pictures: Pictures,
        machine: Path,
        setup: Callable[[Conversation | None], Setup],
        trial: Trial = cannot_try,
    ) -> None:
        """`setup` is asked at the beginning of each turn, with None when only the model is wanted.

        `machine` is the file that keeps what was measured once; `trial` tries a page out in a browser.
        """
        self._store = store
        self._engine = engine
        self._pictures = pictures
        self._machine = machine
        self._setup = setup
        self.trial = trial
        self._busy = threading.Lock()

    def send(self, conversation: Conversation, text: str, pictures: Sequence[Attached] = ()) -> Turn:
        """A new message at the end of what is shown, and its answer.

        A model that sees is given the pictures; for any other one what stands in them is read.

        The message is durable when Asked comes. Before that, iterating raises StoreError where it cannot be
        stored, and then nothing has changed.
        """
        last = conversation.last()
        return self._ask(conversation, last.id if last else None, text, pictures)

    def make_page(self, conversation: Conversation, wish: str, sketch: Attached) -> Turn:
        """A sketch as a new message, and as its answer a page: Drafted comes for each version of it."""
        last = conversation.last()
        return self._ask(conversation, last.id if last else None, wish or MAKE, [sketch], page=True)

    def edit(self, conversation: Conversation, node_id: str, text: str) -> Turn:
        """Another version of a message of the person, its pictures with it, and its answer; the old stays."""
        old = conversation.node(node_id)
        chosen = conversation.chosen(node_id)
        page = chosen is not None and _is_page(conversation.node(chosen))
        return self._ask(conversation, old.parent, text, old.pictures, page)

    def regenerate(self, conversation: Conversation, node_id: str) -> Turn:
        """Another version of an answer, sampled freely enough to be another one."""
        old = conversation.node(node_id)
        new = self._new_answer(old.parent, _is_page(old))
        return Turn(lambda turn: self._answer(turn, conversation, new, vary=True))

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

    def _ask(
        self,
        conversation: Conversation,
        parent: str | None,
        text: str,
        pictures: Sequence[Attached],
        page: bool = False,
    ) -> Turn:
        # Half a surrogate pair, as a pasted or piped text may hold, cannot be written.
        text = text.encode("utf-8", "replace").decode("utf-8")
        node = Node(new_id(), parent, Role.USER, text, time.time(), pictures=tuple(pictures))

        def events(turn: Turn) -> Generator[TurnEvent, None, None]:
            self._keep_question(conversation, node)
            yield Asked(node)
            yield from self._answer(turn, conversation, self._new_answer(node.id, page))

        return Turn(events)

    def _keep_question(self, conversation: Conversation, node: Node) -> None:
        new = not len(conversation)
        if new:
            about = node.text if node.text.strip() or not node.pictures else node.pictures[0].name
            conversation.title = conversation.title or title_from(about)
            conversation.created = conversation.created or node.created
            conversation.updated = node.created
            self._store.begin(conversation, node).result()
        else:
            self._store.add(conversation.id, node).result()
        conversation.add(node)

    def _new_answer(self, parent: str | None, page: bool = False) -> Node:
        details = Details(page=True) if page else None
        return Node(new_id(), parent, Role.ASSISTANT, "", time.time(), State.STREAMING, details=details)

    def _answer(
        self, turn: Turn, conversation: Conversation, node: Node, resumed: bool = False, vary: bool = False
    ) -> Generator[TurnEvent, None, None]:
        setup = self._setup(conversation)
        if vary:
            warmer = max(setup.sampling.temperature, VARIED)
            setup = replace(setup, sampling=msgspec.structs.replace(setup.sampling, temperature=warmer))
        node = replace(node, model=setup.model.name if setup.model else None)
        if any(above.pictures for above in conversation.path_to(node.parent)) and setup.model is not None:
            looked = "seen" if setup.model.sees and not _is_page(node) else "read"
            node = replace(node, details=replace(node.details or Details(), looked=looked))
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
        make = self._page if _is_page(writing.node) else self._words
        try:
            yield from make(turn, conversation, writing, setup)
        except ReadingStopped:
            yield writing.end(State.STOPPED)
        except (PictureError, StoreError) as error:
            yield writing.fail(*not_read(error))
        except EngineDied as death:
            if turn.cancelled:  # it did not heed the Stop, and was ended for it
                yield writing.end(State.STOPPED)
            else:
                yield writing.fail(*died(death, writing.node.text))

    def _words(
        self, turn: Turn, conversation: Conversation, writing: Writing, setup: Setup
    ) -> Generator[TurnEvent, None, None]:
        model = setup.model
        if model is None:
            yield writing.fail(*no_model(setup.why_none))
            return
        if not model.sees:
            yield from self._read_pictures(turn, conversation, writing.node)
        loaded = yield from self._load(turn, model, setup)
        if isinstance(loaded, wire.Failed):
            yield writing.fail(*failed(loaded, model.name, writing.node.text))
        elif loaded is None or turn.cancelled:
            yield writing.end(State.STOPPED)
        else:
            yield from self._write(turn, conversation, writing, setup, loaded.context)

    def _page(
        self, turn: Turn, conversation: Conversation, writing: Writing, setup: Setup
    ) -> Generator[TurnEvent, None, None]:
        """The draft stands before any model is loaded; what happens to the model then takes nothing away."""
        yield from self._read_pictures(turn, conversation, writing.node)
        question, model = conversation.node(writing.node.parent or ""), setup.model
        sketch, wish = question.pictures[0].page, "" if question.text == MAKE else question.text
        if sketch is None or not sketch.children:
            raise PictureError(f"Nothing was found in {question.pictures[0].name} to make a page of.")
        self._name_after(conversation, sketch)
        page = first_draft(sketch, writing.node.id)
        self._store.keep_page(conversation.id, page).result()
        yield Drafted(page)
        sentence = NOTHING_OPEN
        if model is not None and wants_model(sketch, page.html, wish):
            loaded = yield from self._load(turn, model, setup)
            if isinstance(loaded, wire.Failed):
                yield writing.fail(*failed(loaded, model.name, writing.node.text))
                return
            ask = partial(self._aside, turn, setup)
            size = model.header.parameters
            maker = Maker(model.name, size, ask, self.trial, lambda: turn.cancelled)
            added = yield from maker.add(sketch, page.html, wish)
            sentence = added.sentence
            if added.html:
                page = by_model(page, added.html)
                self._store.keep_page(conversation.id, page).result()
                yield Drafted(page)
        yield writing.add(f"{STANDS} {sentence}", 0)
        yield writing.end(State.COMPLETE)

    def _name_after(self, conversation: Conversation, sketch: Element) -> None:
        """A chat that begins with a sketch is called what the sketch is."""
        title = title_from(implied(sketch).title)
        if title and conversation.title == title_from(MAKE):
            conversation.title = title
            self._store.rename(conversation.id, title)

    def _aside(self, turn: Turn, setup: Setup, messages: Sequence[Message], tokens: int) -> str:
        """The model's answer to what is no part of the conversation; empty where it has none.

        Raises ReadingStopped when the person stops it, and EngineDied.
        """
        text = ""
        request = wire.Generate(0, tuple(messages), setup.sampling, max_tokens=tokens)
        for event in turn.follow(self._engine.generate(request)):
            match event:
                case wire.Delta(text=more):
                    text += more
                case wire.Finished(reason=wire.Reason.CANCELLED):
                    raise ReadingStopped
                case wire.Failed(fault=fault):
                    log.warning("an aside failed: %s", fault)
        return text

    def _read_pictures(
        self, turn: Turn, conversation: Conversation, answer: Node
    ) -> Generator[TurnEvent, None, None]:
        """Have what stands in every picture of this line, kept with its message.

        Raises PictureError, ReadingStopped and StoreError.
        """
        for node in conversation.path_to(answer.id):
            for place, picture in enumerate(node.pictures):
                if picture.page is not None:
                    continue
                if self._pictures.known(picture) is None:
                    yield ReadingPicture(picture.name)
                page = self._pictures.read(picture, turn.follow, lambda: not turn.cancelled)
                self._store.correct(node.id, place, page)
                conversation.set_page(node.id, place, page)

    def _load(
        self, turn: Turn, model: LocalModel, setup: Setup
    ) -> Generator[TurnEvent, None, wire.Loaded | wire.Failed | None]:
        """Returns how loading ended; None when it was cancelled."""
        files = [model.path, *filter(None, [model.projector])]
        try:
            changed = max(file.stat().st_mtime_ns for file in files)
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
            projector=str(model.projector or ""),
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
        sees = setup.model is not None and setup.model.sees
        messages = conversation.messages(node.id, self._seen if sees else _read)
        if setup.instructions:
            messages.insert(0, Message.of(Role.SYSTEM, setup.instructions))
        resume = bool(node.text)
        return wire.Generate(0, tuple(messages), setup.sampling, max_tokens=setup.max_tokens, resume=resume)

    def _seen(self, picture: Attached) -> ImagePart:
        return self._pictures.part(picture)

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


def _is_page(node: Node) -> bool:
    return node.details is not None and node.details.page


def _read(picture: Attached) -> TextPart:
    """What stands in a picture, as data, set apart from what follows."""
    return TextPart(f"{fenced(picture.page, picture.name)}\n\n" if picture.page else "")
