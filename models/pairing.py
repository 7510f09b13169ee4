"""Which projector is the eyes of which model, of the files that lie in a library.

A header tells what cannot be (`Header.misfit`), and no more: many models are as wide as each other. So a file
beside the model is believed before one elsewhere, a name before none, and a projector that names one model
is not given to another.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from models.gguf import BadModelFile, Header, Kind, read_header

_WORD = re.compile(r"[a-z]+[a-z0-9]*|\d+")
_SILENT = re.compile(r"mmproj|projector|vision|model|v?\d+|\d+(?:\.\d+)?[bm]|[abm]")


def eyes_of(model: Header, projectors: Sequence[Header], models: Sequence[Header]) -> Path | None:
    """The projector for a model; `models` are all that it may belong to."""
    found = [each for each in projectors if _may_be(each, model, models)]
    best = max(found, key=lambda each: (_nearness(each, model), each.path.name), default=None)
    return best.path if best else None


def best_model(projector: Header, models: Sequence[Header]) -> Header | None:
    """The model that a projector from elsewhere belongs to, by its name where several fit."""
    fitting = [model for model in models if not projector.misfit(model)]
    return max(fitting, key=lambda model: (_alike(projector, model), -model.size), default=None)


def eyes_beside(model: Header) -> Path | None:
    """The projector in a model's own folder that calls itself one ("mmproj"); no other file is looked at."""
    found = []
    for path in sorted(model.path.parent.glob("*.gguf")):
        if "mmproj" in path.name.lower():
            try:
                found.append(read_header(path))
            except BadModelFile:
                continue
    return eyes_of(model, [header for header in found if header.kind is Kind.PROJECTOR], [model])


def _may_be(projector: Header, model: Header, models: Sequence[Header]) -> bool:
    if projector.misfit(model):
        return False
    alike = _alike(projector, model)
    if not alike and projector.path.parent != model.path.parent:
        return False
    return all(alike >= _alike(projector, other) for other in models if not projector.misfit(other))


def _nearness(projector: Header, model: Header) -> tuple[bool, int, bool, bool, int]:
    return (
        projector.path.parent == model.path.parent,
        _alike(projector, model),
        projector.path.name.lower().startswith("mmproj"),
        projector.quantisation
        == "F16",  # what publishers recommend: half of F32's memory, no loss to be seen
        projector.size,
    )


def _alike(projector: Header, model: Header) -> int:
    """How many telling words both names have."""
    return len(_words(projector) & _words(model))


def _words(header: Header) -> set[str]:
    """The words of a name that tell one model from another: no sizes, nothing that any projector says."""
    words = header.name.lower().split()
    return {part for word in words if not _SILENT.fullmatch(word) for part in _WORD.findall(word)}
