"""The only place where what happens in `app` becomes a Qt signal on the GUI thread."""

import importlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal, SignalInstance

from app.store import StoreError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.chat import Turn
    from models.known import KnownModel
    from models.library import Library, LocalModel

log = logging.getLogger(__name__)

WRONG = "Something went wrong in Twofold itself; twofold.log tells what"
STEP = 0.01  # of a file that is being copied between two signals

T = TypeVar("T")


class Bridge(QObject):
    """Iterates turns in threads of their own, and waits for the disk so that the window need not."""

    happened = Signal(str, object)  # conversation's id ("" for the engine alone), a TurnEvent
    refused = Signal(str, str)  # conversation's id, a sentence: the message could not be stored
    over = Signal(str)  # conversation's id: its turn has ended, however it did
    troubled = Signal(str)  # a sentence: something could not be kept
    looked = Signal()  # the models on this disk are known
    adopting = Signal(str, float)  # file name, 0 to 1
    adopted = Signal(object)  # the LocalModel
    not_adopted = Signal(str)  # a sentence
    fetching = Signal(object)  # a DownloadEvent of models/download.py; the last is Fetched or NotFetched
    _done = Signal(object)  # what is to be called in the window's own thread

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._turns: dict[str, tuple[Turn, threading.Thread]] = {}
        self._lock = threading.Lock()
        self._left = False
        self._reads: queue.SimpleQueue[Callable[[], None]] | None = None
        self._getting: threading.Thread | None = None
        self._stop_getting = threading.Event()
        self._done.connect(self._call)

    def run(self, conversation_id: str, turn: "Turn") -> None:
        """Iterate this turn; its events come as `happened`. One at a time for each conversation."""
        thread = threading.Thread(
            target=self._iterate, args=(conversation_id, turn), name="turn", daemon=True
        )
        with self._lock:
            self._turns[conversation_id] = (turn, thread)
        thread.start()

    def stop(self, conversation_id: str) -> None:
        """Cancel the turn of a conversation, if there is one; its end still comes."""
        with self._lock:
            running = self._turns.get(conversation_id)
        if running is not None:
            running[0].cancel()

    def is_running(self, conversation_id: str) -> bool:
        with self._lock:
            return conversation_id in self._turns

    @property
    def busy(self) -> bool:
        """Whether any turn is under way."""
        with self._lock:
            return bool(self._turns)

    def stop_all(self, seconds: float) -> None:
        """Cancel every turn and wait for what they have to store."""
        with self._lock:
            running = list(self._turns.values())
        for turn, _thread in running:
            turn.cancel()
        self.stop_getting()
        for _turn, thread in running:
            thread.join(seconds)
        if self._getting is not None:
            self._getting.join(seconds)
        self._left = True

    def keep(self, future: "Future[Any]", then: Callable[[bool], None] | None = None) -> None:
        """Say so, should this write fail; `then` hears in the window's thread whether it was made."""

        def done(future: "Future[Any]") -> None:
            error = future.exception()
            if error is not None:
                self._tell(self.troubled, str(error))
            if then is not None:
                self._tell(self._done, partial(then, error is None))

        future.add_done_callback(done)

    def read(self, work: Callable[[], T], then: Callable[[T], None]) -> None:
        """Read from the disk beside the window and hand what came to `then`, in the window's thread.

        One after the other, so that what was asked for last also comes last. A StoreError comes
        as `troubled`, and `then` is not called.
        """

        def job() -> None:
            try:
                found = work()
            except StoreError as error:
                self._tell(self.troubled, str(error))
            else:
                self._tell(self._done, partial(then, found))

        if self._reads is None:
            self._reads = queue.SimpleQueue()
            self._in_background(partial(_serve, self._reads))
        self._reads.put(job)

    def work(
        self, work: Callable[[], T], then: Callable[[T], object], failed: Callable[[str], object]
    ) -> None:
        """Do what takes seconds in a thread of its own. `then` or, with a sentence, `failed` is called in the
        window's thread."""

        def job() -> None:
            from app.pictures import PictureError, ReadingStopped  # only here: the window opens without them

            try:
                found = work()
            except (PictureError, StoreError) as error:
                self._tell(self._done, partial(failed, str(error)))
            except ReadingStopped:
                pass
            except Exception as error:  # the edge of the thread
                log.exception("work failed")
                self._tell(self._done, partial(failed, f"{WRONG} ({type(error).__name__})."))
            else:
                self._tell(self._done, partial(then, found))

        self._in_background(job)

    def _call(self, what: Callable[[], None]) -> None:
        if not self._left:
            what()

    def look(self, library: "Library") -> None:
        """Read the headers of the models; with many large ones that takes seconds the first time."""

        def work() -> None:
            try:
                library.look()
            finally:
                self._tell(self.looked)

        self._in_background(work)

    def adopt(self, library: "Library", files: Sequence[Path]) -> None:
        """Take model files into the library one after the other, however long the copying takes.

        The last one that was taken in comes as `adopted`, and all refusals together as `not_adopted`.
        """

        def work() -> None:
            from models.gguf import BadModelFile  # only here: the window opens without them
            from models.library import NotAdopted

            adopted: LocalModel | None = None
            refusals = []
            # A projector is taken in beside its model, which may be among these.
            for file in sorted(files, key=lambda file: "mmproj" in file.name.casefold()):
                try:
                    adopted = self._adopt(library, file)
                except (BadModelFile, NotAdopted) as error:
                    refusals.append(str(error))
            if adopted is not None:
                self._tell(self.adopted, adopted)
            if refusals:
                self._tell(self.not_adopted, " ".join(refusals))

        self._in_background(work)

    def _adopt(self, library: "Library", file: Path) -> "LocalModel":
        from models.library import NotAdopted

        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            if self._left:
                raise NotAdopted(f"{file.name} was not added: Twofold was closed. Nothing was kept of it.")
            if total and (done / total - told >= STEP or done == total):
                told = done / total
                self._tell(self.adopting, file.name, told)

        return library.adopt(file, progress)

    def get(self, model: "KnownModel", folder: Path) -> None:
        """Fetch a known model into the models' folder, as a person just asked for.

        What happens comes as `fetching`. One at a time: does nothing while one is being fetched.
        """
        if self.is_getting:
            return
        self._stop_getting.clear()
        self._getting = threading.Thread(target=self._get, args=(model, folder), name="get", daemon=True)
        self._getting.start()

    @property
    def is_getting(self) -> bool:
        """Whether a model is being fetched: whether this machine's network is in use."""
        return self._getting is not None and self._getting.is_alive()

    def stop_getting(self) -> None:
        """Stop fetching, and keep what has come; the end still comes as `fetching`."""
        self._stop_getting.set()

    def _get(self, model: "KnownModel", folder: Path) -> None:
        from models.download import Download, NotFetched

        download = Download(model, folder)
        try:
            for event in download:
                self._tell(self.fetching, event)
                if self._stop_getting.is_set():
                    download.cancel()
        except Exception as error:  # the edge of the thread: it must never end without a word
            log.exception("a download failed")
            self._tell(self.fetching, NotFetched(f"{WRONG} ({type(error).__name__})."))

    def fetch(self, *modules: str, then: Callable[[], None] | None = None) -> None:
        """Import beside the window what it will need before long; `then` is called in the window's thread."""

        def work() -> None:
            for module in modules:
                importlib.import_module(module)
            if then is not None:
                self._tell(self._done, then)

        self._in_background(work)

    def _in_background(self, work: Callable[[], object]) -> None:
        threading.Thread(target=work, name="work", daemon=True).start()

    def _iterate(self, conversation_id: str, turn: "Turn") -> None:
        try:
            for event in turn:
                self._tell(self.happened, conversation_id, event)
        except StoreError as error:
            self._tell(self.refused, conversation_id, str(error))
        except Exception as error:  # the edge of the thread: a turn must never vanish without a word
            log.exception("a turn failed")
            self._tell(self.refused, conversation_id, f"{WRONG} ({type(error).__name__}).")
        finally:
            with self._lock:
                self._turns.pop(conversation_id, None)
            self._tell(self.over, conversation_id)

    def _tell(self, signal: SignalInstance, *words: object) -> None:
        """Emit, unless the window has gone; it may go at any moment, and Qt's half of this with it."""
        if not self._left:
            signal.emit(*words)


def _serve(jobs: "queue.SimpleQueue[Callable[[], None]]") -> None:
    while True:
        jobs.get()()
