"""What an empty chat offers."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.ui.conftest import Stage
from ui.theme import Space
from ui.welcome import IS_BASE, IS_LOADED, IS_LOADING, NO_MODEL, WILL_LOAD, Welcome


@pytest.fixture
def welcome(stage: Stage) -> Welcome:
    made = Welcome("Why is the sky blue?")
    stage.show(made, 1032, 650)
    return made


def test_it_stands_where_the_look_has_it(welcome: Welcome) -> None:
    headline = welcome.headline.mapTo(welcome, QPoint(0, 0))
    assert (headline.x(), headline.y()) == (212, 175)  # 460, 223
    card = welcome.cards[0]
    corner = card.mapTo(welcome, QPoint(0, 0))
    assert (corner.x(), corner.y()) == (196, 267)  # 444, 315
    assert (card.width(), card.height()) == Space.CARD


def test_cards_by_mouse_and_by_keys(welcome: Welcome) -> None:
    prompts: list[str] = []
    added: list[bool] = []
    sketches: list[bool] = []
    welcome.sketch_requested.connect(lambda: sketches.append(True))
    welcome.prompt_chosen.connect(prompts.append)
    welcome.add_requested.connect(lambda: added.append(True))
    QTest.mouseClick(welcome.cards[0], Qt.MouseButton.LeftButton)
    welcome.cards[0].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(welcome.cards[0], Qt.Key.Key_Tab)
    QTest.keyClick(welcome.cards[1], Qt.Key.Key_Return)
    QTest.keyClick(welcome.cards[1], Qt.Key.Key_Tab)
    QTest.keyClick(welcome.cards[2], Qt.Key.Key_Space)
    assert prompts == ["Why is the sky blue?"]
    assert sketches == [True]
    assert added == [True]


def test_the_sentence_says_how_the_model_stands(welcome: Welcome) -> None:
    assert welcome.sentence.text() == NO_MODEL
    welcome.show_model("SmolLM2 135M", IS_LOADING)
    assert welcome.sentence.text() == "SmolLM2 135M is loading."
    welcome.show_model("SmolLM2 135M", IS_LOADED)
    assert welcome.sentence.text().startswith("SmolLM2 135M is loaded. It runs on this laptop")
    welcome.show_model("SmolLM2 135M", WILL_LOAD, is_base=True)
    assert welcome.sentence.text() == f"SmolLM2 135M {IS_BASE}"
    welcome.show_model("", WILL_LOAD)
    assert welcome.sentence.text() == NO_MODEL


@pytest.mark.parametrize(("width", "height"), [(520, 420), (400, 440), (900, 450)])
def test_in_a_small_window_all_cards_are_in_sight(welcome: Welcome, width: int, height: int) -> None:
    welcome.window().resize(width, height)
    QGuiApplication.processEvents()
    boxes = [card.rect().translated(card.mapTo(welcome, QPoint(0, 0))) for card in welcome.cards]
    for box in boxes:
        assert welcome.rect().contains(box)
    assert not any(one.intersects(two) for one in boxes for two in boxes if one is not two)
    QTest.mouseClick(welcome.cards[2], Qt.MouseButton.LeftButton)
