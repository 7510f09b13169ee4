"""Reads the header of a GGUF in pure Python, and believes nothing in it.

Parameter files come from strangers, and the native loader has had memory-safety bugs (CVE-2025-49847,
CVE-2026-27940) and still ends its process on headers that it could refuse. So every count, length, type and
offset is bounded here first (`models/gguf_layout.py` goes over the bytes), and so are the numbers that the
loader only asserts. The parameters themselves are never read.
"""

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models.gguf_layout import (
    BLOCKS,
    EXPERTS,
    FLOAT32,
    INT32,
    STRING,
    UINT16,
    VOCABULARY,
    BadModelFile,
    CutShort,
    Damaged,
    Facts,
    NotAModel,
    Reader,
    Unreadable,
    read_facts,
    read_preamble,
    read_tensors,
)
from models.naming import display_name
from models.projector import Projector, read_projector
from models.words import plain

__all__ = [
    "BadModelFile",
    "CutShort",
    "Damaged",
    "Header",
    "Kind",
    "NotAModel",
    "Projector",
    "Unreadable",
    "read_header",
    "shown",
]

# fmt: off
# llama.cpp's file types (`llama_ftype` in llama.h)
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
    37: "TQ2_0", 38: "MXFP4", 39: "NVFP4", 40: "Q1_0", 41: "Q2_0",
}
# fmt: on
_GUESSED = 1024  # LLAMA_FTYPE_GUESSED
_ENCODERS = {
    *("bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3"),
    *("eurobert", "gemma-embedding", "llama-embed", "t5encoder"),
}
_HELPERS = {"wavtokenizer-dec", "eagle3", "dflash", "gemma4-assistant", "qwen3tts", "pockettts"}
_ROPE_SCALING = {"none", "linear", "yarn", "longrope"}


class Kind(StrEnum):
    """What a GGUF holds, as far as its header tells."""

    LANGUAGE = "language"
    PROJECTOR = "projector"
    EMBEDDING = "embedding"
    PART = "part"  # a later part of a model that was split into several files
    OTHER = "other"  # adapters, draft heads, sound decoders


@dataclass(frozen=True)
class Header:
    """What the header of one GGUF says, checked; counts are 0 and texts empty where it is silent."""

    path: Path
    size: int  # bytes of the whole file
    version: int
    kind: Kind
    architecture: str
    name: str  # for people: "SmolLM2 135M"
    quantisation: str  # "Q4_K_M"
    parameters: int  # elements of all tensors in this file
    parameter_bytes: int
    context_length: int  # tokens, as trained
    embedding_length: int
    block_count: int
    head_counts: tuple[int, ...]  # of each block; 0 where it has no attention
    kv_head_counts: tuple[int, ...]
    key_length: int  # elements of one head's key
    value_length: int
    sliding_window: int  # tokens; 0: none
    vocabulary: int  # tokens
    chat_template: str | None
    licence: str
    split_no: int
    split_count: int  # 0 for a model in one file
    projector: Projector | None = None  # of a projector: what it takes in, and whom it belongs to

    @property
    def has_chat_template(self) -> bool:
        return self.chat_template is not None

    def misfit(self, model: "Header") -> str:
        """Why this is not the eyes of `model`, as a clause that speaks of "it"; empty where it may be."""
        if self.projector is None:
            return "it is not a projector, the file of a model's eyes"
        return self.projector.misfit(model.architecture, model.embedding_length)


def read_header(path: Path) -> Header:
    """The checked header of the GGUF at `path`; raises only `BadModelFile` (and its kinds)."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise NotAModel("a folder" if stat.S_ISDIR(status.st_mode) else "a device")
        with path.open("rb", buffering=0) as file:
            return _header(path, Reader(file, os.fstat(file.fileno()).st_size))
    except BadModelFile as bad:
        bad.file = shown(path)
        raise
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte in it
        unreadable = Unreadable(_refusal(error))
        unreadable.file = shown(path)
        raise unreadable from error


def _refusal(error: OSError | ValueError) -> str:
    """Why the system would not give a file, in a clause."""
    match error:
        case FileNotFoundError():
            return "it is not there"
        case PermissionError():
            return "this account may not open it"
    return plain(getattr(error, "strerror", None) or str(error), 100)


def shown(path: Path) -> str:
    """A file's name as it can be put into a sentence."""
    return plain(path.name.encode("utf-8", "replace").decode(), 80) or "The file"


def _header(path: Path, reader: Reader) -> Header:
    version, tensor_count, key_count = read_preamble(reader)
    facts = read_facts(reader, key_count)
    facts.typed("split.no", UINT16)
    facts.typed("split.count", UINT16)
    facts.typed("split.tensors.count", INT32)
    split_count = facts.number("split.count", 0, 999, 0)
    split_no = facts.number("split.no", 0, max(0, split_count - 1), 0)
    architecture = facts.text("general.architecture")
    kind = Kind.PART if split_no else _kind(architecture, facts)
    if tensor_count == 0 and split_count < 2:
        raise BadModelFile("it holds a vocabulary and no parameters")
    tensors = read_tensors(reader, tensor_count, facts)
    # Only a model must state its numbers; of anything else they are not even looked at.
    runs = kind in (Kind.LANGUAGE, Kind.EMBEDDING)
    numbers, missing = (facts, None) if runs else (Facts(), 0)
    blocks = numbers.number(f"{architecture}.block_count", 1, BLOCKS, missing)
    if runs:
        _check_loader_rules(architecture, blocks, facts)
    attention = f"{architecture}.attention"
    heads = numbers.per_block(f"{attention}.head_count", blocks, 1 << 16)
    key_heads = f"{attention}.head_count_kv"
    width = numbers.number(f"{architecture}.embedding_length", 1, 1 << 20, missing)
    head = width // max(heads) if any(heads) else 0
    file_type = facts.number("general.file_type", 0, 2**32 - 1, 2**32 - 1) & ~_GUESSED
    return Header(
        path=path,
        size=reader.size,
        version=version,
        kind=kind,
        architecture=plain(architecture, 40),
        name=_name(path, facts),
        quantisation=_FILE_TYPES.get(file_type, tensors.commonest),
        parameters=tensors.elements,
        parameter_bytes=tensors.size,
        context_length=numbers.number(f"{architecture}.context_length", 1, 1 << 30, missing),
        embedding_length=width,
        block_count=blocks,
        head_counts=heads,
        kv_head_counts=numbers.per_block(key_heads, blocks, 1 << 16) if key_heads in numbers else heads,
        key_length=numbers.number(f"{attention}.key_length", 1, 1 << 16, head),
        value_length=numbers.number(f"{attention}.value_length", 1, 1 << 16, head),
        sliding_window=numbers.number(f"{attention}.sliding_window", 0, 2**32 - 1, 0),
        vocabulary=_vocabulary(facts, kind),
        chat_template=facts.text("tokenizer.chat_template") or None,
        licence=plain(facts.text("general.license"), 80),
        split_no=split_no,
        split_count=split_count,
        projector=read_projector(facts, tensors) if kind is Kind.PROJECTOR else None,
    )


def _name(path: Path, facts: Facts) -> str:
    stated = (facts.text(f"general.{key}") for key in ("name", "basename", "size_label"))
    return display_name(path.stem.encode("utf-8", "replace").decode(), *stated)


def _kind(architecture: str, facts: Facts) -> Kind:
    if not architecture:
        raise BadModelFile("it does not say what kind of model it is")
    general = facts.text("general.type")
    if architecture == "clip" or general == "mmproj":
        return Kind.PROJECTOR
    if architecture in _HELPERS or general in ("adapter", "vocab", "imatrix", "dataset"):
        return Kind.OTHER
    pooled = facts.number(f"{architecture}.pooling_type", 0, 2**32 - 1, 0)
    return Kind.EMBEDDING if pooled or architecture in _ENCODERS else Kind.LANGUAGE


def _vocabulary(facts: Facts, kind: Kind) -> int:
    """The number of tokens, after checking that the lists about them are as long."""
    tokens = facts.array("tokenizer.ggml.tokens", STRING)
    if not tokens:
        if kind in (Kind.LANGUAGE, Kind.EMBEDDING):
            raise BadModelFile("it has no vocabulary, so it can neither read nor write")
        return 0
    for key, items in (("scores", (FLOAT32, INT32)), ("token_type", (INT32,))):
        length = facts.array(f"tokenizer.ggml.{key}", *items)
        if length is not None and length != tokens:
            raise Damaged(f"it has {tokens:,} tokens and {length:,} entries in tokenizer.ggml.{key}")
    facts.array("tokenizer.ggml.merges", STRING)
    return tokens


def _check_loader_rules(architecture: str, blocks: int, facts: Facts) -> None:
    """Hold what `llama_model_base::load_hparams` only asserts: there a breach ends the process."""

    def count(key: str, high: int) -> int:
        return facts.number(f"{architecture}.{key}", 0, high, 0)

    count("nextn_predict_layers", blocks)
    count("vocab_size", VOCABULARY)
    experts, groups = count("expert_count", EXPERTS), count("expert_group_count", EXPERTS)
    used = max(facts.per_block(f"{architecture}.expert_used_count", blocks, EXPERTS))
    groups_used = count("expert_group_used_count", EXPERTS)
    sound = used == groups == 0
    if experts:
        sound = 0 < used <= experts and groups < experts
        sound &= groups < 2 or (experts % groups == 0 and 0 < groups_used < groups)
    if not sound:
        raise Damaged("its numbers of experts contradict each other")
    scaling = f"{architecture}.rope.scaling.type"
    if scaling in facts and facts.text(scaling) not in _ROPE_SCALING:
        raise Damaged(f"it asks for an unknown scaling of positions ({plain(facts.text(scaling), 40)})")
