"""The settings: what is chosen goes out at once, what is shown goes out never."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Stage
from ui.controls import Pressable
from ui.floating import MenuRow
from ui.settings_page import SettingsPage, SettingsView
from ui.theme import Appearance, Face, Space, TextSize

VIEW = SettingsView(
    models=(("/m/a.gguf", "SmolLM2 135M"), ("/m/b.gguf", "Qwen3 4B")),
    model="/m/a.gguf",
    automatic_threads=2,
    cores=2,
    instructions="Be brief.",
    default_instructions="You are a helpful assistant.",
    data_folder="/home/me/.local/share/twofold",
    log_file="/home/me/.local/share/twofold/engine.log",
)


@pytest.fixture
def page(stage: Stage) -> SettingsPage:
    made = SettingsPage()
    made.show_values(VIEW)
    stage.show(made, 1032, 752)
    return made


def changes(page: SettingsPage) -> list[tuple[str, object]]:
    said: list[tuple[str, object]] = []
    page.changed.connect(lambda key, value: said.append((key, value)))
    return said


def press(parent: object, words: str) -> None:
    assert hasattr(parent, "findChildren")
    found = next(row for row in parent.findChildren(Pressable) if row.words() == words)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def test_the_column_stands_where_the_look_has_it(page: SettingsPage) -> None:
    right = page.appearance.mapTo(page, QPoint(page.appearance.width(), 0))
    assert (right.x(), right.y()) == (836, 70)  # 1084, 118 beside the sidebar and under the top bar


def test_showing_says_nothing(page: SettingsPage) -> None:
    said = changes(page)
    page.show_values(replace(VIEW, appearance=Appearance.DARK, context=2048, threads=1, instructions="x"))
    assert page.appearance.value() is Appearance.DARK
    assert page.context.words() == "2k tokens"
    assert page.threads.words() == "1"
    assert page.instructions.toPlainText() == "x"
    assert said == []


def test_what_is_chosen_goes_out_under_its_name(page: SettingsPage) -> None:
    said = changes(page)
    press(page.appearance, "Dark")
    press(page.face, "Sans")
    press(page.text_size, "Large")
    for drop, words in (
        (page.model, "Qwen3 4B"),
        (page.context, "32k tokens"),
        (page.threads, "1"),
        (page.threads, "Automatic, 2"),
    ):
        QTest.mouseClick(drop, Qt.MouseButton.LeftButton)
        assert drop.menu is not None
        assert len(drop.menu.findChildren(MenuRow)) >= 2
        press(drop.menu, words)
    assert said == [
        ("appearance", Appearance.DARK),
        ("face", Face.SANS),
        ("size", TextSize.LARGE),
        ("model", "/m/b.gguf"),
        ("context", 32768),
        ("threads", 1),
        ("threads", 0),
    ]


def test_instructions_go_out_after_a_pause_or_when_left(qtbot: QtBot, page: SettingsPage) -> None:
    said = changes(page)
    page.instructions.setFocus()
    QTest.keyClick(page.instructions, Qt.Key.Key_End)
    QTest.keyClicks(page.instructions, " Be kind.")
    page.show_values(VIEW)
    assert page.instructions.toPlainText() == "Be brief. Be kind.", "what is being typed is not replaced"
    assert said == []
    page.reset_button.setFocus()
    assert said == [("instructions", "Be brief. Be kind.")]


def test_instructions_that_were_typed_are_not_lost_when_the_page_is_left(page: SettingsPage) -> None:
    said = changes(page)
    page.instructions.setFocus()
    QTest.keyClicks(page.instructions, "Now. ")
    page.hide()
    assert said == [("instructions", "Now. Be brief.")]


def test_reset_brings_the_words_it_came_with_and_can_be_undone(page: SettingsPage) -> None:
    said = changes(page)
    QTest.mouseClick(page.reset_button, Qt.MouseButton.LeftButton)
    assert said == [("instructions", VIEW.default_instructions)]
    assert not page.reset_button.isEnabled()
    page.instructions.undo()
    assert page.instructions.toPlainText() == "Be brief."


def test_the_text_size_is_said_in_pixels(page: SettingsPage) -> None:
    assert page.note_of("size").startswith("17 px.")
    page.show_values(replace(VIEW, size=TextSize.SMALL))
    assert page.note_of("size").startswith("15 px.")


def test_the_folder_and_the_log_can_be_opened(qtbot: QtBot, page: SettingsPage) -> None:
    with qtbot.waitSignal(page.folder_requested):
        QTest.mouseClick(page.folder_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.log_requested):
        QTest.mouseClick(page.log_button, Qt.MouseButton.LeftButton)
    page.show_values(replace(VIEW, log_file=""))
    assert not page.log_button.isVisible()


def test_a_sentence_takes_more_lines_in_a_narrow_window(page: SettingsPage, qtbot: QtBot) -> None:
    row = page._rows["context"]
    page.show_values(SettingsView(context_note="More needs more memory. " * 3))
    page.resize(1000, 600)
    assert (row.note.height(), row.height()) == (16, Space.SETTING_ROW)
    page.resize(460, 600)
    qtbot.waitUntil(lambda: row.height() > Space.SETTING_ROW)
    qtbot.waitUntil(lambda: row.note.geometry().bottom() < row.height())
    assert row.note.height() > 16
