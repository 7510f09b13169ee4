"""What all words of the command do at a terminal: say a sentence, show what takes a while, heed Ctrl+C."""

import os
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.turn import Turn

if TYPE_CHECKING:
    from models.download import Download

INTERRUPTED = 130  # the exit code of a program that was ended by Ctrl+C


def say(sentence: str, code: int = 1) -> int:
    """To stderr; returns the exit code."""
    print(sentence, file=sys.stderr)
    return code


def until_stopped(events: "Turn | Download") -> Iterator[object]:
    """The events; Ctrl+C cancels what makes them, and their end still comes."""
    before = signal.signal(signal.SIGINT, lambda *_: events.cancel())
    try:
        yield from events
    finally:
        events.close()
        signal.signal(signal.SIGINT, before)


class Busy:
    """One line on stderr that says what takes a while; only where a person reads it."""

    def __init__(self) -> None:
        self._shown = False
        self._tty = sys.stderr.isatty()

    def say(self, words: str) -> None:
        if self._tty:
            columns = os.get_terminal_size(sys.stderr.fileno()).columns
            words = words[: (columns or 80) - 1]  # a line that wraps cannot be taken back
            print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)
            self._shown = True

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._shown = False
