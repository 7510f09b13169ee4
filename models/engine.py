"""The one handle on a worker process: start, send a request, stream its events, cancel, supervise, restart.

A worker may die at any moment. Then every stream that was open raises `EngineDied`, whose words say why, and
the next request starts a new process.
"""

import contextlib
import itertools
import logging
import multiprocessing
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from models.wire import (
    Cancel,
    Describe,
    Described,
    Event,
    Failed,
    Finished,
    Generate,
    Load,
    Loaded,
    Open,
    Opened,
    Outlined,
    Quit,
    Read,
    Request,
    pack,
    unpack_event,
)

GRACE = 5.0  # seconds that a worker has to heed a Cancel before it is ended
PATIENCE = 0.2  # seconds to wait for a request that is on its way through the pipe
LOG_TAIL = 4000  # bytes of the worker's log that may tell why it died

log = logging.getLogger(__name__)


class EngineDied(Exception):
    """The worker ended while it had work. `cause` follows "The engine"; `detail` is technical."""

    def __init__(self, cause: str, detail: str) -> None:
        super().__init__(cause)
        self.cause, self.detail = cause, detail


_LAST = (Loaded, Finished, Failed, Opened, Outlined, Described, EngineDied)


class Stream(Iterator[Event]):
    """The events of one request, the last of which is Loaded, Finished, Failed or Described.

    Iterating raises EngineDied when the process ends before that.
    """

    def __init__(self, request_id: int, cancel: Callable[["Stream"], None]) -> None:
        self.id = request_id
        self.over = threading.Event()  # for whoever expects an end; iterating goes by the events alone
        self._ended = False
        self._events: queue.SimpleQueue[Event | EngineDied] = queue.SimpleQueue()
        self._cancel = cancel

    def cancel(self) -> None:
        """Ask for the end; events that were under way still come, and Finished. From any thread."""
        self._cancel(self)

    def put(self, event: Event | EngineDied) -> None:
        """For the engine: the next event."""
        self._events.put(event)
        if isinstance(event, _LAST):
            self.over.set()

    def __next__(self) -> Event:
        if self._ended:
            raise StopIteration
        event = self._events.get()
        self._ended = isinstance(event, _LAST)
        if isinstance(event, EngineDied):
            raise event
        return event


class Engine:
    """A worker process, started when it is first needed."""

    def __init__(self, target: Callable[[Connection, str], None], log_file: Path) -> None:
        """`target` runs in the new process, with its end of the pipe and the path of its log."""
        self._target = target
        self._log_file = log_file
        self._ids = itertools.count(1)
        self._lock = threading.RLock()
        self._sending = threading.Lock()
        self._streams: dict[int, tuple[Stream, BaseProcess]] = {}
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self.died = False  # whether a process ever ended while it had work

    @property
    def pid(self) -> int | None:
        """Of the running worker, or None."""
        process = self._process
        return process.pid if process is not None and process.is_alive() else None

    def start(self) -> None:
        """Start the process unless it runs; returns before it is ready. Raises OSError."""
        with self._lock:
            if self._process is not None and self._process.is_alive():
                return
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe(duplex=True)
            process = context.Process(
                target=self._target, args=(theirs, str(self._log_file)), name="twofold-engine", daemon=True
            )
            with _deaf_to_interrupts():
                process.start()
            theirs.close()
            self._process, self._pipe = process, ours
            threading.Thread(
                target=self._listen, args=(process, ours), name="engine-events", daemon=True
            ).start()

    def load(self, request: Load) -> Stream:
        """Have a model ready; nothing happens when it is. The request's id is given here."""
        return self._send(lambda i: msgspec.structs.replace(request, id=i))

    def generate(self, request: Generate) -> Stream:
        """Answer; the model must have been loaded by this process. The request's id is given here."""
        return self._send(lambda i: msgspec.structs.replace(request, id=i))

    def open(self, path: str, data: bytes = b"") -> Stream:
        """Decode an image of a stranger's: a file, or `data`. For the reading worker."""
        return self._send(lambda i: Open(i, path, data))

    def read(self, path: str) -> Stream:
        """Read text and layout in a PNG that `open` gave. For the reading worker."""
        return self._send(lambda i: Read(i, path))

    def describe(self) -> Stream:
        """What the native code found on this machine."""
        return self._send(Describe)

    def close(self) -> None:
        """End the process, politely and then not."""
        with self._lock:
            process, pipe = self._process, self._pipe
        if pipe is not None and self._sending.acquire(timeout=PATIENCE):
            with contextlib.suppress(OSError):
                pipe.send_bytes(pack(Quit()))
            self._sending.release()
        if process is not None:
            for stream, _process in list(self._streams.values()):
                stream.cancel()
            process.join(2)
            if process.is_alive():
                process.kill()
                process.join(2)

    def _send(self, make: Callable[[int], Request]) -> Stream:
        stream = Stream(next(self._ids), self._cancel)
        try:
            data = pack(make(stream.id))
        except UnicodeEncodeError as error:
            raise EngineDied("could not be given this text or file name", str(error)) from error
        with self._lock:
            try:
                self.start()
            except OSError as error:
                raise EngineDied("could not be started", str(error)) from error
            process, pipe = self._process, self._pipe
            assert process is not None
            assert pipe is not None
            self._streams[stream.id] = (stream, process)
        # A worker that hangs does not read, and a long request then waits here: not with the lock in hand.
        with self._sending:
            try:
                pipe.send_bytes(data)
            except OSError:
                with self._lock:
                    self._end(process)
        return stream

    def _cancel(self, stream: Stream) -> None:
        with self._lock:
            if stream.over.is_set() or self._pipe is None:
                return
            process, pipe = self._process, self._pipe
        if self._sending.acquire(timeout=PATIENCE):
            with contextlib.suppress(OSError):
                pipe.send_bytes(pack(Cancel(stream.id)))
            self._sending.release()
        watch = threading.Thread(target=self._expect_end, args=(stream, process), daemon=True)
        watch.start()

    def _expect_end(self, stream: Stream, process: BaseProcess | None) -> None:
        """A worker that does not heed a Cancel hangs: in a template, a driver, a bug."""
        if not stream.over.wait(GRACE) and process is not None and process.is_alive():
            log.warning("the engine did not stop within %s s and is ended", GRACE)
            process.kill()

    def _listen(self, process: BaseProcess, pipe: Connection) -> None:
        detail = ""
        try:
            while True:
                event = unpack_event(pipe.recv_bytes())
                with self._lock:
                    stream, _process = self._streams.get(event.id, (None, None))
                    if isinstance(event, _LAST):
                        self._streams.pop(event.id, None)
                if stream is not None:
                    stream.put(event)
        except (EOFError, OSError):
            pass
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            detail = f"it sent something that is not an event: {error}"
            process.kill()
        process.join(5)
        with self._lock:
            if self._process is process:
                self._process = self._pipe = None
            pipe.close()
            self._end(process, detail)

    def _end(self, process: BaseProcess, detail: str = "") -> None:
        """Tell every open stream of this process that it is gone."""
        left = [stream for stream, of in self._streams.values() if of is process]
        if not left:
            return
        self.died = True
        code = process.exitcode
        died = EngineDied(exit_cause(code), "\n".join(filter(None, [detail, self._tail()])))
        log.warning("the engine ended: %s (%s)", died.cause, code)
        for stream in left:
            self._streams.pop(stream.id, None)
            stream.put(died)

    def _tail(self) -> str:
        try:
            with self._log_file.open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - LOG_TAIL))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-12:])


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What is started meanwhile never hears Ctrl+C, which is for the parent to understand."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def exit_cause(code: int | None) -> str:
    """An exit code in plain words, to follow "The engine"."""
    if code is None:
        return "stopped answering"
    if code >= 0:
        return f"ended by itself, with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    causes = {
        "SIGKILL": "was killed, often for lack of memory",
        "SIGTERM": "was asked to end by another program",
        "SIGSEGV": "crashed in native code",
        "SIGBUS": "crashed because a file that it read was changed or cut short",
        "SIGILL": "was built for a newer processor than this one",
        "SIGABRT": "gave up on an internal check",
    }
    return causes.get(name, f"was ended by {name}")
