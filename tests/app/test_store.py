"""The chats on disk: what was written is there tomorrow, and a fault is a sentence."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import migrations
from app.conversation import Attached, Conversation, Details, Node, State
from app.page import Origin, PageVersion
from app.store import DiskFull, Store, StoreError
from models.layout import Element, Shape
from models.parts import Role

CHAT = Conversation("c1", "Title", 1.0, 1.0, "m.gguf")
ASKED = Node("q", None, Role.USER, "hi\0 there 🦉", 2.0)
ANSWER = Node("a", "q", Role.ASSISTANT, "", 3.0, State.STREAMING, "Model")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chats.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(path)
    yield store
    store.close()


def fill(store: Store) -> None:
    store.begin(CHAT, ASKED).result()
    store.add("c1", ANSWER).result()


def test_everything_is_there_after_a_restart(path: Path) -> None:
    store = Store(path)
    fill(store)
    store.append("a", "Hel").result()
    store.append("a", "lo").result()
    done = replace(ANSWER, text="Hello", state=State.FAILED, details=Details(tokens=2), fault="It broke.")
    store.replace(done).result()
    other = replace(ANSWER, id="b", state=State.COMPLETE, text="Other")
    store.add("c1", other).result()
    store.choose("c1", done).result()
    store.keep_draft("c1", "half a thou").result()
    store.close()

    store = Store(path)
    tree = store.conversation("c1")
    assert tree is not None
    assert tree.path() == [ASKED, done]
    assert tree.versions("a") == ["a", "b"]
    assert (tree.title, tree.model) == ("Title", "m.gguf")
    assert store.draft("c1") == "half a thou"
    store.close()


PAGE = Element(Shape.PAGE, 0, 0, 40, 30, children=(Element(Shape.TEXT, 1, 2, 3, 4, "Hi 🦉", 0.5),))
SKETCH = Attached("d1", "sketch.png", 40, 30, PAGE)
PHOTO = Attached("d2", "photo.jpg", 400, 300)


def test_pictures_come_back_with_their_messages_and_drafts(path: Path) -> None:
    store = Store(path)
    store.begin(CHAT, replace(ASKED, pictures=(SKETCH, PHOTO))).result()
    store.correct("q", 1, PAGE).result()
    store.keep_draft_pictures("c1", (PHOTO,)).result()
    store.keep_draft_pictures("", (replace(PHOTO, digest="d3"),)).result()
    store.close()

    store = Store(path)
    tree = store.conversation("c1")
    assert tree is not None
    assert tree.node("q").pictures == (SKETCH, replace(PHOTO, page=PAGE))
    assert store.draft_pictures("c1") == (PHOTO,)
    assert store.pictures_in_use() == {"d1", "d2", "d3"}
    store.delete("c1", 9.0).result()
    assert store.pictures_in_use() == {"d3"}
    store.restore("c1").result()
    assert store.pictures_in_use() == {"d1", "d2", "d3"}
    store.delete("c1", 9.0).result()
    store.close()
    store = Store(path)
    assert store._read("SELECT digest FROM pictures") == [("d3",)]
    store.close()


def test_what_was_read_in_a_picture_may_be_damaged_and_the_message_stays(path: Path) -> None:
    store = Store(path)
    store.begin(CHAT, replace(ASKED, pictures=(SKETCH,))).result()
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE pictures SET page = '{\"shape\": 7}'")
    store = Store(path)
    tree = store.conversation("c1")
    assert tree is not None
    assert tree.node("q").pictures == (replace(SKETCH, page=None),)
    store.close()


def test_versions_of_a_page_come_back_in_their_order(path: Path) -> None:
    store = Store(path)
    fill(store)
    draft = PageVersion("p2", "a", Origin.DRAFT, "<p>1", 1.0)
    edited = PageVersion("p1", None, Origin.EDITED, "<p>2", 2.0)
    for version in (draft, edited, replace(edited, html="<p>3")):
        store.keep_page("c1", version).result()
    store.close()
    store = Store(path)
    assert store.pages("c1") == [draft, replace(edited, html="<p>3")]
    store.delete("c1", 9.0).result()
    store.close()
    store = Store(path)
    assert store.pages("c1") == []
    store.close()


def test_chats_of_the_first_version_open_after_a_backup(path: Path) -> None:
    connection = sqlite3.connect(path)
    migrations.MIGRATIONS[0](connection)
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO conversations (id, title, created, updated) VALUES ('c1', 'T', 1, 1)")
    connection.execute(
        "INSERT INTO messages (id, conversation, role, text, created, state)"
        " VALUES ('q', 'c1', 'user', 'hi', 2, 'complete')"
    )
    connection.commit()
    connection.close()
    store = Store(path)
    tree = store.conversation("c1")
    assert tree is not None
    assert [node.text for node in tree] == ["hi"]
    assert store.pages("c1") == []
    store.close()
    assert path.with_suffix(".before-2.sqlite3").exists()


def test_an_answer_whose_program_was_killed_keeps_its_text(path: Path) -> None:
    store = Store(path)
    fill(store)
    store.append("a", "So far").result()
    store.close()
    store = Store(path)
    tree = store.conversation("c1")
    assert tree is not None
    assert (tree.path()[-1].text, tree.path()[-1].state) == ("So far", State.STOPPED)
    store.close()


def test_a_message_is_on_the_disk_when_its_future_is_done(path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from app.store import Store;"
        "from tests.app.test_store import fill;"
        "s = Store(Path(sys.argv[1])); fill(s); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    store = Store(path)
    tree = store.conversation("c1")
    assert tree is not None
    assert tree.path()[0] == ASKED
    store.close()


def test_the_list_is_ordered_and_deleting_can_be_undone(store: Store) -> None:
    fill(store)
    first = Node("o", None, Role.USER, "old", 0.5)
    store.begin(Conversation("c2", "Older", 0.0, 0.5), first).result()
    assert [row.id for row in store.chats()] == ["c1", "c2"]
    store.pin("c2", True).result()
    assert [row.id for row in store.chats()] == ["c2", "c1"]
    store.rename("c2", "New name").result()
    store.delete("c2", 9.0).result()
    assert [row.id for row in store.chats()] == ["c1"]
    store.restore("c2").result()
    assert store.chats()[0].title == "New name"


def test_what_stands_in_edit_boxes_is_kept_by_message(path: Path) -> None:
    store = Store(path)
    fill(store)
    question = next(iter(store.conversation("c1") or ())).id
    store.keep_draft(question, "half an edit").result()
    store.keep_draft("c1", "a draft").result()
    store.close()
    store = Store(path)
    assert store.edits("c1") == {question: "half an edit"}
    assert store.edits("c2") == {}
    store.delete("c1", 9.0).result()
    store.close()
    store = Store(path)
    assert store.draft(question) == ""
    store.close()


def test_what_was_deleted_is_gone_after_a_restart(path: Path) -> None:
    store = Store(path)
    fill(store)
    store.keep_draft("c1", "x").result()
    store.delete("c1", 9.0).result()
    store.close()
    assert b"there" not in path.read_bytes()
    store = Store(path)
    assert store.chats() == []
    assert store.conversation("c1") is None
    assert store.draft("c1") == ""
    store.close()


def test_a_full_disk_is_a_sentence_and_nothing_is_lost(store: Store) -> None:
    fill(store)
    pages = store._read("PRAGMA page_count")[0][0]
    store._submit(lambda c: c.execute(f"PRAGMA max_page_count = {pages}")).result()
    with pytest.raises(DiskFull, match="disk is full"):
        store.append("a", "x" * 100_000).result()
    store._submit(lambda c: c.execute("PRAGMA max_page_count = 100000")).result()
    store.append("a", "y").result()
    tree = store.conversation("c1")
    assert tree is not None
    assert tree.node("a").text == "y"


def test_a_damaged_file_is_put_aside_and_said(path: Path) -> None:
    path.write_bytes(b"this is no database, but somebody's only copy" * 100)
    store = Store(path)
    assert "kept as chats.damaged-" in store.notice
    assert store.chats() == []
    store.close()
    (aside,) = path.parent.glob("chats.damaged-*")
    assert aside.read_bytes().startswith(b"this is no database")


def test_the_newest_messages_of_a_damaged_file_are_put_aside_with_it(path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from app.store import Store;"
        "from tests.app.test_store import fill;"
        "s = Store(Path(sys.argv[1])); fill(s);"
        "s._submit(lambda c: c.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()).result();"
        "s.append('a', 'newest words').result(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    log = path.with_name(path.name + "-wal").read_bytes()
    assert b"newest words" in log
    path.write_bytes(b"overwritten by something else" * 200)
    store = Store(path)
    store.close()
    (aside,) = path.parent.glob("chats.damaged-*.sqlite3-wal")
    assert aside.read_bytes() == log


def test_a_long_chat_can_be_deleted(path: Path) -> None:
    store = Store(path)
    fill(store)
    parent = "a"
    for number in range(1500):
        last = store.add("c1", Node(f"n{number}", parent, Role.USER, "t", 5.0))
        parent = f"n{number}"
    last.result()
    store.delete("c1", 9.0).result()
    store.close()
    store = Store(path)
    assert store.conversation("c1") is None
    assert store._read("SELECT count(*) FROM messages") == [(0,)]
    store.close()


def test_a_write_that_raises_ends_no_other(store: Store) -> None:
    fill(store)
    with pytest.raises(StoreError):
        store.append("a", "half a pair: \ud83d").result(5)
    store.append("a", "whole").result(5)


def test_a_newer_file_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreError, match="newer Twofold"):
        Store(path)


def test_a_migration_makes_a_backup_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(path)
    fill(store)
    store.close()
    monkeypatch.setattr(
        migrations, "MIGRATIONS", [*migrations.MIGRATIONS, lambda c: c.execute("CREATE TABLE new (x)")]
    )
    monkeypatch.setattr("app.store.MIGRATIONS", migrations.MIGRATIONS)
    store = Store(path)
    assert store.conversation("c1") is not None
    store.close()
    connection = sqlite3.connect(path.with_suffix(f".before-{len(migrations.MIGRATIONS)}.sqlite3"))
    assert connection.execute("SELECT count(*) FROM messages").fetchone() == (2,)
    connection.close()


def test_a_message_that_cannot_be_read_does_not_hide_the_others(store: Store) -> None:
    fill(store)
    store.add("c1", Node("q2", "q", Role.USER, "second", 4.0)).result()
    store._submit(lambda c: c.execute("UPDATE messages SET role = 'gibberish' WHERE id = 'a'")).result()
    tree = store.conversation("c1")
    assert tree is not None
    assert [n.id for n in tree.path()] == ["q", "q2"]


def test_in_memory_nothing_is_kept() -> None:
    store = Store(None)
    fill(store)
    assert [row.id for row in store.chats()] == ["c1"]
    store.close()
