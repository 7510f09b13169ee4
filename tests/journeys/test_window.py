"""The window as a whole: what does not wait for the disk, the sidebar of a narrow window, the way back."""

import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.journeys.conftest import Desk


def test_a_change_shows_while_another_program_holds_the_file(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Say hello.")
    chat_id = window.chat_page.conversation.id
    other = sqlite3.connect(desk.places.chats, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    window.sidebar.renamed.emit(chat_id, "A greeting")
    window.sidebar.pin_toggled.emit(chat_id, True)
    assert [(row.title, row.pinned) for row in window.chats.rows] == [("A greeting", True)]
    assert window.windowTitle() == "A greeting – Twofold"
    desk.settle()
    (stored,) = window._core.store.chats()
    assert (stored.title, stored.pinned) == ("Say hello.", False)
    assert window.chats.rows[0].title == "A greeting"  # nor does reading the list undo it meanwhile
    other.execute("COMMIT")
    desk.wait(lambda: window._core.store.chats()[0].pinned)
    assert window._core.store.chats()[0].title == "A greeting"
    other.close()


def test_what_the_disk_refuses_is_shown_as_it_was(desk: Desk) -> None:
    window = desk.start()
    desk.ask(window, "Say hello.")
    chat_id = window.chat_page.conversation.id
    window._core.store._submit(lambda c: c.execute("PRAGMA query_only = ON")).result()
    window.sidebar.renamed.emit(chat_id, "A greeting")
    assert window.chats.rows[0].title == "A greeting"
    desk.wait(lambda: window.chats.rows[0].title == "Say hello.")
    assert window.windowTitle() == "Say hello. – Twofold"
    assert window.chat_page.composer.notice.isVisible()
    desk.press(window, "Ctrl+Del")
    desk.wait(lambda: window.chats.rows)
    assert not window.toast.isVisible()
    window._core.store._submit(lambda c: c.execute("PRAGMA query_only = OFF")).result()


def test_the_sidebar_lies_over_a_narrow_page(desk: Desk) -> None:
    window = desk.start(900, 600)
    page, side = window.chat_page, window.sidebar
    assert not side.isVisible()
    desk.ask(window, "Say hello.")
    chat_id = page.conversation.id
    desk.press(window, "Ctrl+N")
    width = page.width()
    desk.press(window, "Ctrl+B")
    assert side.isVisible()
    assert side.isAncestorOf(window.focusWidget())
    assert page.width() == width == 900
    desk.picture(window, "over")
    beside = window.childAt(800, 300)
    assert beside is not None
    QTest.mouseClick(beside, Qt.MouseButton.LeftButton)
    assert not side.isVisible()
    assert window.focusWidget() is page.composer.editor
    desk.click(desk.button(window.top_bar, "Show sidebar"))
    desk.press(window, "Esc")
    assert not side.isVisible()
    desk.press(window, "Ctrl+B")
    row = side.list.visualRect(side.list.model().index(1, 0)).center()
    QTest.mouseClick(side.list.viewport(), Qt.MouseButton.LeftButton, pos=row)
    desk.wait(lambda: page.conversation.id == chat_id)
    assert not side.isVisible()
    assert window.focusWidget() is page.composer.editor


@pytest.mark.parametrize("width", [1280, 900])
def test_there_is_a_way_back_from_the_settings(desk: Desk, width: int) -> None:
    window = desk.start(width, 600)
    desk.press(window, "Ctrl+,")
    assert window.settings_page.isVisible()
    desk.click(window.top_bar.back_button if width < 1000 else window.sidebar.settings_button)
    assert window.chat_page.isVisible()
    assert not window.top_bar.back_button.isVisible()
    assert window.focusWidget() is window.chat_page.composer.editor


def test_the_window_opens_as_large_as_it_was(desk: Desk) -> None:
    window = desk.start(1010, 640)
    desk.close(window)
    window = desk.start(0, 0)
    assert (window.width(), window.height()) == (1010, 640)
