"""The colours keep what LOOK.md promises: everything a person must read has a contrast of 4.5 or more."""

import re
from pathlib import Path

import pytest

from ui.theme import DARK, LIGHT, Colours, stronger, token_names

GROUNDS = ("page", "side", "sunk", "slip", "raised", "hover", "selected")
READ = ("ink", "ink2", "ink3", "accent", "caution", "fault")
ON_ACCENT = ("accent", "accent_hover", "accent_press")
COLUMNS = pytest.mark.parametrize("column", [LIGHT, DARK], ids=["light", "dark"])
UI = Path(__file__).resolve().parents[2] / "ui"


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@COLUMNS
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("token", READ)
def test_words_can_be_read_on_every_ground(column: Colours, token: str, ground: str) -> None:
    assert contrast(getattr(column, token), getattr(column, ground)) >= 4.5


@COLUMNS
@pytest.mark.parametrize("ground", ON_ACCENT)
def test_words_can_be_read_on_the_primary_button(column: Colours, ground: str) -> None:
    assert contrast(column.on_accent, getattr(column, ground)) >= 4.5


@COLUMNS
def test_words_can_be_read_in_tips_on_drops_and_in_selected_text(column: Colours) -> None:
    assert contrast(column.page, column.ink) >= 4.5
    assert contrast(column.bar, column.ink) >= 4.5
    assert contrast(column.accent, column.wash) >= 4.5
    assert contrast(column.ink, column.wash) >= 4.5


# LOOK.md: contrast on page, and on the worst ground (selected)
MEASURED = {
    "light": {"ink": (15.4, 12.5), "ink2": (7.4, 6.0), "ink3": (5.8, 4.7), "accent": (6.6, 5.3)},
    "dark": {"ink": (14.2, 9.7), "ink2": (8.7, 5.9), "ink3": (6.7, 4.6), "accent": (8.8, 6.0)},
}


@pytest.mark.parametrize(("name", "column"), [("light", LIGHT), ("dark", DARK)])
def test_contrast_is_what_the_look_was_measured_at(name: str, column: Colours) -> None:
    for token, (on_page, on_selected) in MEASURED[name].items():
        assert contrast(getattr(column, token), column.page) == pytest.approx(on_page, abs=0.06), token
        assert contrast(getattr(column, token), column.selected) == pytest.approx(on_selected, abs=0.06)


@COLUMNS
def test_more_contrast_makes_borders_visible_by_themselves(column: Colours) -> None:
    strong = stronger(column)
    assert contrast(strong.control, strong.page) >= 3
    assert strong.line == column.control
    assert strong.ink == column.ink


def test_no_colour_is_written_outside_the_theme() -> None:
    assert "page" in token_names()
    for file in UI.glob("*.py"):
        if file.name != "theme.py":
            found = re.findall(r"#[0-9A-Fa-f]{6}\b|QColor\(\s*[\"'\d]", file.read_text("utf-8"))
            assert not found, f"{file.name}: {found}"
