"""Settings between the disk and the page: in force at once, and kept."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from app.core import Core
from app.instructions import default_instructions
from tests.models import tiny
from ui.preferences import Preferences
from ui.theme import Appearance, Face, TextSize, theme


@pytest.fixture
def preferences(tiny_core: Core) -> Iterator[Preferences]:
    made = Preferences(tiny_core)
    yield made
    made.page.deleteLater()


def kept(core: Core) -> dict[str, Any]:
    return tomllib.loads(core.places.settings.read_text("utf-8"))


def test_the_page_shows_what_is_in_force(preferences: Preferences, tiny_core: Core) -> None:
    preferences.threads = 3
    preferences.change("appearance", Appearance.DARK)
    preferences.show()
    page = preferences.page
    assert page.appearance.value() is Appearance.DARK
    assert page.model.words() == "Tiny Random"
    assert page.context.words().startswith("8k")
    assert "3" in page.threads.words()
    assert page.instructions.toPlainText() == default_instructions(tiny_core.model_for(None))


def test_what_is_chosen_on_the_page_is_worn_and_kept(preferences: Preferences, tiny_core: Core) -> None:
    page = preferences.page
    page.changed.emit("appearance", Appearance.DARK)
    page.changed.emit("face", Face.SANS)
    page.changed.emit("size", TextSize.LARGE)
    assert (theme().appearance, theme().face, theme().size) == (Appearance.DARK, Face.SANS, TextSize.LARGE)
    there = kept(tiny_core)
    assert (there["appearance"], there["face"], there["text_size"]) == ("dark", "sans", "large")
    assert Preferences(tiny_core)  # another start wears it again
    assert theme().appearance is Appearance.DARK


@pytest.mark.parametrize(("name", "value"), [("context", 4096), ("threads", 1)])
def test_what_the_model_is_loaded_with_is_told(
    preferences: Preferences, tiny_core: Core, qtbot: QtBot, name: str, value: int
) -> None:
    with qtbot.waitSignal(preferences.model_changed, timeout=1000):
        preferences.change(name, value)
    assert kept(tiny_core)[name] == value
    with qtbot.assertNotEmitted(preferences.model_changed):
        preferences.change("face", Face.SANS)


def test_a_model_is_kept_by_its_place_in_the_folder(preferences: Preferences, tiny_core: Core) -> None:
    tiny.write_window(tiny_core.places.models / "other.gguf")
    tiny_core.library.look()
    preferences.change("model", str(tiny_core.places.models / "other.gguf"))
    assert kept(tiny_core)["model"] == "other.gguf"
    chosen = tiny_core.model_for(None)
    assert chosen is not None
    assert chosen.path.name == "other.gguf"
    first = next(m for m in tiny_core.library.models() if m.path.name == "tiny-random.gguf")
    preferences.keep_model(first)
    assert kept(tiny_core)["model"] == "tiny-random.gguf"
    preferences.change("model", "/gone.gguf")
    assert kept(tiny_core)["model"] == ""


def test_instructions_of_twofold_are_not_kept_as_the_persons_own(
    preferences: Preferences, tiny_core: Core
) -> None:
    preferences.change("instructions", "Answer in rhyme.")
    assert tiny_core.setup(None).instructions == "Answer in rhyme."
    standard = default_instructions(tiny_core.model_for(None))
    preferences.change("instructions", standard)
    assert kept(tiny_core)["instructions"] == ""
    assert tiny_core.setup(None).instructions == standard


def test_the_size_of_text_goes_in_steps_and_ends(preferences: Preferences, tiny_core: Core) -> None:
    sizes = list(TextSize)
    for _ in sizes:
        preferences.step_size(1)
    assert theme().size is sizes[-1]
    for _ in sizes:
        preferences.step_size(-1)
    assert theme().size is sizes[0]
    assert kept(tiny_core)["text_size"] == str(sizes[0])


def test_the_window_is_kept_once_for_each_size(preferences: Preferences, tiny_core: Core) -> None:
    preferences.keep_window(QSize(1000, 700), False)
    first = tiny_core.places.settings.stat().st_mtime_ns
    preferences.keep_window(QSize(1000, 700), False)
    assert tiny_core.places.settings.stat().st_mtime_ns == first
    preferences.keep_window(QSize(1000, 700), True)
    assert kept(tiny_core)["maximised"] is True


def test_what_cannot_be_kept_is_in_force_and_said(
    preferences: Preferences, tiny_core: Core, qtbot: QtBot
) -> None:
    (tiny_core.places.home / "settings.new").mkdir()  # in the way of what is written first
    tiny_core.places.settings.unlink(missing_ok=True)
    tiny_core.places.settings.mkdir()  # and of where it would go
    with qtbot.waitSignal(preferences.troubled, timeout=1000) as told:
        preferences.change("appearance", Appearance.DARK)
    assert "in force but could not be kept" in told.args[0]
    assert theme().appearance is Appearance.DARK
