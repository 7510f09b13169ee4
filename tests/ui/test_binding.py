"""The Qt binding that is locked keeps count of Python's own objects.

PySide6 6.12.0 gives back one reference to None and to True too many in many calls on Python 3.11, and the
program is aborted after some ten thousand of them. A newer version may be locked when this passes with it.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANY_CALLS = """
import sys
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication(["", "-platform", "offscreen"])
painter, widget = QPainter(), QWidget()
counted = lambda: [sys.getrefcount(each) for each in (None, True, False, ..., 0)]
before = counted()
for _ in range(20_000):
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    widget.update(); widget.isVisible(); widget.setVisible(False); widget.isHidden(); widget.x()
print(max(abs(now - then) for now, then in zip(counted(), before)))
"""


def test_references_are_counted() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MANY_CALLS], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100
