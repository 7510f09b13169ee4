"""Popovers, menus and the toast."""

from functools import partial

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Stage
from ui.floating import Menu, MenuRow, Toast
from ui.theme import LIGHT, Space


def menu_in(window: QWidget, done: list[str]) -> Menu:
    menu = Menu(window)
    for words in ("Rename", "Pin", "Delete"):
        menu.offer(words, partial(done.append, words), danger=words == "Delete")
    return menu


def test_a_menu_is_used_by_keys_and_gives_the_keyboard_back(stage: Stage) -> None:
    field = QLineEdit()
    window = stage.show(field, 500, 400)
    field.setFocus()
    done: list[str] = []
    menu = menu_in(window, done)
    menu.open_at(field)
    assert menu.panel.width() == Space.MENU
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Up)  # from nowhere: the last
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Up)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert done == ["Pin"]
    assert not menu.is_open()
    assert field.hasFocus()


def test_escape_closes_the_menu_and_not_what_the_window_does_with_it(stage: Stage) -> None:
    field = QLineEdit()
    window = stage.show(field, 500, 400)
    stopped: list[bool] = []
    QShortcut(Qt.Key.Key_Escape, window, lambda: stopped.append(True))
    done: list[str] = []
    menu = menu_in(window, done)
    menu.open_at(field)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not menu.is_open()
    assert stopped == []
    assert done == []
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert stopped == [True]


def test_a_press_beside_closes_and_reaches_nothing_else(qtbot: QtBot, stage: Stage) -> None:
    field = QLineEdit()
    window = stage.show(field, 500, 400)
    menu = menu_in(window, [])
    menu.open_at(field)
    with qtbot.waitSignal(menu.closed):
        assert window.childAt(QPoint(480, 390)) is menu
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=QPoint(480, 390))
    assert menu.isHidden()


def test_a_press_on_a_row_acts_once_after_the_menu_is_gone(stage: Stage) -> None:
    window = stage.show(QLineEdit(), 500, 400)
    open_then: list[bool] = []
    menu = Menu(window)
    row = menu.offer("Rename", lambda: open_then.append(menu.is_open()))
    menu.open_at(window, None)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert open_then == [False]


def test_a_menu_keeps_inside_the_window(stage: Stage) -> None:
    field = QLineEdit()
    window = stage.show(field, 300, 200)
    menu = menu_in(window, [])
    corner = field.rect()
    corner.setLeft(corner.right() - 10)
    corner.setTop(corner.bottom() - 10)
    menu.open_at(field, corner)
    assert window.rect().contains(menu.panel.geometry())
    window.resize(310, 220)
    assert not menu.is_open()


def test_rows_are_32_high_and_the_shadow_lies_outside(stage: Stage) -> None:
    window = stage.show(QWidget(), 500, 400)
    menu = menu_in(window, [])
    menu.open_at(window, window.rect().adjusted(200, 0, 0, -300))
    assert {row.height() for row in menu.findChildren(MenuRow)} == {Space.ROW}
    image, panel = window.grab().toImage(), menu.panel.geometry()
    inside = image.pixelColor(panel.center().x(), panel.top() + 3)
    below = image.pixelColor(panel.center().x(), panel.bottom() + 4)
    far = image.pixelColor(panel.center().x(), panel.bottom() + 60)
    assert inside == QColor(LIGHT.raised)
    assert below.lightness() < far.lightness()


def test_the_toast_offers_undo(qtbot: QtBot, stage: Stage) -> None:
    window = stage.show(QWidget(), 500, 400)
    toast = Toast(window)
    toast.show_text("Chat deleted")
    gone: list[bool] = []
    toast.gone.connect(lambda: gone.append(True))
    undo = next(child for child in toast.children() if getattr(child, "words", lambda: "")() == "Undo")
    assert isinstance(undo, QWidget)
    with qtbot.waitSignal(toast.undone):
        QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert not toast.isVisible()
    assert gone == []


def test_the_toast_goes_by_itself_but_waits_while_hovered(qtbot: QtBot, stage: Stage) -> None:
    window = stage.show(QWidget(), 500, 400)
    toast = Toast(window)
    toast.timer.setInterval(120)
    toast.show_text("Chat deleted")
    QTest.mouseMove(toast, toast.rect().center())
    qtbot.wait(250)
    assert toast.isVisible(), "hovering holds it"
    with qtbot.waitSignal(toast.gone, timeout=2000):
        QTest.mouseMove(window, QPoint(5, 5))
        toast.leaveEvent(QEvent(QEvent.Type.Leave))
    assert not toast.isVisible()


def test_a_second_toast_makes_the_first_final(stage: Stage) -> None:
    window = stage.show(QWidget(), 500, 400)
    toast = Toast(window)
    gone: list[bool] = []
    toast.gone.connect(lambda: gone.append(True))
    toast.show_text("One deleted")
    assert toast.timer.interval() == 8000
    toast.show_text("Another deleted")
    assert gone == [True]
    assert toast.isVisible()
    assert toast.accessibleName() == "Another deleted"


def test_where_motion_is_wanted_it_comes_up_and_fades_out(
    qtbot: QtBot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = QLineEdit()
    window = stage.show(field, 500, 400)
    monkeypatch.delenv("TWOFOLD_STILL")
    menu = menu_in(window, [])
    places: list[int] = []
    menu.open_at(field)
    places.append(menu.panel.y())
    assert menu.panel.graphicsEffect() is not None
    qtbot.waitUntil(lambda: menu.panel.graphicsEffect() is None, timeout=2000)
    places.append(menu.panel.y())
    assert places[0] - places[1] == 4
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not menu.is_open()
    assert menu.isVisible(), "it is still fading"
    assert field.hasFocus(), "but the keyboard is back already"
    qtbot.waitUntil(menu.isHidden, timeout=2000)
