"""What a model is asked to add to a draft, in a form that can be checked, and how its answer is put in.

Small models write whole pages badly: on the same twelve sketches a model of 1.5 billion parameters reached
0.63 where the draft by code has 0.84. They do write one line. So each place that the sketch leaves empty is
asked for by itself, with the words that it belongs to, and a model of any size may answer: what comes back is
one line of text, escaped, in a place that is hidden until a click. It cannot break the page. A wish is for a
capable model only; it is given the part of the page between <main> and </main> without style and script (some
300 tokens in place of 4,000), and gives that part back. Whether the result still does what the sketch implies
is then tried.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from html.parser import HTMLParser

from app.behaviour import Place
from app.implied import implied
from app.wireframe import clean
from models.layout import Element
from models.parts import Message
from models.role import Role

_EMPTY = 'class="to-fill"'  # in what app/markup.py writes into a place
LONGEST = 160  # characters of what is put in a place

_ASKS = {
    "punchline": "You finish jokes. Write only the punchline, in one short sentence.",
    "answer": "You answer questions on a web page. Write only the answer, in one short sentence.",
    "more": "You write short texts for a web page. Write only one short sentence that follows on the text.",
}
_EXAMPLES = {  # small models need to see the form once
    "punchline": ("Why did the scarecrow win a prize?", "Because he was outstanding in his field."),
    "answer": ("What is the largest ocean on Earth?", "The Pacific Ocean."),
    "more": ("Our bread", "We bake it every morning, with three kinds of flour."),
}
_LABEL = re.compile(r"^(the )?(punch ?-?line|answer|a|text|response|output)\s*:\s*", re.I)
_REFUSAL = re.compile(
    r"^(i'?m sorry|sorry,|i can(no|')t|as an ai|i am (an|unable)|sure[,!]|here('s| is))", re.I
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_WISHES = (
    "You change one web page. You get its <main>, or the whole file, and a wish. Answer with the same, "
    "changed, from its first tag to its last, in one ```html block and nothing else. Keep every text, every "
    "id, and every data- and aria- attribute: the script of the page uses them. Where the wish needs it, add "
    "one <style> or <script> after </main>. Use nothing from the internet."
)


def unfilled(page: Element, html: str) -> tuple[Place, ...]:
    """The places in a page that are still empty: of the sketch, and those that a model added like them."""
    drawn = {place.name: place for place in implied(page).places}
    return tuple(
        drawn.get(name) or _added(name, html[:start])
        for name, (start, end) in _contents(html).items()
        if _EMPTY in html[start:end]
    )


def _added(name: str, before: str) -> Place:
    """A place that is not in the sketch: of the kind in its name, after the text that stands before it."""
    kind = next((kind for kind in _ASKS if name.startswith(kind)), "more")
    texts = re.findall(r"<(p|h[1-6])\b[^>]*>([^<]+)</\1\s*>", before, re.I)
    return Place(name, kind, clean(unescape(texts[-1][1])) if texts else "")


def place_prompt(place: Place, wish: str = "") -> tuple[Message, ...]:
    """Asks for the words of one place. `wish` is what the person wrote with the sketch.

    Leave it out for a model of under half a billion parameters: one of 135 million spoke of the wish instead.
    The texts come from a picture. They are in a turn of the user, and whatever they make a model say can only
    become one line of text in the place.
    """
    setup, reply = _EXAMPLES[place.kind]
    asked = clean(place.setup) or "A surprise for whoever reads the page."
    if clean(wish):
        asked += f"\n(The author of the page says: {clean(wish)[:300]})"
    return (
        Message.of(Role.SYSTEM, _ASKS[place.kind]),
        Message.of(Role.USER, setup),
        Message.of(Role.ASSISTANT, reply),
        Message.of(Role.USER, asked),
    )


def fitting(place: Place, answer: str) -> str:
    """The one line in an answer that can be put in the place; "" if there is none.

    Left out are labels ("Punchline: "), quotes, the setup said again, refusals, and what goes on too long.
    """
    for line in answer.splitlines():
        words = clean(line.strip("`#>*-_ \t"))
        words = _LABEL.sub("", words.replace("**", "")).strip("*_ ")
        words = _without_setup(words, clean(place.setup))
        if len(words) > 1 and words[0] in "\"'“‘" and words[-1] in "\"'”’":
            words = words[1:-1].strip()
        if not words or _REFUSAL.match(words) or _is_example(words, place):
            continue
        if len(words) > LONGEST:
            sentence = re.match(rf".{{1,{LONGEST - 1}}}[.!?](?=\s)", words)
            words = sentence.group() if sentence else ""
        if re.search(r"\w", words):
            return words
    return ""


def _without_setup(words: str, setup: str) -> str:
    """What follows on the setup where a model says it again; words that only begin alike stay whole."""
    if not setup or not words.casefold().startswith(setup.casefold()):
        return words
    rest = words[len(setup) :].strip()
    if rest and rest[0] not in "-–—:" and not setup.endswith((".", "?", "!", "…", ":")):
        return words
    return _LABEL.sub("", rest.lstrip("-–—: "))


def _is_example(words: str, place: Place) -> bool:
    """Small models give the answer of the example to what they cannot answer."""
    setup, reply = _EXAMPLES[place.kind]
    return reply.strip(".").casefold() in words.casefold() and setup != place.setup


def stated(place: Place, wish: str) -> str:
    """The words of the place, where the person's own message says them: "the punchline is: ..."; else "".

    Nobody has to be asked then, and small models do not take such a hint (neither of the two tried did).
    """
    verb = r"(?:\s+(?:is|should be|reads|says)\b\s*[:=]?|\s*[:=])"
    found = re.search(rf"\b{place.kind}{verb}\s*(\S[^\n]*)", wish, re.I)
    return fitting(place, found.group(1)) if found and place.kind != "more" else ""


def fill(html: str, texts: Mapping[str, str]) -> str:
    """Put texts in their places, by the name in `data-fill`, escaped; unknown names are passed over."""
    found = {name: span for name, span in _contents(html).items() if name in texts}
    for name, (start, end) in sorted(found.items(), key=lambda item: item[1], reverse=True):
        html = html[:start] + escape(clean(texts[name])) + html[end:]
    return html


def page_prompt(wish: str, html: str) -> tuple[Message, ...]:
    """Asks a capable model for the page as the person wishes it."""
    return (
        Message.of(Role.SYSTEM, _WISHES),
        Message.of(Role.USER, f"```html\n{_main(html)}\n```\n\nThe wish: {wish.strip()}"),
    )


def put_back(html: str, answer: str) -> str:
    """The page with what the model gave: a <main> with its style and script, or a page of its own.

    "" for an answer with neither, or cut off before its end.
    """
    block = re.search(r"```(?:html)?[ \t]*\n(.*?)(?:\n```|\Z)", answer, re.S | re.I)
    given = block.group(1) if block else answer
    whole = re.search(r"(<!doctype html[^>]*>\s*)?<html\b.*</html\s*>", given, re.S | re.I)
    if whole:
        return whole.group() + "\n"
    span, into = _Elements.span_of(given, "main"), _Elements.span_of(html, "main")
    if span is None or into is None:
        return ""
    main, rest = given[slice(*span)], given[: span[0]] + given[span[1] :]
    html = html[: into[0]] + main + html[into[1] :]
    for name, before in (("style", "</head>"), ("script", "</body>")):
        for added in re.findall(rf"<{name}\b.*?</{name}\s*>", rest, re.S | re.I):
            at = html.rfind(before)
            html = html[:at] + added + "\n" + html[at:] if at >= 0 else html + added
    return html


def _main(html: str) -> str:
    """The part that is asked for; all of a page without one."""
    span = _Elements.span_of(html, "main")
    return html[slice(*span)] if span else html.strip()


def _contents(html: str) -> dict[str, tuple[int, int]]:
    """Where the content of each place stands, by its name; of a name given twice, the first."""
    found: dict[str, tuple[int, int]] = {}
    for element in _Elements(html).closed:
        if element.fill:
            found.setdefault(element.fill, (element.inner, element.outer))
    return found


class _Element:
    def __init__(self, name: str, start: int, inner: int, fill: str) -> None:
        self.name = name
        self.start = start  # of its first tag
        self.inner = inner  # after its first tag
        self.outer = inner  # before its last tag
        self.end = inner
        self.fill = fill


class _Elements(HTMLParser):
    """Where elements begin and end in a file, whoever wrote it. Script and comments hold no elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._html = html
        self._starts = [0]
        for line in html.split("\n")[:-1]:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._open: list[_Element] = []
        self.closed: list[_Element] = []
        self.feed(html)
        self.close()
        self.closed.sort(key=lambda element: element.start)

    @classmethod
    def span_of(cls, html: str, name: str) -> tuple[int, int] | None:
        found = next((element for element in cls(html).closed if element.name == name), None)
        return (found.start, found.end) if found else None

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            start = self._at()
            written = len(self.get_starttag_text() or "")
            self._open.append(_Element(tag, start, start + written, dict(attrs).get("data-fill") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """<p/> opens a paragraph in HTML, but is written by who thinks it closed: it holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        names = [element.name for element in self._open]
        if tag not in names:
            return
        while self._open:
            element = self._open.pop()
            if element.name == tag:
                element.outer = self._at()
                element.end = self._html.find(">", element.outer) + 1 or len(self._html)
                self.closed.append(element)
                return
