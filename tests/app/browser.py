"""A real browser for the tests of pages, in a process of its own: Chromium wants to be there before Qt is.

Run as a program it reads orders from stdin, one JSON object a line, and answers each with one line.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any


class Browser:
    """Opens files and runs script in them. What a page logs as an error is an error of the test."""

    def __init__(self, dark: bool = False) -> None:
        flags = [f"--blink-settings=preferredColorScheme={0 if dark else 1}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses to start as root otherwise
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "QTWEBENGINE_CHROMIUM_FLAGS": " ".join(flags),
        }
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(20)

    def _ask(self, **order: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):
                answer = json.loads(line)
                assert not answer["errors"], answer["errors"]
                return answer["result"]
        raise AssertionError("the browser ended")

    def open(self, path: Path, width: int = 1280, height: int = 900) -> None:
        """A file, anew, in a window of this size in CSS pixels."""
        self._ask(open=str(path), width=width, height=height)

    def run(self, script: str) -> Any:
        """The value of an expression, or of the last statement."""
        value = self._ask(run=f"JSON.stringify((0, eval)({json.dumps(script)}))")
        return json.loads(value) if value else None

    def shoot(self, path: Path) -> None:
        """A picture of the window."""
        self._ask(shoot=str(path))


def _serve() -> None:
    from PySide6.QtCore import QEventLoop, QTimer, QUrl
    from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
    from PySide6.QtWebEngineWidgets import QWebEngineView
    from PySide6.QtWidgets import QApplication

    errors: list[str] = []

    class Page(QWebEnginePage):
        def javaScriptConsoleMessage(
            self, level: QWebEnginePage.JavaScriptConsoleMessageLevel, message: str, line: int, source: str
        ) -> None:
            if level == QWebEnginePage.JavaScriptConsoleMessageLevel.ErrorMessageLevel:
                errors.append(f"{message} (line {line})")

    def wait(milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    application = QApplication([])
    view = QWebEngineView()
    profile = QWebEngineProfile(view)  # off the record
    page = Page(profile, view)
    view.setPage(page)
    view.show()
    for line in sys.stdin:
        order = json.loads(line)
        result: Any = None
        if "open" in order:
            view.resize(order["width"], order["height"])
            loop = QEventLoop()
            page.loadFinished.connect(loop.quit)
            view.load(QUrl.fromLocalFile(order["open"]))
            loop.exec()
            wait(60)
        elif "run" in order:
            loop = QEventLoop()
            box: list[Any] = []

            def done(value: Any, box: list[Any] = box, loop: QEventLoop = loop) -> None:
                box.append(value)
                loop.quit()

            page.runJavaScript(order["run"], 0, done)
            if not box:
                loop.exec()
            result = box[0]
        elif "shoot" in order:
            wait(250)
            view.grab().save(order["shoot"])
        print(json.dumps({"result": result, "errors": errors}), flush=True)
        errors.clear()
    view.setPage(QWebEnginePage(view))
    page.deleteLater()
    application.processEvents()  # the page goes before its profile


if __name__ == "__main__":
    _serve()
