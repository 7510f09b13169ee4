"""The one place where objects meet: it builds them once and hands them out.

The window shows chats and settings before it needs a model. So what finds and runs models is imported and
made when it is first asked for; the window has it imported beside itself, once it stands.
"""

import contextlib
import logging
import os
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.conversation import Conversation
from app.settings import SettingsFile
from app.store import Store, StoreError
from models.lock import Lock
from models.places import Places

if TYPE_CHECKING:
    from app.chat import Chat, Setup
    from app.making import Trial
    from app.pictures import Pictures
    from models.engine import Engine
    from models.library import Library, LocalModel

LOG_SIZE, LOG_COUNT = 1_000_000, 3  # bytes, files
LOG_DAYS = 7  # that the log of an engine is kept which died under a process that keeps nothing else

log = logging.getLogger(__name__)


class ProfileInUse(Exception):
    """Another Twofold has these chats open; str() is a sentence for the person."""

    def __init__(self) -> None:
        super().__init__("Twofold is already open with these chats. Use that window, or close it first.")


class Core:
    """Everything below the window: settings, chats, models and the engine. For one thread to build."""

    LATER = ("models.library", "app.chat", "models.worker.process", "tomlkit")  # imported when first used

    def __init__(self, places: Places, keep: bool = True) -> None:
        """With `keep` the chats are this process's own until `close`; without it nothing is kept.

        Raises ProfileInUse, StoreError, and OSError where the folders cannot be made.
        """
        self.places = places.create()
        self._lock = Lock(places.lock) if keep else None
        if self._lock is not None and not self._lock.take():
            raise ProfileInUse
        if keep:
            for part in places.models.glob("*.part"):  # of a copy that was cut off
                part.unlink(missing_ok=True)
        try:
            self.settings = SettingsFile(places.settings)
            self.store = Store(places.chats if keep else None)
        except BaseException:
            self._release()
            raise
        self._passing: tempfile.TemporaryDirectory[str] | None = None
        self.trial: Trial | None = None  # tries pages out; whoever has a browser puts it here
        self.only_model: LocalModel | None = None  # a file outside the library, for this run alone

    @cached_property
    def library(self) -> "Library":
        from models.library import Library

        return Library(self.places.models)

    @cached_property
    def engine(self) -> "Engine":
        from models.engine import Engine
        from models.worker.process import serve_language

        if self._lock is None:
            self._forget_old_logs()
        return Engine(serve_language, self.engine_log)

    @property
    def engine_log(self) -> Path:
        """What this process's engine says, and no other's: its last lines are to tell why it died.

        The process that has the chats keeps one log; any number may run beside it, each with its own.
        """
        return self.places.logs / self._log_name("engine")

    def _log_name(self, engine: str) -> str:
        return f"{engine}.log" if self._lock else f"{engine}-{os.getpid()}.log"

    @cached_property
    def chat(self) -> "Chat":
        from app.chat import Chat
        from app.making import cannot_try

        trial = self.trial or cannot_try
        return Chat(self.store, self.engine, self.pictures, self.places.machine, self.setup, trial)

    @cached_property
    def pictures(self) -> "Pictures":
        from app.pictures import Pictures

        return Pictures(self._pictures_folder, self.reader)

    @cached_property
    def reader(self) -> "Engine":
        """The worker that opens pictures and reads what stands in them."""
        from models.engine import Engine
        from models.worker.process import serve_reading

        return Engine(serve_reading, self.places.logs / self._log_name("reader"))

    @cached_property
    def _pictures_folder(self) -> Path:
        """Where nothing is kept, a folder that is gone with the process."""
        if self._lock is not None:
            return self.places.pictures
        self._passing = tempfile.TemporaryDirectory(prefix="twofold-")
        return Path(self._passing.name)

    @property
    def notices(self) -> list[str]:
        """What the person should know about how things were found, in sentences."""
        return [notice for notice in (self.store.notice, self.settings.notice) if notice]

    def close(self) -> None:
        """End the workers, finish writing, forget what is not used any more, let others have the chats."""
        for name in ("engine", "reader"):
            if name in vars(self):
                worker = getattr(self, name)
                worker.close()
                if self._lock is None and not worker.died:
                    with contextlib.suppress(OSError):
                        (self.places.logs / self._log_name(name)).unlink()
        if self._lock is not None and self.places.pictures.exists():
            from app.pictures import forget_others

            with contextlib.suppress(StoreError):
                forget_others(self.places.pictures, self.store.pictures_in_use())
        elif self._passing is not None:
            self._passing.cleanup()
        self.store.close()
        self._release()

    def model_for(self, conversation: Conversation | None) -> "LocalModel | None":
        """The model of a chat, or of new chats for None; None where there is no model at all."""
        if self.only_model is not None:
            return self.only_model
        wanted = (conversation.model if conversation else None) or self.settings.values.model
        for model in self.library.models() if wanted else ():
            if self.model_key(model) == wanted:
                return model
        if wanted:
            log.info("a chosen model is not here any more")
        return self.library.default()

    def model_key(self, model: "LocalModel") -> str:
        """How a choice of this model is remembered: the place of its file in the models folder."""
        try:
            return model.path.relative_to(self.places.models).as_posix()
        except ValueError:
            return str(model.path)

    def setup(self, conversation: Conversation | None) -> "Setup":
        """What an answer in this chat is made with."""
        from app import instructions
        from app.chat import Setup

        self.library.look()
        model = self.model_for(conversation)
        values = self.settings.values
        return Setup(
            model=model,
            why_none="" if model else next((broken.reason for broken in self.library.broken), ""),
            context=values.context,
            threads=values.threads,
            instructions=values.instructions or instructions.default_instructions(model),
            sampling=instructions.default_sampling(model),
            max_tokens=instructions.longest_answer(model),
        )

    def _forget_old_logs(self) -> None:
        for file in self.places.logs.glob("*-*.log"):
            with contextlib.suppress(OSError):
                if file.stat().st_mtime < time.time() - LOG_DAYS * 24 * 3600:
                    file.unlink()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def log_to(folder: Path, name: str = "twofold.log") -> None:
    """The window's own log, rotated; it never holds the text of a conversation.

    What may run beside the window takes another name, so that none turns the file under the other's hand.
    """
    root = logging.getLogger()
    root.addHandler(_Log(folder, name))
    root.setLevel(logging.INFO)


class _Log(logging.Handler):
    """Opens the file when there is something to write: most days nothing is."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__()
        self._folder, self._file_name = folder, name
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    @cached_property
    def _file(self) -> logging.Handler:
        from logging.handlers import RotatingFileHandler  # loads the sockets and queues of other handlers

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            made: logging.Handler = RotatingFileHandler(
                self._folder / self._file_name, maxBytes=LOG_SIZE, backupCount=LOG_COUNT, encoding="utf-8"
            )
        except OSError:
            made = logging.NullHandler()
        made.setFormatter(self.formatter)
        return made

    def emit(self, record: logging.LogRecord) -> None:
        self._file.handle(record)
