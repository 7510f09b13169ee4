"""Offline is proved, not promised: `offline.py` says how, and `without_internet.py` is what is done there."""

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
