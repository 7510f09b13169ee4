"""Whether a page does what its sketch implies, tried out in a browser that is a process of its own.

Nothing of Qt is loaded here: it is what the command in a terminal and the threads of the window call. The
process reads one `Order` as JSON from stdin, and writes one `Outcome` to stdout.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable

import msgspec

from app.making import CannotTry
from app.pictures import ReadingStopped
from app.sketch import Act, Effect, Implied
from models.words import plain

PATIENCE = 30.0  # seconds that one trial may take; three are usual
STARTING = 20.0  # seconds more until the process stands, on a slow disk
LONGEST = 160  # characters of an error of the page, in a sentence
LOOK = 0.1  # seconds between two looks whether anybody still waits
REFUSED = 3  # the exit code where this machine shows no pages; the sentence is on stdout

_WHY = {
    "shown before": "{button} has nothing to reveal",
    "absent": "{button} is not on it",
}
_NOTHING = {
    Effect.REVEAL: "{button} does not show {shows}",
    Effect.ADD: "{button} does not add what was typed",
    Effect.CHECK: "{button} gives no answer",
    Effect.COUNT: "{button} counts nothing",
    Effect.COMPUTE: "{button} does not give {shows}",
    Effect.SEND: "{button} says nothing",
    Effect.PRESS: "{button} does nothing",
}


class Order(msgspec.Struct, frozen=True):
    """A page to be tried, and what must hold of it."""

    html: str
    wanted: Implied
    seconds: float = PATIENCE


class Outcome(msgspec.Struct, frozen=True):
    """What was seen of a page."""

    visible: tuple[str, ...]  # the texts that can be seen, at once or after a click
    missing: tuple[str, ...]
    idle: tuple[tuple[Act, str], ...]  # buttons that did not do what they should, and why: "absent" ...
    unwritable: tuple[str, ...]  # fields that take no text, by label or hint
    errors: tuple[str, ...]  # of the console
    ended: str = ""  # why it could not be tried to the end

    @property
    def problems(self) -> list[str]:
        """What does not hold, the worst first, as the ends of sentences."""
        if self.ended:
            return [self.ended]
        missing = [f"“{text}” cannot be seen on it" for text in self.missing]
        idle = [_idle(act, why) for act, why in self.idle]
        fields = [
            f"the field “{name}” takes no text" if name else "a field is missing" for name in self.unwritable
        ]
        return [
            *missing,
            *idle,
            *fields,
            *(f"it reports an error: {plain(error, LONGEST)}" for error in self.errors),
        ]


def _idle(act: Act, why: str) -> str:
    words = _WHY.get(why) or _NOTHING[act.effect]
    return words.format(button=f"“{act.button}”", shows=" and ".join(f"“{text}”" for text in act.shows))


def check(
    html: str, wanted: Implied, seconds: float = PATIENCE, stopped: Callable[[], bool] = lambda: False
) -> Outcome:
    """Try a page out. Blocks for some seconds; raises CannotTry, or ReadingStopped when `stopped` says so."""
    command = [sys.executable, "-m", "ui.page_check"]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false"}
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
    except OSError as error:
        raise CannotTry("The browser that tries pages could not be started.") from error
    order: bytes | None = msgspec.json.encode(Order(html, wanted, seconds))
    end = time.monotonic() + seconds + STARTING
    with process:
        while True:
            try:
                said, _ = process.communicate(order, timeout=LOOK)
                break
            except subprocess.TimeoutExpired as error:
                order = None  # it is on its way
                if stopped():
                    process.kill()
                    raise ReadingStopped from error
                if time.monotonic() > end:
                    process.kill()
                    raise CannotTry("The browser that tries pages did not answer.") from error
    if process.returncode == REFUSED:
        raise CannotTry(said.decode("utf-8", "replace").strip())
    try:
        return msgspec.json.decode(said, type=Outcome)
    except msgspec.DecodeError as error:
        raise CannotTry("The browser that tries pages broke down.") from error


def trial(html: str, wanted: Implied, stopped: Callable[[], bool]) -> list[str]:
    """What does not hold of a page: an `app.making.Trial`. Raises CannotTry and ReadingStopped."""
    return check(html, wanted, stopped=stopped).problems


def main() -> int:
    """In the process that tries: one order in, one outcome out."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    from ui import page_trial

    try:
        outcome = page_trial.run(order.html, order.wanted, order.seconds)
    except ImportError as error:
        print(error)
        return REFUSED
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    # The module is imported under its own name, as `ui.page_trial` does: so that there is one Outcome.
    from ui import page_check

    sys.exit(page_check.main())
