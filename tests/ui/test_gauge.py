"""The gauge says how full the context is."""

import pytest
from PySide6.QtGui import QColor

from tests.ui.conftest import Stage
from ui.gauge import Gauge, sentence, short
from ui.theme import LIGHT


@pytest.fixture
def gauge(stage: Stage) -> Gauge:
    made = Gauge()
    stage.show(made, 300, 60)
    return made


def bar(gauge: Gauge) -> list[str]:
    image = gauge.grab().toImage()
    return [image.pixelColor(x, gauge.height() // 2).name().upper() for x in range(96)]


def test_sizes_are_said_as_people_say_them() -> None:
    assert [short(n) for n in (2048, 8192, 32768, 3000)] == ["2k", "8k", "32k", "3,000"]


def test_parts_have_their_colours_and_a_gap(gauge: Gauge) -> None:
    gauge.set_usage(4096, 2048, 8192)
    assert gauge.number() == "6,144 of 8k"
    pixels = bar(gauge)
    assert pixels[20] == LIGHT.accent
    assert pixels[60] == LIGHT.accent_mid
    assert pixels[90] == LIGHT.bar
    assert pixels[48] not in (LIGHT.accent, LIGHT.accent_mid), "a gap of one pixel"


def test_a_little_that_is_new_can_be_seen(gauge: Gauge) -> None:
    gauge.set_usage(1000, 1, 8192)
    assert gauge.parts()[1] == 3
    gauge.set_usage(8191, 1, 8192)
    assert sum(gauge.parts()) <= 96
    gauge.set_usage(9000, 500, 8192)
    assert sum(gauge.parts()) <= 96


def test_nearly_full_is_said_in_ink_and_in_words(gauge: Gauge) -> None:
    gauge.set_usage(6000, 900, 8192)
    assert "dropped" not in gauge.accessibleDescription()
    gauge.set_usage(6000, 964, 8192)
    assert "dropped" in gauge.accessibleDescription()
    image = gauge.grab().toImage()
    points = ((x, y) for x in range(100, image.width()) for y in range(image.height()))
    darkest = min(image.pixelColor(x, y).lightness() for x, y in points)
    assert darkest <= QColor(LIGHT.ink).lightness() + 8


def test_it_is_hidden_while_nothing_is_known(gauge: Gauge) -> None:
    gauge.set_usage(0, 0, 0)
    assert gauge.isHidden()
    gauge.set_usage(0, 0, 8192)
    assert not gauge.isHidden()
    assert sentence(0, 0, 8192).startswith("0 of 8,192")


def test_only_what_can_be_seen_is_animated(gauge: Gauge, monkeypatch: pytest.MonkeyPatch) -> None:
    gauge.set_usage(0, 4096, 8192)
    monkeypatch.setattr("ui.gauge.duration", lambda milliseconds: milliseconds)
    gauge.set_usage(0, 4096 + 16, 8192)
    assert gauge.parts()[1] == pytest.approx(96 * (4096 + 16) / 8192), "a part of a pixel: at once"
    gauge.set_usage(4112, 1000, 8192)
    assert gauge.parts()[0] < 20, "half of the bar: on its way"
