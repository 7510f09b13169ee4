"""Two canvases in one process, offscreen, whose pages are written by turns: one at its start, one at its end.

Run as `python -m bench.preview_windows`. Both write the same kind of page while they are timed, sections with
styles and words, and are scrolled to what is written, so that the one difference is how much stands above it.
"""

import os
import sys
import time
from itertools import count
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bench.child import reply, requests
from bench.measure import Pairs, side_by_side
from ui import style
from ui.canvas import Canvas

UPDATES = 5  # timed together
PIECE = 40  # characters of an update: what a model of some 100 tokens a second writes in 100 ms


def page(size: int) -> str:
    """A page of so many characters, not closed yet."""
    head = (
        "<!doctype html><html><head><title>Harbour</title><style>body { font: 16px serif; margin: 2em } "
        "section { border: 1px solid #888; border-radius: 6px; padding: 1em; margin: 1em 0 }</style></head>"
        "<body>"
    )
    parts = [head]
    for number in count(1):
        parts.append(
            f"<section><h2>Boat {number}</h2>\n<p>It left the quay at {number % 24} o'clock with "
            f"<b>nets</b>, ropes and a crew of {number % 7 + 2}.</p>\n<ul><li>Salt</li><li>Ice</li></ul>"
            "</section>\n"
        )
        if sum(map(len, parts)) >= size:
            return "".join(parts)[:size]
    raise AssertionError


class Written:
    """A canvas whose page is being written, taken as far as `begun` characters."""

    def __init__(self, html: str, begun: int) -> None:
        self._html, self._at = html, begun
        self._canvas = Canvas()
        self._canvas.resize(792, 800)
        self._canvas.show()
        self._canvas.stream(html[:begun])
        QTest.qWait(1500)  # Chromium has started, and what stands is painted

    def update(self) -> float:
        """Seconds of processor time an update: of all threads here, and of the page's process."""
        before = self._used()
        for _ in range(UPDATES):
            self._at += PIECE
            self._canvas.stream(self._html[: self._at])
            self._painted()
        return (self._used() - before) / UPDATES

    def _used(self) -> float:
        return time.process_time() + _used_by(self._canvas.page.view.process)

    def _painted(self) -> None:
        """Until the page has taken what was written, and what can be seen of it is drawn."""
        view = self._canvas.page.view
        while view.behind:
            QTest.qWait(5)
        loop = QEventLoop()
        words = "scrollTo(0, document.documentElement.scrollHeight); 1"
        view.run_apart(words, lambda _: loop.quit())
        loop.exec()
        QTimer.singleShot(50, loop.quit)
        loop.exec()

    def close(self) -> None:
        self._canvas.clear()
        self._canvas.close()


def _used_by(process: int) -> float:
    """Seconds of processor time that a process has used: by the scheduler's own account, in nanoseconds."""
    threads = Path(f"/proc/{process}/task")
    try:
        return sum(int((one / "schedstat").read_text().split()[0]) for one in threads.iterdir()) / 1e9
    except (OSError, ValueError):  # another system
        import psutil

        times = psutil.Process(process).cpu_times()
        return float(times.user + times.system)


def measure(size: int, early: int, late: int, rounds: int) -> Pairs:
    """Both are timed around their place, as far before it as after it."""
    half = (2 * rounds + 1) * UPDATES * PIECE // 2
    html = page(size + half)
    far, near = (Written(html, size * place // 100 - half) for place in (late, early))
    far.update(), near.update()  # once each, for what is made at the first time
    pairs = side_by_side(far.update, near.update, rounds)
    for written in (far, near):
        written.close()
    return pairs


def main() -> None:
    app = QApplication(sys.argv[:1])
    style.apply(app)
    for request in requests():
        pairs = measure(request["size"], request["early"], request["late"], request["rounds"])
        reply(late=pairs.ours, early=pairs.theirs)


if __name__ == "__main__":
    main()
