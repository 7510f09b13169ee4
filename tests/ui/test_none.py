"""`ui/__init__.py` keeps the program alive under PySide6 6.12.0 and Python 3.11."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANY_CALLS = """
import ui
from PySide6.QtGui import QGuiApplication, QPainter
app = QGuiApplication(["", "-platform", "offscreen"])
painter = QPainter()
for _ in range(60_000):
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
print("alive")
"""


def test_calls_that_return_nothing_do_not_end_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_CALLS], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "alive" in done.stdout
