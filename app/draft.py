"""A first draft of a page from a sketch, by code: one HTML file that needs nothing else and works.

Every text is where the sketch has it, and what the sketch implies (`app/behaviour.py`) is done by a few lines
of script, put in only where it is needed: `assets/pages/`.
"""

from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from pathlib import Path

from app import markup
from app.arrangement import (
    Block,
    Column,
    Extent,
    Form,
    Grid,
    Row,
    areas,
    arrange,
    enclosed,
    extent,
    is_short,
    parts_in,
    share_of,
    side_of,
    symmetric,
)
from app.behaviour import Behaviour, Place, behaviour
from app.markup import block, tag
from app.wireframe import Part, clean
from models.layout import Element, Shape

_PAGES = Path(__file__).resolve().parent.parent / "assets" / "pages"
_WIDE = (Shape.BOX, Shape.PAGE, Shape.PICTURE, Shape.FILLER, Shape.FIELD)


def draft(page: Element, title: str = "") -> str:
    """One HTML file. The same tree gives the same file.

    `title` is for the tab of a browser, where the sketch has none.
    """
    return _Writer(behaviour(page)).html(clean(title))


@cache
def _asset(name: str) -> str:
    return (_PAGES / name).read_text("utf-8").rstrip()


class _Writer:
    """Writes one page."""

    def __init__(self, found: Behaviour) -> None:
        self._found = found
        self._root = found.frame.page
        self._letter = found.frame.letter
        self._scripts: list[str] = []
        self._groups = 0
        self._has_checks = any(part.shape is Shape.CHECKBOX for part in self._root)
        self._has_list = False
        self._places: dict[Part | None, Place] = {
            part: place for reveal in found.reveals.values() for part, place in reveal.places
        }
        self._ids: dict[Part, str] = {}
        for n, part in enumerate(found.hidden, 1):
            self._ids[part] = self._places[part].name if part in self._places else f"revealed-{n}"
        for n, number in enumerate(dict.fromkeys(number for number, _ in found.steps.values()), 1):
            self._ids[number] = f"number-{n}"
        if found.count:
            self._ids[found.count] = "count"

    # The page

    def html(self, title: str) -> str:
        head, body, foot = self._areas()
        name = self._found.frame.title or title or "Page"
        if not any(part.level == 1 for part in self._root):
            body.insert(0, tag("h1", escape(name), class_="unseen"))
        areas = [*head, block("main", body), *foot]
        scripts = "\n".join(map(_asset, self._scripts))
        lines = [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            tag("title", escape(name)),
            f"<style>\n{_asset('draft.css')}\n</style>",
            "</head>",
            "<body>",
            *([markup.SCENE] if any(part.shape is Shape.PICTURE for part in self._root) else []),
            block("div", areas, class_="page", id_="top", style=f"--width: {self._width()}"),
            *([f"<script>\n{scripts}\n</script>"] if scripts else []),
            "</body>",
            "</html>",
        ]
        return "\n".join(lines) + "\n"

    def _need(self, script: str) -> None:
        if script not in self._scripts:
            self._scripts.append(script)

    def _width(self) -> str:
        if any(part.key for part in self._root):
            return "27rem"
        shape = self._root.width / max(1.0, self._root.height)
        return "32rem" if shape < 0.95 else "46rem" if shape < 1.2 else "68rem"

    def _areas(self) -> tuple[list[str], list[str], list[str]]:
        """The head of the page, its body and its foot."""
        if not self._root.parts:
            return [], [], []
        inside = symmetric(self._root.parts, self._root.x, self._root.right)
        found = areas(self._arranged(self._root.parts), inside, self._letter, self._ids)
        head: list[str] = []
        if isinstance(found.head, Row):
            brand, *others = parts_in(found.head)
            name = tag("h1" if brand.level == 1 else "span", escape(brand.words))
            head = [block("header", [name, self._nav(others)], class_="bar")]
        elif found.head:
            head = [self._block(found.head, inside, "header")]
        foot = [block("footer", [self._block(found.foot, inside)])] if found.foot else []
        return head, self._column(found.body, inside), foot

    def _arranged(self, parts: Sequence[Part]) -> tuple[Block, ...]:
        """What stands under each other, with forms around what belongs to them."""
        found = arrange(parts)
        for button, fields in self._found.sends.items():
            found = enclosed(found, button, {button, *fields})
        for button, entry in self._found.adds.items():
            found = enclosed(found, button, {button, entry})
        return found.members if isinstance(found, Column) else (found,)

    def _is_at_edge(self, part: Part) -> bool:
        """At the top or the bottom of the page, where links to its other pages are."""
        return not 0.25 < (part.y - self._root.y) / max(1.0, self._root.height) < 0.85

    def _nav(self, parts: Sequence[Part]) -> str:
        return block("nav", [tag("a", escape(part.words), href="#top") for part in parts])

    # Rows and columns

    def _block(self, found: Block, inside: Extent, name: str = "") -> str:
        match found:
            case Part():
                return self._part(found, inside, name)
            case Column():
                return block("div", self._column(found.members, inside), class_="stack")
            case Row():
                return self._row(found, inside)
            case Grid():
                return self._grid(found)
            case Form():
                return self._form(found, inside)

    def _column(self, members: Sequence[Block], inside: Extent) -> list[str]:
        lines: list[str] = []
        n = 0
        while n < len(members):
            html, taken = self._run(members[n:], inside)
            lines.append(html)
            n += taken
        return lines

    def _run(self, members: Sequence[Block], inside: Extent) -> tuple[str, int]:
        """The next thing in a column, and of how many members it is made: lists and questions of several."""
        checks = _leading(members, lambda part: part.shape is Shape.CHECKBOX)
        if checks > 1 or (checks and self._found.adds):
            return self._checks(members[:checks]), checks
        asks = [part for part in members[:1] if isinstance(part, Part) and self._may_ask(part)]
        if radios := _leading(members[len(asks) :], lambda part: part.shape is Shape.RADIO):
            taken = len(asks) + radios
            return self._question(asks, members[len(asks) : taken]), taken
        items = _leading(members, self._is_item)
        if items >= 3 and all(isinstance(member, Part) for member in members[:items]):
            lines = [tag("li", escape(part.words)) for member in members[:items] for part in parts_in(member)]
            return block("ul", lines, class_=f"plain {side_of(members[0], inside)}".strip()), items
        return self._block(members[0], inside), 1

    def _may_ask(self, part: Part) -> bool:
        return part.shape is Shape.TEXT and part.level != 1 and part not in self._ids

    def _is_item(self, part: Part) -> bool:
        short = part.lines == 1 and len(part.words.split()) <= 5 and not part.words.endswith((".", "?", "!"))
        plain = part.shape is Shape.TEXT and not part.level and not part.ruled
        return short and plain and part not in self._ids

    def _checks(self, members: Sequence[Block]) -> str:
        lines = [tag("li", markup.choice(part)) for member in members for part in parts_in(member)]
        name = "" if self._has_list else "list"
        self._has_list = True
        return block("ul", lines, class_="checks", id_=name)

    def _question(self, asks: Sequence[Part], members: Sequence[Block]) -> str:
        choices = [part for member in members for part in parts_in(member)]
        quiz = next((q for q in self._found.quizzes.values() if choices[0] in q.choices), None)
        legend = [tag("legend", escape(asks[0].words))] if asks else []
        group = self._group(choices[0])
        lines = [markup.choice(part, group, quiz is not None and part is quiz.right) for part in choices]
        return block("fieldset", [*legend, *lines])

    def _group(self, choice: Part) -> str:
        """The name of the radio buttons that exclude each other: those of one quiz, or of one question."""
        quizzes = list(self._found.quizzes.values())
        if mine := [n for n, quiz in enumerate(quizzes, 1) if choice in quiz.choices]:
            return f"quiz-{mine[0]}"
        self._groups += 1
        return f"choice-{self._groups}"

    def _row(self, found: Row, inside: Extent) -> str:
        members = [member for member in found.members if not _is_upright(member)]
        members = members or list(found.members)
        parts = [part for member in members for part in parts_in(member)]
        if all(part.shape is Shape.RADIO for part in parts):
            return self._question([], members)
        if (
            len(members) > 2
            and all(is_short(member, self._ids) for member in members)
            and self._is_at_edge(parts[0])
        ):
            return self._nav(parts)
        shapes = {part.shape for part in parts}
        if Shape.FIELD in shapes and shapes <= {Shape.FIELD, Shape.BUTTON} and Shape.BUTTON in shapes:
            return block("div", self._each(members), class_="entry")
        if any(not isinstance(member, Part) or member.shape in _WIDE for member in members):
            return self._columns(members)
        side = side_of(found, inside)
        if not side and extent(found).width >= 0.8 * inside.width:
            side = "centre" if shapes == {Shape.BUTTON} else "spread"
        return block("div", self._each(members), class_=f"row {side}".strip())

    def _each(self, members: Sequence[Block]) -> list[str]:
        return [self._block(member, extent(member)) for member in members]

    def _columns(self, members: Sequence[Block]) -> str:
        widths = [extent(member).width for member in members]
        total = sum(widths)
        equal = max(widths) < 1.3 * min(widths)
        shares = [1 if equal else max(1, round(20 * width / total)) for width in widths]
        pictures = [m for m in members if isinstance(m, Part) and m.shape is Shape.PICTURE]
        mixed = bool(pictures) and len(pictures) < len(members)
        icons = mixed and len(members) == 2 and members[0] is pictures[0] and widths[0] < 0.25 * total
        boxes = [m for m in members if isinstance(m, Part) and m.shape is Shape.BOX]
        lines = []
        for member, width in zip(members, widths, strict=True):
            name = ""
            if len(boxes) == len(members) and equal:
                name = "article"
            elif member in boxes and width < 0.4 * total:
                name = "aside"
            lines.append(self._block(member, extent(member), name))
        classes = "columns icons" if icons else "columns middle" if mixed else "columns"
        shares_css = " ".join(f"minmax(0, {share}fr)" for share in shares)
        return block("div", lines, class_=classes, style=f"--columns: {shares_css}")

    def _grid(self, found: Grid) -> str:
        parts = list(parts_in(found))
        kind = "keys" if all(p.key for p in parts) else ""
        kind = kind or ("pictures" if all(p.shape is Shape.PICTURE for p in parts) else "")
        if all(isinstance(m, Part) and m.shape is Shape.RADIO for m in found.members):
            return self._question([], found.members)
        if len(parts) == len(found.members) and all(
            p.shape is Shape.TEXT and p not in self._ids for p in parts
        ):
            return markup.table([parts[n : n + found.columns] for n in range(0, len(parts), found.columns)])
        class_ = f"grid {kind}".strip()
        return block("div", self._each(found.members), class_=class_, style=f"--n: {found.columns}")

    def _form(self, found: Form, inside: Extent) -> str:
        (content,) = found.members
        row = isinstance(content, Row)
        lines = self._each(content.members) if isinstance(content, Row) else []
        if isinstance(content, Column):
            lines = self._column(content.members, inside)
        lines = lines or [self._block(content, inside)]
        class_ = "entry" if row else ""
        if found.button in self._found.adds:
            self._need("list.js")
            form = block("form", lines, class_=class_, data_adds="list")
            return form if self._has_checks else form + "\n" + self._checks([])
        self._need("form.js")
        said = '<output data-said role="status"></output>'
        return block("form", [*lines, said], class_=class_, data_sends="", novalidate=True)

    # The parts

    def _part(self, part: Part, inside: Extent, name: str = "") -> str:
        side = side_of(part, inside)
        if part in self._places and part.shape is not Shape.LINE:
            return markup.place(self._places[part])
        match part.shape:
            case Shape.BOX | Shape.PAGE:
                return self._box(part, inside, name)
            case Shape.BUTTON:
                return self._button(part, inside)
            case Shape.FIELD if part.display:
                self._need("calculator.js")
                return tag("output", escape(part.words) or "0", class_="display")
            case Shape.FIELD:
                return markup.field(part, part.height > 2.2 * self._letter and part.ratio < 6)
            case Shape.CHECKBOX:
                return markup.choice(part)
            case Shape.RADIO:
                return self._question([], [part])
            case Shape.PICTURE:
                icon = part.width < 0.12 * self._root.width
                return markup.picture(part, side, share_of(part, inside), icon)
            case Shape.FILLER:
                return markup.filler(part)
            case Shape.LINE:
                return self._line(part, side, inside)
        return self._text(part, side)

    def _text(self, part: Part, side: str) -> str:
        if part is self._found.count:
            return tag("p", escape(part.words), class_=f"quiet {side}".strip(), id_="count", data_count=True)
        return markup.text(part, side, self._ids.get(part, ""), part in self._found.hidden)

    def _line(self, part: Part, side: str, inside: Extent) -> str:
        if _is_upright(part) and part not in self._places:
            return ""
        rule = markup.line(side, share_of(part, inside))
        return rule + "\n" + markup.place(self._places[part]) if part in self._places else rule

    def _box(self, part: Part, inside: Extent, name: str) -> str:
        share = share_of(part, inside) if part.framed else ""
        look = "stack" if not part.framed else "card" if part.parts else "card blank"
        if any(inner in self._places for inner in part.parts):
            look += " roomy"  # so that nothing jumps when the place is shown
        lines: list[str] = []
        if part.parts:
            lines = self._column(self._arranged(part.parts), Extent(part.x, part.right))
        return block(
            name or "section",
            lines,
            class_=" ".join(filter(None, [look, side_of(part, inside), "part" if share else ""])),
            id_=self._ids.get(part, ""),
            hidden=part in self._found.hidden,
            style=share and f"--share: {share}",
        )

    def _button(self, part: Part, inside: Extent) -> str:
        if part.key:
            return markup.key(part)
        side = side_of(part, inside)
        wide = part.width > 0.75 * inside.width and part.width > 4 * part.height
        look = "wide" if wide else side
        if part in self._found.adds or part in self._found.sends:
            return markup.button(part, look, "submit")
        if reveal := self._found.reveals.get(part):
            self._need("reveal.js")
            new = [place for target, place in reveal.places if target is None]
            shown = " ".join(
                [*(self._ids[target] for target in reveal.targets), *(place.name for place in new)]
            )
            button = markup.button(part, look, data_reveals=True, aria_expanded="false", aria_controls=shown)
            return "\n".join([button, *map(markup.place, new)])
        said = "\n" + tag("output", "", class_=side, role="status")
        if quiz := self._found.quizzes.get(part):
            self._need("quiz.js")
            shown = self._ids[quiz.feedback] if quiz.feedback else ""
            group = self._group(quiz.choices[0])
            return markup.button(part, look, data_quiz=group, aria_controls=shown) + said
        if counted := self._found.steps.get(part):
            self._need("count.js")
            return markup.button(part, look, data_step=str(counted[1]), aria_controls=self._ids[counted[0]])
        self._need("press.js")
        alike = [p for p in self._root if p.shape is Shape.BUTTON and p.words == part.words and not p.key]
        group = part.words if len(alike) > 1 else ""
        return markup.button(part, look, data_press=group, aria_pressed="false") + said


def _is_rule(member: Block) -> bool:
    return isinstance(member, Part) and member.shape is Shape.LINE


def _is_upright(member: Block) -> bool:
    """A line between columns: the columns show it by themselves."""
    return isinstance(member, Part) and member.shape is Shape.LINE and member.height > 2 * member.width


def _leading(members: Sequence[Block], fits: Callable[[Part], bool]) -> int:
    """How many of the members, from the first on, are made of fitting parts alone."""
    n = 0
    while n < len(members) and all(fits(part) for part in parts_in(members[n])):
        n += 1
    return n
