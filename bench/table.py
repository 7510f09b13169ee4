"""The table: on the terminal, and kept in RESULTS.md."""

from collections.abc import Mapping, Sequence
from datetime import date

from bench import machine
from bench.measure import Row

HEAD = ("What", "Against", "Measured", "Target", "Reached", "Medians and notes", "Row, day")
PREFACE = """\
# What was measured

`make bench` writes this page. Each value is the median of ratios of two measurements taken one right after
the other, in the order A B B A; in the notes the product's median stands first, then that of what it is held
against, then the middle half of the ratios. Times alone depend on what else the machine was doing. A row that
was measured again by itself (`python -m bench --keep ROW`) has a later day.
"""


def cells(row: Row) -> tuple[str, ...]:
    reached = {True: "yes", False: "**no**", None: "–"}[row.reached]
    shown = row.shown or f"{row.value:.3f}"
    return (row.what, row.against, shown, row.target, reached, row.notes)


def as_markdown(measured: Mapping[str, Row], order: Sequence[str], kept: str = "") -> str:
    """The whole page, rows by name in this order; those not measured now are taken from the page `kept`."""
    rows = {name: line for line in kept.splitlines() if (name := _name(line)) in order}
    today = f"{date.today():%d %b %Y}"
    rows |= {name: _line((*cells(row), f"{name}, {today}")) for name, row in measured.items()}
    lines = [PREFACE, *machine.description(), "", _line(HEAD), _line(["---"] * len(HEAD))]
    return "\n".join(lines + [rows[name] for name in order if name in rows]) + "\n"


def _name(line: str) -> str:
    """Of the row that a line of the table shows."""
    return line.rstrip(" |").rpartition("| ")[2].partition(",")[0]


def _line(parts: Sequence[str]) -> str:
    return f"| {' | '.join(parts)} |"
