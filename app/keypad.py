"""The keys of a calculator in a sketch, with what a reader of letters takes for something else put right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from models.layout import Element, Shape

_CELLS = (Shape.BUTTON, Shape.BOX, Shape.FIELD, Shape.CHECKBOX, Shape.PICTURE)
# A single digit between others is often read as the letter that looks like it.
_LOOKS_LIKE = {
    "O": "0",
    "o": "0",
    "Q": "0",
    "I": "1",
    "l": "1",
    "|": "1",
    "Z": "2",
    "z": "2",
    "S": "5",
    "s": "5",
}
_LOOKS_LIKE |= {"b": "6", "T": "7", "B": "8", "g": "9", "q": "9"}
_ENOUGH = 6  # different digits: fewer may be a pager, or a rating


@dataclass(frozen=True)
class Key:
    words: str  # "" when it could not be told


def keys_of(children: Sequence[Element]) -> dict[int, Key]:
    """The keys among the things in one frame, by `id`; none if they are not those of a calculator.

    Strokes as short as "-", "=" and "/" are rarely read as letters. Which key an unread one is follows from
    the strokes in it, or else from its place: the last column holds the four operations, from / to +.
    """
    cells = [child for child in children if child.shape in _CELLS and len(_written(child)) <= 3]
    digits = {_LOOKS_LIKE.get(_written(cell), _written(cell)) for cell in cells}
    if len(digits & set("0123456789")) < _ENOUGH:
        return {}
    width = median(cell.width for cell in cells)
    height = median(cell.height for cell in cells)
    cells = [
        c for c in cells if 0.5 < c.width / max(1, width) < 2.4 and 0.5 < c.height / max(1, height) < 2.4
    ]
    words = {id(cell): _written(cell) for cell in cells}
    for cell, text in [(cell, words[id(cell)]) for cell in cells]:
        digit = _LOOKS_LIKE.get(text)
        if digit is not None and digit not in words.values():
            words[id(cell)] = digit
    _guess(cells, words)
    return {id(cell): Key(words[id(cell)]) for cell in cells}


def _written(element: Element) -> str:
    return "".join([*element.text.split(), *map(_written, element.children)])


def _guess(cells: list[Element], words: dict[int, str]) -> None:
    """Name the keys that nothing could be read of, each operation once."""
    plain = not any(sign in words.values() for sign in "÷×−")
    times, divide, minus = ("*", "/", "-") if plain else ("×", "÷", "−")
    if any(word in words.values() for word in ("x", "X")):
        times = "x" if "x" in words.values() else "X"
    free = [sign for sign in (divide, times, minus, "+", "=") if sign not in words.values()]

    def name(cell: Element, sign: str) -> None:
        words[id(cell)] = sign
        free.remove(sign)

    unread = [cell for cell in cells if not words[id(cell)]]
    for cell in unread:
        sign = _stroke(cell, divide, minus)
        if sign in free:
            name(cell, sign)
    edge = max((cell.x for cell in cells), default=0)
    for cell in [c for c in unread if not words[id(c)] and c.x > edge - c.width / 2]:
        if operations := [sign for sign in free if sign != "="]:
            name(cell, operations[0])
    for cell in [c for c in unread if not words[id(c)]]:
        if "=" in free or free:
            name(cell, "=" if "=" in free else free[0])


def _stroke(cell: Element, divide: str, minus: str) -> str:
    """What the lines in a key look like; "" for anything else."""
    lines = [line for line in _lines(cell) if line.width > 0 or line.height > 0]
    flat = [line for line in lines if line.width > 2 * line.height]
    if len(lines) == 2 == len(flat):
        return "="
    if len(lines) == 1:
        return minus if flat else divide
    return ""


def _lines(element: Element) -> Iterator[Element]:
    return (child for child in element if child.shape is Shape.LINE)
