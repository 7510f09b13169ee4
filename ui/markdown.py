"""Markdown into the blocks of an answer, while the answer is being written.

Three things keep the cost of one more token the same however long the answer is:

- What stands before the last top-level block (or the last item of a top-level list) is final. Only the text
  from there on, the tail, is parsed again. To make that true, link definitions (which reach backwards) are
  shown as text, and a list is loose or tight item by item, by the blank lines in the source.
- An open code fence is not parsed at all: its lines are appended.
- Inline Markdown is not parsed here but in `ui.inline`, when a block comes into view.

Raw HTML is text. Whatever the parser drops (it stops at a depth of nesting) comes back as plain text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table
from markdown_it.token import Token

from ui.markdown_blocks import BLANK, WIDE_TABLE, Block, Code, Converter, Place, chunks, clean

WINDOW = 32_768  # characters, and
WINDOW_LINES = 800  # lines, that are parsed at most at once (in 9 ms); a block that is longer is cut
TABLE_LINES, TABLE_CELLS = 200, 1_000  # rows cost more: in 20 ms, with the measuring of their cells
FEWEST_LINES = 8  # of a table that is cut
MOST_COLUMNS = 64  # a table with more is shown as the text it was written as
EAGER = 4_096  # a tail longer than this is parsed again only when it has grown by a sixteenth
DEEPEST = 24  # nested levels; lists count twice

_OPEN = re.compile(r" {0,3}(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))\n")

_parser = MarkdownIt("zero", {"maxNesting": DEEPEST}).enable(
    ["table", "code", "fence", "blockquote", "hr", "list", "heading", "lheading"]
)
_parser.core.ruler.enableOnly(["block"])


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The parser's own rule makes three tokens of each cell; of a table that is too wide this makes one."""
    if not table(state, start, end, True):
        return False
    columns = _columns(state.getLines(start + 1, start + 2, 0, False))
    if silent or columns <= MOST_COLUMNS:
        return table(state, start, end, silent)
    after = start + 2
    while after < end and not state.isEmpty(after) and state.sCount[after] >= state.blkIndent:
        after += 1
    token = state.push(WIDE_TABLE, "", 0)
    token.map, token.meta["columns"] = [start, after], columns
    token.content = state.getLines(start, after, state.blkIndent, False)
    state.line = after
    return True


_parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})


def _columns(rule: str) -> int:
    """The columns of a table, from the line under its head."""
    return rule.strip(" |").count("|") + 1


def _most_lines(window: str) -> int:
    """How many lines of a window may be parsed at once."""
    head, _, rest = window.partition("\n")
    rule, ended, _ = rest.partition("\n")
    if "|" not in head or not ended or "-" not in rule or rule.strip(" |:-"):
        return WINDOW_LINES
    columns = _columns(rule)
    if columns > MOST_COLUMNS:
        return WINDOW_LINES
    return max(FEWEST_LINES, min(TABLE_LINES, TABLE_CELLS // columns))


@dataclass(slots=True)
class _Fence:
    code: Code
    mark: str  # the character of the fence
    length: int
    indent: int

    def closes(self, line: str) -> bool:
        bare = line.strip(" ")
        indent = len(line) - len(line.lstrip(" "))
        return indent < 4 and len(bare) >= self.length and not bare.strip(self.mark)

    def begins_to_close(self, line: str) -> bool:
        return not line.strip(" ").strip(self.mark)

    def content(self, line: str) -> str:
        spaces = len(line) - len(line.lstrip(" "))
        return line[min(spaces, self.indent) :]


@dataclass
class Document:
    """The blocks of one answer. `blocks[:final]` never change again, except that an open fence grows."""

    blocks: list[Block] = field(default_factory=list)
    final: int = 0
    parsed: int = 0  # characters given to the parser so far: what a test of the cost counts
    _tail: str = ""
    _seen: int = 0  # length of the tail when it was last parsed
    _held: str = ""  # a "\r" that may be half of a line end
    _fence: _Fence | None = None
    _loose: bool = True
    _goes_on: bool = False
    _number: int | None = None  # of the list item that the tail begins with

    @property
    def waiting(self) -> int:
        """Characters that are not in `blocks` yet, as `advance` ran out of time."""
        return 0 if self._seen >= len(self._tail) else len(self._tail) - self._seen

    def append(self, text: str) -> None:
        """Take more text; `advance` makes blocks of it."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        self._tail += clean(text.removesuffix("\r"))

    def advance(self, seconds: float = float("inf"), force: bool = False) -> int:
        """Bring `blocks` up to date, for about so long; gives the index of the first one that changed.

        Without `force` a long tail waits until it has grown enough to be worth it.
        """
        until = perf_counter() + seconds
        changed = len(self.blocks)
        grown = len(self._tail) - self._seen
        if not force and self._fence is None and self._seen > EAGER and grown * 16 < self._seen:
            return changed
        while True:
            if self._fence is not None:
                changed = min(changed, self.final - 1)
                if not self._read_fence(until):
                    return changed
            elif self._opens():
                changed = min(changed, self.final - 1)
            else:
                changed = min(changed, self.final)
                if not self._parse():
                    return changed
            if perf_counter() > until:
                return changed

    def _opens(self) -> bool:
        """Whether the tail begins with a whole opening fence; then reads it."""
        blank = len(self._tail) - len(self._tail.lstrip("\n"))
        match = _OPEN.match(self._tail, blank)
        if match is None:
            return False
        mark = match[1] or match[3]
        info = (match[2] or match[4] or "").split()
        loose = self._loose or blank > 0
        code = Code(Place(loose=loose, goes_on=self._goes_on), info[0] if info else "", [], open=True)
        self._fence = _Fence(code, mark[0], len(mark), match[0].index(mark[0]))
        self.blocks[self.final :] = [code]
        self.final += 1
        self._tail, self._seen = self._tail[match.end() :], 0
        self._goes_on = False
        self._number = None
        return True

    def _read_fence(self, until: float) -> bool:
        """Append lines to the open fence; whether it was closed and there is a tail to go on with."""
        fence = self._fence
        assert fence is not None
        lines = fence.code.lines
        if fence.code.partial:
            lines.pop()
            fence.code.partial = False
        at = 0
        while (end := self._tail.find("\n", at)) >= 0:
            line = self._tail[at:end]
            at = end + 1
            if fence.closes(line):
                fence.code.open = False
                self._fence, self._loose = None, False
                break
            lines.append(fence.content(line))
            if not len(lines) % 256 and perf_counter() > until:
                self._tail, self._seen = self._tail[at:], 0
                return False
        self._tail, self._seen = self._tail[at:], 0
        if self._fence is None:
            return True
        if self._tail and not fence.begins_to_close(self._tail):
            lines.append(fence.content(self._tail))
            fence.code.partial = True
        self._seen = len(self._tail)
        return False

    def _window(self) -> str:
        """As much of the tail as may be parsed at once, cut after a line where there is one."""
        window = chunks(self._tail[: WINDOW + 1], WINDOW)[0]
        most = _most_lines(window)
        if window.count("\n") > most:
            window = "\n".join(window.split("\n", most)[:most]) + "\n"
        return window

    def _parse(self) -> bool:
        """Parse the tail, or a window of it; whether to go on from a new beginning of the tail."""
        window = self._window()
        full = len(window) < len(self._tail)
        self.parsed += len(window)
        tokens = _parser.parse(window)
        lines = window.split("\n")
        found = Converter(lines, self._loose, self._goes_on, self._number).convert(tokens)
        restart, item = _restart(tokens, len(lines) - 1)
        cut = full and not restart
        self.blocks[self.final :] = [block for _, block in found]
        self.final += len(found) if cut else sum(line < restart for line, _ in found)
        if cut:
            # A table that is longer goes on under its head, as it would on the next page; but not where the
            # head is so long that it would fill the next window alone.
            is_table = bool(tokens) and tokens[0].type in ("table_open", WIDE_TABLE)
            head = lines[:2] if is_table and sum(map(len, lines[:2])) < len(window) // 2 else []
            self._tail = "".join(f"{line}\n" for line in head) + self._tail[len(window) :]
            self._loose, self._goes_on, self._number = window.endswith("\n\n"), bool(found), None
        elif restart:
            self._begin_at(restart, lines, item, tokens)
        self._seen = 0 if full else len(self._tail)
        return full or (bool(restart) and _OPEN.match(self._tail) is not None)

    def _begin_at(
        self, line: int, lines: list[str], item: tuple[bool, int] | None, tokens: Sequence[Token]
    ) -> None:
        """Take what stands before a line for final."""
        self._tail = self._tail[sum(map(len, lines[:line])) + line :]
        self._loose, self._goes_on = not lines[line - 1].strip(BLANK), False
        was, self._number = self._number, None
        if item is not None:
            in_first_list, self._number = item
            if in_first_list and was is not None:
                self._number += was - int(tokens[0].attrs.get("start", 1))


def _restart(tokens: Sequence[Token], last_line: int) -> tuple[int, tuple[bool, int] | None]:
    """The line from which the tail must be parsed again, and the number of the item that begins there.

    It is the start of the last top-level block or top-level item whose first line is complete: an incomplete
    one ("-", "#", "1") can still become part of what stands before it. The flag with the number tells whether
    the item is in the list that the tokens begin with, whose numbers may have begun further up.
    """
    line, number = 0, None
    counter: int | None = None
    for index, token in enumerate(tokens):
        if token.map is None or token.map[0] >= last_line or token.nesting < 0:
            continue
        if token.level == 0:
            counter = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
            first = index == 0
            line, number = token.map[0], None
        elif token.level == 1 and token.type == "list_item_open":
            number = None if counter is None else (first, counter)
            line = token.map[0]
            counter = None if counter is None else counter + 1
    return line, number
