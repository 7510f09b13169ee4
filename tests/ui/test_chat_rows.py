"""Chats are grouped by the days of the local calendar."""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from ui.chat_rows import ChatRow, group_rows


@pytest.fixture(params=["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def labels(now: str, *moments: str) -> list[str]:
    """The label over each of these moments, in the order given."""
    rows = [ChatRow(str(n), "", at(moment)) for n, moment in enumerate(moments)]
    found = {row.id: label for label, members in group_rows(rows, at(now)) for row in members}
    return [found[row.id] for row in rows]


def test_midnight_is_the_border(zone: str) -> None:
    assert labels(
        "2026-11-24T00:00:00", "2026-11-24T00:00:00", "2026-11-23T23:59:59", "2026-11-23T00:00:00"
    ) == ["Today", "Yesterday", "Yesterday"]
    assert labels("2026-11-24T23:59:59", "2026-11-24T00:00:00", "2026-11-22T23:59:59") == [
        "Today",
        "Previous 7 days",
    ]


def test_every_border(zone: str) -> None:
    assert labels(
        "2026-11-24T12:00:00",
        "2026-11-17T00:00:00",
        "2026-11-16T23:59:59",
        "2026-10-25T00:00:00",
        "2026-10-24T23:59:59",
        "2026-10-01T00:00:00",
        "2026-09-30T23:59:59",
        "2025-10-03T12:00:00",
    ) == [
        "Previous 7 days",
        "Previous 30 days",
        "Previous 30 days",
        "October 2026",
        "October 2026",
        "September 2026",
        "October 2025",
    ]


def test_days_when_the_clock_is_changed(zone: str) -> None:
    # Berlin: 25 October has 25 hours, 29 March has 23; Auckland: 27 September and 5 April.
    for day in ("2026-10-26", "2026-03-30", "2026-09-28", "2026-04-06"):
        midnight = datetime.fromisoformat(day)
        before = midnight - timedelta(days=1)
        assert labels(f"{day}T00:30:00", day, f"{before:%Y-%m-%d}T00:00:00") == ["Today", "Yesterday"]


def test_pinned_come_first_and_are_not_told_twice() -> None:
    now = at("2026-11-24T12:00:00")
    rows = [
        ChatRow("old", "", now - 90 * 86400, pinned=True),
        ChatRow("new", "", now - 10),
        ChatRow("late", "", now, pinned=True),
    ]
    groups = group_rows(rows, now)
    assert [(label, [row.id for row in members]) for label, members in groups] == [
        ("Pinned", ["late", "old"]),
        ("Today", ["new"]),
    ]


def test_newest_first_and_a_time_to_come_is_today() -> None:
    now = at("2026-11-24T12:00:00")
    rows = [ChatRow("a", "", now - 5), ChatRow("b", "", now + 86400 * 3), ChatRow("c", "", now - 1)]
    assert [[row.id for row in members] for _, members in group_rows(rows, now)] == [["b", "c", "a"]]
    assert group_rows([], now) == []


def test_5000_chats_are_grouped_in_no_time() -> None:
    now = at("2026-11-24T12:00:00")
    rows = [ChatRow(str(n), "", now - n * 7200) for n in range(5000)]
    begin = time.thread_time()
    groups = group_rows(rows, now)
    assert time.thread_time() - begin < 0.6
    assert sum(len(members) for _, members in groups) == 5000
