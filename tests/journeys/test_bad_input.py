"""What careless people and unlucky machines do: one sentence each, and nothing lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest

from app.conversation import State
from app.core import Core, ProfileInUse
from tests.journeys.conftest import Desk
from ui.window import Window


def drop(window: Window, file: Path) -> str:
    """Hold a file over the window and let go; gives the words that were shown meanwhile."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    where, keys = QPointF(600, 400), Qt.KeyboardModifier.NoModifier
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QGuiApplication.sendEvent(window, QDragEnterEvent(where.toPoint(), copy, data, left, keys))
    words = window.chat_page.composer._veil.accessibleName()
    QGuiApplication.sendEvent(window, QDropEvent(where, copy, data, left, keys))
    return words


def notice(window: Window) -> str:
    return window.chat_page.composer.notice.text()


def test_a_killed_engine_keeps_the_words_and_continue_goes_on(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Write a long story about the sea.", wait=False)
    os.kill(window._core.engine.pid or 0, signal.SIGKILL)
    broken = desk.answered(window)
    assert broken.state is State.FAILED
    assert broken.fault.startswith("The engine was killed")
    assert "words are kept" in broken.fault
    assert desk.shown(window)[1][1] == broken.text
    assert window.isVisible()
    desk.picture(window, "engine-killed")
    desk.click(desk.button(window.chat_page.transcript, "Continue"))
    desk.wait(lambda: len(desk.shown(window)[1][1]) > len(broken.text))
    desk.press(window, "Esc")
    assert desk.answered(window).text.startswith(broken.text)


@pytest.mark.parametrize("kind", ["text", "cut"])
def test_a_broken_model_file_is_refused_with_a_sentence(
    desk: Desk, tmp_path: Path, starter: Path, kind: str
) -> None:
    file = tmp_path / "strange.gguf"
    with starter.open("rb") as real:
        file.write_bytes(b"Dear diary,\n" * 40 if kind == "text" else real.read(20_000_000))
    window = desk.start()
    assert drop(window, file) == "Drop to add this model"
    desk.wait(lambda: notice(window))
    assert ("is a text file" if kind == "text" else "is cut short") in notice(window)
    desk.picture(window, f"refused-{kind}")
    assert len(window._core.library.look()) == 1
    assert "Paris" in desk.ask(window, "What is the capital of France?").text


def test_another_file_is_not_taken_for_a_model(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    window = desk.start()
    assert "GGUF" in drop(window, file)
    desk.wait(lambda: notice(window))
    assert "notes.txt" in notice(window)


def test_a_dropped_model_is_added_and_answers(desk: Desk, tmp_path: Path, starter: Path) -> None:
    from tests.models import tiny

    file = tmp_path / "tiny-random.gguf"
    tiny.write_dense(file, template=tiny.CHATML)
    window = desk.start()
    desk.ready(window)
    drop(window, file)
    desk.wait(lambda: window.chat_page.loaded_path.endswith("tiny-random.gguf"))
    assert desk.ask(window, "hi").state in (State.COMPLETE, State.CUT)
    assert (desk.places.models / "tiny-random.gguf").exists()


def test_a_broken_file_in_the_folder_is_shown_with_its_reason(desk: Desk) -> None:
    (desk.places.models / "broken.gguf").write_text("no model")
    window = desk.start()
    window.choose_model()
    desk.wait(lambda: window.models.picker.is_open())
    desk.picture(window, "picker-broken")
    faults = [row.model.fault for row in window.models.picker._models if row.model.fault]
    assert len(faults) == 1
    assert "broken.gguf is a text file" in faults[0]


def test_without_a_model_the_message_is_kept_and_said(desk: Desk) -> None:
    next(desk.places.models.iterdir()).unlink()
    window = desk.start()
    desk.wait(lambda: "No model is here yet" in window.chat_page.welcome.sentence.text())
    desk.picture(window, "no-model")
    failed = desk.ask(window, "hello")
    assert "no model" in failed.fault
    assert desk.shown(window)[0][1] == "hello"


def test_a_full_disk_keeps_the_message_in_the_composer(desk: Desk) -> None:
    window = desk.start()
    store = window._core.store
    pages = store._read("PRAGMA page_count")[0][0]
    store._submit(lambda c: c.execute(f"PRAGMA max_page_count = {pages}")).result()
    text = "x" * 200_000
    window.chat_page.composer.set_text(text)
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    desk.wait(lambda: "disk is full" in notice(window) and not window.chat_page.answering)
    assert window.chat_page.composer.text() == text
    assert window.chat_page.is_new
    desk.picture(window, "disk-full")
    store._submit(lambda c: c.execute("PRAGMA max_page_count = 1000000")).result()
    window.chat_page.composer.set_text("What is the capital of France?")
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    assert "Paris" in desk.answered(window).text


def test_twenty_thousand_lines_are_kept_and_said(desk: Desk) -> None:
    window = desk.start()
    desk.ready(window)
    text = "\n".join(f"line {number} of a log that somebody pasted" for number in range(20_000))
    QGuiApplication.clipboard().setText(text)
    window.chat_page.composer.editor.setFocus()
    began = time.monotonic()
    window.chat_page.composer.editor.paste()
    desk.settle()
    assert time.monotonic() - began < 3
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    failed = desk.answered(window)
    assert failed.state is State.FAILED
    assert failed.fault.startswith("This message is about ")
    assert "7,936 fit" in failed.fault
    assert desk.shown(window)[0][1] == text
    desk.picture(window, "too-long")
    stored = window._core.store.conversation(window.chat_page.conversation.id)
    assert stored is not None
    assert stored.path()[0].text == text


def test_a_second_start_on_one_profile_is_told_and_harms_nothing(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Say hello.")
    with pytest.raises(ProfileInUse, match="already open"):
        Core(desk.places)
    env = {**os.environ, "TWOFOLD_HOME": str(desk.places.home)}
    other = subprocess.run(
        [sys.executable, "-m", "ui", "chat"], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert other.returncode == 1
    assert "already open" in other.stderr
    assert "Paris" in desk.ask(window, "What is the capital of France?").text
    once = subprocess.run(
        [sys.executable, "-m", "ui", "ask", "What do bees make?"],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "oney" in once.stdout
    assert len(window._core.store.chats()) == 1


def test_a_damaged_chats_file_is_put_aside_and_said(desk: Desk) -> None:
    desk.places.chats.write_bytes(b"not a database at all" * 500)
    window = desk.start()
    assert "damaged" in notice(window)
    assert "Paris" in desk.ask(window, "What is the capital of France?").text
