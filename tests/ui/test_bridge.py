"""What happens below the window comes to its thread, in order, and to its end."""

import sys
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.conversation import Conversation, State, new_id
from app.core import Core
from app.store import DiskFull, StoreError
from app.turn import Asked, Began, Ended, Turn, TurnEvent, Wrote
from models.download import Fetched, Fetching, NotFetched
from models.known import KnownModel
from tests.models import shop, tiny
from ui.bridge import WRONG, Bridge


class Heard:
    """Everything that a bridge has said, and whether it was said in the window's own thread."""

    def __init__(self, bridge: Bridge) -> None:
        self.said: list[tuple[str, tuple[object, ...]]] = []
        self.threads: set[threading.Thread] = set()
        for name in (
            "happened",
            "refused",
            "over",
            "troubled",
            "looked",
            "adopting",
            "adopted",
            "not_adopted",
            "fetching",
        ):
            getattr(bridge, name).connect(lambda *words, name=name: self.take(name, words))

    def take(self, name: str, words: tuple[object, ...]) -> None:
        self.said.append((name, words))
        self.threads.add(threading.current_thread())

    def of(self, name: str) -> list[tuple[object, ...]]:
        return [words for said, words in self.said if said == name]

    def events(self) -> list[object]:
        return [event for _conversation, event in self.of("happened")]


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    made = Bridge()
    yield made
    made.stop_all(5)


@pytest.fixture
def heard(bridge: Bridge) -> Heard:
    return Heard(bridge)


def test_a_turn_is_told_from_its_question_to_its_end(
    bridge: Bridge, heard: Heard, tiny_core: Core, qtbot: QtBot
) -> None:
    talk = Conversation(new_id())
    bridge.run(talk.id, tiny_core.chat.send(talk, "hi"))
    assert bridge.is_running(talk.id)
    assert bridge.busy
    assert not bridge.is_running("another")
    qtbot.waitUntil(lambda: bool(heard.of("over")), timeout=60_000)
    events = heard.events()
    assert isinstance(events[0], Asked)
    assert isinstance(events[1], Began)
    assert isinstance(events[-1], Ended)
    assert "".join(e.text for e in events if isinstance(e, Wrote)) == events[-1].node.text
    assert heard.said[-1] == ("over", (talk.id,))
    assert heard.threads == {threading.main_thread()}
    assert not bridge.busy


def test_a_stop_ends_a_turn_and_its_end_still_comes(
    bridge: Bridge, heard: Heard, tiny_core: Core, qtbot: QtBot
) -> None:
    talk = Conversation(new_id())
    bridge.stop(talk.id)  # there is nothing yet: nothing happens
    bridge.run(talk.id, tiny_core.chat.send(talk, "hi"))
    bridge.stop(talk.id)
    qtbot.waitUntil(lambda: bool(heard.of("over")), timeout=60_000)
    end = heard.events()[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.STOPPED


def test_a_question_that_cannot_be_stored_is_refused_with_a_sentence(
    bridge: Bridge, heard: Heard, tiny_core: Core, qtbot: QtBot
) -> None:
    pages = tiny_core.store._read("PRAGMA page_count")[0][0]
    tiny_core.store._submit(lambda c: c.execute(f"PRAGMA max_page_count = {pages}")).result()
    talk = Conversation(new_id())
    bridge.run(talk.id, tiny_core.chat.send(talk, "x" * 200_000))
    qtbot.waitUntil(lambda: bool(heard.of("over")), timeout=10_000)
    assert heard.said == [("refused", (talk.id, str(DiskFull()))), ("over", (talk.id,))]


def test_a_fault_of_twofold_itself_is_told_without_the_words_of_a_chat(
    bridge: Bridge, heard: Heard, qtbot: QtBot
) -> None:
    def broken(_turn: Turn) -> Generator[TurnEvent, None, None]:
        raise RuntimeError("dear diary")
        yield

    bridge.run("a", Turn(broken))
    qtbot.waitUntil(lambda: bool(heard.of("over")), timeout=10_000)
    assert heard.said == [("refused", ("a", f"{WRONG} (RuntimeError).")), ("over", ("a",))]


def test_a_write_is_followed_and_a_failed_one_is_told(bridge: Bridge, heard: Heard, qtbot: QtBot) -> None:
    made: list[tuple[bool, threading.Thread]] = []
    for error in (None, StoreError("The disk is gone.")):
        future: Future[None] = Future()
        bridge.keep(future, lambda well: made.append((well, threading.current_thread())))
        if error is None:
            threading.Thread(target=future.set_result, args=(None,)).start()
        else:
            threading.Thread(target=future.set_exception, args=(error,)).start()
        qtbot.waitUntil(future.done, timeout=5000)
    qtbot.waitUntil(lambda: len(made) == 2, timeout=5000)
    assert [well for well, _thread in made] == [True, False]
    assert {thread for _well, thread in made} == {threading.main_thread()}
    assert heard.said == [("troubled", ("The disk is gone.",))]


def test_what_was_asked_for_last_comes_last(bridge: Bridge, heard: Heard, qtbot: QtBot) -> None:
    came: list[int] = []
    gate = threading.Event()

    def fail() -> int:
        raise StoreError("It cannot be read.")

    bridge.read(lambda: 1 if gate.wait(5) else 0, came.append)
    bridge.read(fail, came.append)
    bridge.read(lambda: 2, came.append)
    assert came == []
    gate.set()
    qtbot.waitUntil(lambda: len(came) == 2, timeout=5000)
    assert came == [1, 2]
    assert heard.of("troubled") == [("It cannot be read.",)]


def test_models_are_looked_for_beside_the_window(
    bridge: Bridge, heard: Heard, tiny_core: Core, qtbot: QtBot
) -> None:
    bridge.look(tiny_core.library)
    qtbot.waitUntil(lambda: bool(heard.of("looked")), timeout=10_000)
    assert [model.path.name for model in tiny_core.library.models()] == ["tiny-random.gguf"]


def test_files_are_taken_in_one_after_the_other_and_refusals_told_together(
    bridge: Bridge,
    heard: Heard,
    tiny_core: Core,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_links(*_paths: object) -> None:
        raise OSError("this disk has none")

    monkeypatch.setattr("models.library.os.link", no_links)
    good, diary, gone = (tmp_path / name for name in ("window.gguf", "diary.gguf", "gone.gguf"))
    tiny.write_window(good)
    diary.write_text("Dear diary,")
    bridge.adopt(tiny_core.library, [diary, good, gone])
    qtbot.waitUntil(lambda: bool(heard.of("not_adopted")), timeout=10_000)
    steps = heard.of("adopting")
    assert steps[-1] == ("window.gguf", 1.0)
    ((model,),) = heard.of("adopted")
    assert model in tiny_core.library.models()
    ((why,),) = heard.of("not_adopted")
    assert "diary.gguf is a text file" in str(why)
    assert "gone.gguf" in str(why)


def test_after_the_end_nothing_is_told(bridge: Bridge, heard: Heard, tiny_core: Core, qtbot: QtBot) -> None:
    talk = Conversation(new_id())
    bridge.run(talk.id, tiny_core.chat.send(talk, "hi"))
    qtbot.waitUntil(lambda: any(isinstance(event, Began) for event in heard.events()), timeout=60_000)
    bridge.stop_all(30)
    assert not bridge.busy
    stored = tiny_core.store.conversation(talk.id)
    assert stored is not None
    assert stored.path()[-1].state is not State.STREAMING
    qtbot.wait(50)  # what was on its way
    before = len(heard.said)
    bridge.look(tiny_core.library)
    bridge.read(lambda: 1, lambda _: heard.take("read", ()))
    qtbot.wait(100)
    assert len(heard.said) == before


def test_what_is_needed_before_long_is_imported_beside_the_window(bridge: Bridge, qtbot: QtBot) -> None:
    module = "tests.models.loading"
    sys.modules.pop(module, None)
    ready: list[bool] = []
    bridge.fetch(module, then=lambda: ready.append(module in sys.modules))
    qtbot.waitUntil(lambda: bool(ready), timeout=10_000)
    assert ready == [True]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[shop.Index]:
    made = shop.Index(tmp_path / "shop")
    made.be_asked(monkeypatch)
    yield made
    made.close()


@pytest.fixture
def known(index: shop.Index) -> KnownModel:
    return shop.stock(index.shop, [bytes(50_000), bytes(50_000)])


def downloads(heard: Heard) -> list[object]:
    return [event for (event,) in heard.of("fetching")]


def test_a_model_is_fetched_beside_the_window(
    bridge: Bridge, heard: Heard, index: shop.Index, known: KnownModel, tmp_path: Path, qtbot: QtBot
) -> None:
    bridge.get(known, tmp_path)
    assert bridge.is_getting
    bridge.get(known, tmp_path)  # a second click
    qtbot.waitUntil(lambda: Fetched(tmp_path / known.file) in downloads(heard), timeout=60_000)
    qtbot.waitUntil(lambda: not bridge.is_getting)
    assert index.sent == {1: 1, 2: 1}
    assert isinstance(downloads(heard)[0], Fetching)
    assert heard.threads == {threading.current_thread()}


def test_fetching_is_stopped_and_gone_on_with(
    bridge: Bridge, heard: Heard, index: shop.Index, known: KnownModel, tmp_path: Path, qtbot: QtBot
) -> None:
    index.held = {2}
    bridge.get(known, tmp_path)
    qtbot.waitUntil(lambda: index.sent[2] == 1, timeout=60_000)
    bridge.stop_getting()
    qtbot.waitUntil(lambda: isinstance(downloads(heard)[-1], NotFetched), timeout=10_000)
    index.go_on.set()
    qtbot.waitUntil(lambda: not bridge.is_getting)
    bridge.get(known, tmp_path)
    qtbot.waitUntil(lambda: isinstance(downloads(heard)[-1], Fetched), timeout=60_000)
    assert index.sent[1] == 1


def test_closing_the_window_ends_what_is_being_fetched(
    bridge: Bridge, index: shop.Index, known: KnownModel, tmp_path: Path, qtbot: QtBot
) -> None:
    index.held = {1}
    bridge.get(known, tmp_path)
    qtbot.waitUntil(lambda: index.sent[1] == 1, timeout=60_000)
    bridge.stop_all(10)
    assert not bridge.is_getting
