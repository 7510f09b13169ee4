"""Colours for code, in slices: Pygments never holds the window up for more than a few milliseconds.

A closed block is lexed once from its top by `run`. While a fence is open, complete lines are lexed from the
last line at which it is safe to start (see `_safe`), which is right nearly always and is done again properly
once the fence closes.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from functools import cache
from time import perf_counter
from typing import NamedTuple

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.lexers._mapping import LEXERS
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from pygments.util import ClassNotFound

LONGEST_LINE = 4_000  # a block with a longer line, or with more text, stays uncoloured
LONGEST_TEXT = 2_000_000
REACH = 60  # lines that are lexed again at most while streaming


class Ink(Enum):
    """The colours that code has; all else is ink."""

    KEYWORD = "accent"
    LITERAL = "caution"
    COMMENT = "ink3"


class Mark(NamedTuple):
    """A coloured part of one line, in characters."""

    start: int
    length: int
    ink: Ink


@cache
def _names() -> dict[str, str]:
    return {alias: name for _, name, aliases, _, _ in LEXERS.values() for alias in aliases}


def language_name(info: str) -> str:
    """The name to show for the word after a fence: "python" becomes "Python"; unknown words stay."""
    return _names().get(info.lower(), info)


_loader = ThreadPoolExecutor(1, thread_name_prefix="lexers")


@cache
def _lexer(info: str) -> "Future[Lexer | None]":
    """The lexer of a language. In a thread: to import and compile one takes up to 40 ms."""

    def load() -> Lexer | None:
        try:
            lexer = get_lexer_by_name(info, stripnl=False, ensurenl=False)
        except ClassNotFound:
            return None
        list(lexer.get_tokens_unprocessed("\n"))  # compiles its expressions
        return lexer

    return _loader.submit(load)


_INKS: tuple[tuple[_TokenType, Ink], ...] = (
    (Comment.Preproc, Ink.KEYWORD),
    (Comment, Ink.COMMENT),
    (String, Ink.LITERAL),
    (Number, Ink.LITERAL),
    (Keyword, Ink.KEYWORD),
    (Operator.Word, Ink.KEYWORD),
    (Name.Tag, Ink.KEYWORD),
)


@cache
def _ink(token: _TokenType) -> Ink | None:
    lineage = token.split()
    return next((ink for kind, ink in _INKS if kind in lineage), None)


class Highlighter:
    """The marks of the lines of one block of code; `lines` is the block's own list, which may grow."""

    def __init__(self, language: str, lines: list[str]) -> None:
        self._loading = _lexer(language.lower()) if language else None
        self._lines = lines
        self._marks: list[list[Mark]] = []
        self._safe = 0  # a line from which lexing can start afresh
        self._open: Ink | None = None  # what a string or comment that runs past the last line is coloured as
        self._tokens: Iterator[tuple[int, _TokenType, str]] | None = None
        self._fresh: list[list[Mark]] = []
        self.lexed = 0  # characters lexed so far: what a test of the cost counts
        self._column = 0
        self.closed = False
        self.done = self._loading is None  # nothing more can be coloured

    @property
    def _lexer(self) -> Lexer | None:
        """None until it is loaded, and for a language that is not known."""
        return self._loading.result() if self._loading is not None and self._loading.done() else None

    def wait(self) -> None:
        """Until the lexer is loaded; for tests."""
        if self._loading is not None:
            self._loading.result()

    def marks(self, number: int) -> list[Mark]:
        """The marks of a line; none until it has been lexed."""
        if number < len(self._marks):
            return self._marks[number]
        if self.closed or self._lexer is None or number != len(self._marks) or number >= len(self._lines):
            return []
        line = self._lines[number]
        if self._open is not None:
            return [Mark(0, len(line), self._open)]
        # The line that is being written: by itself, for its state is that of the line before.
        return self._lex(line[:LONGEST_LINE])[0]

    def grow(self, complete: int) -> int:
        """Lex the lines up to `complete`, of an open fence; gives the first line that looks different."""
        known = len(self._marks)
        if self._lexer is None or complete <= known:
            return complete
        start = max(self._safe, known - REACH)
        if complete - start > 4 * REACH:  # much at once, as when a long answer is opened: left to `run`
            return complete
        text = "\n".join(self._lines[start:complete]) + "\n"
        if len(text) > LONGEST_LINE:
            start, text = known, "\n".join(self._lines[known:complete])[:LONGEST_LINE] + "\n"
        found = self._lex(text, start)[: complete - start]
        found += [[] for _ in range(complete - start - len(found))]
        self._marks[start:] = found
        return start

    def close(self) -> None:
        """The block is whole: begin to lex it properly; `run` does it."""
        self._tokens, self.closed = None, True
        too_long = sum(map(len, self._lines)) > LONGEST_TEXT or any(
            len(line) > LONGEST_LINE for line in self._lines
        )
        self.done = self._loading is None or too_long

    def run(self, seconds: float) -> bool:
        """Lex a closed block for about so long; whether any line looks different now."""
        if self.done or self._loading is None or not self._loading.done():
            return False
        if self._lexer is None:
            self.done = True
            return False
        until = perf_counter() + seconds
        if self._tokens is None:
            self._fresh = [[]]
            self._tokens = self._lexer.get_tokens_unprocessed("\n".join(self._lines) + "\n")
            self._column = 0
        for count, (_, token, text) in enumerate(self._tokens):
            self.lexed += len(text)
            self._column = _put(self._fresh, self._column, _ink(token), text)
            if not count % 16 and perf_counter() > until:
                known = len(self._fresh) - 1
                self._marks[:known] = self._fresh[:known]
                return True
        self._marks = self._fresh
        self._tokens, self.done = None, True
        return True

    def _lex(self, text: str, first_line: int = -1) -> list[list[Mark]]:
        """The marks of some lines, lexed afresh; notes the last safe line when `first_line` is given."""
        assert self._lexer is not None
        self.lexed += len(text)
        found: list[list[Mark]] = [[]]
        column = 0
        ink: Ink | None = None
        blank = False
        for _, token, value in self._lexer.get_tokens_unprocessed(text):
            ink = _ink(token)
            if first_line >= 0 and column == 0 and blank and value[:1].strip(" \t})]\n"):
                self._safe = first_line + len(found) - 1
            column = _put(found, column, ink, value)
            if value.endswith("\n"):
                # Safe after an empty line that belongs to no string and no comment.
                blank = ink is None and not found[-2]
        if first_line >= 0:
            # A line end that is coloured lies inside a string or a comment, which so runs on.
            self._open = ink if text.endswith("\n") else None
        return found


def _put(lines: list[list[Mark]], column: int, ink: Ink | None, text: str) -> int:
    """Add a token to the last line, and to new ones where it spans lines; gives the column after it."""
    first, *rest = text.split("\n")
    if first and ink is not None:
        lines[-1].append(Mark(column, len(first), ink))
    column += len(first)
    for line in rest:
        lines.append([Mark(0, len(line), ink)] if line and ink is not None else [])
        column = len(line)
    return column
