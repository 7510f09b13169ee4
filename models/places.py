"""Where everything lies that a person owns: chats, settings, models, logs.

`TWOFOLD_HOME` moves all of it; without it it lies where such data belongs on this system.
"""

import os
import sys
from pathlib import Path
from typing import NamedTuple


class Places(NamedTuple):
    """The files and folders of one profile, all under `home`."""

    home: Path

    @classmethod
    def default(cls) -> "Places":
        """The profile named by `TWOFOLD_HOME`, or the one in the user's data folder."""
        moved = os.environ.get("TWOFOLD_HOME")
        home = Path(moved).expanduser() if moved else _data_folder() / "twofold"
        return cls(home.absolute())

    def create(self) -> "Places":
        """Make the folders, readable by their owner only; raises OSError where that cannot be done."""
        for folder in (self.home, self.models, self.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    @property
    def chats(self) -> Path:
        return self.home / "chats.sqlite3"

    @property
    def settings(self) -> Path:
        return self.home / "settings.toml"

    @property
    def models(self) -> Path:
        return self.home / "models"

    @property
    def pictures(self) -> Path:
        return self.home / "pictures"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def machine(self) -> Path:
        """What was measured of this machine once, such as its best thread count."""
        return self.home / "machine.json"

    @property
    def lock(self) -> Path:
        """Held by the one process that may write the chats."""
        return self.home / "twofold.lock"


def _data_folder() -> Path:
    """Where programs keep what belongs to a person: by the rules of freedesktop.org, Apple and Microsoft."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    told = os.environ.get("XDG_DATA_HOME", "")
    if Path(told).is_absolute():  # the others do not count
        return Path(told)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path.home() / ".local" / "share"
