"""Every test of the window runs without a screen, without motion, and in the light theme."""

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["TWOFOLD_STILL"] = "1"

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui import style
from ui.theme import Appearance, Face, TextSize, theme


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    style.apply(qapp)
    return qapp


@pytest.fixture(autouse=True)
def plain_look(dressed: QApplication) -> Iterator[None]:
    def reset() -> None:
        theme().set(Appearance.LIGHT, Face.SERIF, TextSize.MEDIUM)

    reset()
    yield
    reset()


class Stage:
    """Puts a widget into a shown and active window of a given size, as the real one is."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self._windows: list[QWidget] = []  # qtbot keeps only weak references

    def show(self, widget: QWidget, width: int, height: int) -> QWidget:
        window = QWidget()
        layout = QVBoxLayout(window)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(widget)
        window.resize(width, height)
        self._windows.append(window)
        self._qtbot.addWidget(window)
        with self._qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        return window

    def leave(self) -> None:
        """Take the pointer away, or the next window would begin with something hovered."""
        for window in self._windows:
            QTest.mouseMove(window, QPoint(1, 1))
            QApplication.processEvents()


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot)
    yield made
    made.leave()
