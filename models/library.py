"""The models on this disk: found, checked, named, and taken in when a person drops one on the window."""

import hashlib
import logging
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from models.gguf import BadModelFile, Header, Kind, Unreadable, read_header, shown
from models.known import MODELS, KnownModel
from models.pairing import best_model, eyes_beside, eyes_of
from models.words import size_in_words

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]  # bytes done, bytes in all; may raise, and then nothing is kept
_Stamp = tuple[Path, int, int]  # path, bytes, nanoseconds of its last change

_DEPTH = 4  # folders below the models' own
_FILES = 5000
_STARTER = "smollm2-135m-instruct"
_CHUNK = 4 << 20
_EDGE = 1 << 20  # bytes hashed at either end of a file to tell whether two are the same
_SPARE = 64 << 20  # bytes that a copy leaves free


class NoSuchModel(LookupError):
    """No model goes by that name, or several do; `str()` is a sentence that says which there are."""


class NotAdopted(Exception):
    """A file that was not taken in; `str()` is a sentence that says why, and nothing was kept of it."""


@dataclass(frozen=True)
class LocalModel:
    """A language model on this disk whose header was checked."""

    path: Path
    name: str  # for people, and no other model in the library has it: "SmolLM2 135M"
    header: Header
    projector: Path | None = None  # the file of its eyes

    @classmethod
    def at(cls, file: Path) -> "LocalModel":
        """The model in a file that need not lie in the library; raises `BadModelFile`."""
        header = read_header(file.absolute())
        return cls(header.path, header.name, header, eyes_beside(header))

    @property
    def sees(self) -> bool:
        """Whether pictures can be put before it."""
        return self.projector is not None

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return self.header.size

    @property
    def is_base(self) -> bool:
        """Whether it has no chat template: it goes on with a text, and answers nobody."""
        return not self.header.has_chat_template


@dataclass(frozen=True)
class BrokenModel:
    """A file (or a folder) in the library that cannot be used, and the sentence that says why."""

    path: Path
    reason: str


class Library:
    """The models in one folder and the folders within it; may be asked from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[_Stamp, Header | str] = {}  # by path, size, time; str: why not
        self._models: list[LocalModel] | None = None  # as they were when last looked at
        self._broken: list[BrokenModel] = []

    def look(self) -> list[LocalModel]:
        """The language models there are now, by name; headers are read again only where files changed.

        Seconds, where there are many large files and none was read before: nothing for a window to wait for.
        """
        with self._lock:
            headers, broken = self._scan()
            projectors = [header for header in headers if header.kind is Kind.PROJECTOR]
            headers = [header for header in headers if header.kind is Kind.LANGUAGE]
            models = [
                replace(model, projector=eyes_of(model.header, projectors, headers))
                for model in sorted(_named(headers), key=lambda model: (model.name.casefold(), model.path))
            ]
            self._models, self._broken = models, broken
        return list(models)

    def models(self) -> list[LocalModel]:
        """What the last `look` found; only the first time is there one."""
        return self.look() if self._models is None else list(self._models)

    @property
    def broken(self) -> list[BrokenModel]:
        """What the last `look` could not use."""
        return list(self._broken)

    def missing(self) -> list[KnownModel]:
        """The known models that are not here: no file has their name or, renamed, their very size."""
        here = {of for model in self.models() for of in (model.path.name.casefold(), model.size)}
        return [known for known in MODELS.values() if not here & {known.file.casefold(), known.size}]

    def find(self, name: str) -> LocalModel:
        """The model with this name, file name or known word, or the only one that begins so.

        Raises `NoSuchModel`.
        """
        models, wanted = self.models(), name.strip().casefold()
        words = {known.file.casefold(): known.word for known in MODELS.values()}
        calls = {
            model.path: {model.name.casefold(), file := model.path.name.casefold(), words.get(file, file)}
            for model in models
        }
        exact = [m for m in models if calls[m.path] & {wanted, f"{wanted}.gguf"}]
        begun = [m for m in models if wanted and any(call.startswith(wanted) for call in calls[m.path])]
        match exact or begun:
            case [model]:
                return model
            case []:
                there = f"there are {_listed(models)}" if len(models) > 1 else f"there is {_listed(models)}"
                raise NoSuchModel(f"No model here is called “{name}”; {there}.")
            case several:
                raise NoSuchModel(f"“{name}” may mean {_listed(several, 'or')}.")

    def default(self) -> LocalModel | None:
        """What to talk to when nothing was chosen: the starter, else the smallest that knows how to chat."""
        models = self.models()
        starters = [model for model in models if model.path.name.casefold().startswith(_STARTER)]
        models.sort(key=lambda model: (not model.header.has_chat_template, model.size))
        return next(iter(starters + models), None)

    def adopt(self, file: Path, progress: Progress | None = None) -> LocalModel:
        """Take a GGUF into the folder: by hard link where the disk allows it, else by copying.

        The header is checked first. A file that is here already (same size, same first and last MB) is
        returned as it is; a different one of the same name gets a number. A projector goes beside the model
        that it fits, and that is returned. Raises `BadModelFile` for what is no sound model, and `NotAdopted`
        for what cannot be taken in; then nothing is kept.
        """
        header = read_header(file)
        if header.kind is Kind.PROJECTOR:
            model = best_model(header, [model.header for model in self.look()])
            if model is None:
                raise NotAdopted(f"{shown(file)} {_refusal(header)}.")
            self._take_in(file, header.size, model.path.parent, progress)
            placed = model.path
        elif refusal := _refusal(header):
            raise NotAdopted(f"{shown(file)} {refusal}.")
        else:
            placed = self._take_in(file, header.size, self._folder, progress)
        for found in self.look():
            if found.path == placed:
                return found
        raise NotAdopted(f"{shown(file)} was taken in, and then was gone from {self._folder}.")

    def _take_in(self, file: Path, size: int, folder: Path, progress: Progress | None) -> Path:
        """Where a file lies, now that it is in the library: in this folder, unless it was there already."""
        try:
            source = file.resolve(strict=True)
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            return self._twin(source, size, folder) or self._place(source, size, folder, progress)
        except OSError as error:
            why = error.strerror or str(error)
            raise NotAdopted(
                f"{shown(file)} could not be taken in: {why}. Nothing was kept of it."
            ) from error

    def _scan(self) -> tuple[list[Header], list[BrokenModel]]:
        """Headers of models and projectors, and what is broken; adapters and the like are passed over."""
        known, self._known = self._known, {}
        headers: list[Header] = []
        broken: list[BrokenModel] = []
        for path in _files(self._folder, broken):
            found = self._look(path, known)
            if isinstance(found, str):
                broken.append(BrokenModel(path, found))
            elif found.split_count > 1:
                broken.append(BrokenModel(path, f"{shown(path)} {_refusal(found)}."))
            elif found.kind in (Kind.LANGUAGE, Kind.PROJECTOR):
                headers.append(found)
        return headers, broken

    def _look(self, path: Path, known: dict[_Stamp, Header | str]) -> Header | str:
        """The header of a file, or the sentence that says what is wrong with it."""
        stamp = _stamp(path)
        found: Header | str
        if stamp and stamp in known:
            found = known[stamp]
        else:
            try:
                found = read_header(path)
            except Unreadable as bad:  # may be readable the next time without having changed
                return str(bad)
            except BadModelFile as bad:
                found = str(bad)
        if stamp:
            self._known[stamp] = found
        return found

    def _twin(self, source: Path, size: int, folder: Path) -> Path | None:
        """The file in the folder, or in one within it, that is `source` or has the same size and ends."""
        ends = None
        for path in _files(folder, []):
            if not path.exists() or path.stat().st_size != size:
                continue
            ends = ends or _ends(source)
            if path.samefile(source) or _ends(path) == ends:
                return path
        return None

    def _place(self, source: Path, size: int, folder: Path, progress: Progress | None) -> Path:
        try:
            target = _free_name(source, folder)
            target.hardlink_to(source)
        except OSError:  # another disk, or a file system without links
            return self._copy(source, size, folder, progress or (lambda done, total: None))
        return target

    def _copy(self, source: Path, size: int, folder: Path, progress: Progress) -> Path:
        if (free := shutil.disk_usage(folder).free) < size + _SPARE:
            needed, left = size_in_words(size), size_in_words(free)
            raise NotAdopted(f"{shown(source)} needs {needed}, {left} are free. Nothing was copied.")
        handle, name = tempfile.mkstemp(suffix=".part", dir=folder)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as target, source.open("rb") as origin:
                done = 0
                while chunk := origin.read(_CHUNK):
                    target.write(chunk)
                    done += len(chunk)
                    progress(done, size)
                target.flush()
                os.fsync(target.fileno())
            read_header(part)  # it may have changed while it was copied
            return part.replace(_free_name(source, folder))
        except BadModelFile as bad:
            bad.file = shown(source)
            raise
        finally:
            part.unlink(missing_ok=True)


def _free_name(source: Path, folder: Path) -> Path:
    """Where a file of this name may lie: with " 2" or more where another has the name."""
    stem = (source.stem if source.suffix.lower() == ".gguf" else source.name).lstrip(".") or "model"
    target, number = folder / f"{stem}.gguf", 1
    while os.path.lexists(target):
        number += 1
        target = folder / f"{stem} {number}.gguf"
    return target


def _files(folder: Path, broken: list[BrokenModel], depth: int = _DEPTH) -> Iterator[Path]:
    """The GGUFs below a folder, at most `_FILES`; unfinished (".part") and hidden ones are passed over."""
    pending, seen, left = [(folder, depth)], set[Path](), _FILES
    while pending:
        here, depth = pending.pop()
        if (real := here.resolve()) in seen:
            continue
        seen.add(real)
        try:
            entries = sorted(here.iterdir())
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("cannot list %s: %s", here, error)
            broken.append(BrokenModel(here, f"The folder {shown(here)} cannot be opened: {error.strerror}."))
            continue
        for path in entries:
            if path.name.startswith("."):
                continue
            if _is_folder(path):
                if depth > 0:
                    pending.append((path, depth - 1))
            elif path.suffix.lower() == ".gguf" and left > 0:
                left -= 1
                yield path


def _stamp(path: Path) -> _Stamp | None:
    """What changes when a file does; None where the system does not tell."""
    try:
        status = path.stat()
    except OSError:
        return None
    return path, status.st_size, status.st_mtime_ns


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a link into a folder that is not ours to see
        return False


def _refusal(header: Header) -> str:
    """Why this cannot be talked to, as the rest of a sentence; empty where it can."""
    if header.split_count > 1:
        return f"is one of {header.split_count} parts of a model; join them first (llama-gguf-split --merge)"
    match header.kind:
        case Kind.LANGUAGE:
            return ""
        case Kind.PROJECTOR:
            if header.projector and not header.projector.sees:
                return "is not the eyes of a model: it takes in no pictures, and sound is not supported yet"
            return (
                "is the eyes of a model (a projector), not a model; none of the models here fits it, so add"
                " the one that it belongs to first"
            )
        case Kind.EMBEDDING:
            return "is a model that compares texts (an embedding model); it cannot hold a conversation"
        case _:
            return f"is a part that helps another model ({header.architecture}), not a model to talk to"


def _named(headers: list[Header]) -> list[LocalModel]:
    """Models with names that tell them apart: by quantisation where needed, then by file."""
    names = [header.name for header in headers]
    for distinguish in (lambda h: f"{h.name} {h.quantisation}", lambda h: h.path.stem, lambda h: str(h.path)):
        counts = Counter(name.casefold() for name in names)
        names = [
            distinguish(header) if counts[name.casefold()] > 1 else name
            for name, header in zip(names, headers, strict=True)
        ]
    return [LocalModel(h.path, name, h) for h, name in zip(headers, names, strict=True)]


def _listed(models: list[LocalModel], joint: str = "and") -> str:
    """The names of models in a sentence, the first dozen of them."""
    names = [model.name for model in models[:12]] + [f"{len(models) - 12} more"] * (len(models) > 12)
    return f" {joint} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none yet"


def _ends(path: Path) -> bytes:
    """A hash of a file's first and last MB."""
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_EDGE))
        file.seek(-min(_EDGE, path.stat().st_size), os.SEEK_END)
        digest.update(file.read(_EDGE))
    return digest.digest()
