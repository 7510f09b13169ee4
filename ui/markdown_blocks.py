"""The blocks that an answer is made of, and how they come from the tokens of the Markdown parser."""

import re
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import bidirectional

from markdown_it.token import Token

LONGEST = 6_000  # characters in one block of words; so much can be laid out in a few milliseconds

WIDE_TABLE = "wide_table"  # the token of a table that is shown as text

_TASK = re.compile(r"\[([ xX])\]\s+")
_CONTROLS = {code: "\ufffd" for code in (*range(32), 127, *range(0xD800, 0xE000)) if chr(code) not in "\t\n"}
_BARE_MARKER = re.compile(r"[\s>]*(?:[-+*]|\d{1,9}[.)])\s*")
BLANK = " \t>\n"  # what a line may hold and still part two blocks


class Nest(StrEnum):
    """What a block can stand in."""

    QUOTE = "quote"
    BULLETS = "bullets"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands, from the outside in, and what is hung before its first line."""

    nest: tuple[Nest, ...] = ()
    markers: tuple[tuple[int, str], ...] = ()  # (level in `nest`, "•" or "7." or "[ ]" or "[x]")
    loose: bool = True  # a blank line stands above it
    goes_on: bool = False  # the rest of a block that was cut: no space above it


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph or a heading: inline Markdown, or plain text."""

    place: Place
    source: str
    heading: int = 0
    plain: bool = False


@dataclass(slots=True)
class Code:
    """A block of code. While its fence is open `lines` grows in place."""

    place: Place
    language: str
    lines: list[str]
    open: bool = False
    partial: bool = False  # the last line has not ended yet
    title: str = ""  # what it is, where that is not its language


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its cells are inline Markdown. `aligns` holds "left", "right", "center" or ""."""

    place: Place
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    aligns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""

    place: Place


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that came with a message; sizes in pixels of its own."""

    place: Place
    path: str
    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fold:
    """A line, and what it hides until it is unfolded."""

    place: Place
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page that was made for an answer and stands under it; `id` is that of its version."""

    place: Place
    id: str
    name: str
    facts: str


Block = Words | Code | Table | Rule | Picture | Fold | PageLink


def clean(text: str) -> str:
    """The text with line ends as "\\n" and without control characters, which no font can show."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def chunks(text: str, longest: int = LONGEST) -> list[str]:
    """The text in pieces that join to the same text, cut after a line or a word where there is one."""
    pieces = []
    at = 0
    while len(text) - at > longest:
        cut = text.rfind("\n", at, at + longest) + 1 or text.rfind(" ", at, at + longest) + 1
        cut = cut if cut > at else at + longest
        pieces.append(text[at:cut])
        at = cut
    pieces.append(text[at:])
    return pieces


def plain_blocks(text: str) -> list[Block]:
    """What a person wrote, as it is: whitespace kept, nothing taken for Markdown."""
    first = Place()
    rest = Place(loose=False, goes_on=True)
    pieces = chunks(clean(text), LONGEST // 2)
    # The line end at a cut is the cut itself.
    pieces[:-1] = [piece.removesuffix("\n") for piece in pieces[:-1]]
    pieces = [part for piece in pieces for part in _by_direction(piece)]
    return [Words(rest if number else first, piece, plain=True) for number, piece in enumerate(pieces)]


def direction(text: str) -> str:
    """How a text runs, from its first letter: "L", "R", "AL" for Arabic; empty where it has none."""
    return next((kind for kind in map(bidirectional, text[:200]) if kind in ("L", "R", "AL")), "")


def _by_direction(text: str) -> list[str]:
    """The lines together as long as they run the same way: a text is laid out in one direction."""
    if text.isascii():
        return [text]
    parts: list[list[str]] = [[]]
    leftwards = False
    for number, line in enumerate(text.split("\n")):
        way = direction(line)
        if way and (way != "L") != leftwards:
            leftwards = way != "L"
            if number:
                parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts]


class Converter:
    """From the parser's tokens to blocks, each with the line it begins at."""

    def __init__(self, lines: list[str], loose: bool, goes_on: bool, number: int | None) -> None:
        self.lines = lines
        self.loose, self.goes_on, self.number = loose, goes_on, number
        self.nest: list[Nest] = []
        self.counters: list[int] = []
        self.hung: list[tuple[int, str]] = []
        self.covered = 0
        self.item_line = 0  # of the item that was opened last
        self.made: list[tuple[int, Block]] = []

    def convert(self, tokens: list[Token]) -> list[tuple[int, Block]]:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            match token.type:
                case "blockquote_open":
                    self.nest.append(Nest.QUOTE)
                case "bullet_list_open" | "ordered_list_open":
                    self._open_list(token, first=at == 0)
                case "list_item_open":
                    self._open_item(token)
                case "list_item_close":
                    self._close_item()
                case "bullet_list_close" | "ordered_list_close":
                    self.nest.pop()
                    self.counters.pop()
                case "blockquote_close":
                    self._recover(self.covered)
                    self.nest.pop()
                case "paragraph_open" | "heading_open":
                    self._words(token, tokens[at + 1].content)
                case "fence" | "code_block":
                    info = token.info.split()
                    lines = token.content.removesuffix("\n").split("\n") if token.content else []
                    self._add(token, Code(self._place(token), info[0] if info else "", lines))
                case "wide_table":
                    title = f"Table of {token.meta['columns']:,} columns, as text"
                    self._add(token, Code(self._place(token), "", token.content.split("\n"), title=title))
                case "hr":
                    self._add(token, Rule(self._place(token)))
                case "table_open":
                    at = self._table(tokens, at)
            at += 1
        self._recover(len(self.lines))
        return self.made

    def _open_list(self, token: Token, first: bool) -> None:
        ordered = token.type == "ordered_list_open"
        self.nest.append(Nest.NUMBERS if ordered else Nest.BULLETS)
        start = int(token.attrs.get("start", 1)) if ordered else 0
        self.counters.append(self.number if first and ordered and self.number is not None else start)

    def _open_item(self, token: Token) -> None:
        assert token.map is not None
        self.item_line = token.map[0]
        marker = "•"
        if self.nest[-1] is Nest.NUMBERS:
            marker = f"{self.counters[-1]}."
            self.counters[-1] += 1
        self.hung.append((len(self.nest) - 1, marker))

    def _close_item(self) -> None:
        if self.hung and self.hung[-1][0] == len(self.nest) - 1:
            self.made.append((self.item_line, Words(self._place_at(self.item_line), "")))
            if _BARE_MARKER.fullmatch(self.lines[self.item_line]):
                self.covered = max(self.covered, self.item_line + 1)

    def _place(self, token: Token) -> Place:
        assert token.map is not None
        self._recover(token.map[0])
        return self._place_at(token.map[0])

    def _place_at(self, line: int) -> Place:
        loose = not self.lines[line - 1].strip(BLANK) if line else self.loose
        place = Place(tuple(self.nest), tuple(self.hung), loose, self.goes_on)
        self.hung.clear()
        self.goes_on = False
        return place

    def _add(self, token: Token, block: Block) -> None:
        assert token.map is not None
        self.made.append((token.map[0], block))
        self.covered = token.map[1]

    def _words(self, token: Token, source: str) -> None:
        heading = int(token.tag[1]) if token.type == "heading_open" else 0
        if self.hung and (task := _TASK.match(source)):
            level, _ = self.hung[-1]
            self.hung[-1] = (level, f"[{task[1].lower()}]")
            source = source[task.end() :]
        place = self._place(token)
        for piece in chunks(source):
            self._add(token, Words(place, piece.strip("\n"), heading))
            place = Place(place.nest, (), False, True)

    def _table(self, tokens: list[Token], at: int) -> int:
        opening = tokens[at]
        rows: list[list[str]] = []
        aligns: list[str] = []
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                rows[-1].append(tokens[at + 1].content)
                if token.type == "th_open":
                    aligns.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            at += 1
        body = tuple(tuple(row) for row in rows[1:])
        self._add(opening, Table(self._place(opening), tuple(rows[0]), body, tuple(aligns)))
        return at

    def _recover(self, line: int) -> None:
        """Give back as plain text the lines before `line` that no token covers."""
        lost = self.lines[self.covered : line]
        self.covered = max(self.covered, line)
        start = self.covered - len(lost)
        while lost and not any(map(str.isalnum, lost[0])):
            lost, start = lost[1:], start + 1
        text = "\n".join(row.strip(BLANK) for row in lost if any(map(str.isalnum, row)))
        if text:
            place = self._place_at(start)
            for piece in chunks(text):
                self.made.append((start, Words(place, piece.strip("\n"), plain=True)))
                place = Place(place.nest, (), False, True)
