"""The bar over a chat."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from tests.ui.conftest import Stage
from ui.floating import MenuRow
from ui.theme import LIGHT, Space
from ui.top_bar import TopBar


@pytest.fixture
def bar(stage: Stage) -> TopBar:
    made = TopBar()
    made.set_title("Kettle timings", True, pinned=True)
    window = stage.show(made, 900, 400)
    layout = window.layout()
    assert layout is not None
    layout.setAlignment(made, Qt.AlignmentFlag.AlignTop)
    layout.activate()
    return made


def test_the_hairline_shows_when_scrolled(bar: TopBar) -> None:
    def foot() -> QColor:
        return bar.grab().toImage().pixelColor(450, Space.TOP - 1)

    assert foot() == QColor(LIGHT.page)
    bar.set_scrolled(True)
    assert foot() == QColor(LIGHT.line)


def test_folded_it_holds_what_the_sidebar_held(bar: TopBar) -> None:
    assert not bar.unfold_button.isVisible()
    title = bar.title.mapTo(bar, QPoint(Space.M, 0))
    assert title.x() == 24
    bar.set_folded(True)
    bar.window().grab()
    assert bar.title.mapTo(bar, QPoint(Space.M, 0)).x() == 92
    said: list[str] = []
    bar.unfold_requested.connect(lambda: said.append("unfold"))
    bar.new_requested.connect(lambda: said.append("new"))
    QTest.mouseClick(bar.unfold_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(bar.new_button, Qt.MouseButton.LeftButton)
    assert said == ["unfold", "new"]
    assert bar.unfold_button.toolTip() == "Show sidebar  Ctrl+B"


def test_the_title_opens_the_menu_of_the_chat(bar: TopBar) -> None:
    said: list[str] = []
    bar.rename_requested.connect(lambda: said.append("rename"))
    bar.pin_requested.connect(lambda: said.append("pin"))
    bar.export_requested.connect(lambda: said.append("export"))
    bar.delete_requested.connect(lambda: said.append("delete"))
    for words in ("Rename", "Unpin", "Export…", "Delete"):
        QTest.mouseClick(bar.title, Qt.MouseButton.LeftButton)
        assert bar.menu is not None
        row = next(row for row in bar.menu.findChildren(MenuRow) if row.words() == words)
        QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert said == ["rename", "pin", "export", "delete"]


def test_the_title_of_a_page_opens_nothing(bar: TopBar) -> None:
    bar.set_title("Settings", False)
    QTest.mouseClick(bar.title, Qt.MouseButton.LeftButton)
    assert bar.menu is None
    assert bar.title.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_long_title_leaves_room_for_what_is_at_the_right(bar: TopBar) -> None:
    bar.set_title("A very long title " * 20, True)
    bar.set_right_text("Twofold 0.1")
    bar.window().grab()
    assert bar.title.geometry().right() < bar.width() - 80
