"""The list of chats: rename, pin, delete and undo, drafts, several at once, export."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from app.conversation import State
from tests.journeys.conftest import Desk
from ui.slip_editor import SlipEditor
from ui.window import Window


def titles(desk: Desk) -> list[str]:
    return [row.title for row in desk.windows[-1]._core.store.chats()]


def test_delete_undo_rename_and_pin(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Say hello.")
    chat_id = window.chat_page.conversation.id
    desk.press(window, "Ctrl+Del")
    assert window.chat_page.is_new
    desk.wait(window.toast.isVisible)
    assert titles(desk) == []
    desk.picture(window, "deleted")
    desk.click(desk.button(window.toast, "Undo"))
    desk.wait(lambda: window.chat_page.conversation.id == chat_id)
    assert titles(desk) == ["Say hello."]
    desk.press(window, "F2")
    editor = QApplication.focusWidget()
    assert editor is not None
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "A greeting")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    desk.settle()
    desk.wait(lambda: titles(desk) == ["A greeting"])
    assert window.windowTitle() == "A greeting – Twofold"
    window.sidebar.pin_toggled.emit(chat_id, True)
    assert window.chats.rows[0].pinned
    desk.wait(lambda: window._core.store.chats()[0].pinned)


def test_what_was_sent_leaves_no_draft(desk: Desk) -> None:
    window = desk.start()
    desk.type(window, "Say ")
    QTest.qWait(400)  # the draft is written after a pause
    desk.ask(window, "hello.")
    assert desk.shown(window)[0][1] == "Say hello."
    QTest.qWait(400)
    desk.press(window, "Ctrl+N")
    assert window.chat_page.composer.text() == ""


def test_each_chat_keeps_its_draft(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Say hello.")
    first = window.chat_page.conversation.id
    desk.type(window, "to be continued")
    desk.press(window, "Ctrl+N")
    assert window.chat_page.composer.text() == ""
    desk.type(window, "something new")
    desk.press(window, "Ctrl+N")
    assert window.chat_page.composer.text() == "something new"
    desk.open(window, first)
    assert window.chat_page.composer.text() == "to be continued"


def edit_box(window: Window) -> SlipEditor | None:
    """The edit box of the first message, if it is open."""
    overlay = window.chat_page.transcript.overlay
    box = overlay.widget(window.chat_page.conversation.path()[0].id, "editor")
    return box if isinstance(box, SlipEditor) else None


def test_what_stands_in_an_edit_box_outlives_another_chat_and_the_program(desk: Desk) -> None:
    window = desk.start()
    question = desk.ask(window, "Say hello.").parent
    first = window.chat_page.conversation.id
    window.chat_page.transcript.overlay.edit(question or "")
    box = edit_box(window)
    assert box is not None
    QTest.keyClicks(box.field, " And bye")
    desk.press(window, "Ctrl+N")
    desk.open(window, first)
    box = edit_box(window)
    assert box is not None
    assert box.field.toPlainText() == "Say hello. And bye"
    QTest.keyClicks(box.field, "e")
    desk.close(window)
    window = desk.start()
    desk.open(window, first)
    desk.wait(lambda: edit_box(window))
    box = edit_box(window)
    assert box is not None
    assert box.field.toPlainText() == "Say hello. And byee"
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    desk.answered(window)
    assert "bye" in desk.shown(window)[0][1]
    assert edit_box(window) is None
    desk.press(window, "Ctrl+N")
    desk.open(window, first)
    window.chat_page.show_version(question or "")
    assert edit_box(window) is None


def test_an_answer_goes_on_while_another_chat_is_open(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Write a long story about the sea.", wait=False)
    first = window.chat_page.conversation.id
    desk.press(window, "Ctrl+N")
    assert window.chat_page.is_new
    assert first in window.chat_page.answering
    desk.type(window, "Say hello.")
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    desk.wait(lambda: len(window.chat_page.answering) == 2)
    second = window.chat_page.conversation.id
    desk.open(window, first)
    desk.settle()
    text = desk.shown(window)[1][1]
    desk.wait(lambda: len(desk.shown(window)[1][1]) > len(text))
    assert desk.shown(window)[1][1].startswith(text)
    desk.press(window, "Esc")
    stopped = desk.answered(window)
    assert stopped.state is State.STOPPED
    assert desk.shown(window)[1][1] == stopped.text
    desk.open(window, second)
    assert desk.answered(window).state is State.COMPLETE


def test_a_chat_is_exported_as_markdown(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = desk.start()
    answer = desk.ask(window, "What is the capital of France?")
    file = tmp_path / "chat.md"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    desk.press(window, "Ctrl+E")
    desk.wait(window.toast.isVisible)
    text = file.read_text("utf-8")
    assert text.startswith("# What is the capital of France?\n\n> What is the capital of France?\n\n")
    assert text.endswith(answer.text.strip() + "\n")


def test_closing_in_mid_answer_keeps_what_stood(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Write a long story about the sea.", wait=False)
    chat_id = window.chat_page.conversation.id
    desk.close(window)
    window = desk.start()
    desk.open(window, chat_id)
    desk.settle()
    last = desk.last(window)
    assert last.state is State.STOPPED
    assert last.text
