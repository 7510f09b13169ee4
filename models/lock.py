"""A file that one process holds at a time, until it lets go or ends, however it ends."""

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """The system's own lock, which it frees when the process is gone; the file itself stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Whether it is held now, which it is not while another process has it. Never waits.

        Raises OSError where the file cannot be made, or its file system has no locks.
        """
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(file)
        except (BlockingIOError, PermissionError):  # on POSIX, on Windows
            os.close(file)
            return False
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True

    def release(self) -> None:
        """Let others have it; does nothing where it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
