"""How the parts of a page stand: in rows and columns, as an XY cut finds them.

G. Nagy, S. Seth: Hierarchical representation of optically scanned documents, ICPR 1984. Boxes by hand overlap
a little, so that small overlaps do not keep a cut away.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Union

from app.wireframe import Part
from models.layout import Shape

_CLOSING = re.compile(r"©|\b(copyright|all rights|made (by|with)|imprint|privacy)\b", re.I)


def is_closing(words: str) -> bool:
    """Whether it is what stands at the foot of pages."""
    return bool(_CLOSING.search(words))


@dataclass(frozen=True)
class Column:
    """Under each other."""

    members: tuple["Block", ...]


@dataclass(frozen=True)
class Row:
    """Beside each other."""

    members: tuple["Block", ...]


@dataclass(frozen=True)
class Grid:
    """Alike things in rows and columns."""

    columns: int
    members: tuple["Block", ...]


@dataclass(frozen=True)
class Form:
    """What is filled in and sent with one button."""

    button: Part
    members: tuple["Block", ...]  # one: a column, a row or a grid


Block = Union[Part, Column, Row, Grid, Form]  # noqa: UP007 (the names are not yet defined when | is evaluated)


@dataclass(frozen=True)
class Extent:
    """From where to where something reaches across, in pixels of the sketch."""

    x: float
    right: float

    @property
    def width(self) -> float:
        return max(1.0, self.right - self.x)


def parts_in(block: Block) -> Iterator[Part]:
    """In reading order; not what is in boxes."""
    if isinstance(block, Part):
        yield block
    else:
        for member in block.members:
            yield from parts_in(member)


def extent(block: Block) -> Extent:
    parts = list(parts_in(block))
    return Extent(min(part.x for part in parts), max(part.right for part in parts))


def symmetric(parts: Sequence[Part], left: float, right: float) -> Extent:
    """From margin to margin, as wide at the right as at the left: what is centred on a page is so in here."""
    if not parts:
        return Extent(left, right)
    margin = min(min(part.x for part in parts) - left, right - max(part.right for part in parts))
    margin = max(0.0, min(margin, (right - left) / 3))
    return Extent(left + margin, right - margin)


def side_of(found: Block, inside: Extent) -> str:
    """Where it stands in there: "" for at the left or from side to side, "centre", "end"."""
    place = extent(found)
    left, right = place.x - inside.x, inside.right - place.right
    free = left + right
    if free < 0.12 * inside.width:
        return ""
    if abs(left - right) < max(0.25 * free, 0.03 * inside.width):
        return "centre"
    return "" if left < right else "end"


def share_of(part: Part, inside: Extent) -> str:
    """How much of the width it takes, in percent; "" for about all of it."""
    share = part.width / inside.width
    return f"{max(10, round(20 * share) * 5)}%" if share < 0.82 else ""


def arrange(parts: Sequence[Part]) -> Block:
    """At least one part is wanted."""
    if len(parts) == 1:
        return parts[0]
    rows = _split(parts, across=False)
    if len(rows) > 1:
        return _column([arrange(row) for row in rows])
    columns = _split(parts, across=True)
    if len(columns) > 1:
        return Row(tuple(arrange(column) for column in columns))
    in_order: list[Part] = sorted(parts, key=lambda part: (part.y, part.x))
    return Column(tuple(in_order))


def enclosed(found: Block, button: Part, wanted: set[Part]) -> Block:
    """The same with a form around the least that holds all wanted parts; forms are never put into forms."""
    if isinstance(found, Part | Form):
        return found
    members = found.members
    holding = [n for n, member in enumerate(members) if wanted & set(parts_in(member))]
    if sum(len(wanted & set(parts_in(members[n]))) for n in holding) < len(wanted):
        return found
    first, last = holding[0], holding[-1] + 1
    if last - first == 1:
        inner = enclosed(members[first], button, wanted)
        return replace(found, members=(*members[:first], inner, *members[last:]))
    if any(isinstance(member, Form) for member in members[first:last]):
        return found
    if isinstance(found, Column):
        form = Form(button, (Column(members[first:last]),))
        return Column((*members[:first], form, *members[last:]))
    return Form(button, (found,))


@dataclass(frozen=True)
class Areas:
    """A page from top to bottom. The head is a row of links, or a box with the title in it."""

    head: Row | Part | None
    body: tuple[Block, ...]
    foot: Block | None


def areas(members: Sequence[Block], inside: Extent, letter: float, bound: Container[Part]) -> Areas:
    """`bound` are the parts that do something in the body, and stay there."""
    body = tuple(members)
    head: Row | Part | None = None
    foot: Block | None = None
    first = body[0] if len(body) > 1 else None
    if isinstance(first, Row) and all(is_short(part, bound) for part in first.members):
        head, body = first, body[1:]
        if (
            len(body) > 1
            and isinstance(body[0], Part)
            and body[0].shape is Shape.LINE
            and body[0] not in bound
        ):
            body = body[1:]  # the head has a line under it
    elif isinstance(first, Part) and first.shape is Shape.BOX and first not in bound:
        titled = any(part.level == 1 for part in first.parts)
        if titled and first.width > 0.85 * inside.width:
            head, body = first, body[1:]
    if len(body) > 1 and _is_foot(body[-2], body[-1], letter, bound):
        foot, body = body[-1], body[:-1]
    return Areas(head, body, foot)


def is_short(block: Block, bound: Container[Part]) -> bool:
    """Whether it is a text of a few words that does nothing, as a link is."""
    if not isinstance(block, Part) or block.shape is not Shape.TEXT or block in bound:
        return False
    return len(block.words.split()) <= 4


def _is_foot(above: Block, last: Block, letter: float, bound: Container[Part]) -> bool:
    """A few texts with much room above them, or in the words of a foot."""
    parts = list(parts_in(last))
    plain = all(part.shape is Shape.TEXT and not part.level and part not in bound for part in parts)
    gap = min(part.y for part in parts) - max(part.bottom for part in parts_in(above))
    closing = all(is_closing(part.words) for part in parts)
    return plain and (gap > 2.5 * letter or closing) and len(parts) <= 4


def _split(parts: Sequence[Part], across: bool) -> list[list[Part]]:
    """In groups that do not overlap along one axis."""

    def span(part: Part) -> tuple[float, float]:
        return (part.x, part.right) if across else (part.y, part.bottom)

    groups: list[list[Part]] = []
    end = smallest = 0.0  # of the last group
    for part in sorted(parts, key=span):
        start, stop = span(part)
        if not groups or start >= end - 0.25 * min(stop - start, smallest):
            groups.append([part])
            end, smallest = stop, stop - start
        else:
            groups[-1].append(part)
            end, smallest = max(end, stop), min(smallest, stop - start)
    return groups


def _column(members: list[Block]) -> Block:
    """Rows under each other whose members stand in columns become a grid, or columns of their own."""
    found: list[Block] = []
    n = 0
    while n < len(members):
        rows = _rows_alike(members[n:])
        if len(rows) > 1:
            found.append(_grid(rows))
            n += len(rows)
        else:
            found.append(members[n])
            n += 1
    return found[0] if len(found) == 1 else Column(tuple(found))


def _rows_alike(members: Sequence[Block]) -> list[tuple[Block, ...]]:
    """As many of the rows, from the first on, as have members in the same columns; the last may be short."""
    if not members or not isinstance(members[0], Row):
        return []
    rows = [members[0].members]
    for member in members[1:]:
        cells = member.members if isinstance(member, Row) else (member,)
        if isinstance(member, Column | Grid) or not _in_columns(rows[0], cells):
            break
        if len(cells) < len(rows[0]) and not _are_alike(rows[0], cells):
            break
        rows.append(cells)
        if len(cells) < len(rows[0]):
            break
    return rows


def _are_alike(first: Sequence[Block], cells: Sequence[Block]) -> bool:
    """Whether a short row goes on with the same things: as wide, and of the same kinds."""
    as_wide = all(
        0.6 < extent(cell).width / extent(above).width < 1.6
        for above, cell in zip(first, cells, strict=False)
    )
    return as_wide and _shapes(cells) == _shapes(first)[: len(cells)]


def _in_columns(first: Sequence[Block], cells: Sequence[Block]) -> bool:
    if len(cells) > len(first):
        return False
    reach = 0.4 * median(extent(cell).width for cell in first)
    for above, cell in zip(first, cells, strict=False):
        a, b = extent(above), extent(cell)
        centred = abs((a.x + a.right) - (b.x + b.right)) / 2 <= reach
        if not centred and abs(a.x - b.x) > reach:
            return False
    return True


def _shapes(cells: Sequence[Block]) -> list[Shape | None]:
    return [cell.shape if isinstance(cell, Part) else None for cell in cells]


def _grid(rows: list[tuple[Block, ...]]) -> Block:
    """Rows of different kinds (names, prices, buttons) are columns that someone drew without boxes."""
    columns = len(rows[0])
    kinds = {tuple(_shapes(row)) for row in rows if len(row) == columns}
    if len(kinds) > 1 and all(len(row) == columns for row in rows):
        stacks = [_column([row[n] for row in rows]) for n in range(columns)]
        return Row(tuple(stacks))
    return Grid(columns, tuple(cell for row in rows for cell in row))
