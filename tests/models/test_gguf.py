"""Headers: read right when sound, refused in one clear sentence when not, and never fatal to the loader."""

import os
import struct
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.gguf import BadModelFile, CutShort, Damaged, Header, Kind, NotAModel, Unreadable, read_header
from models.words import size_in_words
from tests.models import tiny

UINT32, STRING, ARRAY = 4, 8, 9


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def fact(key: str, kind: int, value: bytes) -> bytes:
    return text(key.encode()) + struct.pack("<I", kind) + value


def number(key: str, value: int) -> bytes:
    return fact(key, UINT32, struct.pack("<I", value))


def words(key: str, *values: bytes) -> bytes:
    return fact(key, ARRAY, struct.pack("<IQ", STRING, len(values)) + b"".join(map(text, values)))


@dataclass(frozen=True)
class Tensor:
    name: str = "token_embd.weight"
    shape: tuple[int, ...] = (8, 4)
    kind: int = 0
    offset: int = 0

    @property
    def info(self) -> bytes:
        lengths = b"".join(struct.pack("<Q", length % 2**64) for length in self.shape)
        place = struct.pack("<iQ", self.kind, self.offset % 2**64)
        return text(self.name.encode()) + struct.pack("<I", len(self.shape)) + lengths + place


FACTS = (
    fact("general.architecture", STRING, text(b"llama")),
    number("llama.block_count", 1),
    number("llama.context_length", 64),
    number("llama.embedding_length", 8),
    words("tokenizer.ggml.tokens", b"a", b"b", b"", b"c"),
)


@dataclass(frozen=True)
class Made:
    """A GGUF by hand, so that it can be wrong in one place."""

    facts: tuple[bytes, ...] = FACTS
    tensors: tuple[Tensor, ...] = (Tensor(),)
    opening: bytes = b"GGUF" + struct.pack("<I", 3)
    counts: tuple[int, int] | None = None  # tensors, facts
    data: bytes = field(default=bytes(128), repr=False)

    def plus(self, *facts: bytes) -> "Made":
        return replace(self, facts=self.facts + facts)

    def write(self, folder: Path) -> Path:
        tensors, facts = self.counts or (len(self.tensors), len(self.facts))
        head = self.opening + struct.pack("<QQ", tensors, facts) + b"".join(self.facts)
        head += b"".join(tensor.info for tensor in self.tensors)
        path = folder / "made.gguf"
        path.write_bytes(head + bytes(-len(head) % 32) + self.data)
        return path


def test_what_is_made_by_hand_is_sound(tmp_path: Path) -> None:
    header = read_header(Made().write(tmp_path))
    assert (header.vocabulary, header.parameters, header.parameter_bytes) == (4, 32, 128)
    assert read_header(replace(Made(), opening=b"GGUF\2\0\0\0").write(tmp_path)).version == 2


def test_the_starter(starter: Path) -> None:
    begun = time.perf_counter()
    header = read_header(starter)
    assert time.perf_counter() - begun < 1  # 31 ms on an idle machine; the machines of CI are not idle
    assert header == Header(
        path=starter,
        size=98_362_432,
        version=3,
        kind=Kind.LANGUAGE,
        architecture="llama",
        name="SmolLM2 135M",
        quantisation="Q4_1",
        parameters=134_515_008,
        parameter_bytes=96_576_768,
        context_length=8192,
        embedding_length=576,
        block_count=30,
        head_counts=(9,) * 30,
        kv_head_counts=(3,) * 30,
        key_length=64,
        value_length=64,
        sliding_window=0,
        vocabulary=49_152,
        chat_template=header.chat_template,
        licence="apache-2.0",
        split_no=0,
        split_count=0,
    )
    assert header.chat_template
    assert "<|im_start|>" in header.chat_template


def test_the_starter_cut_short(starter: Path, tmp_path: Path) -> None:
    cut = tmp_path / "starter.gguf"
    with starter.open("rb") as file:
        cut.write_bytes(file.read(12_000_000))
    with pytest.raises(CutShort) as caught:
        read_header(cut)
    assert str(caught.value) == "starter.gguf is cut short: it ends after 12 MB of 98 MB. Fetch it again."


@pytest.mark.parametrize("kind", ["dense", "hybrid", "recurrent", "window"])
def test_tiny_models(kind: str, tmp_path: Path) -> None:
    header = read_header(tiny.WRITERS[kind](tmp_path / f"tiny-{kind}.gguf"))
    assert header.kind is Kind.LANGUAGE
    assert header.name == f"Tiny {kind.capitalize()}"
    assert header.vocabulary == len(tiny.TOKENS)
    assert header.chat_template == tiny.CHATML
    assert header.context_length == tiny.CONTEXT
    assert header.sliding_window == (tiny.WINDOW if kind == "window" else 0)
    heads = {"dense": (2, 2), "hybrid": (0, 4, 0, 4), "recurrent": (0, 0), "window": (4,) * 6}
    assert header.kv_head_counts == heads[kind]


def test_a_projector_is_told_from_a_model(tmp_path: Path) -> None:
    assert read_header(tiny.write_projector(tmp_path / "eyes.gguf")).kind is Kind.PROJECTOR


def test_an_embedding_model_is_told_from_one_that_chats(tmp_path: Path) -> None:
    assert read_header(Made().plus(number("llama.pooling_type", 1)).write(tmp_path)).kind is Kind.EMBEDDING


def test_no_template_is_none(tmp_path: Path) -> None:
    assert not read_header(tiny.write_dense(tmp_path / "a.gguf", template=None)).has_chat_template


def refusal(path: Path) -> BadModelFile:
    with pytest.raises(BadModelFile) as caught:
        read_header(path)
    sentence = str(caught.value)
    assert sentence.startswith(path.name)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return caught.value


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Buy milk.\nCall Anna.\n", "is a text file, not a model."),
        (b"", "is an empty file, not a model."),
        (b"PK\x03\x04" + bytes(90), "is a ZIP archive, not a model."),
        (b"<!DOCTYPE html><p>Not found", "is a web page, not a model."),
        (b"version https://git-lfs.github.com/spec/v1\n", "kept elsewhere (Git LFS), not a model."),
        (struct.pack("<Q", 40) + b'{"a": 1}', "is a safetensors file, not a model."),
        (os.urandom(3) + b"\xff\x00\xfe" * 50, "is a file of another kind, not a model."),
    ],
)
def test_other_files(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.gguf"
    path.write_bytes(content)
    bad = refusal(path)
    assert isinstance(bad, NotAModel)
    assert str(bad).endswith(sentence)


def test_what_the_system_does_not_give(tmp_path: Path) -> None:
    assert isinstance(refusal(tmp_path / "gone.gguf"), Unreadable)
    assert "is a folder" in str(refusal(tmp_path))
    with pytest.raises(Unreadable):
        read_header(Path("a\0b.gguf"))
    fifo = tmp_path / "pipe.gguf"
    if hasattr(os, "mkfifo"):
        os.mkfifo(fifo)
        assert "is a device" in str(refusal(fifo))  # and is not waited for


LONG = 2**40
BROKEN: dict[str, tuple[Made, str]] = {
    "big-endian": (Made(opening=b"GGUF\0\0\0\3"), "big-endian"),
    "version 1": (Made(opening=b"GGUF\1\0\0\0"), "version 1,"),
    "version 9": (Made(opening=b"GGUF\x09\0\0\0"), "version 9,"),
    "tensor count": (Made(counts=(2**61, 5)), "announces 2,305,843"),
    "tensor count that overflows when multiplied": (Made(counts=(2**64 // 368 + 2, 5)), "announces"),
    "negative tensor count": (Made(counts=(2**64 - 1, 5)), "announces"),
    "key count": (Made(counts=(1, 2**60)), "announces"),
    "string length": (Made().plus(fact("x", STRING, struct.pack("<Q", LONG))), "a value of 1.1 TB"),
    "string length 2**64 - 1": (Made().plus(fact("x", STRING, b"\xff" * 8)), "announces a value"),
    "key length": (Made().plus(struct.pack("<Q", 2**63)), "announces a value"),
    "array length": (Made().plus(fact("x", ARRAY, struct.pack("<IQ", 12, LONG))), "announces a value"),
    "array length that overflows": (
        Made().plus(fact("x", ARRAY, struct.pack("<IQ", 12, 2**61))),
        "announces",
    ),
    "array of strings": (Made().plus(fact("x", ARRAY, struct.pack("<IQ", 8, LONG))), "more words"),
    "nested arrays": (Made().plus(fact("x", ARRAY, struct.pack("<IQ", 9, 1) * 40)), "lists within a list"),
    "unknown value type": (Made().plus(fact("x", 13, bytes(8))), "a type that no GGUF has (13)"),
    "unknown item type": (Made().plus(fact("x", ARRAY, struct.pack("<IQ", 99, 1))), "no GGUF has (99)"),
    "duplicate key": (Made().plus(number("x", 1), number("x", 2)), "says x twice"),
    "empty key": (Made().plus(number("", 1)), "no proper name"),
    "key with a zero in it": (Made().plus(number("a\0b", 1)), "no proper name"),
    "alignment 0": (Made().plus(number("general.alignment", 0)), "general.alignment"),
    "alignment 3": (Made().plus(number("general.alignment", 3)), "general.alignment"),
    "alignment 24": (Made().plus(number("general.alignment", 24)), "not a power of two"),
    "alignment 2**31": (Made().plus(number("general.alignment", 2**31)), "general.alignment"),
    "alignment of another type": (
        Made().plus(fact("general.alignment", 10, struct.pack("<Q", 32))),
        "general.alignment has the wrong type",
    ),
    "no tensors": (Made(tensors=()), "no parameters"),
    "tensor past the end": (Made(tensors=(Tensor(shape=(8, 4096)),)), "of 131 kB"),
    "huge tensor": (Made(tensors=(Tensor(shape=(2**50,)),)), "larger than any disk"),
    "overlap": (Made(tensors=(Tensor(), Tensor("b", offset=96))), "overlaps"),
    "gap": (Made(tensors=(Tensor(), Tensor("b", offset=160)), data=bytes(512)), "where no tensor should"),
    "offset 2**64 - 32": (Made(tensors=(Tensor(offset=2**64 - 32),)), "where no tensor should"),
    "dimensions that overflow": (Made(tensors=(Tensor(shape=(2**32, 2**31)),)), "impossible shape"),
    "dimensions that overflow to a small number": (
        Made(tensors=(Tensor(shape=(2**62, 2, 2, 4)),)),
        "impossible shape",
    ),
    "zero dimension": (Made(tensors=(Tensor(shape=(8, 0)),)), "impossible shape"),
    "negative dimension": (Made(tensors=(Tensor(shape=(8, -4)),)), "impossible shape"),
    "no dimensions": (Made(tensors=(Tensor(shape=()),)), "0 dimensions"),
    "five dimensions": (Made(tensors=(Tensor(shape=(1,) * 5),)), "5 dimensions"),
    "unknown tensor type": (Made(tensors=(Tensor(kind=43),)), "does not know (43)"),
    "removed tensor type": (Made(tensors=(Tensor(kind=4),)), "does not know (4)"),
    "negative tensor type": (Made(tensors=(Tensor(kind=-1),)), "does not know (-1)"),
    "row size": (Made(tensors=(Tensor(shape=(33, 32), kind=2),)), "whole blocks of Q4_0"),
    "duplicate tensor": (
        Made(tensors=(Tensor(), Tensor(offset=128)), data=bytes(256)),
        "are named token_embd",
    ),
    "tensor name of 64": (Made(tensors=(Tensor("n" * 64),)), "no proper name"),
    "token twice": (Made(facts=(*FACTS[:4], words("tokenizer.ggml.tokens", b"a", b"a"))), "there twice"),
    "token that an empty one becomes": (
        Made(facts=(*FACTS[:4], words("tokenizer.ggml.tokens", b"[EMPTY_1]", b""))),
        "there twice",
    ),
    "no tokens": (Made(facts=FACTS[:4]), "no vocabulary"),
    "tokens that are numbers": (
        Made(facts=(*FACTS[:4], fact("tokenizer.ggml.tokens", ARRAY, struct.pack("<IQI", 4, 1, 7)))),
        "not the list",
    ),
    "fewer scores than tokens": (
        Made().plus(fact("tokenizer.ggml.scores", ARRAY, struct.pack("<IQf", 6, 1, 0.0))),
        "4 tokens and 1 entries",
    ),
    "no architecture": (Made(facts=FACTS[1:]), "what kind of model"),
    "no blocks": (Made(facts=(FACTS[0], number("llama.block_count", 0), *FACTS[2:])), "block_count"),
    "513 blocks": (Made(facts=(FACTS[0], number("llama.block_count", 513), *FACTS[2:])), "block_count"),
    "no context length": (Made(facts=(*FACTS[:2], *FACTS[3:])), "does not say its llama.context_length"),
    "context length 0": (
        Made(facts=(*FACTS[:2], number("llama.context_length", 0), *FACTS[3:])),
        "llama.context_length",
    ),
    "more experts used than there are": (
        Made().plus(number("llama.expert_count", 2), number("llama.expert_used_count", 3)),
        "experts contradict",
    ),
    "more prediction blocks than blocks": (Made().plus(number("llama.nextn_predict_layers", 2)), "nextn"),
    "unknown scaling": (
        Made().plus(fact("llama.rope.scaling.type", STRING, text(b"\x1b[31mevil"))),
        "unknown scaling",
    ),
    "part number of another type": (Made().plus(number("split.count", 2)), "split.count has the wrong type"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(case: str, tmp_path: Path) -> None:
    made, reason = BROKEN[case]
    begun = time.perf_counter()
    assert reason in str(refusal(made.write(tmp_path)))
    assert time.perf_counter() - begun < 1


def test_a_chat_template_of_more_than_a_megabyte(tmp_path: Path) -> None:
    long = text(b"x" * 1_100_000)
    made = Made().plus(fact("tokenizer.chat_template", STRING, long))
    assert "chat template takes 1 MB" in str(refusal(made.write(tmp_path)))


def test_cut_anywhere(tmp_path: Path) -> None:
    whole = tiny.write_dense(tmp_path / "whole.gguf").read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in [*range(4, 400), *range(400, len(whole), 4999), len(whole) - 1]:
        cut.write_bytes(whole[:length])
        assert isinstance(refusal(cut), CutShort | Damaged), length


def test_a_hostile_header_takes_little_time_and_memory(tmp_path: Path) -> None:
    """As many words as are let through, and then a file that is all header."""
    vocabulary = words("tokenizer.ggml.tokens", *(b"%d" % index for index in range(300_000)))
    begun = time.thread_time()  # a shared machine may be slow for other reasons
    assert read_header(Made(facts=(*FACTS[:4], vocabulary)).write(tmp_path)).vocabulary == 300_000
    sparse = tmp_path / "sparse.gguf"
    sparse.write_bytes(b"".join([Made().opening, struct.pack("<QQ", 1, 6), *FACTS, text(b"x")]))
    with sparse.open("ab") as file:
        file.write(struct.pack("<IIQ", ARRAY, STRING, 1_900_000))
        file.truncate(2 << 30)
    refusal(sparse)
    assert time.thread_time() - begun < 3  # 0.4 s on an idle machine


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny.write_dense(tmp_path_factory.mktemp("sound") / "dense.gguf").read_bytes()


Flips = list[tuple[int, int]]
flips = st.lists(st.tuples(st.integers(0, 8300), st.integers(0, 255)), min_size=1, max_size=8)


@settings(deadline=1000, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=flips)
def test_flipped_bytes_raise_nothing_else(changed: Flips, sound: bytes, tmp_path: Path) -> None:
    data = bytearray(sound)
    for index, value in changed:
        data[index] = value
    path = tmp_path / "flipped.gguf"
    path.write_bytes(data)
    sentence = ""
    try:
        read_header(path)
    except BadModelFile as bad:
        sentence = str(bad)
    assert not sentence or sentence.startswith("flipped.gguf ")


@settings(deadline=1000, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rest=st.binary(max_size=2000))
def test_noise_raises_nothing_else(rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "noise.gguf"
    path.write_bytes(b"GGUF\3\0\0\0" + rest)
    refusal(path)


def test_small_file_with_overflowing_counts(tmp_path: Path) -> None:
    """The class of CVE-2026-27940: sizes whose product or sum comes round to something small."""
    for index, shape in enumerate([(2**62, 2, 2, 4), (2**32, 2**32), (2**63 - 1, 2), (2**61, 8, 1, 1)]):
        path = Made(tensors=(Tensor(shape=shape),), data=bytes(6000)).write(tmp_path)
        assert "impossible shape" in str(refusal(path)), index
    many = tuple(Tensor(f"t{index}", shape=(2**59,), offset=index * 2**61) for index in range(9))
    assert isinstance(refusal(Made(tensors=many, data=bytes(6000)).write(tmp_path)), CutShort | Damaged)


def test_sizes() -> None:
    sizes = {0: "0 bytes", 12_000: "12 kB", 98_362_432: "98 MB", 1_117_320_736: "1.1 GB", 14 * 10**9: "14 GB"}
    assert {count: size_in_words(count) for count in sizes} == sizes
