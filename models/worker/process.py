"""The process of a worker: requests come in on a pipe, events go out on it, nothing else.

One thread listens, so that Cancel is heard while an answer is being made; the main thread does the work. When
the window is gone the pipe ends, and so does this process.
"""

import contextlib
import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

import msgspec

from models.wire import (
    Cancel,
    Describe,
    Described,
    Event,
    Failed,
    Fault,
    Generate,
    Load,
    Open,
    Quit,
    Read,
    Request,
    pack,
    unpack_request,
)

# How long a thread of llama.cpp waits for the others by spinning before it sleeps. The library's default is
# billions: with two threads on two cores, one busy program beside them took decoding from 150 tokens a second
# to 1. With 1,000 it was 20 beside that program, and on an idle machine no slower than the default.
SPIN = "1000"
LARGEST_LOG = 1_000_000  # bytes; the old log is kept beside the new one

log = logging.getLogger(__name__)


class Flag(Protocol):
    """Goes up when whoever asked wants no answer any more."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...


def serve_language(connection: Connection, log_file: str) -> None:
    """Loads and generates until Quit comes or the pipe ends. The target of a spawned process."""
    _begin(log_file)
    # libgomp reads this when llama.cpp is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN)
    from models.worker import llama
    from models.worker.language import Language

    llama.start_backend()
    send = _sender(connection)
    language = Language(send)
    for request in _Inbox(connection, language.abort):
        with _edge(request, send):
            match request:
                case Load():
                    language.load(request)
                case Generate():
                    language.generate(request)
                case Describe(id=request_id):
                    send(Described(request_id, llama.system_info(), tuple(llama.devices())))
                case _:
                    raise TypeError("this request is for another worker")
    _end()


def serve_reading(connection: Connection, log_file: str) -> None:
    """Opens and reads pictures until Quit comes or the pipe ends. The target of a spawned process."""
    _begin(log_file)
    from models.worker import confinement

    confinement.enter()  # first: the libraries begin threads when they are loaded
    from models.worker.reading import Reader, versions

    send = _sender(connection)
    stopped = threading.Event()
    reader = Reader(send, stopped.is_set)
    for request in _Inbox(connection, stopped):
        with _edge(request, send):
            match request:
                case Open():
                    reader.open(request)
                case Read():
                    reader.read(request)
                case Describe(id=request_id):
                    send(Described(request_id, versions(), ()))
                case _:
                    raise TypeError("this request is for another worker")
    _end()


def _begin(log_file: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent to understand
    _log_to(Path(log_file))


def _sender(connection: Connection) -> Callable[[Event], None]:
    """Sends events, from any thread."""
    out = threading.Lock()

    def send(event: Event) -> None:
        with out:
            connection.send_bytes(pack(event))

    return send


@contextlib.contextmanager
def _edge(request: Request, send: Callable[[Event], None]) -> Iterator[None]:
    """The edge of the process: the window must hear of whatever goes wrong."""
    try:
        yield
    except (BrokenPipeError, ConnectionError):
        _end()
    except Exception as error:
        log.exception("request %s", type(request).__name__)
        send(Failed(request.id, Fault.INTERNAL, f"{type(error).__name__}: {error}"))


def _end() -> None:
    logging.shutdown()
    # The libraries' own clean-up is not needed, and llama.cpp's has hung at exit on some devices.
    os._exit(0)


class _Inbox:
    """Requests in their order, until Quit; a Cancel raises the abort flag of the one that it names."""

    def __init__(self, connection: Connection, abort: Flag) -> None:
        self._connection = connection
        self._abort = abort
        self._waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._current: int | None = None
        self._cancelled: set[int] = set()
        threading.Thread(target=self._listen, name="requests", daemon=True).start()

    def __iter__(self) -> Iterator[Request]:
        while not isinstance(request := self._next(), Quit):
            yield request
            self._done()

    def _next(self) -> Request:
        request = self._waiting.get()
        with self._lock:
            self._abort.clear()
            self._current = request.id if isinstance(request, Load | Generate | Open | Read) else None
            if self._current in self._cancelled:
                self._abort.set()
        return request

    def _done(self) -> None:
        with self._lock:
            self._cancelled.discard(self._current or -1)
            self._current = None

    def _listen(self) -> None:
        while True:
            try:
                request = unpack_request(self._connection.recv_bytes())
            except (EOFError, OSError, msgspec.DecodeError):
                os._exit(0)
            if isinstance(request, Cancel):
                with self._lock:
                    self._cancelled.add(request.id)
                    if request.id == self._current:
                        self._abort.set()
            else:
                self._waiting.put(request)


def _log_to(file: Path) -> None:
    """Everything that native code prints goes to the log too: the last of it may tell why it crashed."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > LARGEST_LOG:
            file.replace(file.with_suffix(".old.log"))
        stream = file.open("a", encoding="utf-8", buffering=1)
    except OSError:
        stream = Path(os.devnull).open("a", encoding="utf-8")  # noqa: SIM115 - lives as long as the process
    os.dup2(stream.fileno(), 1)
    os.dup2(stream.fileno(), 2)
    sys.stdout = sys.stderr = stream
    faulthandler.enable(stream)
    logging.basicConfig(stream=stream, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
