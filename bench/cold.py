"""From starting the process to a key that stands in the composer, against a bare PySide6 window."""

import os
import subprocess
import sys
import time
from pathlib import Path

from app.conversation import Conversation, Node, new_id
from app.settings import SettingsFile
from app.store import Store
from bench import texts
from bench.child import ROOT
from bench.measure import Row, Setting, side_by_side
from models.library import Library
from models.parts import Role
from models.places import Places

CHATS = 30  # in the list of the window that is opened
LONGEST = 60  # seconds for a window to open and close


def furnish(home: Path, model: Path) -> None:
    """A profile that has been lived in: settings, a model and some chats."""
    places = Places(home).create()
    SettingsFile(places.settings).change()
    Library(places.models).adopt(model)
    store = Store(places.chats)
    for number in range(CHATS):
        now = time.time() - 3600 * number
        talk = Conversation(new_id(), texts.words(4, start=number), now, now)
        question = Node(new_id(), None, Role.USER, texts.question(number), now)
        store.begin(talk, question)
        store.add(talk.id, Node(new_id(), question.id, Role.ASSISTANT, texts.words(200), now))
    store.close()


def environment(home: Path) -> dict[str, str]:
    """With bytecode kept, as on any machine where a program is started for the second time."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TWOFOLD_HOME": str(home), "PYTHONPYCACHEPREFIX": str(home / "bytecode")}


def opened(what: str, home: Path) -> float:
    """Seconds until the key stood in the text."""
    log = home / "opening.log"
    with log.open("a") as errors:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.opening", what],
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            text=True,
            env=environment(home),
        )
        told, _ = process.communicate(timeout=LONGEST)
    if not told:
        raise RuntimeError(f"the window did not open:\n{log.read_text()[-2000:]}")
    return float(told) - began


def row(setting: Setting) -> Row:
    home = setting.folder / "cold"
    furnish(home, setting.model)

    def ours() -> float:
        return opened("twofold", home)

    def theirs() -> float:
        return opened("plain", home)

    ours(), theirs()  # compiles what is imported
    pairs = side_by_side(ours, theirs, setting.effort.starts)
    mine, other = (1000 * value for value in pairs.medians)
    return Row(
        what="Window shown and typing possible, from a cold start",
        against="bare PySide6 window with a text field and the same fonts",
        value=pairs.ratio,
        limit=1.5,
        at_least=False,
        notes=f"{mine:.0f} and {other:.0f} ms, {CHATS} chats in the list; {pairs.spread}",
    )
