"""Every row of `make bench` runs, with tiny counts. How fast anything was is not looked at."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import engines, machine, table, texts
from bench.child import Child
from bench.drawing_windows import early, late
from bench.measure import TINY, Pairs, Row, Setting, afresh, percentile, side_by_side


@pytest.mark.parametrize("name", bench.ROWS)
def test_a_row_is_measured(name: str, starter: Path) -> None:
    rows = bench.measure([name], starter, threads=1, effort=TINY)
    assert rows[name].value > 0
    assert rows[name].what in table.as_markdown(rows, [name])


def test_a_row_that_is_measured_again_takes_the_place_of_its_last_one() -> None:
    old, new = Row("what", "a", 1.0, 2.0, False, "old"), Row("what", "a", 3.0, 2.0, False, "new")
    page = table.as_markdown({"one": old, "two": old}, ["one", "two", "three"])
    again = table.as_markdown({"two": new, "three": new}, ["one", "two", "three"], page)
    rows = [line.split(" | ") for line in again.splitlines() if line.startswith("| what")]
    assert [(row[5], row[6].partition(",")[0]) for row in rows] == [
        ("old", "one"),
        ("new", "two"),
        ("new", "three"),
    ]


def test_the_bare_loop_writes_what_the_product_writes(starter: Path, tmp_path: Path) -> None:
    setting = Setting(starter, 1, TINY, tmp_path)
    messages = texts.history(1, 0)
    said = [(message.role, message.text) for message in messages]
    with engines.loaded(setting, 1) as engine:
        _, text = engines.first_token(engine, messages, 12)
    with Child("bench.bare", starter, 1, log=tmp_path / "log") as bare:
        bare_text = bare.ask(messages=said, tokens=12)["text"]
    # Batches of other sizes round otherwise, and two words that are as likely may then change places.
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(bare_text.split(), text.split(), strict=False))
    assert len(list(alike)) >= 4, (bare_text, text)


def test_a_child_that_dies_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="IndexError"), Child("bench.bare", log=tmp_path / "log"):
        pass


def test_both_sides_are_taken_by_turns() -> None:
    order = []

    def ours() -> float:
        order.append("B")
        return 3.0

    def theirs() -> float:
        order.append("A")
        return 2.0

    pairs = side_by_side(ours, theirs, 2)
    assert "".join(order) == "ABBAABBA"
    assert pairs.ratio == 1.5
    assert pairs.medians == (3.0, 2.0)


def test_fresh_processes_are_put_together() -> None:
    pairs = afresh(lambda: Pairs([1.0, 2.0], [1.0, 1.0]), 3)
    assert pairs.ours == [1.0, 2.0] * 3
    assert len(pairs.theirs) == 6


def test_the_ratio_is_the_median_of_pairs_and_not_of_sides() -> None:
    assert Pairs([1.0, 10.0, 100.0], [1.0, 5.0, 100.0]).ratio == 1.0
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.0
    assert percentile([4.0, 1.0, 3.0, 2.0], 95) == 4.0


@pytest.mark.parametrize(
    ("value", "at_least", "reached"), [(0.9, True, "**no**"), (1.0, True, "yes"), (1.0, False, "**no**")]
)
def test_a_miss_is_told(value: float, at_least: bool, reached: str) -> None:
    assert table.cells(Row("what", "against", value, 0.97, at_least, ""))[4] == reached


def tokens_until(answer: Iterator[str], count: int) -> str:
    return "".join(islice(answer, count))


def test_the_long_answer_has_everything_before_it_is_measured() -> None:
    written = tokens_until(late("prose", 2000, 5000), 4950)
    assert written.count("| Quay") == 20
    assert "```python" in written
    assert written.count("def mend_") == 200
    assert written.rstrip()[-1] not in "`|"
    in_code = tokens_until(late("code", 2000, 5000), 5050)
    assert in_code.count("```") == 1
    assert tokens_until(early("code", 2000), 100).count("```") == 1


def test_the_machine_is_described_without_its_name() -> None:
    lines = "\n".join(machine.description())
    assert "cores" in lines
    assert os.uname().nodename not in lines


def test_without_the_starter_a_sentence_says_so() -> None:
    env = {**os.environ, "TWOFOLD_STARTER": ""}
    done = subprocess.run([sys.executable, "-m", "bench"], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert "TWOFOLD_STARTER" in done.stderr
