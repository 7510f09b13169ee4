"""The words of `make`: which way each goes, and that a failure is one sentence."""

import errno
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import commands
import environment
import machine
import modelfiles
import psutil
import pytest
import steps
from commands import Setup
from environment import House
from steps import Trouble

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "packaging" / "setup.py"


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    monkeypatch.setattr(Setup, "prepare", lambda self, **_: None)
    monkeypatch.setattr(Setup, "_become", lambda self, *words: print("became", words) or 0)
    monkeypatch.setattr(Setup, "demo", lambda self: print("demo") or 0)
    return Setup(House(tmp_path, tmp_path / "cache"), "cpu", "starter")


@pytest.mark.parametrize(
    ("display", "terminal", "told"),
    [
        (True, False, r"^became \(\)$"),
        (False, True, r"chatting.*\nbecame \('chat',\)"),
        (False, False, r"demo instead.*\ndemo"),
    ],
)
def test_run_goes_where_it_can_be_seen(
    setup: Setup,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    display: bool,
    terminal: bool,
    told: str,
) -> None:
    monkeypatch.setattr(machine, "has_display", lambda env: display)
    monkeypatch.setattr(machine, "has_terminal", lambda: terminal)
    assert setup.run() == 0
    assert re.search(told, capsys.readouterr().out)


def test_a_set_up_house_runs_no_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "is_made", lambda *_, **__: True)
    monkeypatch.setattr(modelfiles, "is_whole", lambda *_: True)
    monkeypatch.setattr(machine, "lacking", list)
    monkeypatch.setattr(Setup, "_folder", lambda self: tmp_path)
    monkeypatch.setattr(steps, "call", lambda *_: pytest.fail("a tool ran"))
    Setup(House(tmp_path, tmp_path), "cpu", "starter").prepare(tests=False)


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (Trouble("it rained; wait"), "Twofold: it rained; wait\n"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x"), "No space left"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/x"), r"\(/x\): Permission denied"),
    ],
)
def test_a_failure_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: Exception, told: str
) -> None:
    def fail(self: Setup) -> int:
        raise failure

    monkeypatch.setattr(Setup, "clean", fail)
    assert commands.main(["clean"]) == 1
    lines = capsys.readouterr().err
    assert re.search(told, lines)
    assert lines.count("\n") == 1


def test_unknown_choices_are_told() -> None:
    for words, told in (
        (("run", "--accel", "rocm"), "ACCEL=rocm"),
        (("demo", "--model", "big"), "MODEL=big"),
    ):
        done = subprocess.run((sys.executable, SETUP, *words), capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_a_python_with_nothing_installed_is_enough() -> None:
    words = (sys.executable, "-E", "-s", "-S", SETUP, "demo", "--accel", "cpu", "--model", "big")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "Twofold: MODEL=big is not known; take one of starter, coder\n",
    )


def test_an_old_python_is_refused_before_anything_else() -> None:
    older = "import sys, runpy; sys.version_info = (3, 9, 6)"
    code = f"{older}; runpy.run_path({str(SETUP)!r}, run_name='__main__')"
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Twofold needs Python 3.11 or later, and this one is 3.9")


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying ... NewConnectionError(...)\nERROR: No matching distribution found", "network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "checksum"),
        ("ERROR: No matching distribution found for x==1", "not offered"),
        ("CMake Error: No CMAKE_CXX_COMPILER could be found.", "C++ compiler"),
        ('Target "ggml-cuda" links to:\n\n  CUDA::cublas\n\nbut the target was not found.', "cuBLAS"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "memory"),
        ("something new", "end of the log"),
    ],
)
def test_a_tools_log_is_read(tmp_path: Path, written: str, meaning: str) -> None:
    code = f"import sys; print({written!r}); sys.exit(2)"
    log = tmp_path / "logs" / "tool.log"
    with pytest.raises(Trouble, match=re.escape(str(log))) as caught:
        steps.call((sys.executable, "-c", code), log, "building", os.environ, tmp_path)
    assert meaning in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_at_once_go_one_after_the_other(tmp_path: Path) -> None:
    code = (
        f"import sys, time; sys.path.insert(0, {str(SETUP.parent)!r})\n"
        "from pathlib import Path\nfrom steps import one_at_a_time\n"
        f"with one_at_a_time(Path({str(tmp_path / 'lock')!r})):\n"
        "    print('in', flush=True); time.sleep(1); print('out', flush=True)\n"
    )
    words = (sys.executable, "-c", code)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "in\n"
        began = time.monotonic()
        second = subprocess.run(words, capture_output=True, text=True, check=True)
        assert time.monotonic() - began > 1.5
    assert "waiting" in second.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")
def test_stopping_ends_what_a_tool_started(tmp_path: Path) -> None:
    """As Ninja does, this tool has a child in a group of its own, and ends it when it is asked to."""
    script = "set -m; sleep 60 & echo $! > child; trap 'kill $!; exit 1' TERM; wait"
    code = (
        f"import os, signal, sys; sys.path.insert(0, {str(SETUP.parent)!r})\n"
        "from pathlib import Path\nfrom steps import call\n"
        "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        f"call(('bash', '-c', {script!r}), Path('log'), 'waiting', os.environ, Path('.'))\n"
    )
    words = (sys.executable, "-c", code)
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL) as stopped:
        child = tmp_path / "child"
        while not child.exists() or not child.read_text().strip():
            assert stopped.poll() is None
            time.sleep(0.05)
        stopped.terminate()
    number = int(child.read_text())
    patience = time.monotonic() + 10
    while psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < patience
        time.sleep(0.05)
