"""Images through a projector: pixels in, cells of the KV cache out (mtmd, llama.cpp's library for that).

In a prompt an image is a run of negative numbers, one for each cell that it will take in the cache: numbers
that belong to this image alone, so that two prompts are compared, cut and counted as plain lists.
"""

import ctypes
import os
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as ll
import llama_cpp.mtmd_cpp as mtmd

from models.gguf import Header, shown
from models.parts import ImagePart
from models.worker import llama
from models.worker.llama import SEQUENCE, Aborted, AbortFlag, Context, Model

KEPT = 128 << 20  # bytes of embeddings kept: some eight pictures of 1,024 tokens for a model 4,096 wide
MOST_PIXELS = 16_000_000  # of a picture that is decoded here; the reading worker keeps 4 million
SMALLEST_VIEW = 128  # tokens: no picture is made smaller than this to fit
# Whose pictures have tokens by their size, and how many at most (`clip_model_loader::load_hparams`).
_GROWING = {
    **dict.fromkeys(("qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger"), 4096),
    **dict.fromkeys(("gemma4v", "gemma4uv"), 1120),
}


class ProjectorError(Exception):
    """The file was refused as the eyes of this model; str() is a sentence for a person."""


class ImageError(Exception):
    """A picture that cannot be shown to the model; str() is a sentence for a person."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """What is encoded and decoded as one: a whole image, or a tile of one."""

    image: ImagePart
    place: int  # in mtmd's list of what the image is made of
    base: int  # how many numbers were given out before it
    cells: int  # of the KV cache
    positions: int  # that it takes up; fewer than cells under M-RoPE
    handle: Any  # mtmd's chunk, without pixels

    @property
    def tokens(self) -> range:
        """The numbers that stand for it in a prompt."""
        return range(-1 - self.base, -1 - self.base - self.cells, -1)


class Vision:
    """The eyes of a model, loaded beside it; `close()` before the model's."""

    def __init__(
        self, header: Header, model: Model, context: Context, threads: int, use_device: bool, abort: AbortFlag
    ) -> None:
        """`header` is that of the projector, checked and fitting. Raises ProjectorError, or Aborted."""
        assert header.projector is not None
        kind = header.projector.kind
        mtmd.mtmd_helper_log_set(llama.on_log, ctypes.c_void_p(0))
        self._abort, self._width = abort, model.input_width
        self._cut = False  # whether an encoding was ended by the flag: mtmd calls that a success
        self._layouts: dict[str, list[int]] = {}  # by the image's digest: what stands for it in a prompt
        self._images: dict[str, ImagePart] = {}  # by digest: as last asked for, for its path may change
        self._chunks: list[Chunk] = []
        self._bases: list[int] = []  # of `_chunks`, for finding one by its number
        self._owned: list[Any] = []  # mtmd's lists that the chunks lie in
        self._embeddings: OrderedDict[tuple[str, int], Any] = OrderedDict()  # the least recently used first
        self._opened: tuple[str, Any] | None = None  # an image with its pixels, while its tiles are encoded
        self.encodings = 0  # of chunks, since it was loaded
        params = mtmd.mtmd_context_params_default()
        params.use_gpu, params.n_threads, params.print_timings = use_device, threads, False
        # Both are called for as long as mtmd lives: the objects must, too.
        self._on_node = params.cb_eval = ll.ggml_backend_sched_eval_callback(
            lambda _tensor, ask, _data: self._go_on(ask)
        )
        self._on_load = params.progress_callback = mtmd.mtmd_progress_callback(lambda *_: not abort.is_set())
        if kind in _GROWING:
            room = context.physical_batch if header.projector.attends_all else context.size // 4
            params.image_max_tokens = min(_GROWING[kind], max(SMALLEST_VIEW, room))
        self._mtmd = mtmd.mtmd_init_from_file(os.fsencode(header.path), model.handle, params)
        if not self._mtmd and abort.is_set():
            raise Aborted
        if not self._mtmd or not mtmd.mtmd_support_vision(self._mtmd):
            self.close()
            raise ProjectorError(f"{shown(header.path)} could not be loaded as the eyes of this model.")
        self._at_once = context.physical_batch if mtmd.mtmd_decode_use_non_causal(self._mtmd, None) else 0

    def close(self) -> None:
        if self._mtmd:
            self._put_away()
            for owned in self._owned:
                mtmd.mtmd_input_chunks_free(owned)
            mtmd.mtmd_free(self._mtmd)
            self._mtmd = None

    def tokens(self, image: ImagePart) -> list[int]:
        """What stands for an image in a prompt: its chunks' numbers, between tokens if its model wants them.

        Needs no pixels. Raises ImageError.
        """
        self._images[image.digest] = image
        if image.digest not in self._layouts:
            self._layouts[image.digest] = self._lay_out(image)
        return self._layouts[image.digest]

    def chunk(self, token: int) -> tuple[Chunk, int]:
        """Which chunk a negative number of a prompt belongs to, and how many of its cells are before it."""
        number = -1 - token
        chunk = self._chunks[bisect_right(self._bases, number) - 1]
        return chunk, number - chunk.base

    def embedding(self, chunk: Chunk) -> Any:
        """What the encoder made of a chunk, `cells` x width floats: kept, or made now.

        Kept by the digest of the pixels, beside the projector that made it: nothing else can stand for it.
        Raises ImageError, Aborted, DecodeError.
        """
        key = (chunk.image.digest, chunk.place)
        if key in self._embeddings:
            self._embeddings.move_to_end(key)
            return self._embeddings[key]
        try:
            embedding = self._encode(chunk)
        except BaseException:
            self._put_away()
            raise
        if chunk.tokens[-1] == min(self._layouts[chunk.image.digest]):
            self._put_away()  # it was the last one of its image
        self._embeddings[key] = embedding
        while sum(map(ctypes.sizeof, self._embeddings.values())) > KEPT and len(self._embeddings) > 1:
            self._embeddings.popitem(last=False)
        return embedding

    def decode(
        self,
        chunk: Chunk,
        embedding: Any,
        context: Context,
        position: int,
        batch: int,
        stopped: Callable[[], bool],
    ) -> None:
        """Read a chunk into the cache, at this position, behind what is there.

        At most `batch` cells are decoded between two looks at `stopped`, unless a picture goes in as a whole.
        Raises Aborted and what `Context.decode` raises; then cells of it may stand in the cache.
        """
        after = ll.llama_pos(0)
        between = mtmd.mtmd_helper_post_decode_callback(lambda _batch, _data: int(stopped()))
        code = mtmd.mtmd_helper_decode_image_chunk(
            self._mtmd,
            context.handle,
            chunk.handle,
            embedding,
            position,
            SEQUENCE,
            self._at_once or min(batch, context.batch),
            ctypes.byref(after),
            between,
            None,
        )
        if code and stopped():
            raise Aborted
        context.check(code)

    def _lay_out(self, image: ImagePart) -> list[int]:
        chunks = self._split(image, None)
        self._owned.append(chunks)
        tokens: list[int] = []
        for place in range(mtmd.mtmd_input_chunks_size(chunks)):
            handle = mtmd.mtmd_input_chunks_get(chunks, place)
            cells = int(mtmd.mtmd_input_chunk_get_n_tokens(handle))
            if mtmd.mtmd_input_chunk_get_type(handle) == mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                found = mtmd.mtmd_input_chunk_get_tokens_text(handle, ctypes.byref(ctypes.c_size_t(0)))
                tokens += (token for token in found[:cells] if token >= 0)  # -1: this model has no such mark
                continue
            if 0 < self._at_once < cells:
                raise ImageError(
                    f"A picture takes {cells:,} tokens, and this model can look at {self._at_once:,} at once."
                )
            base = self._bases[-1] + self._chunks[-1].cells if self._chunks else 0
            positions = int(mtmd.mtmd_input_chunk_get_n_pos(handle))
            chunk = Chunk(image, place, base, cells, positions, handle)
            self._chunks.append(chunk)
            self._bases.append(base)
            tokens += chunk.tokens
        return tokens

    def _split(self, image: ImagePart, pixels: bytes | None) -> Any:
        """mtmd's list of what an image is made of; without pixels it only tells how much room each takes."""
        data = None if pixels is None else (ctypes.c_uint8 * len(pixels)).from_buffer_copy(pixels)
        bitmap = mtmd.mtmd_bitmap_init(image.width, image.height, data)
        chunks = mtmd.mtmd_input_chunks_init()
        try:
            mtmd.mtmd_bitmap_set_id(bitmap, image.digest.encode())
            # As a part and not as text with a marker in it: no text can then be taken for an image.
            part = mtmd.mtmd_input_part(None, bitmap)
            parts = (ctypes.POINTER(mtmd.mtmd_input_part) * 1)(ctypes.pointer(part))
            code = mtmd.mtmd_tokenize_from_parts(self._mtmd, chunks, parts, 1, False)
        finally:
            mtmd.mtmd_bitmap_free(bitmap)
        if code:
            mtmd.mtmd_input_chunks_free(chunks)
            raise ImageError(f"A picture of {image.width} x {image.height} pixels is none for this model.")
        return chunks

    def _encode(self, chunk: Chunk) -> Any:
        image = self._images[chunk.image.digest]
        if self._opened is None or self._opened[0] != image.digest:
            self._put_away()
            self._opened = image.digest, self._split(image, _pixels(image))
        whole = mtmd.mtmd_input_chunks_get(self._opened[1], chunk.place)
        if not whole or mtmd.mtmd_input_chunk_get_n_tokens(whole) != chunk.cells:
            raise llama.DecodeError("a picture was laid out otherwise than it was encoded")
        self._cut = False
        code = mtmd.mtmd_encode_chunk(self._mtmd, whole)
        if self._cut or self._abort.is_set():
            raise Aborted
        if code:
            raise llama.DecodeError(f"mtmd_encode_chunk returned {code}: {llama.last_log_line()}")
        self.encodings += 1
        embedding = (ctypes.c_float * (chunk.cells * self._width))()
        ctypes.memmove(embedding, mtmd.mtmd_get_output_embd(self._mtmd), ctypes.sizeof(embedding))
        return embedding

    def _put_away(self) -> None:
        """Free the pixels of the image that was encoded last."""
        if self._opened is not None:
            mtmd.mtmd_input_chunks_free(self._opened[1])
            self._opened = None

    def _go_on(self, ask: bool) -> bool:
        """Whether ggml shall tell when a node is done (`ask`); then, whether to go on with the graph.

        Every node: that cost nothing which could be measured (1.617 and 1.613 s for a tower of 25 million
        parameters, 386 nodes), and half of the stops were heard within 10 ms.
        """
        if ask:
            return True
        self._cut = self._cut or self._abort.is_set()
        return not self._cut


def _pixels(image: ImagePart) -> bytes:
    """RGB, row by row, of a PNG that Twofold wrote. Raises ImageError where it is not what it was."""
    from PIL import Image

    try:
        with Image.open(Path(image.path), formats=("PNG",)) as file:
            if file.size == (image.width, image.height) and image.width * image.height <= MOST_PIXELS:
                return file.convert("RGB").tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageError("A picture in this conversation is not there any more, or damaged.") from error
    raise ImageError("A picture in this conversation is not the one that it was.")
