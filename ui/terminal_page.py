"""`twofold page SKETCH`: a sketch becomes a page in a terminal. Loads no Qt in this process."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.chat import Drafted, Ended, LoadingModel, ReadingPicture, Step
from app.conversation import Conversation, State
from app.core import Core
from app.page import Origin
from app.pictures import PictureError
from app.sketch import Implied, summary
from ui.terminal_lines import INTERRUPTED, Busy, say, until_stopped


def make_page(core: Core, options: argparse.Namespace, conversation: Conversation) -> int:
    """Write the page as one file: the draft at once, then the version with what the model added."""
    sketch = Path(options.sketch).expanduser()
    target = _target(sketch, options.output)
    if why := _refusal(sketch, target):
        return say(why)
    core.trial = _trial
    busy, html = Busy(), ""
    try:
        picture = core.pictures.take(sketch)
        for event in until_stopped(core.chat.make_page(conversation, options.wish or "", picture)):
            match event:
                case ReadingPicture(name=name):
                    busy.say(f"Reading {name}")
                case Step(words=words):
                    busy.say(words)
                case LoadingModel(name=name):
                    busy.say(f"Loading {name}")
                case Drafted(page=version):
                    busy.clear()
                    if version.origin is Origin.DRAFT:
                        _tell_reading(conversation)
                    _write(target, version.html)
                    html = version.html
                case Ended(node=node):
                    busy.clear()
                    if target is None and html:
                        print(html)
                    return _end(node.state, node.text, node.fault, target)
    except PictureError as error:
        busy.clear()
        return say(str(error))
    except BrokenPipeError:  # whoever read has enough
        raise
    except OSError as error:
        busy.clear()
        return say(f"{target} cannot be written: {error.strerror or error}.")
    return 1


def _tell_reading(conversation: Conversation) -> None:
    read = conversation.path()[0].pictures[0].page
    if read is not None:
        print(summary(read), file=sys.stderr)


def _end(state: State, text: str, fault: str, target: Path | None) -> int:
    if state is State.FAILED:
        said = fault.replace("Your message is kept: ", "").split(" Continue ")[0]
        return say(f"{said} The draft is in {target}." if target and target.exists() else said)
    if state is State.STOPPED:
        return INTERRUPTED
    print(text, file=sys.stderr)
    if target is not None:
        print(target)
    return 0


def _target(sketch: Path, output: str | None) -> Path | None:
    """Where the page goes: None for stdout; a name that is free beside where one is, if none was given."""
    if output == "-":
        return None
    if output:
        return Path(output).expanduser()
    free, number = Path(f"{sketch.stem}.html"), 1
    while free.exists():
        number += 1
        free = Path(f"{sketch.stem} {number}.html")
    return free


def _refusal(sketch: Path, target: Path | None) -> str:
    """Why nothing can be written there, in a sentence; empty where it can."""
    if target is None:
        return ""
    if target.exists() and sketch.exists() and target.samefile(sketch):
        return f"{target} is the sketch itself. Choose another name for the page."
    if target.is_dir():
        return f"{target} is a folder. Name a file for the page."
    if not target.absolute().parent.is_dir():
        return f"{target} cannot be written: there is no folder {target.parent}."
    return ""


def _write(target: Path | None, html: str) -> None:
    """Whole or not at all, for there may be an older page of that name."""
    if target is None:
        return
    begun = target.with_name(f".{target.name}.part")
    try:
        begun.write_text(html, "utf-8")
        begun.replace(target)
    finally:
        begun.unlink(missing_ok=True)


def _trial(html: str, wanted: Implied, stopped: Callable[[], bool]) -> Sequence[str]:
    from ui.page_check import trial

    return trial(html, wanted, stopped)
