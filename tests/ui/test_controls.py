"""Buttons, segmented choices, drop-downs and switches, pressed with a real mouse and real keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Stage
from ui.controls import Button, IconButton, Kind, Label, Pressable
from ui.drop_down import DropDown
from ui.segmented import SegmentedChoice
from ui.theme import LIGHT, Appearance, Space, sans, theme
from ui.tip import keys, tip


def ground_of(widget: QWidget) -> QColor:
    """The colour near the left edge, halfway up: a control's fill."""
    return widget.grab().toImage().pixelColor(4, widget.height() // 2)


def beside(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(20, 20, 20, 20)
    for widget in widgets:
        row.addWidget(widget)
    return holder


def test_a_button_is_pressed_by_mouse_space_and_enter(qtbot: QtBot, stage: Stage) -> None:
    button = Button("Get")
    stage.show(beside(button), 200, 80)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert len(pressed) == 3
    button.setEnabled(False)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(pressed) == 3


def test_only_the_keyboard_draws_a_ring_and_it_lies_outside(stage: Stage) -> None:
    first, second = Button("One"), Button("Two")
    window = stage.show(beside(first, second), 300, 80)
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    first.setFocus(Qt.FocusReason.MouseFocusReason)
    outside = first.mapTo(window, QPoint(-3, first.height() // 2))
    assert window.grab().toImage().pixelColor(outside) != QColor(LIGHT.accent)
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    assert second.ringed
    assert not first.ringed
    outside = second.mapTo(window, QPoint(-3, second.height() // 2))
    assert window.grab().toImage().pixelColor(outside) == QColor(LIGHT.accent)
    QTest.keyClick(second, Qt.Key.Key_Backtab)
    assert window.grab().toImage().pixelColor(outside) != QColor(LIGHT.accent)


def test_hover_and_press_fill_at_once(qtbot: QtBot, stage: Stage) -> None:
    button = Button("Export")
    stage.show(beside(button), 200, 80)
    assert ground_of(button) == QColor(LIGHT.raised)
    QTest.mouseMove(button)
    qtbot.waitUntil(lambda: button.hovered)
    assert ground_of(button) == QColor(LIGHT.hover)
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    assert ground_of(button) == QColor(LIGHT.selected)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert ground_of(button) == QColor(LIGHT.hover)


def test_the_theme_changes_what_is_painted(stage: Stage) -> None:
    button = Button("Send", kind=Kind.PRIMARY)
    stage.show(beside(button), 200, 80)
    before = ground_of(button)
    theme().set(appearance=Appearance.DARK)
    assert before == QColor(LIGHT.accent)
    assert ground_of(button) == theme().colour("accent") != before


def test_the_tip_comes_after_half_a_second_and_goes_with_the_pointer(qtbot: QtBot, stage: Stage) -> None:
    button = IconButton("panel-left", "Hide sidebar  Ctrl+B")
    window = stage.show(beside(button), 300, 80)
    assert button.accessibleName() == "Hide sidebar"
    QTest.mouseMove(button)
    qtbot.wait(250)
    assert not tip().isVisible()
    qtbot.waitUntil(tip().isVisible, timeout=1000)
    assert tip().height() == Space.TIP
    QTest.mouseMove(window, QPoint(250, 70))
    qtbot.waitUntil(lambda: not tip().isVisible())


def test_shortcuts_are_shown_as_on_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert keys("Ctrl+Del") == "Ctrl Del"
    assert keys("Ctrl++") == "Ctrl +"
    monkeypatch.setattr("sys.platform", "darwin")
    assert keys("Ctrl+E") == "⌘E"


def test_a_segment_is_chosen_by_mouse_and_by_arrows(stage: Stage) -> None:
    choice = SegmentedChoice("Text size")
    choice.set_items([("s", "Small"), ("m", "Medium"), ("l", "Large")])
    choice.show_value("m")
    stage.show(beside(choice), 400, 80)
    chosen: list[object] = []
    choice.chosen.connect(chosen.append)
    segments = choice.findChildren(Pressable)
    QTest.mouseClick(segments[2], Qt.MouseButton.LeftButton)
    assert chosen == ["l"]
    segments[2].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(segments[2], Qt.Key.Key_Right)
    assert chosen == ["l"], "there is nothing beyond the last"
    QTest.keyClick(segments[2], Qt.Key.Key_Left)
    assert chosen == ["l", "m"]
    assert segments[1].hasFocus()
    assert choice.value() == "m"
    choice.show_value("s")
    assert chosen == ["l", "m"], "what is shown is not what was chosen"


def test_a_drop_down_is_opened_and_chosen_from_by_keys(stage: Stage) -> None:
    drop = DropDown("Context")
    drop.set_items([(2048, "2k tokens"), (4096, "4k tokens"), (8192, "8k tokens")])
    drop.show_value(4096)
    window = stage.show(beside(drop), 400, 300)
    chosen: list[object] = []
    drop.chosen.connect(chosen.append)
    assert drop.height() == Space.SMALL_BUTTON
    drop.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(drop, Qt.Key.Key_Down)
    assert drop.menu is not None
    assert drop.menu.is_open()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)  # onto the value in force
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert chosen == [8192]
    assert drop.words() == "8k tokens"
    assert drop.accessibleName() == "Context: 8k tokens"
    assert drop.hasFocus()


def test_a_drop_down_with_nothing_to_choose_cannot_be_opened(stage: Stage) -> None:
    drop = DropDown("New chats use")
    drop.set_items([])
    stage.show(beside(drop), 200, 80)
    QTest.mouseClick(drop, Qt.MouseButton.LeftButton)
    assert drop.menu is None


def test_wrapped_words_take_the_height_of_their_lines(stage: Stage) -> None:
    label = Label("one two three four five six", sans(12), "ink2", 18, wrap=True)
    stage.show(beside(label), 100, 300)
    lines, rest = divmod(label.height(), 18)
    assert rest == 0
    assert lines > 2
    stage.show(beside(label), 600, 300)
    assert label.height() == 18
