"""Another process that measures: one line of JSON in, one line of JSON out."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent


class Child:
    """`python -m MODULE ARGUMENTS`, until the `with` ends. What it prints on stderr goes into a log."""

    def __init__(self, module: str, *arguments: object, log: Path) -> None:
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                text=True,
            )
        self._log = log

    def __enter__(self) -> Self:
        self.answer()  # it says when it is ready
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for what it measured."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line; raises RuntimeError with the end of the log when the process is gone."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(10)
            raise RuntimeError(f"a measuring process ended:\n{self._log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def requests() -> Iterator[dict[str, Any]]:
    """In the child: say that it is ready, then give what comes in until the end."""
    reply()
    for line in sys.stdin:
        yield json.loads(line)


def reply(**answer: Any) -> None:
    """In the child: what was measured."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
