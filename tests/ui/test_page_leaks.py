"""What leaves a hostile page, counted outside of the process that shows it: nothing; and what would leave."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT

NEW_NETWORK = ["unshare", *([] if hasattr(os, "geteuid") and os.geteuid() == 0 else ["-Ur"]), "--net"]
TOOLS = ("unshare", "nsenter", "ip")


@pytest.fixture(scope="module", autouse=True)
def networks() -> None:
    """Whether this system lets the test make networks of its own."""
    if sys.platform != "linux" or not all(map(shutil.which, TOOLS)):
        pytest.skip(f"needs Linux with {', '.join(TOOLS)}")
    cable = ["ip", "link", "add", "name", "out", "type", "veth", "peer", "name", "in"]
    if subprocess.run([*NEW_NETWORK, *cable], capture_output=True).returncode:
        pytest.skip("this system lets no program make a network of its own")


def left(how: str) -> dict[str, Any]:
    command = [*NEW_NETWORK, sys.executable, "-m", "tests.ui.wire", how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_nothing_leaves_a_locked_page() -> None:
    assert left("locked") == {"packets": {}, "shown": "words"}


def test_control_an_unlocked_view_is_heard() -> None:
    packets = left("free")["packets"]
    assert packets["tcp"] > 0
    assert packets["udp"] > 0
