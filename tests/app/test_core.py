"""What objects share when several processes, or several of them, use one profile."""

import os
import signal
import subprocess
import sys
import time

import pytest

from app.core import LOG_DAYS, Core
from models.engine import EngineDied
from models.places import Places
from models.wire import Described
from tests.conftest import ROOT


def logs(places: Places) -> set[str]:
    return {file.name for file in places.logs.glob("engine*")}


def test_each_process_has_an_engine_log_of_its_own(places: Places) -> None:
    window, terminal = Core(places), Core(places, keep=False)
    for core in (window, terminal):
        assert isinstance(list(core.engine.describe())[-1], Described)
    assert logs(places) == {"engine.log", f"engine-{os.getpid()}.log"}
    before = window.engine_log.read_bytes()
    terminal.close()
    assert logs(places) == {"engine.log"}
    assert window.engine_log.read_bytes() == before
    window.close()
    assert logs(places) == {"engine.log"}


def test_the_log_of_an_engine_that_died_stays_for_a_week(places: Places) -> None:
    core = Core(places, keep=False)
    list(core.engine.describe())
    pid = core.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that the request is open when the end comes
    stream = core.engine.describe()
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineDied):
        list(stream)
    core.close()
    assert logs(places) == {core.engine_log.name}

    old = places.logs / "engine-1.log"
    old.write_text("long ago")
    os.utime(old, (0, time.time() - (LOG_DAYS + 1) * 24 * 3600))
    other = Core(places, keep=False)
    assert other.engine.pid is None
    assert logs(places) == {core.engine_log.name}
    other.close()


def test_many_questions_at_once_leave_the_log_of_the_window_alone(starter_places: Places) -> None:
    window = Core(starter_places)
    list(window.engine.describe())
    window.engine_log.write_bytes(b"x" * 2_000_000)  # past the size at which a new one is begun
    command = [sys.executable, "-m", "ui", "ask", "What is the capital of France?"]
    env = {**os.environ, "TWOFOLD_HOME": str(starter_places.home)}
    asked = [
        subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert all("Paris" in process.communicate(timeout=120)[0] for process in asked)
    assert isinstance(list(window.engine.describe())[-1], Described)
    assert window.engine_log.stat().st_size >= 2_000_000
    assert logs(starter_places) == {"engine.log"}
    window.close()
    assert not (starter_places.logs / "twofold.log").exists()
