"""The smallest things of a page in HTML: texts, fields, pictures, filler. Everything read is escaped here."""

import re
from html import escape

from app.behaviour import Place
from app.wireframe import Part
from models.layout import Shape

_LINKS = re.compile(
    r"^(read more|learn more|more|see all|forgot .*|sign up|register|privacy.*|terms.*|imprint)\??$", re.I
)
_TYPES = (  # of a field, by its label or its hint
    (r"\be-?mail\b", "email", "email"),
    (r"\bpass ?(word|code|phrase)\b", "password", "current-password"),
    (r"\b(tele)?phone\b|\bmobile\b", "tel", "tel"),
    (r"\b(date|birthday|day)\b", "date", "off"),
    (r"\bsearch\b|\bfind\b", "search", "off"),
    (r"\b(name)\b", "text", "name"),
)
_LONG = re.compile(r"\b(message|comments?|text|notes?|question|feedback|description|bio|story)\b", re.I)
_TO_FILL = {
    "punchline": "The punchline goes here.",
    "answer": "The answer goes here.",
    "more": "What is revealed goes here.",
}
# Hills under a sun, once in a page: what stands in a crossed box is not known.
SCENE = """<svg hidden>
  <symbol id="scene" viewBox="0 0 120 90" preserveAspectRatio="xMidYMid slice">
    <circle cx="88" cy="26" r="9" opacity=".45"/>
    <path d="M0 90V66l30-24 26 22 18-14 46 40Z" opacity=".35"/>
    <path d="M0 90V80l36-16 40 18 44-14v22Z" opacity=".3"/>
  </symbol>
</svg>"""


def tag(name: str, content: str = "", /, **attributes: str | bool | None) -> str:
    """An element in one line. `content` is HTML; attributes are text, left out when None, False or ""."""
    return f"<{name}{_listed(attributes)}>{content}</{name}>"


def block(name: str, lines: list[str], /, **attributes: str | bool | None) -> str:
    """An element with others in it, indented."""
    inner = "\n".join("  " + line for chunk in lines for line in chunk.splitlines())
    return f"<{name}{_listed(attributes)}>\n{inner}\n</{name}>" if inner else tag(name, **attributes)


def _listed(attributes: dict[str, str | bool | None]) -> str:
    """`class_` is class, `data_fill` is data-fill; True stands for an attribute without a value."""
    listed = ""
    for name, value in attributes.items():
        if value is True:
            listed += " " + name.rstrip("_").replace("_", "-")
        elif value or (value == "" and name.startswith("data_")):
            listed += f' {name.rstrip("_").replace("_", "-")}="{escape(str(value), quote=True)}"'
    return listed


def text(part: Part, side: str, id_: str = "", hidden: bool = False) -> str:
    """A heading, a paragraph, or what is surely a link."""
    name = {1: "h1", 2: "h2"}.get(part.level, "p")
    looks = [
        "answer" if hidden else "",
        side,
        "ruled" if part.ruled else "",
        "large" if part.level == 3 else "",
    ]
    classes = " ".join(filter(None, looks))
    words = escape(part.words)
    if not part.level and not hidden and _LINKS.match(part.words):
        words = tag("a", words, href="#top")
    return tag(name, words, class_=classes, id_=id_, hidden=hidden)


def field(part: Part, tall: bool) -> str:
    """A field in its label; without one it is named by the hint in it."""
    said = part.label or part.words
    kind, complete = next(
        ((kind, complete) for pattern, kind, complete in _TYPES if re.search(pattern, said, re.I)),
        ("text", "off"),
    )
    if kind == "date" and part.words:
        kind = "text"  # a date field shows no hint
    name = re.sub(r"\W+", "-", said.lower()).strip("-") or "entry"
    unnamed = None if part.label else said or "Text"
    if kind == "text" and (tall or (_LONG.search(said) and part.ratio < 4)):
        entry = tag("textarea", "", name=name, rows="5", placeholder=part.words, aria_label=unnamed)
    else:
        attributes = {"type": kind, "name": name, "autocomplete": complete, "placeholder": part.words}
        entry = f"<input{_listed({**attributes, 'aria_label': unnamed})}>"
    if not part.label:
        return entry
    beside = "field beside" if part.beside else "field"
    return block("label", [tag("span", escape(part.label)), entry], class_=beside)


def choice(part: Part, group: str = "", right: bool = False) -> str:
    """A checkbox, or with a group a radio button of it."""
    words = escape(part.label)
    kind = {"type": "radio", "name": group} if part.shape is Shape.RADIO else {"type": "checkbox"}
    attributes: dict[str, str | bool | None] = {**kind, "data-right": right, "checked": part.ticked}
    if not part.label:
        return f"<input{_listed({**attributes, 'aria_label': 'Choice'})}>"
    return tag("label", f"<input{_listed(attributes)}><span>{words}</span>", class_="choice")


def picture(part: Part, side: str, share: str, icon: bool) -> str:
    """A place for a picture, with its caption."""
    ratio = min(4.0, max(0.4, part.ratio))
    drawn = '<svg aria-hidden="true"><use href="#scene"/></svg>'
    scene = tag(
        "div",
        drawn,
        class_="picture",
        role="img",
        aria_label=part.label or "Picture",
        style=f"aspect-ratio: {ratio:.2f}",
    )
    caption = [tag("figcaption", escape(part.label))] if part.label else []
    classes = " ".join(filter(None, [side, "icon" if icon else "part" if share else ""]))
    return block("figure", [scene, *caption], class_=classes, style=share and f"--share: {share}")


def filler(part: Part) -> str:
    """Bars for words that the sketch does not say."""
    bars = "<i></i>" * min(8, part.bars)
    return tag("div", bars, class_="filler", role="img", aria_label="Text to come")


def table(rows: list[list[Part]]) -> str:
    """Texts in rows and columns; the first row names the columns, or of two columns the first the rows."""
    named = len(rows[0]) > 2
    lines = []
    for n, row in enumerate(rows):
        cells = [
            tag("th", escape(part.words), scope="col")
            if named and n == 0
            else tag("th", escape(part.words), scope="row")
            if column == 0
            else tag("td", escape(part.words))
            for column, part in enumerate(row)
        ]
        lines.append(block("tr", cells))
    return block("table", lines)


def place(free: Place) -> str:
    """What the sketch leaves empty and a button shows: to be filled in, by `data-fill`."""
    content = tag("span", _TO_FILL[free.kind], class_="to-fill")
    filled = tag("p", content, class_="answer", id_=free.name, data_fill=free.name, hidden=True)
    return f"<!-- To fill in: what the button shows here. -->\n{filled}"


def button(part: Part, look: str, kind: str = "button", **attributes: str | bool | None) -> str:
    return tag("button", escape(part.words), type=kind, class_=look, **attributes)


def key(part: Part) -> str:
    """Of a calculator."""
    look = "equals" if part.words == "=" else "" if part.words.isdigit() else "operation"
    return button(part, look, data_key=part.words, disabled=not part.words)


def line(side: str, share: str) -> str:
    classes = " ".join(filter(None, [side, "part" if share else ""]))
    attributes: dict[str, str | bool | None] = {"class_": classes, "style": share and f"--share: {share}"}
    return f"<hr{_listed(attributes)}>"
