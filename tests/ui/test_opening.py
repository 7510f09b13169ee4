"""The window opens without what only a conversation needs."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.conversation import Conversation, Node
from app.core import Core
from app.store import Store
from models.places import Places
from models.role import Role
from ui.window import Window

# What is imported beside the window once it stands, or when it is first asked for.
LATER = {
    *("app.chat", "models.engine", "models.gguf", "models.library", "models.wire", "concurrent.futures"),
    *("msgspec", "multiprocessing", "ui.transcript", "ui.message", "markdown_it", "pygments"),
    *("ui.settings_page", "ui.model_picker", "ui.floating", "tomlkit", "psutil", "importlib.metadata"),
    *("ui.outside", "PySide6.QtNetwork", "socket", "logging.handlers", "models.download"),
    *("ui.canvas", "ui.page_view", "PySide6.QtWebEngineCore", "PySide6.QtWebEngineWidgets"),
}
# PySide makes a class when it is first named. These are only made when it is asked for something that has no
# class in Python yet (a viewport, the style, a brush), and a hundred others with them.
NEVER = {"QMdiArea", "QWizard", "QGradient", "QStyle", "QCommonStyle", "QFileDialog", "QIcon"}
FIRST_PAINT = f"""
import sys
from PySide6 import QtCore, QtGui, QtWidgets
from ui import program

class Watched(QtWidgets.QApplication):
    def exec(self):
        (self.window,) = (w for w in self.topLevelWidgets() if w.isVisible())
        self.window.installEventFilter(self)
        return super().exec()

    def eventFilter(self, watched, event):
        if event.type() == QtCore.QEvent.Type.Paint and watched is self.window:
            watched.removeEventFilter(self)
            QtCore.QTimer.singleShot(0, self.tell)
        return False

    def tell(self):
        made = set(vars(QtGui)) | set(vars(QtWidgets))
        print(sorted({LATER} & set(sys.modules)), sorted({NEVER} & made))
        self.window.close()

program.QApplication = Watched
sys.exit(program.open_window())
"""


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


def test_the_first_paint_waits_for_no_more_than_it_shows(places: Places) -> None:
    store = Store(places.chats)
    question = Node("two", None, Role.USER, "Why are there tides?", 1.0)
    store.begin(Conversation("one", "Tides", 1.0, 1.0), question)
    store.close()
    command = [sys.executable, "-c", FIRST_PAINT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] []"


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


def test_a_window_that_was_closed_does_not_come_back(window: Window) -> None:
    window.show()
    window.close()
    window.come_forward()  # the program was started again at that moment
    assert not window.isVisible()
