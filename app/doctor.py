"""Looks at this machine and says what was found, and what to do about what is missing."""

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from app.core import Core
from app.display import has_display
from models.engine import EngineDied
from models.wire import Described
from models.words import size_in_words

LOW_DISK = 2_000_000_000  # bytes


@dataclass(frozen=True)
class Finding:
    """One line of the report. `advice` is empty where nothing is to be done."""

    what: str
    found: str
    advice: str = ""


def examine(core: Core) -> list[Finding]:
    """Everything that matters for running a model here. Starts the engine to ask the native code itself."""
    return [
        _python(),
        *_processor(core),
        _memory(),
        _display(),
        *_models(core),
        _disk(core.places.home),
        Finding("Your data", str(core.places.home)),
        Finding("Network", "not used, except to fetch a model when you ask for one"),
    ]


def _python() -> Finding:
    return Finding("Python", f"{platform.python_version()} on {platform.platform(terse=True)}")


def _processor(core: Core) -> list[Finding]:
    import psutil

    cores = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    described: Described | None = None
    problem = ""
    try:
        for event in core.engine.describe():
            if isinstance(event, Described):
                described = event
    except (EngineDied, OSError) as error:
        problem = str(error)
    if described is None:
        return [
            Finding("Processor", f"{cores} cores"),
            Finding(
                "Engine",
                f"it {problem}" if problem else "it gave no answer",
                f"Its log is {core.engine_log}. `make clean` and `make run` set it up again.",
            ),
        ]
    features = [
        part.split(" = ")[0].split(": ")[-1].strip() for part in described.system.split("|") if "= 1" in part
    ]
    gpu = ", ".join(described.devices)
    return [
        Finding("Processor", f"{cores} cores, {' '.join(features)}"),
        Finding("Engine", "llama.cpp answers"),
        Finding("GPU", gpu)
        if gpu
        else Finding("GPU", "none in use", "With a GPU: ACCEL=cuda make run, or ACCEL=metal make run."),
    ]


def _memory() -> Finding:
    import psutil

    memory = psutil.virtual_memory()
    found = f"{size_in_words(memory.total)}, {size_in_words(memory.available)} free"
    low = "Close other programs before you load a model." if memory.available < 1_000_000_000 else ""
    return Finding("Memory", found, low)


def _display() -> Finding:
    if has_display():
        return Finding("Display", os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or "found")
    return Finding("Display", "none", "Without one, `twofold chat` and `twofold ask` work in a terminal.")


def _models(core: Core) -> list[Finding]:
    from models.download import WORK, kept
    from models.known import MODELS

    models = core.library.models()
    found = [
        Finding("Model", f"{m.name}, {size_in_words(m.size)}, {m.header.quantisation}, {m.path}")
        for m in models
    ]
    found += [Finding("Broken file", str(b.path), b.reason) for b in core.library.broken]
    if not models:
        advice = f"`twofold models get starter` fetches one; or put a GGUF file into {core.places.models}."
        found.append(Finding("Model", "none", advice))
    for known in MODELS.values():
        if came := kept(known, core.places.models):
            found.append(
                Finding(
                    "Not all here",
                    f"{known.name}, {size_in_words(came)} of {size_in_words(known.size)} in "
                    f"{core.places.models / WORK / known.word}",
                    f"`twofold models get {known.word}` goes on; or delete that folder.",
                )
            )
    return found


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    advice = "Models need room: free some space." if free < LOW_DISK else ""
    return Finding("Disk", f"{size_in_words(free)} free", advice)
