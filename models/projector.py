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
_TWICE = {"qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger"}  # look at two frames, a picture being both
_FIXED = {"mlp", "gemma3"}  # see one size of picture alone
_TRANSFORMERS = {*_TWICE, *_FIXED, "idefics3", "internvl", "pixtral"}  # whose towers are built alike
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


Shapes = dict[str, tuple[int, ...]]


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
        _check_tower(kind, facts, tensors.shapes)
    stated = facts.number("clip.vision.projection_dim", 0, 2**32 - 1, 0)
    return Projector(
        kind=plain(kind, 40),
        width=_width(kind, stated, tensors),
        sees=sees,
        hears=facts.flag("clip.has_audio_encoder"),
    )


def _check_tower(kind: str, facts: Facts, shapes: Shapes) -> None:
    """Hold what the vision tower's graph divides by, takes memory for, or asserts while it is built."""
    heads = facts.number("clip.vision.attention.head_count", 1, 1 << 12)
    width = facts.number("clip.vision.embedding_length", 1, 1 << 16)
    blocks = facts.number("clip.vision.block_count", 0, BLOCKS)
    side = facts.number("clip.vision.image_size", 1, 8192)
    patch = facts.number("clip.vision.patch_size", 1, side)
    for key in ("projector.scale_factor", "spatial_merge_size"):
        facts.number(f"clip.vision.{key}", 1, 1 << 10, 1)
    facts.real("clip.vision.attention.layer_norm_epsilon", 0, 1)
    for name, shape in shapes.items():
        weight = shapes.get(f"{name.removesuffix('bias')}weight", ()) if name.endswith(".bias") else ()
        if len(weight) in (1, 2) and shape[0] != weight[-1]:
            raise Damaged(f"its tensor {name} does not fit its weight")
    if kind not in _TRANSFORMERS:
        return
    if not blocks or (width % heads and "clip.vision.attention.head_dim" not in facts):
        raise Damaged(f"its vision tower has {blocks:,} layers, {heads:,} heads and is {width:,} wide")
    _need(shapes, "v.patch_embd.weight", patch, patch, 3, width)
    if kind in _TWICE:
        _need(shapes, "v.patch_embd.weight.1", patch, patch, 3, width)
    if kind in _FIXED:
        patches = (side // patch) ** 2
        _need(shapes, "v.position_embd.weight", width, patches + int("v.class_embd" in shapes))
    for block in range(blocks):
        _check_block(f"v.blk.{block}", width, shapes, biased=kind == "qwen2vl_merger")
    _check_projection(kind, width, shapes)


def _check_block(block: str, width: int, shapes: Shapes, biased: bool) -> None:
    parts = ("qkv",) if f"{block}.attn_qkv.weight" in shapes else ("q", "k", "v")
    for part in parts:
        _need(shapes, f"{block}.attn_{part}.weight", width, None)
        if biased and part != "qkv":
            _need(shapes, f"{block}.attn_{part}.bias", None)
    _, inner = _need(shapes, f"{block}.attn_{parts[0]}.weight", width, None)
    _need(shapes, f"{block}.attn_out.weight", inner if len(parts) == 3 else None, width)
    for norm in ("ln1", "ln2"):
        _need(shapes, f"{block}.{norm}.weight", width)
    up, down = (_need(shapes, f"{block}.ffn_{part}.weight", None, None) for part in ("up", "down"))
    if up != down[::-1] or width not in up:  # older files have the two the other way round
        raise Damaged(f"the tensors {block}.ffn_up and ffn_down do not fit each other")


def _check_projection(kind: str, width: int, shapes: Shapes) -> None:
    if kind == "gemma3":
        _need(shapes, "mm.input_projection.weight", None, width)
        _need(shapes, "mm.soft_emb_norm.weight", width)
    if kind == "mlp" or kind in _TWICE:
        _, inner = _need(shapes, "mm.0.weight", width if kind == "mlp" else None, None)
        _need(shapes, "mm.0.bias", inner)
        if "mm.3.weight" not in shapes:
            _, last = _need(shapes, "mm.2.weight", inner, None)
            _need(shapes, "mm.2.bias", last)


def _need(shapes: Shapes, name: str, *wanted: int | None) -> tuple[int, ...]:
    """The shape of a tensor that must be there, and be as `wanted` where that is not None."""
    shape = shapes.get(name, ())
    if not shape:
        raise Damaged(f"it lacks the tensor {name}")
    if len(shape) != len(wanted) or any(w not in (None, s) for w, s in zip(wanted, shape, strict=True)):
        raise Damaged(f"its tensor {name} has a shape that does not fit the others")
    return shape


def _width(kind: str, stated: int, tensors: Tensors) -> int:
    for name, dimension in _WIDE.get(kind, ()):
        shape = tensors.shapes.get(name, ())
        if len(shape) > dimension:
            return shape[dimension]
    return 0 if kind in _WIDE else stated
