"""The thread count that decodes fastest on this machine, measured once and kept in a file.

More threads than physical cores are slower, and on a small machine even one fewer can be faster: llama.cpp's
threads wait for each other by spinning, so anything else that runs stalls all of them.
"""

import json
import logging
import os
import platform
import statistics
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from models.worker.llama import Context

ROUNDS, TOKENS = 3, 6
BUDGET = 4.0  # seconds; a large model is measured with fewer rounds

log = logging.getLogger(__name__)


def candidates(cores: int) -> list[int]:
    """The counts worth trying for so many physical cores: all, one fewer, half."""
    return sorted({cores, max(1, cores - 1), max(1, cores // 2)})


def usable_cores() -> int:
    """Physical cores that this process may run on."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else physical
    return max(1, min(physical, allowed))


def best_threads(kept: Path, context: "Context") -> int:
    """From the file, or measured now with this context, which is left empty."""
    machine = f"{platform.processor() or platform.machine()}/{usable_cores()}"
    try:
        known = json.loads(kept.read_text("utf-8"))
        if known["machine"] == machine and 1 <= int(known["threads"]) <= usable_cores():
            return int(known["threads"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        pass
    threads = measure(context, candidates(usable_cores()))
    try:
        new = kept.with_suffix(".new")
        new.write_text(json.dumps({"machine": machine, "threads": threads}) + "\n", "utf-8")
        new.replace(kept)
    except OSError as error:
        log.warning("the thread count could not be kept: %s", error)
    return threads


def measure(context: "Context", counts: list[int]) -> int:
    """Decodes a few tokens with each count in turn; the one with the best median wins, ties to the fewer."""
    if len(counts) == 1:
        return counts[0]
    seconds: dict[int, list[float]] = {count: [] for count in counts}
    began = perf_counter()
    for _ in range(ROUNDS):
        for count in counts:
            context.set_threads(count)
            context.clear()
            context.decode([1])
            start = perf_counter()
            for _ in range(TOKENS):
                context.decode([1])
            seconds[count].append((perf_counter() - start) / TOKENS)
        if perf_counter() - began > BUDGET:
            break
    context.clear()
    medians = {count: statistics.median(times) for count, times in seconds.items()}
    log.info("threads: %s", {count: f"{1 / time:.1f} tok/s" for count, time in medians.items()})
    fastest = min(medians.values())
    return min(count for count, time in medians.items() if time <= fastest * 1.03)
