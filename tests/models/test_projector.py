"""What a projector's header says, and what in it would end the loader's process and is refused."""

import struct
from pathlib import Path

import pytest

from models.gguf import BadModelFile, CutShort, Damaged, Header, Projector, read_header
from tests.models import tiny


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    return tiny.write_projector(tmp_path / "whole.gguf").read_bytes()


def read(tmp_path: Path, content: bytes) -> Header:
    path = tmp_path / "mmproj.gguf"
    path.write_bytes(content)
    return read_header(path)


def test_what_it_says(tmp_path: Path) -> None:
    plain = read_header(tiny.write_projector(tmp_path / "plain.gguf", to=96)).projector
    assert plain is not None
    assert (plain.kind, plain.width, plain.sees, plain.hears) == ("mlp", 96, True, False)
    growing = read_header(tiny.write_growing_eyes(tmp_path / "growing.gguf")).projector
    assert growing is not None
    assert (growing.kind, growing.width, growing.attends_all) == ("qwen2vl_merger", tiny.WIDTH, False)
    whole = read_header(tiny.write_whole_eyes(tmp_path / "whole.gguf")).projector
    assert whole is not None
    assert (whole.kind, whole.width, whole.attends_all) == ("gemma3", tiny.WIDTH, True)
    assert read_header(tiny.write_dense(tmp_path / "model.gguf")).projector is None


def test_whom_it_fits(tmp_path: Path) -> None:
    dense = read_header(tiny.write_dense(tmp_path / "dense.gguf"))
    window = read_header(tiny.write_window(tmp_path / "window.gguf"))
    plain = read_header(tiny.write_projector(tmp_path / "plain.gguf"))
    whole = read_header(tiny.write_whole_eyes(tmp_path / "whole.gguf"))
    assert plain.misfit(dense) == plain.misfit(window) == whole.misfit(window) == ""
    assert whole.misfit(dense) == "it is made for gemma3 models, and this model is llama"
    wide = read_header(tiny.write_projector(tmp_path / "wide.gguf", to=4096))
    assert wide.misfit(dense) == "it is made for a model 4,096 numbers wide, and this one is 64"
    assert dense.misfit(window) == "it is not a projector, the file of a model's eyes"


def test_what_depends_on_its_place_in_the_text_is_not_taken() -> None:
    eyes = Projector("hunyuanvl", 64, sees=True, hears=False)
    assert eyes.misfit("hunyuan-dense", 64) == "pictures of its kind (hunyuanvl) are not supported yet"
    ears = Projector("whisper", 64, sees=False, hears=True)
    assert ears.misfit("llama", 64) == "it takes in sound and no pictures"


UINT32, INT32, BOOL = 4, 5, 7


def changed(
    content: bytes, key: str, kind: int, old: bytes, new: bytes, new_kind: int | None = None
) -> bytes:
    before = key.encode() + struct.pack("<I", kind) + old
    assert content.count(before) == 1
    return content.replace(before, key.encode() + struct.pack("<I", new_kind or kind) + new)


@pytest.mark.parametrize(
    ("key", "old", "new", "why"),
    [
        ("clip.vision.attention.head_count", 4, 0, "not a number between 1 and"),
        ("clip.vision.attention.head_count", 4, 100, "2 layers, 100 heads and is 64 wide"),
        ("clip.vision.patch_size", 16, 0, "patch_size is not a number between 1 and 64"),
        ("clip.vision.patch_size", 16, 65, "patch_size is not a number between 1 and 64"),
        ("clip.vision.image_size", 64, 9000, "image_size is not a number"),
        ("clip.vision.embedding_length", 64, 2**31, "embedding_length is not a number"),
        ("clip.vision.block_count", 2, 2**31 - 1, "block_count is not a number"),
        ("clip.vision.block_count", 2, 3, "lacks the tensor v.blk.2.attn_q.weight"),
    ],
)
def test_numbers_that_the_loader_believes(
    whole: bytes, tmp_path: Path, key: str, old: int, new: int, why: str
) -> None:
    content = changed(whole, key, UINT32, struct.pack("<I", old), struct.pack("<I", new))
    with pytest.raises(Damaged) as caught:
        read(tmp_path, content)
    assert why in str(caught.value)


def test_types_that_the_loader_asserts(whole: bytes, tmp_path: Path) -> None:
    four = struct.pack("<I", 4)
    content = changed(whole, "clip.vision.attention.head_count", UINT32, four, four, INT32)
    with pytest.raises(Damaged, match="head_count has the wrong type"):
        read(tmp_path, content)
    content = changed(whole, "clip.has_vision_encoder", BOOL, b"\1", b"\1", 1)
    with pytest.raises(Damaged, match="has_vision_encoder has the wrong type"):
        read(tmp_path, content)


@pytest.mark.parametrize("tensor", ["mm.2.weight", "v.patch_embd.weight", "v.blk.0.attn_q.weight"])
def test_tensors_that_the_loader_does_not_miss(whole: bytes, tmp_path: Path, tensor: str) -> None:
    name = tensor.encode()
    with pytest.raises(Damaged, match="it lacks the tensor"):
        read(tmp_path, whole.replace(name, b"w" + name[1:]))


def test_a_projector_that_is_cut_short(whole: bytes, tmp_path: Path) -> None:
    with pytest.raises(CutShort):
        read(tmp_path, whole[:-1])
    for length in range(30, 2000, 97):
        with pytest.raises(BadModelFile):
            read(tmp_path, whole[:length])
