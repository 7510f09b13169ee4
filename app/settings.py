"""What a person has chosen: a commented TOML file that can be edited by hand."""

import logging
import re
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import tomlkit

log = logging.getLogger(__name__)

SMALLEST_CONTEXT, LARGEST_CONTEXT = 512, 1_048_576  # tokens
MOST_THREADS = 512

_COMMENTS = {
    "appearance": 'What the window looks like: "system", "light" or "dark".',
    "face": 'What answers are set in: "serif" or "sans".',
    "text_size": '"small", "medium" or "large".',
    "model": "File of the model that new chats use, in the models folder; empty: the starter.",
    "context": "How many tokens the model keeps in view. More needs more memory.",
    "threads": "Processor threads for the model; 0: measured once on this machine.",
    "instructions": "What every chat begins with; empty: the words that Twofold brings along.",
    "sidebar": "Whether the list of chats is shown.",
    "window": "Width and height of the window when it opens.",
    "maximised": "Whether it fills the screen then.",
}
_CHOICES = {
    "appearance": ("system", "light", "dark"),
    "face": ("serif", "sans"),
    "text_size": ("small", "medium", "large"),
}


class Settings(NamedTuple):
    """The values in force; the file holds the same names."""

    appearance: str = "system"
    face: str = "serif"
    text_size: str = "medium"
    model: str = ""
    context: int = 8192
    threads: int = 0
    instructions: str = ""
    sidebar: bool = True
    window: str = "1280x800"
    maximised: bool = False

    @property
    def window_size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self.window.split("x")
        return int(width), int(height)


class SettingsFile:
    """Reads and writes `settings.toml`. Comments and unknown keys that a person put there stay."""

    def __init__(self, path: Path) -> None:
        """A file that is not there is written at the first change. `notice` says what could not be used."""
        self.path = path
        self.notice = ""
        self._unreadable = False
        self._text = ""
        self._refused: set[str] = set()
        self.values = Settings(**self._read())

    def change(self, **values: Any) -> Settings:
        """Set some values and write the file. Raises OSError, with nothing changed on the disk."""
        import tomlkit  # which keeps comments, and takes as long to load as everything else here together

        new = self.values._replace(**values)
        for name, value in values.items():
            if _problem(name, value):
                raise ValueError(f"{name} cannot be {value!r}")
            self._document[name] = value
        self.values = new
        if (
            self._unreadable and self.path.exists()
        ):  # somebody's own work: it is put aside before the first write
            self.path.replace(
                self.path.with_name(f"settings.unreadable-{time.strftime('%Y%m%d-%H%M%S')}.toml")
            )
        self._unreadable = False
        temporary = self.path.with_suffix(".new")
        temporary.write_text(tomlkit.dumps(self._document), "utf-8")
        temporary.replace(self.path)
        return new

    def _read(self) -> dict[str, Any]:
        """The values in the file that can be used."""
        try:
            self._text = self.path.read_text("utf-8-sig")
            found = _parsed(self._text)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self.notice = "settings.toml could not be read, so the standard settings are in force."
            log.warning("settings.toml: %s", error)
            self._unreadable, self._text = True, ""
            return {}
        known = {name: found[name] for name in Settings._fields if name in found}
        self._refused = {name for name, value in known.items() if _problem(name, value)}
        for name in self._refused:
            self.notice = f"{name} in settings.toml cannot be used; its standard value is in force."
        return {name: value for name, value in known.items() if name not in self._refused}

    @cached_property
    def _document(self) -> "tomlkit.TOMLDocument":
        """The file as it was read, with a value for everything."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            document = tomlkit.parse(self._text)
        except TOMLKitError as error:  # it is stricter than what read the values
            log.warning("settings.toml: %s", error)
            self._unreadable = True
            document = tomlkit.document()
        if not document:
            document.add(tomlkit.comment("Twofold's settings. All of it can also be set in the window."))
        for name, default in Settings._field_defaults.items():
            if name not in document:
                document.add(tomlkit.nl())
                document.add(tomlkit.comment(_COMMENTS[name]))
                document.add(name, getattr(self.values, name))
            elif name in self._refused:
                document[name] = default
        return document


def _parsed(text: str) -> dict[str, Any]:
    """Raises ValueError for what is not TOML."""
    import tomllib  # a profile without the file is opened without it

    return tomllib.loads(text)


def _problem(name: str, value: Any) -> bool:
    default = Settings._field_defaults[name]
    if type(value) is not type(default):
        return True
    if name in _CHOICES:
        return value not in _CHOICES[name]
    if name == "window":
        return not re.fullmatch(r"[1-9]\d{2,4}x[1-9]\d{2,4}", value)
    if name == "context":
        return not SMALLEST_CONTEXT <= value <= LARGEST_CONTEXT
    if name == "threads":
        return not 0 <= value <= MOST_THREADS
    return False
