"""The check of headers against the native loader itself: what passes must not kill it."""

import ctypes
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.gguf import BadModelFile, read_header
from models.gguf_layout import TYPES
from tests.models import loading, tiny

posix = pytest.mark.skipif(sys.platform == "win32", reason="forks")
GONE = {4, 5, 31, 32, 33, 36, 37, 38}  # tensor types that ggml has taken out


def flipped(sound: dict[str, bytes], folder: Path, seed: int) -> Iterator[Path]:
    """Files with a few changed bytes outside the lists of tokens that pass the check."""
    chance, serial = random.Random(seed), 0
    sizes = [0, 1, 2, 3, 7, 8, 9, 255, 256, 1000, 2**16, 2**20, 2**31 - 1, 2**31, 2**32 - 1]
    while True:
        kind, serial = chance.choice(sorted(sound)), serial + 1
        data = bytearray(sound[kind])
        lists, after = data.find(b"tokenizer.ggml.tokens"), data.find(b"tokenizer.ggml.bos_token_id")
        for _ in range(chance.choice([1, 1, 2, 3])):
            at = chance.choice([chance.randrange(24, lists), chance.randrange(after, 8000)])
            if chance.random() < 0.5:
                data[at] ^= 1 << chance.randrange(8)
            else:
                data[at : at + 4] = struct.pack("<I", chance.choice(sizes))
        path = folder / f"{kind}-{serial}.gguf"
        path.write_bytes(data)
        try:
            read_header(path)
        except BadModelFile:
            path.unlink()
        else:
            yield path


@posix
def test_what_is_let_through_does_not_kill_the_loader(tmp_path: Path) -> None:
    """Forty here; 10,000 were tried when this was written, and none died."""
    sound = {kind: write(tmp_path / f"{kind}.gguf").read_bytes() for kind, write in tiny.WRITERS.items()}
    sample = [path for path, _ in zip(flipped(sound, tmp_path, seed=1), range(40), strict=False)]
    ends = loading.fates([*(tmp_path / f"{kind}.gguf" for kind in tiny.WRITERS), *sample])
    assert {ends[f"{kind}.gguf"] for kind in tiny.WRITERS} == {"loaded"}
    assert {name: end for name, end in ends.items() if end not in ("loaded", "refused")} == {}


@posix
def test_headers_that_kill_the_loader_are_refused(tmp_path: Path) -> None:
    """llama.cpp (0.3.36) aborts on these: this is what the check is for, and why it must not be weakened."""
    sound = tiny.write_dense(tmp_path / "sound.gguf").read_bytes()
    blocks = b"llama.block_count" + struct.pack("<I", 4)
    deadly = {
        "blocks.gguf": sound.replace(blocks + b"\x02", blocks + b"\x00", 1),
        "words.gguf": sound.replace(b"<0x41>", b"<0x42>", 1),
    }
    for name, content in deadly.items():
        assert content != sound
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadModelFile):
            read_header(tmp_path / name)
    assert loading.fates(tmp_path / name for name in deadly) == dict.fromkeys(deadly, "SIGABRT")


@posix
def test_parameters_where_mapped_memory_cannot_have_them(tmp_path: Path) -> None:
    """An alignment of 8 is sound in itself; llama.cpp aborts where the data then begins beside 32 bytes."""
    ours = {}
    for length in (1, 9, 17, 25):
        path = tiny.write_dense(tmp_path / f"{length}.gguf", template="x" * length, alignment=8)
        try:
            read_header(path)
        except BadModelFile:
            ours[path.name] = "SIGABRT"
        else:
            ours[path.name] = "loaded"
    assert sorted(ours.values()) == ["SIGABRT"] * 3 + ["loaded"]
    assert loading.fates(tmp_path / name for name in ours) == ours


def test_block_sizes_are_those_of_the_library() -> None:
    import llama_cpp

    base = next(Path(llama_cpp.__file__).parent.glob("lib/*ggml-base*"))
    ggml = ctypes.CDLL(str(base))
    ggml.ggml_type_size.restype = ctypes.c_size_t
    ggml.ggml_blck_size.restype = ctypes.c_int64
    theirs = {
        kind: (ggml.ggml_blck_size(kind), ggml.ggml_type_size(kind)) for kind in range(43) if kind not in GONE
    }
    assert {kind: sizes for kind, (_, *sizes) in TYPES.items()} == {k: list(v) for k, v in theirs.items()}
