"""Where a profile lies."""

import sys
from pathlib import Path

import pytest

from models.places import Places


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TWOFOLD_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("linux", ".local/share/twofold"),
        ("darwin", "Library/Application Support/twofold"),
        ("win32", "AppData/Local/twofold"),
    ],
)
def test_each_system_has_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, folder: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert Places.default().home == tmp_path / folder


@pytest.mark.skipif(sys.platform == "win32", reason="asked of other systems")
def test_the_place_of_freedesktop_counts_where_it_is_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Places.default().home == tmp_path / "data" / "twofold"
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert Places.default().home.is_relative_to(tmp_path)


def test_all_of_it_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWOFOLD_HOME", str(tmp_path / "elsewhere"))
    assert Places.default().home == tmp_path / "elsewhere"
