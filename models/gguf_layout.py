"""The bytes of a GGUF header: its values, lists and tensors, each bounded before it is read.

The format is in ggml's `docs/gguf.md`; where llama.cpp is stricter (`ggml/src/gguf.cpp`), its rule is held.
What the values mean, and the public door, are in `models/gguf.py`.
"""

import struct
from dataclasses import dataclass
from typing import IO, ClassVar

from models.words import size_in_words

HEADER_LIMIT = 64 << 20  # bytes; the largest vocabularies known (262,144 tokens, 515,000 merges) take 20 MB
TEMPLATE_LIMIT = 1 << 20  # bytes of chat template
_CHUNK = 2 << 20
_KEYS = 4096  # llama.cpp compares each key and each tensor name with all before it
_TENSORS = 32_768
_STRINGS = 2_000_000  # in all arrays together
VOCABULARY = 1 << 20
BLOCKS = 512  # LLAMA_MAX_LAYERS
EXPERTS = 1024  # LLAMA_MAX_EXPERTS
_NAME = 63  # GGML_MAX_NAME less its closing zero
_LARGEST = 2**63 - 1  # elements
_LARGEST_FILE = 1 << 44  # bytes
_PAGE = 32  # bytes; ggml's TENSOR_ALIGNMENT: mapped tensors elsewhere make it abort

# GGUF's value types: struct's letter for those of fixed size
_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
UINT16, UINT32, INT32, FLOAT32, BOOL, STRING, _ARRAY = 2, 4, 5, 6, 7, 8, 9

# ggml's tensor types: name, elements a block, bytes a block (`type_traits` in ggml.c; a test compares them)
# fmt: off
TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8),
    28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18),
    42: ("Q2_0", 64, 18),
}
# fmt: on
_OPENINGS = {  # what else is dropped on a window, by its first bytes
    b"PK\x03\x04": "a ZIP archive",
    b"version https://git-lfs": "a pointer to a model that is kept elsewhere (Git LFS)",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
    b"lmgg": "a model in the old GGML format, which llama.cpp no longer reads",
    b"fmgg": "a model in the old GGML format, which llama.cpp no longer reads",
    b"tjgg": "a model in the old GGML format, which llama.cpp no longer reads",
}


class BadModelFile(Exception):
    """A file that must not reach the native loader; `str()` is a sentence for the person who chose it."""

    sentence: ClassVar[str] = "{file} cannot be used: {why}."

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.file = "The file"

    def __str__(self) -> str:
        return self.sentence.format(file=self.file, why=self.why)


class NotAModel(BadModelFile):
    """Something else than a GGUF."""

    sentence = "{file} is {why}, not a model."


class CutShort(BadModelFile):
    """A GGUF whose end is missing."""

    sentence = "{file} is cut short: {why}. Fetch it again."


class Damaged(BadModelFile):
    """A GGUF that breaks a rule of the format or of the loader."""

    sentence = "{file} is damaged: {why}."


class Unreadable(BadModelFile):
    """A file that the system would not give; its cause is the OSError."""

    sentence = "{file} cannot be read: {why}."


class Reader:
    """The file's first bytes, fetched as they are asked for, and no more than `HEADER_LIMIT` of them."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self.size = size
        self.position = 0
        self.strings_left = _STRINGS
        self._file = file
        self._bytes = bytearray()

    def need(self, count: int) -> None:
        """Have the next `count` bytes at hand."""
        end = self.position + count
        if end <= len(self._bytes):
            return
        if count > HEADER_LIMIT:
            raise Damaged(f"its header announces a value of {size_in_words(count)}")
        if end > self.size:
            raise CutShort(f"it ends within its header, after {size_in_words(self.size)}")
        if end > HEADER_LIMIT:
            raise Damaged(f"its header is larger than {size_in_words(HEADER_LIMIT)}")
        while end > len(self._bytes):
            more = self._file.read(max(_CHUNK, end - len(self._bytes)))
            if not more:
                raise CutShort(f"it ends after {size_in_words(len(self._bytes))}")
            self._bytes += more

    def skip(self, count: int) -> None:
        self.need(count)
        self.position += count

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, or fewer where the file ends, without going on."""
        count = min(count, self.size - self.position)
        self.need(count)
        return bytes(self._bytes[self.position : self.position + count])

    def numbers(self, letters: str) -> tuple[int, ...]:
        """Little-endian values with no padding between them, by struct's letters."""
        form = struct.Struct("<" + letters)
        self.need(form.size)
        values = form.unpack_from(self._bytes, self.position)
        self.position += form.size
        return values

    def number(self, letter: str) -> int:
        return self.numbers(letter)[0]

    def string(self) -> bytes:
        length = self.number("Q")
        self.skip(length)
        return bytes(self._bytes[self.position - length : self.position])

    def name(self, what: str, longest: int) -> str:
        """A key or the name of a tensor: printable ASCII."""
        name = self.string().decode("latin-1")
        if not 0 < len(name) <= longest or not (name.isascii() and name.isprintable()):
            raise Damaged(f"{what} has no proper name")
        return name

    def strings(self, count: int, distinct: bool) -> None:
        """Go over an array of strings; where they must be `distinct`, raise if two are the same."""
        self.strings_left -= count
        if self.strings_left < 0 or (distinct and count > VOCABULARY):
            raise Damaged("it lists more words than any model knows")
        data, at, length_at = self._bytes, self.position, struct.Struct("<Q").unpack_from
        ready, seen = len(data), set[bytes]()
        for index in range(count):
            if at + 8 > ready:
                self.position = at
                self.need(8)
                ready = len(data)
            start = at + 8
            at = start + length_at(data, at)[0]
            if at > ready:
                self.position = start
                self.need(at - start)
                ready = len(data)
            if distinct:
                seen.add(bytes(data[start:at]) or b"[EMPTY_%d]" % index)  # as llama.cpp calls empty ones
        self.position = at
        if distinct and len(seen) != count:
            raise Damaged("a word of its vocabulary is there twice")


@dataclass(frozen=True)
class _Array:
    item: int  # GGUF's value type
    count: int
    values: tuple[int, ...]  # of short arrays of numbers; empty for others


_Value = int | float | str | _Array


class Facts:
    """The header's keys and values, asked for by name and bounds."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[int, _Value]] = {}

    def add(self, key: str, kind: int, value: _Value) -> None:
        if key in self._values:
            raise Damaged(f"it says {key[:60]} twice")
        self._values[key] = kind, value

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str) -> str:
        value = self._values.get(key, (STRING, ""))[1]
        if not isinstance(value, str):
            raise Damaged(f"{key} is not a text")
        return value

    def typed(self, key: str, kind: int) -> None:
        """Where the loader looks no further before it aborts: the key, if there, must have this type."""
        if self._values.get(key, (kind, 0))[0] != kind:
            raise Damaged(f"{key} has the wrong type")

    def flag(self, key: str) -> bool:
        """A yes or no; no where the key is missing."""
        return self._values.get(key, (BOOL, False))[1] is True

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in [low, high]; `default` where the key is missing, or an error if that is None."""
        if key not in self._values:
            if default is None:
                raise Damaged(f"it does not say its {key}")
            return default
        value = self._values[key][1]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Damaged(f"its {key} is not a number between {low:,} and {high:,}")
        return value

    def real(self, key: str, low: float, high: float) -> None:
        """Where there is one: a number with a fraction, in [low, high]."""
        kind, value = self._values.get(key, (FLOAT32, low))
        if kind != FLOAT32 or not isinstance(value, float | int) or not low <= value <= high:
            raise Damaged(f"its {key} is not a number between {low:g} and {high:g}")

    def per_block(self, key: str, blocks: int, high: int) -> tuple[int, ...]:
        """One number for each block, from an array or from one number for all; zeros where missing."""
        value = self._values.get(key, (0, 0))[1]
        if not isinstance(value, _Array):
            return (self.number(key, 0, high, 0),) * blocks
        if len(value.values) != blocks or not all(
            isinstance(n, int) and 0 <= n <= high for n in value.values
        ):
            raise Damaged(f"its {key} does not give one count for each of {blocks} blocks")
        return value.values

    def array(self, key: str, *items: int) -> int | None:
        """The length of an array of one of these types; None where there is none."""
        if key not in self._values:
            return None
        value = self._values[key][1]
        if not isinstance(value, _Array) or value.item not in items:
            raise Damaged(f"{key} is not the list that it should be")
        return value.count


@dataclass(frozen=True)
class Tensors:
    elements: int
    size: int  # bytes
    commonest: str  # the type that holds most elements
    shapes: dict[str, tuple[int, ...]]  # in ggml's order, the innermost dimension first


def read_preamble(reader: Reader) -> tuple[int, int, int]:
    """Version, number of tensors, number of keys."""
    if reader.size == 0:
        raise NotAModel("an empty file")
    start = reader.peek(512)
    if not start.startswith(b"GGUF"):
        raise NotAModel(_other_format(start))
    reader.skip(4)
    version = reader.number("I")
    if version & 0xFFFF == 0:
        raise BadModelFile("it is written for big-endian machines; look for the usual little-endian one")
    if version not in (2, 3):
        raise BadModelFile(f"it is GGUF version {version:,}, and this program reads versions 2 and 3")
    tensors, keys = reader.numbers("QQ")
    # A tensor takes at least 33 bytes of header (name, dimensions, type, offset), a key 14.
    if tensors > min(_TENSORS, reader.size // 33) or keys > min(_KEYS, reader.size // 14):
        raise Damaged(f"it announces {tensors:,} tensors and {keys:,} facts in {size_in_words(reader.size)}")
    return version, tensors, keys


def _other_format(start: bytes) -> str:
    """What a file that opens with these bytes is instead."""
    for opening, what in _OPENINGS.items():
        if start.startswith(opening):
            return what
    if start[8:9] == b"{" and len(start) > 8:
        return "a safetensors file"
    try:
        text = start[:-4].decode() if len(start) == 512 else start.decode()
    except UnicodeDecodeError:
        return "a file of another kind"
    return (
        "a text file"
        if all(char.isprintable() or char.isspace() for char in text)
        else "a file of another kind"
    )


def read_facts(reader: Reader, count: int) -> Facts:
    facts = Facts()
    for _ in range(count):
        key = reader.name("one of its facts", 65_535)
        kind = reader.number("I")
        facts.add(key, kind, _value(reader, key, kind))
    return facts


def _value(reader: Reader, key: str, kind: int) -> _Value:
    if kind == _ARRAY:
        return _array(reader, key)
    if kind == STRING:
        text = reader.string()
        if len(text) > TEMPLATE_LIMIT and key.startswith("tokenizer.chat_template"):
            raise Damaged(f"its chat template takes {size_in_words(len(text))}")
        return text[:TEMPLATE_LIMIT].decode("utf-8", "replace")
    if kind not in _FIXED:
        raise Damaged(f"{key[:60]} has a type that no GGUF has ({kind:,})")
    return reader.number(_FIXED[kind])


def _array(reader: Reader, key: str) -> _Array:
    item, count = reader.numbers("IQ")
    if item == STRING:
        reader.strings(count, distinct=key == "tokenizer.ggml.tokens")
        return _Array(item, count, ())
    if item not in _FIXED:
        nested = "lists within a list" if item == _ARRAY else f"items of a type that no GGUF has ({item:,})"
        raise Damaged(f"{key[:60]} holds {nested}")
    if count <= 2 * BLOCKS:
        return _Array(item, count, reader.numbers(f"{count}{_FIXED[item]}"))
    reader.skip(count * struct.calcsize("<" + _FIXED[item]))
    return _Array(item, count, ())


def read_tensors(reader: Reader, count: int, facts: Facts) -> Tensors:
    """Check every tensor's name, shape, type and place."""
    facts.typed("general.alignment", UINT32)
    alignment = facts.number("general.alignment", 8, 1 << 20, 32)
    if alignment & (alignment - 1):
        raise Damaged(f"its alignment is {alignment}, which is not a power of two")
    shapes: dict[str, tuple[int, ...]] = {}
    by_type: dict[str, int] = {}
    end = padded = 0
    for _ in range(count):
        name = reader.name("a tensor", _NAME)
        if name in shapes:
            raise Damaged(f"two of its tensors are named {name}")
        shapes[name] = shape = _dimensions(reader, name)
        elements, size, kind = _extent(reader, name, shape)
        by_type[kind] = by_type.get(kind, 0) + elements
        if (offset := reader.number("Q")) != padded:
            where = "overlaps the one before it" if offset < padded else "lies where no tensor should"
            raise Damaged(f"the tensor {name} {where}")
        if padded % _PAGE:
            raise Damaged(f"the tensor {name} is not aligned to {_PAGE} bytes")
        end = padded + size
        padded = -(-end // alignment) * alignment
    start = -(-reader.position // alignment) * alignment
    if start % _PAGE:
        raise Damaged(f"its parameters are not aligned to {_PAGE} bytes")
    if count and start + end > reader.size:
        if end > _LARGEST_FILE:
            raise Damaged("its tensors are larger than any disk")
        raise CutShort(f"it ends after {size_in_words(reader.size)} of {size_in_words(start + end)}")
    commonest = max(by_type, key=lambda kind: by_type[kind], default="")
    return Tensors(sum(by_type.values()), end, commonest, shapes)


def _dimensions(reader: Reader, name: str) -> tuple[int, ...]:
    """The shape that comes next, of a tensor of this name."""
    dimensions = reader.number("I")
    if not 1 <= dimensions <= 4:
        raise Damaged(f"the tensor {name} has {dimensions:,} dimensions")
    return reader.numbers(f"{dimensions}q")


def _extent(reader: Reader, name: str, shape: tuple[int, ...]) -> tuple[int, int, str]:
    """Elements, bytes and type's name of the tensor of this shape, whose type comes next."""
    elements = 1
    for length in shape:
        elements *= length
        if length < 1 or elements > _LARGEST:
            raise Damaged(f"the tensor {name} has an impossible shape")
    kind = reader.number("i")
    if kind not in TYPES:
        raise Damaged(f"the tensor {name} has a type that this program does not know ({kind:,})")
    label, block, block_bytes = TYPES[kind]
    if shape[0] % block:
        raise Damaged(f"the rows of the tensor {name} do not fill whole blocks of {label}")
    return elements, elements // block * block_bytes, label
