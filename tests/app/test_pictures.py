"""Pictures in a conversation: taken in and kept, read for a model that cannot see, and made into pages."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.chat import Asked, Began, Drafted, Ended, ReadingPicture, Sees, Step, Turn, TurnEvent
from app.conversation import Attached, Conversation, State, new_id
from app.making import CannotTry
from app.page import Origin, PageVersion
from app.pictures import PictureError, Pictures, ReadingStopped, forget_others
from app.sketch import Implied
from app.store import DiskFull
from models.engine import Engine
from models.layout import Shape
from models.library import LocalModel
from models.wire import Sampling
from models.worker.process import serve_reading
from tests.app.test_chat import Rig
from tests.models import tiny
from tests.sketches.pages import sketch


@pytest.fixture(scope="module")
def rig(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    made = Rig(starter, tmp_path_factory.mktemp("pictures"))
    yield made
    made.close()


@pytest.fixture
def talk(rig: Rig) -> Conversation:
    rig.conversation = Conversation(new_id())
    return rig.conversation


@pytest.fixture(scope="module")
def joke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sketch") / "joke.png"
    sketch("joke").image.save(path)
    return path


def holds(_html: str, _wanted: Implied, _stopped: Callable[[], bool]) -> Sequence[str]:
    return []


def events_of(turn: Turn) -> list[TurnEvent]:
    events = list(turn)
    assert isinstance(events[-1], Ended)
    return events


def test_a_picture_is_kept_once_by_what_is_in_it(rig: Rig, joke: Path) -> None:
    first = rig.pictures.take(joke)
    data = BytesIO()
    sketch("joke").image.save(data, "BMP")
    second = rig.pictures.take(None, data.getvalue(), "Pasted picture")
    assert (first.name, second.name) == ("joke.png", "Pasted picture")
    assert first.digest == second.digest
    assert (first.width, first.height) == sketch("joke").image.size
    assert rig.pictures.path(first.digest).read_bytes().startswith(b"\x89PNG")
    assert not list(rig.pictures.path(first.digest).parent.glob("*.part"))


def test_what_is_no_picture_is_told_in_a_sentence_and_leaves_nothing(rig: Rig, tmp_path: Path) -> None:
    file = tmp_path / "notes.png"
    file.write_text("just words")
    before = set(rig.pictures.path("x").parent.glob("*"))
    with pytest.raises(PictureError, match=r"notes\.png"):
        rig.pictures.take(file)
    assert set(rig.pictures.path("x").parent.glob("*")) == before


def test_a_disk_that_refuses_is_told(tmp_path: Path, rig: Rig, joke: Path) -> None:
    (tmp_path / "pictures").write_text("a file where the folder should be")
    with pytest.raises(PictureError, match="could not be kept"):
        Pictures(tmp_path / "pictures", rig.reader).take(joke)


def test_pictures_that_nobody_has_any_more_are_removed(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.part"):
        (tmp_path / name).touch()
    forget_others(tmp_path, {"a"})
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_a_reader_that_dies_is_told_and_started_again(rig: Rig, joke: Path) -> None:
    rig.pictures.take(joke)
    assert rig.reader.pid
    os.kill(rig.reader.pid, signal.SIGKILL)
    time.sleep(0.3)
    assert rig.pictures.take(joke).name == "joke.png"


def test_a_model_that_cannot_see_is_given_what_was_read(rig: Rig, talk: Conversation, joke: Path) -> None:
    picture = rig.pictures.take(joke)
    events = events_of(rig.chat.send(talk, "What does it say?", [picture]))
    kinds = [type(event) for event in events]
    assert kinds[:3] == [Asked, Began, ReadingPicture]
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.node.details
    assert end.node.details.looked == "read"
    question = talk.path()[0]
    assert question.pictures[0].page is not None
    assert "Joke" in next(iter(question.pictures[0].page.children)).text
    # It is on the disk with the message, and neither read again nor forgotten at the next turn.
    assert rig.stored()[0].pictures == question.pictures
    more = events_of(rig.chat.send(talk, "Once more?"))
    assert ReadingPicture not in [type(event) for event in more]
    sees = [event for event in more if type(event).__name__ == "Sees"]
    assert sees[0].ledger.reused > 50  # type: ignore[union-attr]


def test_a_new_version_of_a_question_keeps_its_pictures(rig: Rig, talk: Conversation, joke: Path) -> None:
    picture = rig.pictures.take(joke)
    events_of(rig.chat.send(talk, "What?", [picture]))
    first = talk.path()[0]
    events_of(rig.chat.edit(talk, first.id, "And now?"))
    again = talk.path()[0]
    assert (again.text, [p.digest for p in again.pictures]) == ("And now?", [picture.digest])


def test_stop_while_a_picture_is_read(rig: Rig, talk: Conversation, joke: Path) -> None:
    fresh = Pictures(rig.pictures.path("x").parent, rig.reader)  # that remembers nothing
    rig.chat._pictures, before = fresh, rig.chat._pictures
    try:
        turn = rig.chat.send(talk, "What?", [fresh.take(joke)])
        for event in turn:
            if isinstance(event, ReadingPicture):
                turn.cancel()
            last = event
    finally:
        rig.chat._pictures = before
    assert isinstance(last, Ended)
    assert last.node.state is State.STOPPED
    assert talk.path()[0].pictures


def test_a_picture_that_is_gone_fails_the_answer_with_a_sentence(rig: Rig, talk: Conversation) -> None:
    gone = Attached("0" * 64, "gone.png", 10, 10)
    end = events_of(rig.chat.send(talk, "What?", [gone]))[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.FAILED
    assert end.node.fault.startswith("gone.png is not on the disk any more.")
    assert "Continue" in end.node.fault


def test_a_sketch_becomes_a_page(rig: Rig, talk: Conversation, joke: Path) -> None:
    rig.chat.trial = holds
    events = events_of(rig.chat.make_page(talk, "", rig.pictures.take(joke)))
    drafts = [event.page for event in events if isinstance(event, Drafted)]
    assert [page.origin for page in drafts] == [Origin.DRAFT, Origin.MODEL]
    for text in ("My Joke Website", "reveal punchline"):
        assert text in drafts[0].html
        assert text in drafts[1].html
    assert drafts[0].html != drafts[1].html
    assert any(isinstance(event, Step) for event in events)
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.COMPLETE
    assert rig.model.name in end.node.text
    assert rig.store.pages(talk.id) == drafts
    assert {page.message for page in drafts} == {end.node.id}
    assert talk.path()[0].pictures[0].page is not None


def test_a_version_that_does_not_hold_is_left_out_and_said(rig: Rig, talk: Conversation, joke: Path) -> None:
    rig.chat.trial = lambda html, wanted, stopped: [f"the button {wanted.acts[0].button} did nothing"]
    events = events_of(rig.chat.make_page(talk, "", rig.pictures.take(joke)))
    assert [event.page.origin for event in events if isinstance(event, Drafted)] == [Origin.DRAFT]
    end = events[-1]
    assert isinstance(end, Ended)
    assert "left out, because the button" in end.node.text


def test_where_nothing_can_be_tried_the_draft_stays(rig: Rig, talk: Conversation, joke: Path) -> None:
    def cannot(html: str, wanted: Implied, stopped: Callable[[], bool]) -> Sequence[str]:
        raise CannotTry("A part of the system is missing.")

    rig.chat.trial = cannot
    end = events_of(rig.chat.make_page(talk, "", rig.pictures.take(joke)))[-1]
    assert isinstance(end, Ended)
    assert end.node.text.endswith("A part of the system is missing. So the page stays as it was drawn.")


def test_a_page_is_made_again_as_a_page(rig: Rig, talk: Conversation, joke: Path) -> None:
    rig.chat.trial = holds
    events_of(rig.chat.make_page(talk, "", rig.pictures.take(joke)))
    answer = talk.path()[-1]
    events = events_of(rig.chat.regenerate(talk, answer.id))
    assert next(e.page.origin for e in events if isinstance(e, Drafted)) is Origin.DRAFT
    assert len(talk.versions(answer.id)) == 2


def test_without_a_model_the_draft_stands_all_the_same(rig: Rig, talk: Conversation, joke: Path) -> None:
    setup, rig.setup = rig.setup, replace(rig.setup, model=None)
    try:
        events = events_of(rig.chat.make_page(talk, "", rig.pictures.take(joke)))
    finally:
        rig.setup = setup
    assert [type(event) for event in events if isinstance(event, Drafted | Ended)] == [Drafted, Ended]
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.COMPLETE


def test_a_photo_of_nothing_is_an_empty_page(tmp_path: Path, rig: Rig) -> None:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "white.png")
    page = rig.pictures.read(rig.pictures.take(tmp_path / "white.png"))
    assert (page.shape, page.children) == (Shape.PAGE, ())


def test_nothing_is_read_twice(tmp_path: Path, joke: Path) -> None:
    reader = Engine(serve_reading, tmp_path / "reader.log")
    pictures = Pictures(tmp_path / "pictures", reader)
    picture = pictures.take(joke)
    page = pictures.read(picture)
    reader.close()
    assert pictures.read(picture) is page
    assert pictures.known(replace(picture, name="another name")) is page
    assert reader.pid is None


@pytest.fixture
def seer(rig: Rig, tmp_path: Path) -> Iterator[Rig]:
    """The rig with a tiny model that sees, though it knows nothing."""
    model = tiny.write_dense(tmp_path / "tiny.gguf")
    tiny.write_projector(tmp_path / "mmproj-tiny.gguf")
    before = rig.setup
    rig.setup = replace(before, model=LocalModel.at(model), sampling=Sampling(temperature=0), max_tokens=8)
    yield rig
    rig.setup = before


def test_a_model_that_sees_is_given_the_picture_itself_and_keeps_it(
    seer: Rig, talk: Conversation, joke: Path
) -> None:
    picture = seer.pictures.take(joke)
    events = events_of(seer.chat.send(talk, "What is it?", [picture]))
    assert ReadingPicture not in [type(event) for event in events]
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.node.state in (State.COMPLETE, State.CUT), end.node.fault
    assert end.node.details
    assert end.node.details.looked == "seen"
    assert talk.path()[0].pictures[0].page is None
    first = next(event for event in events if isinstance(event, Sees))
    more = next(e for e in events_of(seer.chat.send(talk, "And now?")) if isinstance(e, Sees))
    assert more.ledger.reused >= first.ledger.read  # the picture's cells among them


def test_a_projector_of_another_model_is_refused_and_the_message_kept(
    seer: Rig, talk: Conversation, joke: Path, tmp_path: Path
) -> None:
    assert seer.setup.model
    wrong = tiny.write_projector(tmp_path / "wrong.gguf", to=96)
    seer.setup = replace(seer.setup, model=replace(seer.setup.model, projector=wrong))
    end = events_of(seer.chat.send(talk, "What is it?", [seer.pictures.take(joke)]))[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.FAILED
    assert "wrong.gguf" in end.node.fault
    assert "Your message is kept" in end.node.fault
    assert talk.path()[0].pictures


def test_stop_while_a_page_is_tried_keeps_the_draft(rig: Rig, talk: Conversation, joke: Path) -> None:
    def slow(html: str, wanted: Implied, stopped: Callable[[], bool]) -> Sequence[str]:
        turn.cancel()
        assert stopped()
        raise ReadingStopped

    rig.chat.trial = slow
    turn = rig.chat.make_page(talk, "", rig.pictures.take(joke))
    events = events_of(turn)
    assert [event.page.origin for event in events if isinstance(event, Drafted)] == [Origin.DRAFT]
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.STOPPED
    assert [page.origin for page in rig.store.pages(talk.id)] == [Origin.DRAFT]


def test_a_full_disk_fails_a_page_with_a_sentence_and_it_can_be_made_again(
    rig: Rig, talk: Conversation, joke: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.chat.trial = holds

    def full(chat_id: str, page: PageVersion) -> Future[None]:
        refused: Future[None] = Future()
        refused.set_exception(DiskFull())
        return refused

    with monkeypatch.context() as full_disk:
        full_disk.setattr(rig.store, "keep_page", full)
        end = events_of(rig.chat.make_page(talk, "", rig.pictures.take(joke)))[-1]
    assert isinstance(end, Ended)
    assert end.node.state is State.FAILED
    assert end.node.fault.startswith("The disk is full.")
    again = events_of(rig.chat.go_on(talk, end.node.id))
    assert any(isinstance(event, Drafted) for event in again)


def test_of_a_white_sheet_no_page_is_made(rig: Rig, talk: Conversation, tmp_path: Path) -> None:
    Image.new("RGB", (200, 100), "white").save(tmp_path / "white.png")
    end = events_of(rig.chat.make_page(talk, "", rig.pictures.take(tmp_path / "white.png")))[-1]
    assert isinstance(end, Ended)
    assert end.node.fault.startswith("Nothing was found in white.png to make a page of.")
