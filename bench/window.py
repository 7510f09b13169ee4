"""The real window in a process of its own, offscreen: idle, or drawing a real answer.

Run as `python -m bench.window MODEL THREADS HOME`. Each request is answered by a turn in a new chat, begun in
the composer and drawn as it comes.
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter

import msgspec

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEvent, QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication, QWidget

from app import chat
from app.chat import Chat, TurnEvent
from app.core import Core
from bench.child import reply
from bench.measure import CONTEXT, SAMPLING
from models.engine import Engine, Stream
from models.gguf import read_header
from models.library import LocalModel
from models.places import Places
from models.wire import Generate
from models.worker.process import serve_language
from ui import style
from ui.window import Window


class Endless(Engine):
    """The product's engine; its answers have the length that is being measured."""

    tokens = 1

    def generate(self, request: Generate) -> Stream:
        return super().generate(
            msgspec.structs.replace(request, sampling=SAMPLING, max_tokens=self.tokens, ban_end=True)
        )


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def make_core(home: Path, model: Path, threads: int) -> tuple[Core, Endless]:
    """The product's parts with this model, and the engine that can be told how long to write."""
    core = Core(Places(home))
    core.settings.change(context=CONTEXT, threads=threads)
    header = read_header(model)
    core.only_model = LocalModel(model, header.name, header)
    engine = Endless(serve_language, core.places.logs / "engine.log")
    core.engine = engine
    core.chat = Chat(core.store, engine, core.pictures, core.places.machine, core.setup)
    return core, engine


class Desk(QObject):
    """Takes a request, has it answered in the window, and tells what that took."""

    def __init__(self, window: Window, engine: Endless) -> None:
        super().__init__()
        self._window = window
        self._engine = engine
        self._paints = Paints(window.chat_page.transcript.viewport())
        self._began = 0.0  # when the first text came to the window
        self._before = self._tokens = 0
        self._stdin = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._stdin.activated.connect(self._take)
        window.bridge.happened.connect(self._happened)
        window.bridge.over.connect(self._over)

    def _take(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self._window.close()
            return
        request = json.loads(line)
        self._engine.tokens = request["tokens"]
        self._began, self._paints.count = 0.0, 0
        self._window.open_new()
        self._window.chat_page.composer.submitted.emit(request["text"])

    def _happened(self, conversation_id: str, event: TurnEvent) -> None:
        match event:
            case chat.Wrote(tokens=tokens):
                if not self._began:
                    self._began, self._before = perf_counter(), tokens
                self._tokens = tokens
            case chat.Ended(node=node) if node.fault:
                raise RuntimeError(node.fault)

    def _over(self, conversation_id: str) -> None:
        if not conversation_id:
            reply()  # the model is loaded: ready
            return
        self._window.chat_page.transcript.viewport().repaint()
        took = perf_counter() - self._began
        reply(speed=(self._tokens - self._before) / took, paints=self._paints.count)


def main() -> int:
    model, threads, home = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    app = QApplication(sys.argv[:1])
    style.apply(app)
    core, engine = make_core(home, model, threads)
    window = Window(core)
    desk = Desk(window, engine)
    window.show()
    try:
        return app.exec()
    finally:
        del desk


if __name__ == "__main__":
    sys.exit(main())
