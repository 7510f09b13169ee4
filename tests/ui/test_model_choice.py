"""Choosing a model and taking one in, with a real library below and the real picker above."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.core import Core
from models.library import LocalModel
from tests.models import tiny
from tests.ui.conftest import Stage
from ui.bridge import Bridge
from ui.controls import Button
from ui.model_choice import WILL_ADD, WILL_NOT, ModelChoice


@dataclass
class Said:
    """What a choice has told, in order."""

    chosen: list[LocalModel] = field(default_factory=list)
    added: list[LocalModel] = field(default_factory=list)
    told: list[tuple[str, bool]] = field(default_factory=list)

    def follow(self, choice: ModelChoice) -> None:
        choice.chosen.connect(self.chosen.append)
        choice.added.connect(self.added.append)
        choice.told.connect(lambda words, fault: self.told.append((words, fault)))


@pytest.fixture
def window(stage: Stage) -> QWidget:
    return stage.show(Button("Tiny Random"), 800, 700)


@pytest.fixture
def choice(tiny_core: Core, window: QWidget) -> Iterator[ModelChoice]:
    bridge = Bridge()
    yield ModelChoice(tiny_core, bridge, window)
    bridge.stop_all(5)


@pytest.fixture
def said(choice: ModelChoice) -> Said:
    made = Said()
    made.follow(choice)
    return made


def shown(choice: ModelChoice, window: QWidget, core: Core, qtbot: QtBot) -> list[tuple[str, str]]:
    """Opens the picker; gives name and second line of its rows."""
    choice.pick(window.findChildren(Button)[0], lambda: core.model_for(None), "")
    qtbot.waitUntil(choice.picker.isVisible, timeout=10_000)
    return [(row.model.name, row.model.second_line) for row in choice.picker._models]


def test_the_picker_shows_what_is_on_the_disk_now(
    choice: ModelChoice, window: QWidget, tiny_core: Core, qtbot: QtBot
) -> None:
    assert [name for name, _ in shown(choice, window, tiny_core, qtbot)] == ["Tiny Random"]
    choice.picker.close_now()
    tiny.write_dense(tiny_core.places.models / "tiny-base.gguf", template=None)
    (tiny_core.places.models / "diary.gguf").write_text("Dear diary,")
    rows = dict(shown(choice, window, tiny_core, qtbot))
    assert len(rows) == 3
    assert rows["Tiny Random"].endswith("1k context")
    assert rows["Tiny Base"].endswith("1k context, base model")
    assert "is a text file" in rows["diary.gguf"]
    current = [row.model.name for row in choice.picker._models if row.model.current]
    assert current == ["Tiny Random"]


def test_a_row_that_is_clicked_is_the_model_that_is_chosen(
    choice: ModelChoice, said: Said, window: QWidget, tiny_core: Core, qtbot: QtBot
) -> None:
    other = tiny.write_window(tiny_core.places.models / "tiny-window.gguf")
    shown(choice, window, tiny_core, qtbot)
    row = next(row for row in choice.picker._models if row.model.path == str(other))
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert [model.path for model in said.chosen] == [other]
    assert not choice.picker.isVisible()
    choice.use("/gone.gguf")
    assert len(said.chosen) == 1


def test_a_dropped_model_is_taken_in_and_chosen(
    choice: ModelChoice, said: Said, tiny_core: Core, tmp_path: Path, qtbot: QtBot
) -> None:
    file = tiny.write_window(tmp_path / "tiny-window.gguf")
    choice.drop([str(tmp_path / "notes.txt"), str(file)])
    qtbot.waitUntil(lambda: bool(said.chosen), timeout=10_000)
    assert said.added == said.chosen
    assert said.added[0].path == tiny_core.places.models / "tiny-window.gguf"
    assert said.told[-1] == ("", False)


def test_what_is_no_model_is_told_why(choice: ModelChoice, said: Said, tmp_path: Path, qtbot: QtBot) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("hello")
    choice.drop([str(notes)])
    qtbot.waitUntil(lambda: bool(said.told), timeout=10_000)
    ((words, fault),) = said.told
    assert fault
    assert "notes.txt" in words
    choice.drop([])  # a picture from a browser, say: no file at all
    assert said.told[-1] == (f"{WILL_NOT}.", True)
    assert said.chosen == []


def test_a_file_that_is_chosen_in_the_dialog_is_taken_in(
    choice: ModelChoice, said: Said, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["", str(tiny.write_window(tmp_path / "tiny-window.gguf"))])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(answers), ""))
    choice.add()  # left without a choice
    assert said.told == []
    choice.add()
    qtbot.waitUntil(lambda: bool(said.chosen), timeout=10_000)
    assert said.chosen[0].name == "Tiny Window"


def test_what_is_held_over_the_window_is_told_in_words(choice: ModelChoice) -> None:
    assert choice.offer(["/a/notes.txt", "/a/Model.GGUF"]) == WILL_ADD
    assert choice.offer(["/a/notes.txt"]) == WILL_NOT
    assert choice.offer([]) == WILL_NOT
