"""Where everything lies that a person owns: chats, settings, models, logs.

`TWOFOLD_HOME` moves all of it; without it platformdirs says where such data belongs on this system.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Places:
    """The files and folders of one profile, all under `home`."""

    home: Path

    @classmethod
    def default(cls) -> "Places":
        """The profile named by `TWOFOLD_HOME`, or the one in the user's data folder."""
        moved = os.environ.get("TWOFOLD_HOME")
        home = Path(moved).expanduser() if moved else platformdirs.user_data_path("twofold", appauthor=False)
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
