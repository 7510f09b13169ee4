"""Someone drops a pencilled mock-up on the window, and a working page stands beside the chat."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.conversation import State
from app.page import Origin
from tests.journeys.conftest import Desk
from tests.journeys.test_bad_input import drop, notice
from tests.sketches.pages import sketch
from ui.canvas import Canvas
from ui.canvas_head import Tab
from ui.extra_widgets import FoldLine, PageCard
from ui.reading_panel import ReadingPanel
from ui.window import Window

REVEALED = "[...document.querySelectorAll('[data-fill]')].map(e => e.checkVisibility() ? e.innerText : '')"


@pytest.fixture
def joke(tmp_path: Path) -> Path:
    path = tmp_path / "joke website.png"
    sketch("joke").image.save(path)
    return path


def read(desk: Desk, window: Window, count: int = 1) -> None:
    """Wait until what was dropped is read."""
    page = window.chat_page
    desk.wait(lambda: len(page.composer.chips.chips) == count)
    desk.wait(lambda: all("read, not seen" in chip.accessibleName() for chip in page.composer.chips.chips))


def canvas_of(desk: Desk, window: Window) -> Canvas:
    desk.wait(lambda: window.canvas_pages.is_open)
    return window.canvas_pages.canvas


def answer_of(desk: Desk, canvas: Canvas, script: str) -> object:
    """What JavaScript in the shown page says; a page that is just being loaded says nothing."""
    said: list[object] = []

    def asked() -> bool:
        if said and said[-1] is not None:
            return True
        canvas.page.view.run(script, said.append)
        QTest.qWait(50)
        return False

    desk.wait(asked)
    return said[-1]


def press(desk: Desk, canvas: Canvas, selector: str) -> None:
    """A real click in the middle of what the page shows there."""
    found = f"document.querySelector('{selector}').getBoundingClientRect()"
    script = f"(r => [r.x + r.width / 2, r.y + r.height / 2])({found})"
    place = answer_of(desk, canvas, script)
    assert isinstance(place, list)
    shown = canvas.page.view._view
    assert shown is not None
    zoom = shown.zoomFactor()
    target = shown.focusProxy()
    assert target is not None
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(*(round(zoom * at) for at in place)))


def revealed(desk: Desk, canvas: Canvas) -> list[str]:
    found = answer_of(desk, canvas, REVEALED)
    assert isinstance(found, list)
    return [str(text) for text in found if text]


@pytest.mark.demo
def test_a_sketch_becomes_a_working_page(desk: Desk, joke: Path) -> None:
    window = desk.start()
    page = window.chat_page
    assert drop(window, joke) == "Drop to add this picture to your message"
    read(desk, window)
    desk.picture(window, "sketch-1-dropped")
    desk.click(page.composer.chips.page_button)
    canvas = canvas_of(desk, window)
    assert page.conversation.id in page.answering  # the draft stands while the model is still asked
    desk.wait(lambda: answer_of(desk, canvas, "document.querySelectorAll('button').length") == 1)
    answer = desk.answered(window)
    assert answer.state is State.COMPLETE
    assert page.conversation.title == "My Joke Website"
    versions = window.canvas_pages.of(page.conversation.id)
    assert [version.origin for version in versions] == [Origin.DRAFT, Origin.MODEL]
    desk.wait(lambda: window.canvas_pages.shown_id == versions[-1].id)
    # What it says is there, its punchlines are hidden, and the button reveals them.
    text = str(answer_of(desk, canvas, "document.body.innerText"))
    for words in ("My Joke Website", "Why do programmers", "I told my laptop", "reveal punchline"):
        assert words in text
    assert revealed(desk, canvas) == []
    press(desk, canvas, "button")
    desk.wait(lambda: len(revealed(desk, canvas)) == 2)
    for punchline in revealed(desk, canvas):
        assert punchline in versions[-1].html or punchline in answer.text
    desk.picture(window, "sketch-2-page")
    (desk.pictures / "sketch-page.html").write_text(versions[-1].html, "utf-8")
    fold = page.transcript.findChild(FoldLine)
    assert fold is not None
    assert fold.accessibleName() == "Read, not seen: 1 title, 2 boxes, 1 button"
    desk.click(fold)
    desk.picture(window, "sketch-3-what-was-read")

    # Tomorrow it is all there, and nothing of it is read or made again.
    chat_id = page.conversation.id
    desk.close(window)
    window = desk.start(900, 600)
    desk.wait(lambda: window.chats.find(chat_id))
    desk.open(window, chat_id)
    assert not window.canvas_pages.is_open
    desk.wait(lambda: window.chat_page.transcript.findChild(PageCard) is not None)
    card = window.chat_page.transcript.findChild(PageCard)
    assert isinstance(card, PageCard)
    assert card.accessibleName().startswith("My Joke Website, Version 2 of 2")
    desk.click(card)
    canvas = canvas_of(desk, window)
    desk.wait(lambda: "My Joke" in str(answer_of(desk, canvas, "document.body.innerText")))
    desk.picture(window, "sketch-4-tomorrow-in-a-small-window")
    assert window._core.reader.pid is None
    desk.press(window, "Esc")
    assert not window.canvas_pages.is_open


def test_the_page_follows_its_code_and_goes_back(desk: Desk, joke: Path) -> None:
    window = desk.start()
    drop(window, joke)
    read(desk, window)
    desk.click(window.chat_page.composer.chips.page_button)
    canvas = canvas_of(desk, window)
    desk.answered(window)
    first, *_ = window.canvas_pages.of(window.chat_page.conversation.id)
    desk.click(desk.button(canvas, "Code"))
    editor = canvas.code.editor
    code = editor.toPlainText()
    assert "reveal punchline" in code
    editor.setPlainText(code.replace("reveal punchline", "tell me"))
    desk.wait(lambda: window.canvas_pages.of(window.chat_page.conversation.id)[-1].origin is Origin.EDITED)
    desk.click(desk.button(canvas, "Page"))
    desk.wait(lambda: "tell me" in str(answer_of(desk, canvas, "document.body.innerText")))
    canvas.open_tab(Tab.VERSIONS)
    desk.picture(window, "sketch-versions")
    canvas.version_chosen.emit(first.id)
    canvas.open_tab(Tab.PAGE)
    desk.wait(lambda: "reveal punchline" in str(answer_of(desk, canvas, "document.body.innerText")))
    assert window.canvas_pages.shown_id == first.id


def test_what_was_misread_is_put_right_before_and_after_sending(desk: Desk, joke: Path) -> None:
    window = desk.start()
    page = window.chat_page
    drop(window, joke)
    read(desk, window)
    desk.click(page.composer.chips.chips[0])
    panel = window.findChild(ReadingPanel)
    assert panel is not None
    fields = [field for field in panel.rows() if isinstance(field, QLineEdit)]
    assert [field.text() for field in fields][:2] == [
        "My Joke Website",
        "Why do programmers prefer dark mode?",
    ]
    desk.picture(window, "what-was-read")
    fields[0].setText("Our Joke Website")
    QTest.keyClick(fields[0], Qt.Key.Key_Return)
    desk.wait(lambda: page.desk.sketch and page.desk.sketch.page)
    desk.click(page.composer.chips.page_button)
    canvas = canvas_of(desk, window)
    desk.answered(window)
    assert page.conversation.title == "Our Joke Website"
    fold = page.transcript.findChild(FoldLine)
    assert fold is not None
    desk.click(fold)
    desk.click(desk.button(page.transcript, "Correct"))
    panel = window.findChildren(ReadingPanel)[-1]
    fields = [field for field in panel.rows() if isinstance(field, QLineEdit)]
    button = next(field for field in fields if field.text() == "reveal punchline")
    button.setText("tell me")
    desk.click(desk.button(panel, "Save"))
    assert notice(window).startswith("What was read is put right.")
    desk.press(window, "Ctrl+R")
    desk.answered(window)
    desk.wait(lambda: "tell me" in str(answer_of(desk, canvas, "document.body.innerText")))
    chat_id = page.conversation.id
    desk.close(window)
    window = desk.start()
    desk.wait(lambda: window.chats.find(chat_id))
    desk.open(window, chat_id)
    kept = window.chat_page.conversation.path()[0].pictures[0].page
    assert kept is not None
    assert [e.text for e in kept.written if "me" in e.text.split()] == ["tell me"]


def test_pictures_that_are_none_are_told_apart_and_nothing_is_lost(
    desk: Desk, joke: Path, tmp_path: Path
) -> None:
    window = desk.start()
    page = window.chat_page
    desk.type(window, "half a thought")
    words = tmp_path / "notes.png"
    words.write_text("only words")
    cut = tmp_path / "cut.png"
    cut.write_bytes(joke.read_bytes()[:20_000])
    for file in (words, cut):
        drop(window, file)
        desk.wait(partial(_tells_of, window, file.name))
        assert page.composer.text() == "half a thought"
        assert not page.composer.chips.chips
    drop(window, joke)
    read(desk, window)
    assert page.composer.text() == "half a thought"
    desk.picture(window, "picture-refused")


def test_a_pasted_picture_stays_with_its_draft_over_a_restart(desk: Desk) -> None:
    window = desk.start()
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    image.fill(0xFFEEDDCC)
    QGuiApplication.clipboard().setImage(image)
    window.chat_page.composer.editor.setFocus()
    QTest.keySequence(window.chat_page.composer.editor, "Ctrl+V")
    read(desk, window)
    QGuiApplication.clipboard().clear()
    desk.close(window)
    window = desk.start()
    read(desk, window)
    (chip,) = window.chat_page.composer.chips.chips
    assert chip.accessibleName().startswith("Pasted picture")
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    desk.wait(lambda: not window.chat_page.composer.chips.chips)
    desk.close(window)
    assert list(desk.places.pictures.iterdir()) == []


def test_a_reader_that_is_killed_is_started_again(desk: Desk, joke: Path) -> None:
    window = desk.start()
    drop(window, joke)
    desk.wait(lambda: window._core.reader.pid)
    os.kill(window._core.reader.pid or 0, signal.SIGKILL)
    desk.wait(lambda: "the reader was killed" in notice(window) or _could_not(window))
    desk.picture(window, "reader-killed")
    while window.chat_page.composer.chips.chips:
        desk.click(window.chat_page.composer.chips.chips[0]._cross)
    drop(window, joke)
    read(desk, window)


def _tells_of(window: Window, name: str) -> bool:
    return notice(window).startswith(name)


def _could_not(window: Window) -> bool:
    chips = window.chat_page.composer.chips.chips
    return any("could not be read" in chip.accessibleName() for chip in chips)


def test_a_double_click_makes_one_page(desk: Desk, joke: Path) -> None:
    window = desk.start()
    page = window.chat_page
    drop(window, joke)
    read(desk, window)
    button = page.composer.chips.page_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    desk.answered(window)
    assert len(page.conversation.path()) == 2
    versions = window.canvas_pages.of(page.conversation.id)
    assert [version.origin for version in versions] == [Origin.DRAFT, Origin.MODEL]
    assert not page.composer.chips.chips
