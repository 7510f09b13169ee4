"""The main job: ask a real model, read the answer, have it again, have it tomorrow."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.conversation import State
from models.parts import Role
from tests.journeys.conftest import Desk

pytestmark = pytest.mark.demo


def test_the_window_opens_before_the_model_and_one_can_type_at_once(desk: Desk) -> None:
    window = desk.start()
    assert not window.chat_page.loaded_path
    desk.type(window, "What is the capital")
    assert window.chat_page.composer.text() == "What is the capital"
    desk.wait(lambda: "is loading" in window.chat_page.welcome.sentence.text())
    desk.picture(window, "1-first-start")
    desk.ready(window)
    assert "SmolLM2 135M is loaded" in window.chat_page.welcome.sentence.text()
    desk.type(window, " of France?")
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    assert "Paris" in desk.answered(window).text


def test_a_card_asks_a_question_that_the_model_answers(desk: Desk) -> None:
    window = desk.start()
    desk.click(window.chat_page.welcome.cards[0])
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    assert "Pacific" in desk.answered(window).text


def test_an_answer_is_streamed_stopped_continued_and_told_in_details(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Write a long story about the sea.", wait=False)
    desk.picture(window, "2-streaming")
    before = len(desk.shown(window)[1][1])
    desk.wait(lambda: len(desk.shown(window)[1][1]) > before)
    desk.press(window, "Esc")
    stopped = desk.answered(window)
    assert stopped.state is State.STOPPED
    assert stopped.text
    assert desk.shown(window)[1] == (Role.ASSISTANT, stopped.text)
    assert window.chat_page.composer.send_button.accessibleName() == "Send"
    desk.click(desk.button(window.chat_page.transcript, "Continue"))
    desk.wait(lambda: len(desk.shown(window)[1][1]) > len(stopped.text))
    desk.press(window, "Esc")
    longer = desk.answered(window)
    assert longer.text.startswith(stopped.text)
    assert longer.id == stopped.id
    assert longer.details is not None
    assert longer.details.first_token is not None


def test_versions_and_edits_are_kept_beside_each_other(desk: Desk) -> None:
    window = desk.start()
    first = desk.ask(window, "What is the capital of France?")
    desk.press(window, "Ctrl+R")
    second = desk.answered(window)
    assert second.id != first.id
    assert len(window.chat_page.conversation.versions(first.id)) == 2
    desk.picture(window, "3-versions")
    transcript = window.chat_page.transcript
    desk.click(desk.button(transcript, "Earlier version"))
    assert desk.shown(window)[1][1] == first.text
    desk.click(desk.button(transcript, "Later version"))
    assert desk.shown(window)[1][1] == second.text

    question = window.chat_page.conversation.path()[0]
    transcript.overlay.edit(question.id)
    desk.settle()
    editor = QApplication.focusWidget()
    assert editor is not None
    QTest.keyClick(editor, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "What is the capital of Italy?")
    QTest.keyClick(editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert "Rome" in desk.answered(window).text
    assert desk.shown(window)[0] == (Role.USER, "What is the capital of Italy?")
    assert len(window.chat_page.conversation.versions(question.id)) == 2


def test_the_next_turn_reads_only_what_is_new(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "What is the capital of France?")
    second = desk.ask(window, "And of Italy?")
    assert second.details is not None
    assert second.details.reused > 30
    assert second.details.read < 25


def test_close_start_again_and_read_it_all_again(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "What is the capital of France?")
    desk.ask(window, "What do bees make?")
    before = desk.shown(window)
    desk.press(window, "Ctrl+N")
    desk.type(window, "half a thought")
    desk.close(window)

    window = desk.start()
    rows = window._core.store.chats()
    assert [row.title for row in rows] == ["What is the capital of France?"]
    assert window.chat_page.composer.text() == "half a thought"
    desk.picture(window, "4-next-day")
    window.sidebar.chat_chosen.emit(rows[0].id)
    desk.wait(lambda: not window.chat_page.is_new)
    assert desk.shown(window) == before
    window.chat_page.composer.set_text("")
    third = desk.ask(window, "What is the capital of Japan?")
    assert "Tokyo" in third.text
    desk.picture(window, "5-going-on")


def test_what_was_sent_leaves_the_composer_however_slow_the_window_is(desk: Desk) -> None:
    window = desk.start()
    desk.ready(window)
    desk.type(window, "What is the capital of France?")
    QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
    time.sleep(0.6)  # a busy window: the answer has begun before it hears that the question was stored
    desk.answered(window)
    assert window.chat_page.composer.text() == ""
    window.open_new()
    assert window.chat_page.composer.text() == ""
    assert desk.places.chats.exists()
    desk.close(window)
    window = desk.start()
    desk.settle()
    assert window.chat_page.composer.text() == ""
