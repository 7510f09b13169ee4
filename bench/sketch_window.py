"""The window on which sketches are dropped, without a model. Run as `python -m bench.sketch_window PROFILE`.

The draft needs none, and what a model adds comes after it.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["TWOFOLD_STILL"] = "1"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core import Core
from bench.child import reply, requests
from models.places import Places
from ui import style
from ui.window import Window

LONGEST = 120  # seconds for one sketch


def wait(until: Callable[[], object]) -> None:
    end = perf_counter() + LONGEST
    while not until():
        if perf_counter() > end:
            raise RuntimeError("the draft did not come")
        QTest.qWait(1)


def drop(window: Window, file: str) -> float:
    """Seconds until the draft of it is loaded in the canvas."""
    window.open_new()
    page, loaded = window.chat_page, list[float]()

    def note() -> None:
        loaded.append(perf_counter())

    began = perf_counter()
    page.desk.take([file])
    wait(lambda: page.desk.sketch)
    page.make_page("")
    wait(lambda: window.canvas_pages.is_open)
    view = window.canvas_pages.canvas.page.view
    view.loaded.connect(note)
    wait(lambda: loaded)
    view.loaded.disconnect(note)
    wait(lambda: page.conversation.id not in page.answering)
    return loaded[0] - began


def main() -> None:
    app = QApplication([])
    style.apply(app)
    window = Window(Core(Places(Path(sys.argv[1])).create()))
    window.resize(1280, 800)
    window.show()
    wait(lambda: window.chat_page._looked)
    for request in requests():
        reply(seconds=drop(window, request["path"]))
    window.close()


if __name__ == "__main__":
    main()
