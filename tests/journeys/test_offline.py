"""Offline is proved, not promised: `offline.py` says how, and `without_internet.py` is what is done there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.journeys import offline


def test_nothing_that_twofold_does_asks_for_the_internet(starter: Path, tmp_path: Path) -> None:
    journey = ROOT / "tests" / "journeys" / "without_internet.py"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.journeys.offline",
            str(journey),
            "-q",
            "--basetemp",
            str(tmp_path / "in"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=170,
    )
    if done.returncode == offline.UNABLE:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout


def test_a_sketch_becomes_a_page_where_there_is_no_network(starter: Path, tmp_path: Path) -> None:
    """Chromium opens sockets and connects none: so it is in a network of its own, which has no way out."""
    journey = ("tests/journeys/test_sketch.py", "-k", "becomes_a_working_page")
    alone = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace can be made here")
    done = subprocess.run(
        [*alone, sys.executable, "-m", "pytest", *journey, "-q", "--basetemp", str(tmp_path / "in")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stdout
