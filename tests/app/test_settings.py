"""Settings: a file that people edit by hand survives them, and us."""

from pathlib import Path

import pytest
import tomlkit

from app.settings import Settings, SettingsFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_a_change_is_written_with_a_comment_for_every_value(path: Path) -> None:
    SettingsFile(path).change(appearance="dark")
    text = path.read_text("utf-8")
    assert 'appearance = "dark"' in text
    assert text.count("#") == len(Settings._fields) + 1
    assert SettingsFile(path).values == Settings(appearance="dark")


def test_comments_and_unknown_keys_stay(path: Path) -> None:
    path.write_text('# mine\nface = "sans"  # easier\nextra = 1\n', "utf-8")
    file = SettingsFile(path)
    assert file.values.face == "sans"
    file.change(context=4096)
    text = path.read_text("utf-8")
    assert "# mine" in text
    assert "# easier" in text
    assert tomlkit.parse(text)["extra"] == 1


@pytest.mark.parametrize("line", ['face = "comic"', "context = 7", "context = true", 'threads = "2"'])
def test_a_value_that_cannot_be_used_is_said(path: Path, line: str) -> None:
    path.write_text(line + "\n", "utf-8")
    file = SettingsFile(path)
    assert file.values == Settings()
    assert line.split()[0] in file.notice


def test_a_file_that_is_no_toml_is_put_aside_and_said(path: Path) -> None:
    path.write_text("face = = =", "utf-8")
    file = SettingsFile(path)
    assert "could not be read" in file.notice
    file.change(face="sans")
    (aside,) = path.parent.glob("settings.unreadable-*.toml")
    assert aside.read_text("utf-8") == "face = = ="


def test_nonsense_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="context"):
        SettingsFile(path).change(context=1)
