"""Tries a page out in the browser: whether all that its sketch implies is there and works when it is clicked.

Every button is tried on a page that was loaded anew, so that no click spoils the next. Run in a process of
its own by `ui.page_check`; nothing waits here, all of it is answered by the event loop.
"""

import json
from collections.abc import Generator
from functools import cache
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.sketch import Act, Effect, Implied
from ui.page_check import Outcome
from ui.page_view import Level, Message, PageView
from ui.theme import ASSETS

SIZE = (1280, 900)
SETTLE = 60  # ms after a page is loaded, and after a click that is judged
CLICK = 20  # ms between clicks that belong together
LOOKS = 10  # how often it is looked whether a click has done something, SETTLE apart
BEAT = 500  # ms; a loop is told from work after five of them
CLEARS = ("C", "AC")
WORDS = "Ada Lovelace 7"  # what is typed; stands in no sketch

Found = dict[str, Any] | list[Any] | str | bool | int | None
Steps = Generator[str | int | None, Found, Any]  # a script to run, ms to wait, or None: load the page anew


@cache
def _probe() -> str:
    return (ASSETS / "trial.js").read_text("utf-8")


class PageTrial(QObject):
    """One trial of one page, begun by `start`."""

    done = Signal(object)  # an Outcome

    def __init__(self, html: str, wanted: Implied, seconds: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._html, self._wanted = html, wanted
        self._names = map(str, count())
        self._errors: dict[str, None] = {}
        self._said: list[str] = []  # by dialogs, since the page was loaded
        self._seen: set[str] = set()
        self._idle: list[tuple[Act, str]] = []
        self._unwritable: list[str] = []
        self._ended = ""
        self._steps = self._all()
        self._waits_for_load = False
        self._over = False
        self._limit = QTimer(self, singleShot=True, interval=round(seconds * 1000))
        self._limit.timeout.connect(lambda: self._finish("it did not come to rest in time"))
        self.view = PageView()
        # It has to be laid out as if it could be seen, but nobody is to see it.
        self.view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.view.resize(*SIZE)
        self.view.watch.set_beat(BEAT)
        self.view.loaded.connect(self._loaded)
        self.view.failed.connect(lambda _: self._finish("it stopped answering"))
        self.view.console.connect(self._heard)

    def start(self) -> None:
        """Try it; `done` is emitted once."""
        self.view.show()
        self._limit.start()
        self._go(None)

    # The driver

    def _go(self, found: Found) -> None:
        if self._over:
            return
        try:
            step = self._steps.send(found)
        except StopIteration:
            self._finish("")
            return
        if step is None:
            self._said.clear()
            self._waits_for_load = True
            # A name of its own each time: what the page stored is not there any more.
            self.view.show_page(self._html, next(self._names))
        elif isinstance(step, int):
            QTimer.singleShot(step, lambda: self._go(None))
        else:
            self.view.run_apart(step, self._go)

    def _loaded(self) -> None:
        if self._waits_for_load:
            self._waits_for_load = False
            QTimer.singleShot(SETTLE, lambda: self.view.run_apart(_probe(), self._go))

    def _heard(self, message: Message) -> None:
        if message.level is Level.ERROR:
            self._errors[message.text] = None
        elif message.level is Level.DIALOG:
            self._said.append(message.text)

    def _finish(self, ended: str) -> None:
        if self._over:
            return
        self._over = True
        self._limit.stop()
        missing = () if ended else tuple(text for text in self._wanted.texts if text not in self._seen)
        outcome = Outcome(
            tuple(text for text in self._wanted.texts if text in self._seen),
            missing,
            tuple(self._idle),
            tuple(self._unwritable),
            tuple(self._errors),
            ended,
        )
        self.view.clear()
        self.view.hide()
        self.done.emit(outcome)

    # What is tried

    def _all(self) -> Steps:
        yield None
        yield from self._look()
        yield from self._write()
        for act in self._wanted.acts:
            if not _clears(act):
                yield None
            if why := (yield from self._act(act)):
                self._idle.append((act, why))
            yield from self._look()
        if any(text not in self._seen for text in self._wanted.texts):
            yield from self._search()

    def _look(self) -> Steps:
        """Note which texts can be seen now, a dialog's words included."""
        found = yield _call("visible", list(self._wanted.texts))
        assert isinstance(found, list)
        self._seen.update(found)
        self._seen.update(text for text in self._wanted.texts for said in self._said if text in said)

    def _write(self) -> Steps:
        taken: list[int] = []
        for field in self._wanted.fields:
            at = yield _call("takes", [field.label, field.hint], WORDS, taken)
            if isinstance(at, int) and at >= 0:
                taken.append(at)
            else:
                self._unwritable.append(field.label or field.hint)

    def _act(self, act: Act) -> Generator[str | int | None, Found, str]:
        """Why a click does not do what it should; empty where it does."""
        if act.effect in (Effect.ADD, Effect.SEND):
            yield _call("fill", WORDS)
        for words in act.first:
            if not (yield _call("click", words, 0)):
                return "absent"
            yield CLICK
        if act.shows:
            early = yield _call("visible", list(act.shows))
            if act.effect is Effect.REVEAL and early == list(act.shows):
                return "shown before"
        before = yield _call("look")
        lines = yield _call("lines")
        if not (yield _call("click", act.button, act.nth)):
            return "absent"
        for _ in range(LOOKS):
            yield SETTLE
            if (yield from self._did(act, before, lines)):
                return ""
        return "nothing"

    def _did(self, act: Act, before: Found, lines: Found) -> Generator[str, Found, bool]:
        """Whether the click has done by now what it should."""
        if act.shows:
            seen = yield _call("visible", list(act.shows))
            assert isinstance(seen, list)
            return all(text in seen or any(text in said for said in self._said) for text in act.shows)
        if act.effect is Effect.ADD:
            return bool((yield f"document.body.innerText.includes({json.dumps(WORDS)})"))
        if self._said:
            return True
        if act.effect is Effect.PRESS:
            return (yield _call("look")) != before
        return (yield _call("lines")) != lines

    def _search(self) -> Steps:
        """What is missing may be behind a button that the sketch does not have."""
        yield None
        tried = [act.button for act in self._wanted.acts]
        others = yield _call("rest", tried)
        assert isinstance(others, list)
        for words in others:
            yield _call("click", words, 0)
            yield SETTLE
            yield from self._look()


def _clears(act: Act) -> bool:
    """Whether it begins by clearing a calculator, which is quicker than to load the page anew."""
    return act.effect is Effect.COMPUTE and bool(act.first) and act.first[0].upper() in CLEARS


def _call(name: str, *arguments: object) -> str:
    return f"trial.{name}({', '.join(map(json.dumps, arguments))})"


def run(html: str, wanted: Implied, seconds: float) -> Outcome:
    """Try a page in this process, which needs to have nothing else to do. Raises ImportError where
    a library that Chromium needs is missing."""
    from PySide6.QtWidgets import QApplication

    from ui import page_lock

    app = QApplication.instance() or QApplication(["twofold"])
    page_lock.prepare()
    outcomes: list[Outcome] = []
    trial = PageTrial(html, wanted, seconds)

    def told(outcome: Outcome) -> None:
        outcomes.append(outcome)
        QTimer.singleShot(0, app.quit)

    trial.done.connect(told)
    QTimer.singleShot(0, trial.start)
    app.exec()
    return outcomes[0]
