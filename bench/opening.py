"""Opens a window as a person would, types one key as soon as it has been painted, and says when that arrived.

Run as `python -m bench.opening twofold|plain`. The time is `time.monotonic`, which is the same clock in every
process here. Nothing that only measures is imported before the window stands.
"""

import os
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QVBoxLayout, QWidget

KEY = "a"
AGAIN = 1  # ms until the next try where nothing has the keyboard yet


class Typist(QObject):
    """Waits for the first paint of a window, types, tells, and closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self.type)  # when this paint is over
        return False

    def type(self) -> None:
        """One key to whatever has the keyboard, until it stands in the text."""
        editor = QApplication.focusWidget()
        if isinstance(editor, QPlainTextEdit):
            before = len(editor.toPlainText())
            pressed = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, KEY)
            QApplication.sendEvent(editor, pressed)
            if len(editor.toPlainText()) == before + 1:
                print(time.monotonic(), flush=True)
                self._window.close()
                return
        QTimer.singleShot(AGAIN, self.type)


class Watched(QApplication):
    """An application whose first window is typed into."""

    def exec(self) -> int:  # type: ignore[override]  # PySide declares it static, and it is called on this
        window = max((w for w in self.topLevelWidgets() if w.isVisible()), key=lambda w: w.width())
        Typist(window)
        return super().exec()


def open_twofold() -> int:
    """What the `twofold` command does, in its own order."""
    from PySide6 import QtWidgets

    from ui.__main__ import main

    vars(QtWidgets)["QApplication"] = Watched
    return main([])


def open_plain() -> int:
    """A bare window with a text field, and the same fonts."""
    from pathlib import Path

    from PySide6.QtGui import QFont, QFontDatabase

    app = Watched(sys.argv[:1])
    for file in sorted((Path(__file__).parent.parent / "assets" / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(file))
    app.setFont(QFont("Inter"))
    window = QWidget()
    editor = QPlainTextEdit()
    QVBoxLayout(window).addWidget(editor)
    window.resize(1280, 800)
    editor.setFocus()
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(open_twofold() if sys.argv[1] == "twofold" else open_plain())
