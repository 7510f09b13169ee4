"""What passes the check of a projector's header never ends the native loader's process."""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest
from PIL import Image

from models.gguf import BadModelFile, read_header
from tests.models import tiny

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks")

UINT32, FLOAT32, BOOL = 4, 6, 7
NUMBERS = (0, 1, 3, 7, 65, 1000, 65_535, 2**31 - 1, 2**32 - 1)
MOST = 40  # files a pair that are tried; all of them (some two hundred in all) were, and none died


def changed(path: Path) -> Iterator[bytes]:
    """The file with one thing in its header changed: a number, a flag, a name, a shape."""
    whole, reader = path.read_bytes(), gguf.GGUFReader(path)

    def put(at: int, form: str, *values: float) -> bytes:
        return whole[:at] + struct.pack(f"<{form}", *values) + whole[at + struct.calcsize(f"<{form}") :]

    for key, field in reader.fields.items():
        if key.startswith("clip."):
            kind = int(field.types[0])
            start = whole.index(key.encode() + struct.pack("<I", kind))
            at = start + len(key) + 4
            yield put(start, "B", ord("x"))
            if kind == UINT32:
                (old,) = struct.unpack_from("<I", whole, at)
                yield from (put(at, "I", new) for new in (*NUMBERS, old - 1, old + 1, 2 * old, old // 2))
            elif kind == FLOAT32:
                yield from (put(at, "f", new) for new in (0.0, -1.0, float("nan")))
            elif kind == BOOL:
                yield put(at, "B", 1 - whole[at])
    for tensor in reader.tensors:
        name = tensor.name.encode()
        start = whole.index(struct.pack("<Q", len(name)) + name) + 8
        yield put(start, "B", ord("x"))
        at = start + len(name) + 4
        shape = [int(length) for length in tensor.shape]
        if len(shape) > 1:
            yield put(at, f"{len(shape)}Q", *reversed(shape))
            if shape[0] % 2 == 0:
                yield put(at, f"{len(shape)}Q", shape[0] // 2, 2 * shape[1], *shape[2:])


@pytest.mark.parametrize("pair", ["plain", "whole", "growing"])
def test_nothing_that_passes_ends_the_loader(pair: str, tmp_path: Path) -> None:
    from tests.models.looking import fates

    write_model, write_eyes = tiny.PAIRS[pair]
    model, eyes = write_model(tmp_path / "model.gguf"), write_eyes(tmp_path / "eyes.gguf")
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(tmp_path / "picture.png")
    of, passed, refused = read_header(model), [eyes], 0
    for number, content in enumerate(changed(eyes)):
        path = tmp_path / f"{number}.gguf"
        path.write_bytes(content)
        try:
            fits = not read_header(path).misfit(of)
        except BadModelFile:
            fits = False
        if fits:
            passed.append(path)
        else:
            path.unlink()
            refused += 1
    assert refused > 50
    tried = passed[:: max(1, len(passed) // MOST)]
    ends = fates(model, tmp_path / "picture.png", tried)
    assert ends["eyes.gguf"] == "looked"
    assert {name: end for name, end in ends.items() if end not in ("looked", "refused")} == {}
