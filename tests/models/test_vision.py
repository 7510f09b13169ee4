"""Images in the KV session: encoded once, reused as a whole, and read as llama.cpp itself reads them."""

import ctypes
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as ll
import llama_cpp.mtmd_cpp as mtmd
import numpy as np
import pytest
from PIL import Image

from models.gguf import read_header
from models.parts import ImagePart
from models.worker import llama
from models.worker import vision as module
from models.worker.llama import SEQUENCE, Aborted, AbortFlag, Context, Model
from models.worker.session import Session
from models.worker.vision import ImageError, ProjectorError, Vision
from tests.models import tiny
from tests.models.test_session import REPEATABLE

Part = str | ImagePart


class Rig:
    """A tiny model with its eyes, and two contexts: one whose session reuses, one for comparing."""

    def __init__(self, folder: Path, pair: str, **eyes: int) -> None:
        write_model, write_eyes = tiny.PAIRS[pair]
        header = read_header(write_eyes(folder / "mmproj.gguf", **eyes))
        assert header.projector is not None
        whole = header.projector.attends_all
        assert header.misfit(read_header(write_model(folder / "model.gguf"))) == ""
        self.model = Model(folder / "model.gguf", 0, lambda _: True)
        self.abort = AbortFlag()
        self.context = Context(self.model, tiny.CONTEXT, 1, self.abort, attends_all=whole)
        self.fresh = Context(self.model, tiny.CONTEXT, 1, AbortFlag(), attends_all=whole)
        self.vision = Vision(header, self.model, self.context, 1, use_device=False, abort=self.abort)
        self.session = Session(self.context, self.vision)

    def forget(self) -> None:
        self.session.forget()
        self.vision.encodings = 0
        self.vision._embeddings.clear()

    def prompt(self, *parts: Part) -> list[int]:
        tokens: list[int] = []
        for part in parts:
            if isinstance(part, ImagePart):
                tokens += self.vision.tokens(part)
            else:
                tokens += self.model.tokenize(part, control=True)
        return tokens

    def read(self, *parts: Part, abortable: bool = True) -> int:
        """How many tokens of this prompt were reused."""
        prompt = self.prompt(*parts)
        *_, (plan, done) = self.session.read(prompt, lambda: False, abortable)
        assert done == plan.read
        assert self.session.tokens == prompt
        return plan.reused

    def logits(self) -> np.ndarray:
        return np.array(self.context.logits(self.model.vocabulary_size))

    def difference(self, *parts: Part) -> float:
        """Largest difference of the logits to what llama.cpp's own helper reads, all of it anew."""
        text = "".join(part if isinstance(part, str) else "<__media__>" for part in parts).encode()
        images = [part for part in parts if isinstance(part, ImagePart)]
        bitmaps = (mtmd.mtmd_bitmap_p_ctypes * len(images))(*map(bitmap, images))
        whole = mtmd.mtmd_input_text(text, len(text), False, True)
        chunks, end = mtmd.mtmd_input_chunks_init(), ll.llama_pos(0)
        own = self.vision._mtmd
        assert not mtmd.mtmd_tokenize(own, chunks, ctypes.byref(whole), bitmaps, len(images))
        self.fresh.clear()
        to = self.fresh.handle
        assert not mtmd.mtmd_helper_eval_chunks(own, to, chunks, 0, SEQUENCE, 512, True, ctypes.byref(end))
        mtmd.mtmd_input_chunks_free(chunks)
        assert self.fresh.length == self.context.length
        return float(np.abs(self.logits() - self.fresh.logits(self.model.vocabulary_size)).max())

    def close(self) -> None:
        self.vision.close()
        self.context.close()
        self.fresh.close()
        self.model.close()


def bitmap(image: ImagePart) -> object:
    pixels = Image.open(image.path).convert("RGB").tobytes()
    data = (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels)
    return mtmd.mtmd_bitmap_init(image.width, image.height, data)


def picture(path: Path, seed: int, width: int = 64, height: int = 48) -> ImagePart:
    """Noise, another one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return ImagePart(hashlib.sha256(pixels.tobytes()).hexdigest(), str(path), width, height)


@pytest.fixture(scope="module", params=list(tiny.PAIRS))
def rig(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    llama.start_backend()
    rig = Rig(tmp_path_factory.mktemp(request.param), request.param)
    yield rig
    rig.close()


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Rig]:
    """The usual pair, for this test alone."""
    llama.start_backend()
    rig = Rig(tmp_path, "plain")
    yield rig
    rig.close()


@pytest.fixture
def cat(tmp_path: Path) -> ImagePart:
    return picture(tmp_path / "cat.png", 1)


@pytest.fixture
def dog(tmp_path: Path) -> ImagePart:
    return picture(tmp_path / "dog.png", 2, 80, 80)


BEFORE = "Look at this. " * 5
AFTER = " What is it, and what stands beside it?"


def test_it_reads_what_llama_cpp_reads(rig: Rig, cat: ImagePart, dog: ImagePart) -> None:
    rig.forget()
    prompts: list[list[Part]] = [
        [BEFORE, cat, AFTER],
        [cat, dog, AFTER],
        [BEFORE, cat, " and ", dog, AFTER, cat, "."],
    ]
    for parts in prompts:
        rig.read(*parts)
        assert rig.difference(*parts) < REPEATABLE


def test_slices_and_short_batches_read_the_same(rig: Rig, cat: ImagePart, dog: ImagePart) -> None:
    rig.forget()
    rig.read(BEFORE, cat, " and ", dog, AFTER, abortable=False)
    assert rig.difference(BEFORE, cat, " and ", dog, AFTER) < REPEATABLE


def test_another_image_is_another_prompt(rig: Rig, cat: ImagePart, tmp_path: Path) -> None:
    rig.forget()
    rig.read(BEFORE, cat, AFTER)
    seen = rig.logits()
    other = picture(tmp_path / "other.png", 3)
    reused = rig.read(BEFORE, other, AFTER)
    first = rig.prompt(BEFORE, other).index(rig.vision._chunks[-1].tokens[0])
    assert reused == (first if rig.context.goes_back else 0)
    assert np.abs(rig.logits() - seen).max() > 10 * REPEATABLE
    again = picture(tmp_path / "a copy of the cat.png", 1)
    rig.read(BEFORE, again, AFTER)
    assert np.abs(rig.logits() - seen).max() < REPEATABLE
    assert rig.vision.encodings == 2


def test_an_image_is_encoded_once_in_a_conversation(rig: Rig, cat: ImagePart) -> None:
    rig.forget()
    said: list[Part] = [BEFORE, cat, AFTER]
    rig.read(*said)
    for turn in range(3):
        before = len(rig.session.tokens)
        rig.session.append(40 + turn)  # the answer
        said += [rig.model.piece(40 + turn).decode("latin-1"), f" And {turn}?"]
        assert rig.read(*said) == before + 1
    assert rig.vision.encodings == 1
    assert rig.difference(*said) < REPEATABLE


def test_what_stands_before_an_image_may_change(rig: Rig, cat: ImagePart) -> None:
    rig.forget()
    rig.read(BEFORE, cat, AFTER)
    reused = rig.read(BEFORE[:20], "Here. ", cat, AFTER)
    assert reused == (20 if rig.context.goes_back else 0)
    assert rig.vision.encodings == 1  # what the encoder made of it is kept
    assert rig.difference(BEFORE[:20], "Here. ", cat, AFTER) < REPEATABLE


def test_a_branch_behind_an_image_goes_back_to_it(rig: Rig, cat: ImagePart, dog: ImagePart) -> None:
    rig.forget()
    rig.read(BEFORE, cat, " and ", dog, AFTER)
    head = rig.prompt(BEFORE, cat)
    plan = rig.session.plan([*head, 7, 8, 9])
    if rig.context.goes_back:
        assert (plan.reused, plan.anew) == (len(head), False)
    else:
        assert (plan.reused, plan.anew) == (0, True)
    rig.read(BEFORE, cat, "?")
    assert rig.difference(BEFORE, cat, "?") < REPEATABLE


def test_an_image_is_never_cut(rig: Rig, cat: ImagePart) -> None:
    rig.forget()
    rig.read(BEFORE, cat, AFTER)
    whole = rig.prompt(BEFORE, cat)
    first = next(at for at, token in enumerate(whole) if token < 0)
    last = max(at for at, token in enumerate(whole) if token < 0)
    # A prompt whose last token is within the image, which has to be decoded again.
    plan = rig.session.plan(whole[: last + 1])
    assert plan.reused == (first if rig.context.goes_back else 0)


def test_a_stop_while_encoding_throws_the_half_away(
    rig: Rig, cat: ImagePart, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.forget()
    rig.read(BEFORE)
    nodes, go_on = itertools.count(), rig.vision._go_on

    def stop_soon(ask: bool) -> bool:
        if next(nodes) == 9:
            rig.abort.set()
        return go_on(ask)

    with monkeypatch.context() as patched:
        patched.setattr(rig.vision, "_go_on", stop_soon)
        with pytest.raises(Aborted):
            rig.read(BEFORE, cat, AFTER)
    rig.abort.clear()
    assert next(nodes) < 13  # of some eighty
    kept = rig.session.tokens  # and the marks that its model wants before an image
    whole = rig.prompt(BEFORE, cat)
    assert kept == whole[: next(at for at, token in enumerate(whole) if token < 0)]
    assert (rig.vision.encodings, len(rig.vision._embeddings)) == (0, 0)
    assert rig.read(BEFORE, cat, AFTER) == len(kept)
    assert rig.difference(BEFORE, cat, AFTER) < REPEATABLE


def test_a_stop_while_decoding_an_image_leaves_the_cache_as_it_was(rig: Rig, cat: ImagePart) -> None:
    rig.forget()
    rig.read(cat, ".")  # it is encoded
    rig.session.forget()
    rig.read(BEFORE)
    rig.abort.set()
    with pytest.raises(Aborted):
        rig.read(BEFORE, cat, AFTER)
    rig.abort.clear()
    assert rig.session.tokens == (rig.prompt(BEFORE) if rig.context.goes_back else [])
    rig.read(BEFORE, cat, AFTER)
    assert rig.difference(BEFORE, cat, AFTER) < REPEATABLE
    assert rig.vision.encodings == 1


def test_a_stop_behind_an_image_leaves_it(rig: Rig, cat: ImagePart) -> None:
    rig.forget()
    rig.read(BEFORE, cat, ".")
    rig.abort.set()
    with pytest.raises(Aborted):
        rig.read(BEFORE, cat, AFTER * 5)
    rig.abort.clear()
    assert rig.session.tokens == rig.prompt(BEFORE, cat, AFTER * 5)[: len(rig.session.tokens)]
    rig.read(BEFORE, cat, AFTER * 5)
    assert rig.difference(BEFORE, cat, AFTER * 5) < REPEATABLE
    assert rig.vision.encodings == 1


def test_what_is_kept_of_images_is_bounded(
    plain: Rig, cat: ImagePart, dog: ImagePart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 16 * tiny.WIDTH * 4)  # one picture
    for image in (cat, dog, dog, cat):
        plain.session.forget()
        plain.read(image, AFTER)
    assert plain.vision.encodings == 3
    assert len(plain.vision._embeddings) == 1


def test_an_image_that_is_gone_or_another_is_told(plain: Rig, cat: ImagePart) -> None:
    plain.read(BEFORE)
    Path(cat.path).unlink()
    with pytest.raises(ImageError, match="not there any more"):
        plain.read(BEFORE, cat, AFTER)
    Path(cat.path).write_bytes(b"\x89PNG\r\n\x1a\n and nothing else")
    with pytest.raises(ImageError, match="or damaged"):
        plain.read(BEFORE, cat, AFTER)
    picture(Path(cat.path), 1, 9, 9)
    with pytest.raises(ImageError, match="not the one that it was"):
        plain.read(BEFORE, cat, AFTER)
    other = picture(Path(cat.path).with_name("a copy.png"), 1)
    assert plain.read(BEFORE, other, AFTER) == len(plain.prompt(BEFORE))
    assert plain.vision.encodings == 1
    picture(Path(cat.path), 1)
    plain.session.forget()
    plain.read(BEFORE)
    assert plain.read(BEFORE, cat, AFTER) == len(plain.prompt(BEFORE))
    assert plain.difference(BEFORE, cat, AFTER) < REPEATABLE


def test_a_large_picture_is_seen_smaller_where_its_model_counts_pixels(tmp_path: Path) -> None:
    llama.start_backend()
    rig = Rig(tmp_path, "growing")
    large = picture(tmp_path / "large.png", 4, 900, 1200)
    cells = sum(token < 0 for token in rig.prompt(large))
    assert tiny.CONTEXT // 8 < cells <= tiny.CONTEXT // 4
    rig.read(BEFORE, large, AFTER)
    assert rig.context.length < len(rig.session.tokens)  # M-RoPE: fewer positions than cells
    assert rig.session.room == tiny.CONTEXT - len(rig.session.tokens)
    assert rig.difference(BEFORE, large, AFTER) < REPEATABLE
    rig.close()


def test_a_large_picture_is_read_in_slices_with_looks_between_them(tmp_path: Path) -> None:
    llama.start_backend()
    rig = Rig(tmp_path, "growing")
    large = picture(tmp_path / "large.png", 4, 256, 224)
    assert len(rig.vision.chunk(min(rig.prompt(large)))[0].tokens) > 3 * 64
    rig.read(BEFORE, large, AFTER, abortable=False)
    assert rig.difference(BEFORE, large, AFTER) < REPEATABLE
    rig.session.forget()
    rig.read(BEFORE)
    prompt, looks = rig.prompt(BEFORE, large, AFTER), itertools.count()
    with pytest.raises(Aborted):
        list(rig.session.read(prompt, lambda: next(looks) > 4, abortable=False))
    assert rig.session.tokens == prompt[: prompt.index(max(token for token in prompt if token < 0))]
    assert rig.read(BEFORE, large, AFTER, abortable=False) == len(rig.prompt(BEFORE)) + 16
    assert rig.difference(BEFORE, large, AFTER) < REPEATABLE
    rig.close()


def test_a_picture_that_must_be_seen_at_once_and_cannot_be_is_refused(tmp_path: Path) -> None:
    llama.start_backend()
    rig = Rig(tmp_path, "whole")
    assert rig.context.physical_batch == llama.BATCH
    rig.vision._at_once = 15
    with pytest.raises(ImageError, match="16 tokens, and this model can look at 15 at once"):
        rig.prompt(picture(tmp_path / "cat.png", 1))
    rig.close()


def test_a_projector_that_lacks_something_is_refused(tmp_path: Path, plain: Rig) -> None:
    path = tiny.write_projector(tmp_path / "lame.gguf")
    path.write_bytes(path.read_bytes().replace(b"clip.vision.image_mean", b"clip.vision.image_meen"))
    with pytest.raises(ProjectorError, match=r"^lame\.gguf could not be loaded as the eyes"):
        Vision(read_header(path), plain.model, plain.context, 1, use_device=False, abort=plain.abort)


def test_loading_a_projector_can_be_stopped(tmp_path: Path, plain: Rig) -> None:
    header = read_header(tmp_path / "mmproj.gguf")
    plain.abort.set()
    with pytest.raises(Aborted):
        Vision(header, plain.model, plain.context, 1, use_device=False, abort=plain.abort)
    plain.abort.clear()
