"""The real window with the real starter, driven as a person would: by keys, clicks and waiting."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["TWOFOLD_STILL"] = "1"

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.conversation import Node
from app.core import Core
from models.parts import Role
from models.places import Places
from ui import style
from ui.theme import Appearance, Face, TextSize, theme
from ui.window import Window

PATIENCE = 90.0  # seconds; a shared machine can be ten times slower than a laptop


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    style.apply(qapp)
    return qapp


class Desk:
    """One profile, on which the program can be started, used, and started again."""

    def __init__(self, places: Places, qtbot: QtBot, pictures: Path) -> None:
        self.places = places
        self._qtbot = qtbot
        self.pictures = pictures
        self.windows: list[Window] = []

    def start(self, width: int = 1280, height: int = 800) -> Window:
        """Opens the window; does not wait for the model."""
        window = Window(Core(self.places))
        if width:  # or as large as it was
            window.resize(width, height)
        with self._qtbot.waitExposed(window):
            window.show()
        window.activateWindow()
        self.windows.append(window)
        return window

    def wait(self, until: Callable[[], object], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "it did not happen"
            QTest.qWait(5)

    def settle(self) -> None:
        """Let what was put off be done and painted."""
        QTest.qWait(60)

    def open(self, window: Window, chat_id: str) -> None:
        """Open a chat of the list and wait until it stands."""
        window.open_chat(chat_id)
        self.wait(lambda: window.chat_page.conversation.id == chat_id)
        self.settle()

    def ready(self, window: Window) -> None:
        self.wait(lambda: window.chat_page.loaded_path)

    def type(self, window: Window, text: str) -> None:
        editor = window.chat_page.composer.editor
        editor.setFocus()
        QTest.keyClicks(editor, text)

    def ask(self, window: Window, text: str, wait: bool = True) -> Node:
        """Type, press Enter, and wait for the end of the answer (or for its first words)."""
        self.type(window, text)
        QTest.keyClick(window.chat_page.composer.editor, Qt.Key.Key_Return)
        if wait:
            return self.answered(window)
        self.wait(lambda: self.shown(window) and self.growing(window))
        return self.last(window)

    def answered(self, window: Window) -> Node:
        """Wait until no answer is being made here, then give the last message."""
        page = window.chat_page
        self.wait(lambda: page.conversation.id not in page.answering)
        self.settle()
        return self.last(window)

    def growing(self, window: Window) -> bool:
        """Whether words of an answer that is being made are shown."""
        streaming = window.chat_page.transcript.column.streaming
        return streaming is not None and len(streaming.text.split()) > 3

    def last(self, window: Window) -> Node:
        node = window.chat_page.conversation.last()
        assert node is not None
        return node

    def shown(self, window: Window) -> list[tuple[Role, str]]:
        """What stands in the transcript, as the person reads it."""
        return [(m.node.role, m.text) for m in window.chat_page.transcript.column.messages]

    def press(self, window: Window, keys: str) -> None:
        """A shortcut of the window, pressed where the person is."""
        QTest.keySequence(window.focusWidget() or window, keys)
        self.settle()

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        assert widget.isVisible()
        assert widget.isEnabled()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())
        self.settle()

    def button(self, within: QWidget, name: str) -> QWidget:
        """The visible button whose accessible name or tip begins so."""
        found = [
            widget
            for widget in within.findChildren(QWidget)
            if widget.isVisible() and (widget.accessibleName() or widget.toolTip()).startswith(name)
        ]
        assert found, f"there is no {name}"
        return found[-1]

    def picture(self, window: QWidget, name: str) -> Path:
        self.settle()
        file = self.pictures / f"{name}.png"
        assert window.grab().save(str(file))
        return file

    def close(self, window: Window) -> None:
        window.close()
        self.windows.remove(window)
        window.deleteLater()
        QTest.qWait(20)


@pytest.fixture
def desk(
    starter_places: Places,
    dressed: QApplication,
    qtbot: QtBot,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Desk]:
    pictures = Path(os.environ.get("TWOFOLD_OUT") or tmp_path / "pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    theme().set(Appearance.LIGHT, Face.SERIF, TextSize.MEDIUM)
    desk = Desk(starter_places, qtbot, pictures)
    yield desk
    failed = getattr(request.node, "failed", False)
    for number, window in enumerate(list(desk.windows)):
        if failed:
            print("picture:", desk.picture(window, f"failed-{request.node.name}-{number}"))
        desk.close(window)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report
