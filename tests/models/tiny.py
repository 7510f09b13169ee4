"""Writers of tiny GGUFs with random weights, one for each kind of memory that a model can have.

Each file is at most 1.1 MB, is written in milliseconds, loads through llama.cpp, and is the same
at every run. The vocabulary is bytes, a space and ChatML's marks: any text is understood, and none well.
Layouts as llama.cpp reads them (`src/models/*.cpp`); shapes are torch's (out, in).
"""

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

WIDTH = 64
HEADS = 4
KV_HEADS = 2
FEED_FORWARD = 128
CONTEXT = 1024
WINDOW = 32
HEAD = WIDTH // HEADS

BOS, EOS = 1, 4
_MARKS = [b"<unk>", b"<s>", b"</s>", b"<|im_start|>", b"<|im_end|>"]
TOKENS = [*_MARKS, *(f"<0x{byte:02X}>".encode() for byte in range(256)), "\u2581".encode()]
_UNKNOWN, _NORMAL, _CONTROL, _BYTE = 2, 1, 3, 6
_KINDS = [_UNKNOWN, *[_CONTROL] * (len(_MARKS) - 1), *[_BYTE] * 256, _NORMAL]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

Weights = npt.NDArray[np.float32]


def _ones(*shape: int) -> Weights:
    return np.ones(shape, np.float32)


class _File:
    """A GGUF that is being written."""

    def __init__(self, path: Path, architecture: str, seed: int) -> None:
        self.writer = gguf.GGUFWriter(path, architecture)
        self.writer.add_file_type(0)
        self._random = np.random.default_rng(seed)

    def random(self, name: str, *shape: int) -> None:
        self.writer.add_tensor(name, (self._random.standard_normal(shape) * 0.1).astype(np.float32))

    def ones(self, name: str, *shape: int) -> None:
        self.writer.add_tensor(name, _ones(*shape))

    def close(self) -> None:
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


class _Language(_File):
    """A language model: what all of them say in their headers, and the blocks that they share."""

    def __init__(
        self, path: Path, architecture: str, blocks: int, context: int, template: str | None
    ) -> None:
        super().__init__(path, architecture, seed=len(architecture))
        w = self.writer
        w.add_name(f"Tiny {architecture}")
        w.add_license("apache-2.0")
        w.add_block_count(blocks)
        w.add_context_length(context)
        w.add_embedding_length(WIDTH)
        w.add_feed_forward_length(FEED_FORWARD)
        w.add_vocab_size(len(TOKENS))
        w.add_tokenizer_model("llama")
        w.add_tokenizer_pre("default")
        w.add_token_list(TOKENS)
        w.add_token_scores([0.0] * len(TOKENS))
        w.add_token_types(_KINDS)
        w.add_bos_token_id(BOS)
        w.add_eos_token_id(EOS)
        w.add_unk_token_id(0)
        w.add_add_space_prefix(False)
        if template is not None:
            w.add_chat_template(template)
        self.random("token_embd.weight", len(TOKENS), WIDTH)

    def norms(self, block: int, *names: str) -> None:
        for name in names:
            self.ones(f"blk.{block}.{name}.weight", WIDTH)

    def attention(self, block: int, kv_heads: int, head_norms: bool) -> None:
        for name, out in (("q", WIDTH), ("k", kv_heads * HEAD), ("v", kv_heads * HEAD), ("output", WIDTH)):
            self.random(f"blk.{block}.attn_{name}.weight", out, WIDTH)
        if head_norms:
            for name in ("attn_q_norm", "attn_k_norm"):
                self.ones(f"blk.{block}.{name}.weight", HEAD)

    def feed_forward(self, block: int) -> None:
        for name in ("ffn_gate", "ffn_up"):
            self.random(f"blk.{block}.{name}.weight", FEED_FORWARD, WIDTH)
        self.random(f"blk.{block}.ffn_down.weight", WIDTH, FEED_FORWARD)


def write_dense(
    path: Path,
    *,
    blocks: int = 2,
    context: int = CONTEXT,
    template: str | None = CHATML,
    add_eos: bool = False,
    alignment: int = 32,
) -> Path:
    """A llama with grouped attention: the plain KV cache, which can go back to any position."""
    model = _Language(path, "llama", blocks, context, template)
    w = model.writer
    w.add_add_eos_token(add_eos)
    if alignment != gguf.GGUF_DEFAULT_ALIGNMENT:
        w.add_custom_alignment(alignment)
    w.add_head_count(HEADS)
    w.add_head_count_kv(KV_HEADS)
    w.add_rope_dimension_count(HEAD)
    w.add_rope_freq_base(10000.0)
    w.add_layer_norm_rms_eps(1e-5)
    model.ones("output_norm.weight", WIDTH)
    for block in range(blocks):
        model.norms(block, "attn_norm", "ffn_norm")
        model.attention(block, KV_HEADS, head_norms=False)
        model.feed_forward(block)
    model.close()
    return path


def write_hybrid(path: Path, *, template: str | None = CHATML) -> Path:
    """An LFM2: short convolutions and attention by turns; going back by part of a sequence is refused."""
    heads_kv = [0, HEADS, 0, HEADS]  # 0: a short convolution instead of attention
    model = _Language(path, "lfm2", len(heads_kv), CONTEXT, template)
    w = model.writer
    w.add_head_count(HEADS)
    w.add_head_count_kv(heads_kv)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_freq_base(10000.0)
    w.add_uint32("lfm2.shortconv.l_cache", 3)
    model.ones("token_embd_norm.weight", WIDTH)
    for block, kv_heads in enumerate(heads_kv):
        model.norms(block, "attn_norm", "ffn_norm")
        model.feed_forward(block)
        if kv_heads:
            model.attention(block, kv_heads, head_norms=True)
        else:
            model.random(f"blk.{block}.shortconv.conv.weight", WIDTH, 3)
            model.random(f"blk.{block}.shortconv.in_proj.weight", 3 * WIDTH, WIDTH)
            model.random(f"blk.{block}.shortconv.out_proj.weight", WIDTH, WIDTH)
    model.close()
    return path


def write_recurrent(path: Path, *, template: str | None = CHATML) -> Path:
    """A Mamba: one state for the whole past; going back by part of a sequence is refused."""
    inner, state, kernel, rank = 2 * WIDTH, 16, 4, 8
    model = _Language(path, "mamba", 2, CONTEXT, template)
    w = model.writer
    w.add_head_count(0)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_ssm_conv_kernel(kernel)
    w.add_ssm_inner_size(inner)
    w.add_ssm_state_size(state)
    w.add_ssm_time_step_rank(rank)
    model.ones("output_norm.weight", WIDTH)
    decay = -np.tile(np.arange(1, state + 1, dtype=np.float32), (inner, 1))
    for block in range(2):
        name = f"blk.{block}"
        model.norms(block, "attn_norm")
        model.random(f"{name}.ssm_in.weight", 2 * inner, WIDTH)
        model.random(f"{name}.ssm_conv1d.weight", inner, kernel)
        model.random(f"{name}.ssm_conv1d.bias", inner)
        model.random(f"{name}.ssm_x.weight", rank + 2 * state, inner)
        model.random(f"{name}.ssm_dt.weight", inner, rank)
        model.random(f"{name}.ssm_dt.bias", inner)
        w.add_tensor(f"{name}.ssm_a", decay)
        model.ones(f"{name}.ssm_d", inner)
        model.random(f"{name}.ssm_out.weight", WIDTH, inner)
    model.close()
    return path


def write_window(path: Path, *, template: str | None = CHATML) -> Path:
    """A Gemma 3 with a window of `WINDOW` tokens; going back further than that is accepted, and wrong."""
    blocks = 6  # every sixth sees everything, the others a window
    model = _Language(path, "gemma3", blocks, CONTEXT, template)
    w = model.writer
    w.add_head_count(HEADS)
    w.add_head_count_kv(HEADS)
    w.add_key_length(HEAD)
    w.add_value_length(HEAD)
    w.add_layer_norm_rms_eps(1e-6)
    w.add_rope_freq_base(10000.0)
    w.add_sliding_window(WINDOW)
    model.ones("output_norm.weight", WIDTH)
    for block in range(blocks):
        model.norms(block, "attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
        model.attention(block, HEADS, head_norms=True)
        model.feed_forward(block)
    model.close()
    return path


def write_mrope(path: Path, *, template: str | None = CHATML) -> Path:
    """A Qwen2-VL: positions have three dimensions, and an image takes up fewer than it has tokens."""
    blocks = 2
    model = _Language(path, "qwen2vl", blocks, CONTEXT, template)
    w = model.writer
    w.add_head_count(HEADS)
    w.add_head_count_kv(KV_HEADS)
    w.add_rope_dimension_sections([2, 3, 3, 0])
    w.add_rope_freq_base(10000.0)
    w.add_layer_norm_rms_eps(1e-5)
    model.ones("output_norm.weight", WIDTH)
    for block in range(blocks):
        model.norms(block, "attn_norm", "ffn_norm")
        model.attention(block, KV_HEADS, head_norms=False)
        model.feed_forward(block)
    model.close()
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "dense": write_dense,
    "hybrid": write_hybrid,
    "recurrent": write_recurrent,
    "window": write_window,
}


class _Eyes(_File):
    """A projector with a vision tower: what all of them say in their headers, and the blocks of a ViT."""

    def __init__(self, path: Path, kind: str, *, side: int, patch: int, layers: int, width: int) -> None:
        super().__init__(path, "clip", seed=len(kind))
        self.patch, self.width = patch, width
        w = self.writer
        w.add_name("Tiny eyes")
        w.add_bool("clip.has_vision_encoder", True)
        w.add_string("clip.projector_type", kind)
        w.add_bool("clip.use_gelu", True)
        numbers = {
            "image_size": side,
            "patch_size": patch,
            "embedding_length": width,
            "feed_forward_length": 2 * width,
            "projection_dim": WIDTH,
            "attention.head_count": HEADS,
            "block_count": layers,
        }
        for key, value in numbers.items():
            w.add_uint32(f"clip.vision.{key}", value)
        w.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-5)
        w.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
        w.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
        for block in range(layers):
            name = f"v.blk.{block}"
            self.norm(f"{name}.ln1", width)
            self.norm(f"{name}.ln2", width)
            for part in ("q", "k", "v", "out"):
                self.linear(f"{name}.attn_{part}", width, width)
            self.linear(f"{name}.ffn_up", 2 * width, width)
            self.linear(f"{name}.ffn_down", width, 2 * width)

    def patches(self, name: str = "v.patch_embd.weight") -> None:
        self.random(name, self.width, 3, self.patch, self.patch)

    def norm(self, name: str, width: int) -> None:
        self.ones(f"{name}.weight", width)
        self.writer.add_tensor(f"{name}.bias", np.zeros(width, np.float32))

    def linear(self, name: str, out: int, inn: int) -> None:
        self.random(f"{name}.weight", out, inn)
        self.random(f"{name}.bias", out)


def write_projector(
    path: Path, *, to: int = WIDTH, side: int = 64, patch: int = 16, layers: int = 2, tower: int = WIDTH
) -> Path:
    """A CLIP vision tower with LLaVA's two-layer projector, for models `to` wide; side x side pixels.

    `projection_dim` is not that width, as in the files of LLaVA itself.
    """
    eyes = _Eyes(path, "mlp", side=side, patch=patch, layers=layers, width=tower)
    eyes.writer.add_bool("clip.has_llava_projector", True)
    eyes.random("v.class_embd", tower)
    eyes.patches()
    eyes.random("v.position_embd.weight", (side // patch) ** 2 + 1, tower)
    eyes.norm("v.pre_ln", tower)
    eyes.linear("mm.0", to, tower)
    eyes.linear("mm.2", to, to)
    eyes.close()
    return path


def write_whole_eyes(path: Path) -> Path:
    """Gemma 3's projector: 16 tokens a picture, each of which attends to all of them."""
    side, patch = 128, 8
    eyes = _Eyes(path, "gemma3", side=side, patch=patch, layers=2, width=WIDTH)
    eyes.patches()
    eyes.random("v.position_embd.weight", (side // patch) ** 2, WIDTH)
    eyes.norm("v.post_ln", WIDTH)
    eyes.random("mm.input_projection.weight", WIDTH, WIDTH)
    eyes.ones("mm.soft_emb_norm.weight", WIDTH)
    eyes.close()
    return path


def write_growing_eyes(path: Path) -> Path:
    """Qwen2-VL's projector: a token for each 16 x 16 pixels, and M-RoPE's positions in two dimensions."""
    eyes = _Eyes(path, "qwen2vl_merger", side=64, patch=8, layers=2, width=WIDTH)
    eyes.patches()
    eyes.patches("v.patch_embd.weight.1")
    eyes.norm("v.post_ln", WIDTH)
    eyes.linear("mm.0", 4 * WIDTH, 4 * WIDTH)
    eyes.linear("mm.2", WIDTH, 4 * WIDTH)
    eyes.close()
    return path


# A model and its eyes, by what is odd about the pair.
PAIRS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Path]]] = {
    "plain": (write_dense, write_projector),
    "whole": (write_window, write_whole_eyes),
    "growing": (write_mrope, write_growing_eyes),
    "hybrid": (write_hybrid, write_projector),
}
