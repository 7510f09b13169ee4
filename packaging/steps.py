"""How a step of the set-up runs, what it says, and how its failure becomes one sentence."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

# What a failed tool wrote, and what that means to a person. The first that matches is told.
CAUSES = (
    (r"No space left on device|Errno 28|not enough space on the disk", "the disk is full; free some space"),
    (r"CERTIFICATE_VERIFY_FAILED", "the server's certificate is not trusted here; set PIP_CERT to yours"),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded"
        r"|Temporary failure in name resolution|Connection refused|Connection reset|Network is unreachable"
        r"|Temporary failure resolving|Could not resolve|Failed to fetch",
        "the package index could not be reached; look at the network, what was fetched is kept",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "a downloaded package does not match its locked checksum, so it was not used; try again, "
        "and if it stays so, distrust the network or the index",
    ),
    (
        r"No matching distribution|Could not find a version|Unable to locate package",
        "a package of the lock is not offered for this Python and system",
    ),
    (
        r"No CMAKE_CUDA_COMPILER|CUDA::\w+\n|CUDA Toolkit not found",
        "the CUDA toolkit here is not whole; install all of it (cuBLAS too), or take ACCEL=cpu",
    ),
    (
        r"No CMAKE_CX*_COMPILER could be found|is not a full path to an existing compiler"
        r"|C(XX)? compiler .*is not able to compile",
        "no working C++ compiler was found; install one (g++ or clang)",
    ),
    (
        r"Killed signal|fatal error: Killed|[Cc]annot allocate memory|out of memory",
        "the memory ran out; close other programs and set CMAKE_BUILD_PARALLEL_LEVEL=1",
    ),
)


class Trouble(Exception):
    """A set-up that cannot go on; its text is one sentence saying what happened and what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def lasted(seconds: float) -> str:
    """`0.4 s`, `12 s` or `4 min 31 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def step(what: str) -> Iterator[None]:
    """One line for one step: what it does, and how long it took."""
    print(f"  {what} ... ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say("stopped")
        raise
    say(lasted(time.monotonic() - began))


def call(command: Sequence[str | Path], log: Path, what: str, env: Mapping[str, str], cwd: Path) -> None:
    """Run a quiet tool to its end, its output in `log`; raises Trouble with the cause found there.

    It runs in a process group of its own, so that stopping the set-up leaves no compiler behind.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            _end(process)
            raise
    if code:
        raise Trouble(f"{what} failed: {cause(log)}. The log is {log}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a tool and its group: asked first, for Ninja alone knows the groups of its compilers."""
    if sys.platform == "win32":
        process.kill()
        process.wait()
        return
    os.killpg(process.pid, signal.SIGTERM)
    patience = time.monotonic() + 5
    while time.monotonic() < patience:
        process.poll()
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cause(log: Path) -> str:
    """What a failed tool's log says went wrong, in plain words."""
    text = log.read_text(errors="replace")
    for pattern, meaning in CAUSES:
        if re.search(pattern, text):
            return meaning
    return "the cause is none of the usual ones; the end of the log tells it"


def need_space(folder: Path, megabytes: int, what: str) -> None:
    """Raise Trouble unless the disk under `folder` has room for `megabytes` (10^6 bytes)."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise Trouble(f"{what} takes {megabytes} MB and {folder} has {free} MB left; free some space first")


def trouble_of(error: OSError) -> Trouble:
    """An operating system's error as a sentence."""
    where = f" ({error.filename})" if error.filename else ""
    reason = error.strerror or str(error)
    return Trouble(
        f"the system refused{where}: {reason}; put that right, then try again, what was done is kept"
    )


@contextmanager
def one_at_a_time(file: Path) -> Iterator[None]:
    """Hold `file` as a lock among processes; a second set-up says that it waits, and waits."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        if not _take(handle.fileno(), wait=False):
            say("  another set-up is at work; waiting for it")
            _take(handle.fileno(), wait=True)
        yield


def _take(number: int, *, wait: bool) -> bool:
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.5)
            else:
                return True
    else:
        import fcntl

        try:
            fcntl.flock(number, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
