"""The words of one block: inline Markdown into a text and the styles of its parts.

Positions count UTF-16 units, as Qt's text layouts do.
"""

import re
from dataclasses import dataclass
from enum import IntFlag

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

LINE = "\u2028"  # a line break inside a block, to Qt
MOST_BRACKETS = 200  # "[" in one block; the search for their ends is quadratic (97 ms for 4,000)

_parser = MarkdownIt("zero", {"maxNesting": 24}).enable(
    ["escape", "backticks", "strikethrough", "emphasis", "link", "image", "autolink", "entity", "newline"]
)
_parser.inline.ruler2.enable(["balance_pairs", "strikethrough", "emphasis", "fragments_join"])


def _math(state: StateInline, silent: bool) -> bool:
    """A formula in TeX's marks stays as it was written: its backslashes and underlines are not Markdown."""
    start, text = state.pos, state.src
    close = _MATH.get(text[start : start + 2])
    end = text.find(close, start + 2) if close else -1
    # Brackets are often escaped so that they are no link; a formula has more in it than a word.
    if end < 0 or (close == "\\]" and not _FORMULA.search(text, start + 2, end)):
        return False
    state.pos = end + 2
    if not silent:
        state.pending += text[start : state.pos].replace("\n", LINE)
    return True


_MATH = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}
_FORMULA = re.compile(r"[\\=^_{}+<>]|^\s")
_parser.inline.ruler.before("escape", "math", _math)
_MARKED = re.compile(r"[\\`*_~\[\]<>&!\n]|://")  # where there is none of these, there is nothing to parse
_BARE_LINK = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,:;!?)\]}]")


class Style(IntFlag):
    """How a part of the words is set."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    STRUCK = 4
    CODE = 8
    LINK = 16


@dataclass(frozen=True, slots=True)
class Span:
    """A styled part; `href` is where a link leads."""

    start: int
    length: int
    style: Style
    href: str = ""


@dataclass(frozen=True, slots=True)
class Rich:
    """Words and the styles of their parts; parts without a style have no span."""

    text: str
    spans: tuple[Span, ...] = ()


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, start: int, end: int) -> str:
    """The text between two positions."""
    if text.isascii():
        return text[start:end]
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def plain(source: str) -> Rich:
    """Words as they are."""
    return Rich(source.replace("\n", LINE))


def rich(source: str) -> Rich:
    """Parse inline Markdown. Line ends are kept: models mean them, in verse and in addresses."""
    if not _MARKED.search(source) or source.count("[") > MOST_BRACKETS:
        return plain(source)
    tokens: list[Token] = []
    _parser.inline.parse(source, _parser, {}, tokens)
    return _Reader().read(tokens)


class _Reader:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.spans: list[Span] = []
        self.length = 0
        self.styles: list[Style] = []
        self.href = ""

    def read(self, tokens: list[Token]) -> Rich:
        opening = {
            "strong_open": Style.BOLD,
            "em_open": Style.ITALIC,
            "s_open": Style.STRUCK,
            "link_open": Style.LINK,
        }
        for token in tokens:
            if (style := opening.get(token.type)) is not None:
                self.styles.append(style)
                if style is Style.LINK:
                    self.href = str(token.attrs.get("href", ""))
            elif token.nesting < 0:
                if self.styles.pop() is Style.LINK:
                    self.href = ""
            elif token.type == "code_inline":
                self._add(token.content, Style.CODE, self.href)
            elif token.type == "image":
                self._image(token)
            elif token.type in ("softbreak", "hardbreak"):
                self._add(LINE, Style.PLAIN)
            else:
                self._words(token.content)
        return Rich("".join(self.texts), tuple(self.spans))

    def _words(self, text: str) -> None:
        at = 0
        if not self.href and "://" in text:
            for link in _BARE_LINK.finditer(text):
                self._add(text[at : link.start()])
                self._add(link[0], Style.LINK, link[0])
                at = link.end()
        self._add(text[at:], Style.PLAIN, self.href)

    def _image(self, token: Token) -> None:
        """A picture is never fetched: its words and its address stand in its place."""
        address = str(token.attrs.get("src", ""))
        shown = address if len(address) <= 80 else address[:79] + "…"
        if token.content:
            self._add(token.content + " ", Style.ITALIC)
        style = Style.LINK if address.startswith(("http:", "https:")) else Style.PLAIN
        self._add(f"({shown})", style, address)

    def _add(self, text: str, style: Style = Style.PLAIN, href: str = "") -> None:
        for outer in self.styles:
            style |= outer
        length = units(text)
        if text and style:
            self.spans.append(Span(self.length, length, style, href if style & Style.LINK else ""))
        self.texts.append(text)
        self.length += length
