"""What the header of a projector says: the eyes (or ears) of a model, which come in a file of their own.

The loader (llama.cpp's `tools/mtmd/clip.cpp`) asserts the types of what it asks for, and divides by some of
it: what would end its process is refused here. Whether a projector belongs to a model can be told by the
width of its embeddings, by its type and by what it takes in, and by nothing else.
"""

from dataclasses import dataclass

from models.gguf_layout import BLOCKS, BOOL, INT32, STRING, UINT32, Damaged, Facts, Tensors
from models.words import plain

# Whose `projection_dim` is that of the vision tower or nothing: the tensor that ends in the model's width
# (`clip_n_mmproj_embd`), and which of its dimensions that is.
_WIDE = {
    "mlp": (("mm.3.bias", 0), ("mm.2.weight", 1)),
    "ldp": (("mm.model.mb_block.1.block.2.1.bias", 0),),
    "ldpv2": (("mm.model.peg.0.bias", 0),),
    "resampler": (("resampler.proj.weight", 0),),
    "adapter": (("adapter.linear.dense_4h_to_h.weight", 1),),
}
# Made for one family of models alone: what its type and its model's architecture begin with.
_FAMILIES = ("gemma3", "gemma4", "llama4", "qwen")
# What they make of a picture depends on where it stands in the text, so that it could not be kept.
_PLACED = {"hunyuanvl", "deepseek4v"}
_TRANSFORMERS = {
    "gemma3",
    "qwen2vl_merger",
    "qwen2.5vl_merger",
    "qwen3vl_merger",
    "idefics3",
    "internvl",
    "pixtral",
}
_ATTENDS_ALL = {"gemma3", "gemma4v", "gemma4uv"}  # as `mtmd_decode_use_non_causal` has it
_FLAGS = ("has_vision_encoder", "has_audio_encoder", "has_gen_audio_encoder", "use_gelu", "use_silu")
_TEXTS = ("projector_type", "vision.projector_type", "vision.mm_patch_merge_type")
_NUMBERS = (
    *("embedding_length", "attention.head_count", "attention.head_count_kv", "attention.head_dim"),
    *("feed_forward_length", "block_count", "projection_dim", "image_size", "patch_size"),
    *("image_min_pixels", "image_max_pixels", "preproc_min_tiles", "preproc_max_tiles"),
    *("preproc_image_size", "projector.scale_factor", "projector.query_side", "projector.window_side"),
    *("spatial_merge_size", "n_wa_pattern", "window_size", "expert_used_count"),
    *("sam.head_count", "sam.block_count", "sam.embedding_length"),
)


@dataclass(frozen=True)
class Projector:
    """What a projector is for."""

    kind: str  # clip.cpp's name of it: "mlp", "gemma3", "qwen2vl_merger"
    width: int  # of the embeddings that it makes: those of its model; 0 where the header does not tell
    sees: bool
    hears: bool

    @property
    def attends_all(self) -> bool:
        """Whether every place of its picture attends to every other, the later ones too."""
        return self.kind in _ATTENDS_ALL

    def misfit(self, architecture: str, width: int) -> str:
        """Why it is not that of a model with these embeddings, as a clause; empty where it may be."""
        if not self.sees:
            return "it takes in sound and no pictures" if self.hears else "it takes in no pictures"
        if self.width and self.width != width:
            return f"it is made for a model {self.width:,} numbers wide, and this one is {width:,}"
        family = next((name for name in _FAMILIES if self.kind.startswith(name)), "")
        if not architecture.startswith(family):
            return f"it is made for {family} models, and this model is {plain(architecture, 40)}"
        if self.kind in _PLACED:
            return f"pictures of its kind ({self.kind}) are not supported yet"
        return ""


def read_projector(facts: Facts, tensors: Tensors) -> Projector:
    """The facts that the loader asks a projector for, checked; raises `Damaged`."""
    for key in _FLAGS:
        facts.typed(f"clip.{key}", BOOL)
    for key in _TEXTS:
        facts.typed(f"clip.{key}", STRING)
    for key in _NUMBERS:
        facts.typed(f"clip.vision.{key}", UINT32)
    facts.typed("clip.minicpmv_version", INT32)
    facts.typed("clip.minicpmv_query_num", UINT32)
    sees = facts.flag("clip.has_vision_encoder")
    kind = facts.text("clip.projector_type") or facts.text("clip.vision.projector_type")
    if sees:
        _check_tower(facts)
        _check_tensors(kind, facts.number("clip.vision.block_count", 0, BLOCKS), tensors)
    stated = facts.number("clip.vision.projection_dim", 0, 2**32 - 1, 0)
    return Projector(
        kind=plain(kind, 40),
        width=_width(kind, stated, tensors),
        sees=sees,
        hears=facts.flag("clip.has_audio_encoder"),
    )


def _check_tower(facts: Facts) -> None:
    """Hold what the vision tower's graph divides by, or takes memory for."""
    heads = facts.number("clip.vision.attention.head_count", 1, 1 << 12)
    width = facts.number("clip.vision.embedding_length", 1, 1 << 16)
    if width < heads:
        raise Damaged(f"its vision tower has {heads:,} heads and is {width:,} wide")
    side = facts.number("clip.vision.image_size", 1, 8192)
    facts.number("clip.vision.patch_size", 1, side)
    for key in ("projector.scale_factor", "spatial_merge_size"):
        facts.number(f"clip.vision.{key}", 1, 1 << 10, 1)


def _check_tensors(kind: str, blocks: int, tensors: Tensors) -> None:
    """What the loader does not miss and then uses: without it the process ends."""
    wanted = [tuple(name for name, _ in _WIDE[kind])] if kind in _WIDE else []
    if kind in _WIDE or kind in _TRANSFORMERS:
        wanted.append(("v.patch_embd.weight",))
        wanted += [(f"v.blk.{i}.attn_q.weight", f"v.blk.{i}.attn_qkv.weight") for i in range(blocks)]
    for names in wanted:
        if not any(name in tensors.shapes for name in names):
            raise Damaged(f"it lacks the tensor {names[-1]}")


def _width(kind: str, stated: int, tensors: Tensors) -> int:
    for name, dimension in _WIDE.get(kind, ()):
        shape = tensors.shapes.get(name, ())
        if len(shape) > dimension:
            return shape[dimension]
    return 0 if kind in _WIDE else stated
