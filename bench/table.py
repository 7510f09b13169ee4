"""The table: on the terminal, and kept in RESULTS.md."""

from collections.abc import Sequence

from bench import machine
from bench.measure import Row

HEAD = ("What", "Against", "Measured", "Target", "Reached", "Medians and notes")
PREFACE = """\
# What was measured

`make bench` writes this page. Each value is the median of ratios of two measurements taken one right after
the other, in the order A B B A; in the notes the product's median stands first, then that of what it is held
against, then the middle half of the ratios. Times alone depend on what else the machine was doing.
"""


def cells(row: Row) -> tuple[str, ...]:
    reached = {True: "yes", False: "**no**", None: "–"}[row.reached]
    shown = row.shown or f"{row.value:.3f}"
    return (row.what, row.against, shown, row.target, reached, row.notes)


def as_markdown(rows: Sequence[Row]) -> str:
    """The whole page."""
    lines = [PREFACE, *machine.description(), "", _line(HEAD), _line(["---"] * len(HEAD))]
    lines += [_line(cells(row)) for row in rows]
    return "\n".join(lines) + "\n"


def _line(parts: Sequence[str]) -> str:
    return f"| {' | '.join(parts)} |"
