"""`ui/__init__.py` keeps the program alive under PySide6 6.12.0 and Python 3.11."""

import subprocess
import sys

CALLS = """
import sys
sys.path.insert(0, {root!r})
{first}
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
app = QGuiApplication(["", "-platform", "offscreen"])
painter = QPainter()
for _ in range(60_000):
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
print("alive")
"""


def test_calls_that_return_nothing_do_not_end_the_program(request: object) -> None:
    root = str(__import__("pathlib").Path(__file__).resolve().parents[2])
    code = CALLS.format(root=root, first="import ui")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "alive" in done.stdout
