"""The offer of a better page writer: once, with its size, and what becomes of it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.core import Core
from models import known
from models.download import Checking, Fetched, Fetching, NotFetched
from tests.ui.conftest import Stage
from ui.bridge import Bridge
from ui.composer import Composer
from ui.offer import Offer


class Rig:
    """An offer above the text of a composer, and what it asks the bridge for."""

    def __init__(self, core: Core, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bridge = Bridge()
        self.asked: list[tuple[known.KnownModel, Path]] = []
        self.stopped = 0
        monkeypatch.setattr(self.bridge, "get", lambda model, folder: self.asked.append((model, folder)))
        monkeypatch.setattr(self.bridge, "stop_getting", self._stop)
        monkeypatch.setattr(Bridge, "is_getting", property(lambda bridge: bool(self.asked)))
        self.composer = Composer()
        stage.show(self.composer, 700, 300)
        self.offer = Offer(core, self.bridge, self.bridge)
        self.offer.changed.connect(lambda: self.composer.set_strip(self.offer.row, self.offer.shown))

    def _stop(self) -> None:
        self.stopped += 1

    @property
    def words(self) -> str:
        return self.offer.row._words.text()


@pytest.fixture
def rig(tiny_core: Core, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(tiny_core, stage, monkeypatch)


def test_it_comes_once_with_size_and_licence_and_can_be_left(rig: Rig, qtbot: QtBot) -> None:
    rig.offer.sketch_came()
    qtbot.waitUntil(lambda: rig.offer.row.isVisible())
    assert rig.words == "Qwen2.5 Coder 1.5B writes better pages (Apache-2.0)."
    assert rig.offer.row.get_button.words() == "Get, 1.1 GB"
    tall = rig.composer.height()
    QTest.mouseClick(rig.offer.row.leave_button, Qt.MouseButton.LeftButton)
    assert rig.offer.row.isHidden()
    assert rig.composer.height() < tall
    rig.offer.sketch_came()
    qtbot.wait(50)
    assert rig.offer.row.isHidden()
    assert rig.asked == []


def test_one_click_gets_it_and_it_is_told_how_far_that_is(rig: Rig, qtbot: QtBot) -> None:
    rig.offer.sketch_came()
    qtbot.waitUntil(lambda: rig.offer.row.isVisible())
    QTest.mouseClick(rig.offer.row.get_button, Qt.MouseButton.LeftButton)
    assert [model for model, _ in rig.asked] == [known.CODER]
    rig.bridge.fetching.emit(Fetching(300_000_000, 1_100_000_000, 6, 22, 10_000_000.0))
    assert rig.words == "Getting Qwen2.5 Coder 1.5B: 300 MB of 1.1 GB, about 80 s left"
    assert rig.offer.row._fraction == pytest.approx(3 / 11)
    rig.composer.grab()
    QTest.mouseClick(rig.offer.row.leave_button, Qt.MouseButton.LeftButton)
    assert rig.stopped == 1
    rig.bridge.fetching.emit(NotFetched("It was stopped. 5 of 22 parts are kept."))
    assert rig.words == "It was stopped. 5 of 22 parts are kept."
    assert rig.offer.row.get_button.isVisible()


def test_when_it_is_here_it_is_used(rig: Rig, qtbot: QtBot, tmp_path: Path) -> None:
    rig.offer.sketch_came()
    qtbot.waitUntil(lambda: rig.offer.row.isVisible())
    rig.bridge.fetching.emit(Checking(1, 2))
    assert rig.words == "Checking Qwen2.5 Coder 1.5B"
    with qtbot.waitSignal(rig.offer.fetched) as fetched:
        rig.bridge.fetching.emit(Fetched(tmp_path / "coder.gguf"))
    assert fetched.args == [str(tmp_path / "coder.gguf")]
    assert rig.offer.row.isHidden()
