"""How everything here is measured: side by side, A B B A, and the median of the pairs.

The machines are shared and their speed wanders, so a time alone says little and the ratio of two that were
taken one after the other says much. In A B B A a slow drift of the machine falls on both sides alike.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.wire import Sampling

CONTEXT = 8192  # tokens, on both sides of every row
SAMPLING = Sampling(temperature=0.0, repeat_penalty=1.1, seed=1)  # the starter's own in the product


@dataclass(frozen=True)
class Effort:
    """How much of everything is done."""

    tokens: int = 1000  # of a measured answer
    rounds: int = 7  # fresh processes, A B B A each, so twice as many pairs
    history: int = 3000  # tokens of conversation or prompt
    turns: int = 10
    talks: int = 5  # fresh pairs of processes that hold a conversation
    asks: int = 2  # rounds of first tokens in each
    answer: int = 24  # tokens of the answer before the turn that is measured
    starts: int = 10  # rounds of opening windows
    lines: int = 2000  # of code in the long answer
    late: int = 5000  # tokens of the long answer
    drawings: int = 5  # fresh pairs of windows that are drawn in
    stops: int = 60  # of each kind
    previews: int = 4  # rounds of updates in each fresh process
    sketches: int = 10  # dropped on the window
    hands: int = 3  # people who draw each of the sketches that are read
    sheets: int = 1000  # of what they draw, at most
    layers: int = 12  # of the vision tower that looks at an image


TINY = Effort(
    tokens=12,
    rounds=1,
    history=90,
    turns=3,
    talks=1,
    asks=1,
    answer=4,
    starts=1,
    lines=12,
    late=260,
    drawings=1,
    stops=2,
    previews=1,
    sketches=1,
    hands=1,
    sheets=1,
    layers=1,
)


@dataclass(frozen=True)
class Setting:
    """What every row is given."""

    model: Path
    threads: int  # of the model, on both sides
    effort: Effort
    folder: Path  # for logs and profiles, gone afterwards


@dataclass(frozen=True)
class Row:
    """One line of the table. `limit` None: only told."""

    what: str
    against: str
    value: float
    limit: float | None
    at_least: bool
    notes: str
    shown: str = ""

    @property
    def reached(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def target(self) -> str:
        if self.limit is None:
            return "reported"
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True)
class Pairs:
    """What was measured one right after the other."""

    ours: list[float]
    theirs: list[float]

    def add(self, more: "Pairs") -> None:
        self.ours.extend(more.ours)
        self.theirs.extend(more.theirs)

    @property
    def ratio(self) -> float:
        """The median of ours / theirs, pair by pair."""
        return statistics.median(a / b for a, b in zip(self.ours, self.theirs, strict=True))

    @property
    def spread(self) -> str:
        """The middle half of the ratios, to tell noise from a result."""
        ratios = [a / b for a, b in zip(self.ours, self.theirs, strict=True)]
        return f"pairs {percentile(ratios, 25):.3f} to {percentile(ratios, 75):.3f}"

    @property
    def medians(self) -> tuple[float, float]:
        return statistics.median(self.ours), statistics.median(self.theirs)


def side_by_side(ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> Pairs:
    """Measure both in the order A B B A, `rounds` times; each gives what it measured."""
    pairs = Pairs([], [])
    for _ in range(rounds):
        pairs.theirs.append(theirs())
        pairs.ours.append(ours())
        pairs.ours.append(ours())
        pairs.theirs.append(theirs())
    return pairs


def afresh(instance: Callable[[], Pairs], rounds: int) -> Pairs:
    """The pairs of so many fresh pairs of processes.

    Of two processes that do the same one was seen to be up to a tenth slower for as long as it lived, likely
    by where its pages lie in the caches: many rounds of one pair of processes would measure their luck.
    """
    pairs = Pairs([], [])
    for _ in range(rounds):
        pairs.add(instance())
    return pairs


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def threads_in_words(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"
