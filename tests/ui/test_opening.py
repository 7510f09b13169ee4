"""The window opens without what only a conversation needs."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.core import Core
from models.places import Places
from ui.window import Window

LATER = ("ui.transcript", "ui.message", "markdown_it", "pygments", "psutil", "importlib.metadata")


@pytest.fixture
def window(places: Places, qtbot: QtBot) -> Iterator[Window]:
    window = Window(Core(places))
    yield window
    window.close()


def stops(window: Window) -> list[QWidget]:
    """Where Tab leads in the open chat, in its order."""
    found: list[QWidget] = []
    widget = window.nextInFocusChain()
    while widget is not None and widget is not window:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and window.chat_page.isAncestorOf(widget):
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def test_the_window_loads_no_more_than_it_shows() -> None:
    code = f"import sys, ui.__main__, ui.program, ui.window; print([m for m in {LATER} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_models_are_looked_for_once_the_window_is_painted(window: Window, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.bridge.looked, timeout=5000):
        window.show()


def test_models_are_not_looked_for_twice(window: Window, qtbot: QtBot) -> None:
    looked: list[None] = []
    window.bridge.looked.connect(lambda: looked.append(None))
    window.show()
    qtbot.waitUntil(lambda: bool(looked), timeout=5000)
    window.repaint()
    qtbot.wait(50)
    assert len(looked) == 1


def test_tab_goes_by_what_is_seen(window: Window) -> None:
    page = window.chat_page
    page.transcript  # noqa: B018 - made only now
    seen = stops(window)
    order = [page.welcome.cards[-1], page.transcript, page.composer.editor]
    places = [seen.index(widget) for widget in order]
    assert places == sorted(places)


def test_a_chat_that_is_left_does_not_stay_in_the_transcript(window: Window, qtbot: QtBot) -> None:
    window.show()
    page = window.chat_page
    page.transcript.column.show([])
    window.open_new()
    QApplication.processEvents()
    assert page.stack.currentWidget() is page.welcome
    assert not page.is_scrolled
