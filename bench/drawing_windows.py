"""Two windows in one process, offscreen, fed by turns: one has just begun its answer, the other far in.

Run as `python -m bench.drawing_windows HOME`. Both write the same kind of thing while they are timed, prose
or code, so that the one difference is how much stands above it.
"""

import os
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from threading import Event

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.chat import Asked, Began, Chat, Ended, Turn, TurnEvent, Wrote
from app.conversation import Attached, Conversation, Node, State, new_id
from app.core import Core
from bench import texts
from bench.child import reply, requests
from bench.measure import Pairs, side_by_side
from models.parts import Role
from models.places import Places
from ui import style
from ui.window import Window

EARLY = 100  # tokens; a window is timed for HALF of them before and as many after
HALF = 50
CHUNK = 10  # tokens timed together: some of them begin a line, and then all of the view moves
FILL = 25  # tokens put in at once where nothing is timed
TURNS_OF_LOOP = 3  # of the event loop a token: paint, and what was put off


class Scripted(Chat):
    """A chat whose answers are begun here and written by whoever measures."""

    def __init__(self, core: Core) -> None:
        super().__init__(core.store, core.engine, core.pictures, core.places.machine, core.setup)
        self.done = Event()

    def send(self, conversation: Conversation, text: str, pictures: Sequence[Attached] = ()) -> Turn:
        return Turn(lambda turn: self._script(conversation, text))

    def prepare(self, conversation: Conversation | None = None) -> Turn:
        return Turn(lambda turn: self._nothing())

    def _nothing(self) -> Generator[TurnEvent, None, None]:
        yield from ()

    def _script(self, conversation: Conversation, text: str) -> Generator[TurnEvent, None, None]:
        last = conversation.last()
        asked = Node(new_id(), last.id if last else None, Role.USER, text, time.time())
        answer = Node(new_id(), asked.id, Role.ASSISTANT, "", time.time(), State.STREAMING)
        for node in (asked, answer):
            conversation.add(node)
            yield Asked(node) if node is asked else Began(node)
        self.done.wait()
        yield Ended(answer)


class Written:
    """A window with an answer that is being written."""

    def __init__(self, core: Core, answer: Iterator[str], begun: int) -> None:
        """The answer is taken as far as `begun` tokens before anything is timed."""
        self._answer = answer
        self._window = Window(core)
        page = self._window.chat_page
        self._transcript = page.transcript
        self._window.show()
        talk = Conversation(new_id())
        question = Node(new_id(), None, Role.USER, texts.question(0), time.time())
        talk.add(question)
        talk.add(Node(new_id(), question.id, Role.ASSISTANT, texts.words(400), time.time()))
        page.open(talk)  # something above, so that either view is full and moves with each line
        page.send(texts.question(1))
        self._id = talk.id
        while self._transcript.column.streaming is None:
            QTest.qWait(5)
        self._tokens = 0
        while self._tokens < begun:
            self._put(min(FILL, begun - self._tokens))
        QTest.qWait(50 + begun // 15)  # what was put off is done: code that was closed gets its colours

    def _put(self, count: int) -> None:
        text = "".join(islice(self._answer, count))
        self._tokens += count
        self._window.bridge.happened.emit(self._id, Wrote(text, self._tokens, 100.0))
        for _ in range(TURNS_OF_LOOP):
            QApplication.processEvents()

    def draw(self) -> float:
        """Seconds of the GUI thread a token, painting included."""
        began = time.thread_time()
        for _ in range(CHUNK):
            self._put(1)
        return (time.thread_time() - began) / CHUNK

    def close(self) -> None:
        self._window.hide()
        self._window.deleteLater()


def early(case: str, lines: int) -> Iterator[str]:
    """An answer that is writing what the case says at token 100."""
    if case == "code":
        return chain(texts.prose(HALF // 2), texts.code(lines + EARLY))
    return texts.prose(2 * EARLY)


def late(case: str, lines: int, at: int) -> Iterator[str]:
    """An answer with all of prose, table and code in it that is writing what the case says at token `at`."""
    code = list(texts.code(lines))
    after = -EARLY if case == "code" else EARLY  # tokens of code that are left, or that are past
    lead = max(0, at - len(code) - after)
    table = list(texts.table(min(20, lead // 20)))
    prose = texts.prose(max(0, lead - len(table)))
    return chain(prose, table, code, ["\n```\n\n"], texts.prose(2 * EARLY, start=5))


def measure(core: Core, chat: Scripted, case: str, lines: int, at: int) -> Pairs:
    """One pair of windows, as many chunks as lie around the two places."""
    chat.done.clear()
    far = Written(core, late(case, lines, at), at - HALF)
    near = Written(core, early(case, lines), EARLY - HALF)
    pairs = side_by_side(far.draw, near.draw, HALF // CHUNK)
    chat.done.set()
    QTest.qWait(100)
    for written in (far, near):
        written.close()
    QApplication.processEvents()
    return pairs


def main() -> None:
    app = QApplication(sys.argv[:1])
    style.apply(app)
    core = Core(Places(Path(sys.argv[1])))
    core.chat = chat = Scripted(core)
    for request in requests():
        sums = Pairs([], [])
        for _ in range(request["rounds"]):
            sums.add(measure(core, chat, request["case"], request["lines"], request["late"]))
        reply(late=sums.ours, early=sums.theirs)
    core.close()


if __name__ == "__main__":
    main()
