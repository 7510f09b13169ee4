"""Two processes never hold the same file."""

import subprocess
import sys
from pathlib import Path

from models.lock import Lock

HOLD = """
import sys
from pathlib import Path
from models.lock import Lock
print(Lock(Path(sys.argv[1])).take())
"""


def taken_elsewhere(path: Path) -> bool:
    """Whether another process could take it."""
    done = subprocess.run([sys.executable, "-c", HOLD, path], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def test_it_is_held_by_one(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    assert lock.take()
    assert not taken_elsewhere(tmp_path / "lock")
    lock.release()
    assert taken_elsewhere(tmp_path / "lock")


def test_a_process_that_ended_holds_nothing(tmp_path: Path) -> None:
    assert taken_elsewhere(tmp_path / "lock")  # and that process did not let go of it
    assert Lock(tmp_path / "lock").take()


def test_to_let_go_twice_does_nothing(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    lock.take()
    lock.release()
    lock.release()
