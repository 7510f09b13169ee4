"""The model picker."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from tests.ui.conftest import Stage
from ui.controls import Button, Pressable
from ui.model_picker import ModelPicker, ModelRow
from ui.theme import Space

SMOL = ModelRow("/m/smol.gguf", "SmolLM2 135M", "98 MB, 8k context", current=True, loaded=True)
QWEN = ModelRow("/m/qwen.gguf", "Qwen3 4B", "2.5 GB, 32k context")
BROKEN = ModelRow("/m/bad.gguf", "Broken", fault="This is not a GGUF file")


@pytest.fixture
def window(stage: Stage) -> QWidget:
    return stage.show(Button("SmolLM2 135M"), 700, 600)


def opened(window: QWidget, *models: ModelRow) -> ModelPicker:
    picker = ModelPicker(window)
    picker.set_models(models)
    picker.open_at(window.findChildren(Button)[0])
    return picker


def names(picker: ModelPicker) -> list[str]:
    return [row.words() for row in picker.rows() if isinstance(row, Pressable)]


def test_what_is_broken_goes_last_and_cannot_be_chosen(window: QWidget) -> None:
    picker = opened(window, BROKEN, SMOL, QWEN)
    assert picker.panel.width() == Space.PICKER
    assert names(picker) == ["SmolLM2 135M", "Qwen3 4B", "Add a file…", "Open the models folder"]
    assert BROKEN.second_line == "This is not a GGUF file"
    assert SMOL.second_line == "Loaded"
    assert QWEN.second_line == "2.5 GB, 32k context"
    assert picker.rows()[0].height() == Space.PICKER_ROW


def test_keys_begin_at_the_current_model_and_enter_chooses(window: QWidget) -> None:
    picker = opened(window, QWEN, SMOL)
    chosen: list[str] = []
    picker.model_chosen.connect(chosen.append)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)
    assert picker.rows()[1].hasFocus()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Up)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert chosen == ["/m/qwen.gguf"]
    assert not picker.is_open()


def test_the_last_two_rows_and_escape(window: QWidget) -> None:
    picker = opened(window, SMOL)
    said: list[str] = []
    picker.add_requested.connect(lambda: said.append("add"))
    picker.folder_requested.connect(lambda: said.append("folder"))
    picker.model_chosen.connect(said.append)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not picker.is_open()
    for row in (picker.add_row, picker.folder_row):
        picker.open_at(window.findChildren(Button)[0])
        QTest.mouseClick(row, Qt.MouseButton.LeftButton)
        assert not picker.is_open()
    assert said == ["add", "folder"]


def test_many_models_have_a_field_to_find_one(window: QWidget) -> None:
    picker = opened(window, *(ModelRow(f"/m/{n}", f"Model {n}") for n in range(8)))
    assert picker.field.isHidden()
    picker.close_now()
    picker = opened(window, SMOL, *(ModelRow(f"/m/{n}", f"Model {n}") for n in range(8)))
    assert picker.field.hasFocus()
    chosen: list[str] = []
    picker.model_chosen.connect(chosen.append)
    QTest.keyClicks(picker.field, "model 7")
    assert names(picker)[0] == "Model 7"
    assert len(names(picker)) == 3
    QTest.keyClick(picker.field, Qt.Key.Key_Return)
    assert chosen == ["/m/7"]
    picker.open_at(window.findChildren(Button)[0])
    assert len(names(picker)) == 11, "opened again, it shows all"
