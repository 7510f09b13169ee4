"""Watches over the process of a page: whether it answers, and how much memory it takes."""

import contextlib
import os
import signal
from collections.abc import Callable
from enum import Enum, auto

from PySide6.QtCore import QObject, QTimer, Signal

BEAT = 1000  # ms between two questions whether the page still answers
MISSED = 5  # questions that may stay without an answer before the page is ended
MOST_MEMORY = 1_500_000_000  # bytes of the page's process; the model needs the rest

Ask = Callable[
    [Callable[[object], None]], None
]  # puts a question to the page; what is given hears the answer


class Fate(Enum):
    """Why a page was ended."""

    HUNG = auto()
    GREEDY = auto()


class PageWatch(QObject):
    """Ends the process when it does not answer, or takes too much; says so before.

    By beats and not by the clock: when the window itself was held up, answers wait behind this.
    """

    ends = Signal(object)  # a Fate

    def __init__(self, parent: QObject, process: Callable[[], int], ask: Ask) -> None:
        """`process` gives the id of the page's process, 0 where there is none."""
        super().__init__(parent)
        self._process, self._ask = process, ask
        self._missed = -1  # beats without an answer; -1 while nothing is asked
        self._beat = QTimer(self, interval=BEAT)
        self._beat.timeout.connect(self._look)

    @property
    def silent(self) -> bool:
        """Whether a question has been without an answer for a beat."""
        return self._missed > 0 and self._process() > 0

    def set_beat(self, milliseconds: int) -> None:
        """How often the page is asked."""
        self._beat.setInterval(milliseconds)

    def begin(self) -> None:
        """Watch over a page that was just asked for."""
        self._missed = -1
        self._beat.start()

    def stop(self) -> None:
        self._beat.stop()

    def kill(self) -> None:
        """End the process. What shows the page hears of it."""
        with contextlib.suppress(OSError):  # it has just gone by itself
            if process := self._process():
                os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _look(self) -> None:
        process = self._process()
        if not process:
            return
        if self._missed >= 0:
            self._missed += 1
            if self._missed >= MISSED:
                self._end(Fate.HUNG)
            return
        self._missed = 0
        self._ask(self._answered)
        if _memory(process) > MOST_MEMORY:
            self._end(Fate.GREEDY)

    def _answered(self, _: object) -> None:
        self._missed = -1

    def _end(self, fate: Fate) -> None:
        self._beat.stop()
        self.ends.emit(fate)
        self.kill()


def _memory(process: int) -> int:
    """Bytes that a process holds; 0 where it is gone."""
    import psutil

    try:
        return int(psutil.Process(process).memory_info().rss)
    except psutil.Error:
        return 0
