"""A turn: stored before it is answered, stopped and continued, and never lost."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import writing
from app.chat import Asked, Began, Chat, Ended, ModelReady, Sees, Setup, Turn, Waiting, Wrote
from app.conversation import Conversation, Node, State, new_id
from app.instructions import default_instructions
from app.pictures import Pictures
from app.store import Store, StoreError
from models.engine import Engine
from models.gguf import read_header
from models.library import LocalModel
from models.wire import Sampling
from models.worker.process import serve_language, serve_reading


class Rig:
    """A chat with the real starter, whose setup a test can change."""

    def __init__(self, starter: Path, folder: Path) -> None:
        header = read_header(starter)
        self.model = LocalModel(starter, header.name, header)
        self.setup = Setup(self.model, 1024, 1, default_instructions(self.model), Sampling(temperature=0))
        self.engine = Engine(serve_language, folder / "engine.log")
        self.store = Store(folder / "chats.sqlite3")
        self.reader = Engine(serve_reading, folder / "reader.log")
        self.pictures = Pictures(folder / "pictures", self.reader)
        self.chat = Chat(
            self.store, self.engine, self.pictures, folder / "machine.json", lambda _: self.setup
        )
        self.conversation = Conversation(new_id())

    def close(self) -> None:
        for worker in (self.engine, self.reader):
            worker.close()
        self.store.close()

    def stored(self) -> list[Node]:
        tree = self.store.conversation(self.conversation.id)
        return tree.path() if tree else []

    def answer(self, turn: Turn) -> Node:
        *_, end = turn
        assert isinstance(end, Ended)
        return end.node


@pytest.fixture(scope="module")
def shared(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(starter, tmp_path_factory.mktemp("chat"))
    yield rig
    rig.close()


@pytest.fixture
def rig(shared: Rig) -> Iterator[Rig]:
    setup = shared.setup
    shared.conversation = Conversation(new_id())
    yield shared
    shared.setup = setup


def test_a_question_is_on_the_disk_before_it_is_answered(rig: Rig) -> None:
    turn = rig.chat.send(rig.conversation, "What is the capital of France?")
    asked = next(turn)
    assert isinstance(asked, Asked)
    assert rig.stored() == [asked.node]
    events = list(turn)
    assert isinstance(events[0], Began)
    assert any(isinstance(event, ModelReady) for event in events)
    assert any(isinstance(event, Sees) for event in events)
    text = "".join(event.text for event in events if isinstance(event, Wrote))
    assert isinstance(events[-1], Ended)
    assert "Paris" in text
    assert text == events[-1].node.text
    assert rig.stored() == rig.conversation.path()
    assert rig.stored()[-1].state is State.COMPLETE
    details = rig.stored()[-1].details
    assert details is not None
    assert details.tokens > 3
    assert details.context == 1024


def test_the_answer_reaches_the_disk_while_it_is_made(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "KEEP_EVERY", 0.0)
    turn = rig.chat.send(rig.conversation, "Tell me a story about the sea.")
    seen = 0
    for event in turn:
        seen += isinstance(event, Wrote)
        if seen == 8:
            rig.store._submit(lambda _: None).result()  # the writes before it are done
            text = rig.stored()[-1].text
            assert len(text) > 5
            turn.cancel()
    assert rig.stored()[-1].text.startswith(text)


def test_stop_keeps_what_stood_and_continue_goes_on(rig: Rig) -> None:
    turn = rig.chat.send(rig.conversation, "Tell me a long story about a fox.")
    seen = 0
    for event in turn:
        seen += isinstance(event, Wrote)
        if seen == 5:
            turn.cancel()
    stopped = rig.stored()[-1]
    assert stopped.state is State.STOPPED
    assert stopped.text
    rig.setup = replace(rig.setup, max_tokens=10)
    longer = rig.answer(rig.chat.go_on(rig.conversation, stopped.id))
    assert longer.id == stopped.id
    assert longer.text.startswith(stopped.text)
    assert len(longer.text) > len(stopped.text)
    assert rig.stored()[-1] == longer
    first, whole = stopped.details, longer.details
    assert first is not None
    assert whole is not None
    assert whole.tokens == first.tokens + 10
    assert (whole.first_token, whole.reused) == (first.first_token, first.reused)
    assert whole.filled > first.filled
    assert whole.decode is not None
    assert first.decode is not None
    assert whole.decode > first.decode


def test_versions_and_edits_are_branches(rig: Rig) -> None:
    first = rig.answer(rig.chat.send(rig.conversation, "What is the capital of France?"))
    other = rig.answer(rig.chat.regenerate(rig.conversation, first.id))
    assert rig.conversation.versions(first.id) == [first.id, other.id]
    question = rig.conversation.path()[0]
    rig.answer(rig.chat.edit(rig.conversation, question.id, "What is the capital of Italy?"))
    assert "Rome" in rig.conversation.path()[-1].text
    assert len(rig.conversation.versions(question.id)) == 2
    assert [n.id for n in rig.stored()] == [n.id for n in rig.conversation.path()]


def test_a_killed_engine_keeps_the_words_and_continue_starts_it_again(rig: Rig) -> None:
    for event in rig.chat.send(rig.conversation, "Tell me a long story about a ship."):
        if isinstance(event, Wrote) and event.tokens > 5 and rig.engine.pid:
            os.kill(rig.engine.pid, signal.SIGKILL)
    broken = rig.stored()[-1]
    assert broken.state is State.FAILED
    assert broken.text
    assert "words are kept. Continue starts it again." in broken.fault
    assert broken.details is not None
    assert broken.details.tokens > 5
    assert broken.details.first_token is not None
    rig.setup = replace(rig.setup, max_tokens=5)
    longer = rig.answer(rig.chat.go_on(rig.conversation, broken.id))
    assert longer.state is State.CUT
    assert longer.details is not None
    assert longer.details.tokens == broken.details.tokens + 5


def test_what_a_beginning_cost_that_nobody_counted_is_not_guessed(rig: Rig) -> None:
    rig.setup = replace(rig.setup, max_tokens=5)
    cut = rig.answer(rig.chat.send(rig.conversation, "Tell me a long story about a goat."))
    rig.conversation.replace(replace(cut, details=None))
    details = rig.answer(rig.chat.go_on(rig.conversation, cut.id)).details
    assert details is not None
    assert (details.tokens, details.tokens_per_second, details.first_token) == (0, None, None)
    assert details.filled > 5


def test_the_details_of_a_beginning_are_off_the_disk_while_it_goes_on(rig: Rig) -> None:
    rig.setup = replace(rig.setup, max_tokens=5)
    cut = rig.answer(rig.chat.send(rig.conversation, "Tell me a long story about a hen."))
    turn = rig.chat.go_on(rig.conversation, cut.id)
    began = next(turn)
    assert isinstance(began, Began)
    assert began.node.details == cut.details
    assert rig.stored()[-1].details is None
    turn.close()
    assert rig.stored()[-1].details == cut.details


def test_without_room_on_the_disk_nothing_is_asked(rig: Rig) -> None:
    rig.answer(rig.chat.send(rig.conversation, "Say hello."))
    before = rig.stored()
    pages = rig.store._read("PRAGMA page_count")[0][0]
    rig.store._submit(lambda c: c.execute(f"PRAGMA max_page_count = {pages}")).result()
    try:
        with pytest.raises(StoreError, match="disk is full"):
            list(rig.chat.send(rig.conversation, "x" * 1_000_000))
    finally:
        rig.store._submit(lambda c: c.execute("PRAGMA max_page_count = 1000000")).result()
    assert rig.stored() == rig.conversation.path() == before


def test_too_long_a_message_is_kept_and_said(rig: Rig) -> None:
    failed = rig.answer(rig.chat.send(rig.conversation, "word " * 5000))
    assert failed.state is State.FAILED
    assert "tokens, and" in failed.fault
    assert rig.stored()[0].text == "word " * 5000


def test_without_a_model_the_message_is_kept(rig: Rig) -> None:
    rig.setup = replace(rig.setup, model=None)
    failed = rig.answer(rig.chat.send(rig.conversation, "hello"))
    assert "no model" in failed.fault
    assert rig.stored()[0].text == "hello"


def test_a_turn_that_failed_leaves_the_engine_to_the_next_though_nobody_reads_on(rig: Rig) -> None:
    setup, rig.setup = rig.setup, replace(rig.setup, model=None)
    turn = rig.chat.send(rig.conversation, "hello")
    while not isinstance(next(turn), Ended):
        pass
    rig.setup = setup
    assert rig.answer(rig.chat.send(rig.conversation, "Say hello.")).state is State.COMPLETE


def test_a_second_chat_waits_and_can_be_stopped_while_it_waits(rig: Rig) -> None:
    first = rig.chat.send(rig.conversation, "Tell me a long story about a whale.")
    while not isinstance(next(first), Wrote):
        pass
    other = Conversation(new_id())
    second = rig.chat.send(other, "Say hello.")
    while not isinstance(next(second), Waiting):
        pass
    second.cancel()
    assert rig.answer(second).state is State.STOPPED
    first.cancel()
    assert rig.answer(first).state is State.STOPPED


def test_a_turn_that_nobody_iterates_any_more_is_ended_and_stored(rig: Rig) -> None:
    turn = rig.chat.send(rig.conversation, "Tell me a long story about a bear.")
    while not isinstance(next(turn), Wrote):
        pass
    turn.close()
    assert rig.stored()[-1].state is State.STOPPED
    assert rig.answer(rig.chat.send(Conversation(new_id()), "Say hello.")).text


def test_a_turn_can_be_stopped_from_another_thread_before_it_begins(rig: Rig) -> None:
    turn = rig.chat.send(rig.conversation, "Say hello.")
    thread = threading.Thread(target=turn.cancel)
    thread.start()
    thread.join()
    assert rig.answer(turn).state is State.STOPPED
