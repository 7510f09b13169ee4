"""The few low-level llama.cpp calls, wrapped so that the rest of the worker reads like prose.

Token counts and positions are in tokens. One context holds one sequence, number 0.
"""

import ctypes
import ctypes.util
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as ll

from models.wire import Memory

BATCH = 512  # tokens a call of llama_decode; also llama.cpp's own physical batch, but on a processor
CPU_BATCH = 128  # tokens of a physical batch there: more are no faster and take more memory
MOST_SCORES = 256 << 20  # bytes for the scores of attention; beyond, flash attention does without them
SEQUENCE = 0
LOG_LINES = 40
_GPUS = (1, 2)  # GGML_BACKEND_DEVICE_TYPE_GPU and _IGPU, see ggml-backend.h; 3 is a processor's accelerator
_ABORTED, _NO_ROOM = 2, 1  # llama_decode's return codes, see llama.h

log = logging.getLogger(__name__)


class LoadError(Exception):
    """llama.cpp refused the file; str() is the last thing that it said."""


class NoMemoryError(Exception):
    """There was no room for the model or for its context."""


class DecodeError(Exception):
    """llama_decode failed with a code that is neither success nor an abort."""


class Aborted(Exception):
    """The abort flag was raised while a batch was being decoded."""


# llama.cpp logs from any thread, and keeps the pointer: the function object must live as long as the process.
_last_lines: deque[str] = deque(maxlen=LOG_LINES)
_DEBUG = 1


def _take_log(level: int, text: bytes, _data: Any) -> None:
    line = text.decode("utf-8", "replace").rstrip()
    if line.strip(". "):
        _last_lines.append(line)
        if level > _DEBUG:
            log.info("%s", line)


on_log = ll.llama_log_callback(_take_log)  # for the libraries beside it, too


def start_backend() -> None:
    """Once per process, before anything else here."""
    ll.llama_log_set(on_log, ctypes.c_void_p(0))
    ll.llama_backend_init()


def last_log_line() -> str:
    """The last line of llama.cpp's log, or an empty string."""
    return _last_lines[-1] if _last_lines else ""


def system_info() -> str:
    """llama.cpp's own line of CPU features."""
    info: bytes = ll.llama_print_system_info()
    return info.decode("utf-8", "replace").strip()


def devices() -> list[str]:
    """Names of the devices beside the CPU that this build can use (ggml-backend.h, not bound in Python)."""
    try:
        base = ctypes.CDLL(str(next(_library_folder().glob("*ggml-base*"))))
        registry = ctypes.CDLL(str(next(p for p in _library_folder().glob("*ggml.*"))))
        registry.ggml_backend_dev_count.restype = ctypes.c_size_t
        registry.ggml_backend_dev_get.restype = ctypes.c_void_p
        registry.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
        base.ggml_backend_dev_description.restype = ctypes.c_char_p
        base.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
        base.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
        found = []
        for index in range(registry.ggml_backend_dev_count()):
            device = registry.ggml_backend_dev_get(index)
            if base.ggml_backend_dev_type(device) in _GPUS:
                found.append(base.ggml_backend_dev_description(device).decode("utf-8", "replace"))
    except (OSError, StopIteration, AttributeError):
        return []
    return found


def _library_folder() -> Path:
    return Path(ll.__file__).parent / "lib"


class AbortFlag:
    """A flag that llama.cpp reads between graph nodes without ever taking Python's GIL.

    The callback that llama.cpp is given is the C library's own `strlen`, and its argument is two bytes of
    ours: an empty string reads as false ("go on"), one character as true. A Python callback would be called
    several hundred times a token and cost about a fifth of the decoding speed of a small model.
    """

    def __init__(self) -> None:
        self._bytes = ctypes.create_string_buffer(2)
        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self.callback = ctypes.cast(library.strlen, ll.ggml_abort_callback)
        self.data = ctypes.cast(self._bytes, ctypes.c_void_p)

    def set(self) -> None:
        self._bytes[0] = b"\x01"

    def clear(self) -> None:
        self._bytes[0] = b"\x00"

    def is_set(self) -> bool:
        return self._bytes[0] != b"\x00"


class Model:
    """The parameters, loaded; `close()` gives their memory back."""

    def __init__(self, path: Path, gpu_layers: int, progress: Callable[[float], bool]) -> None:
        """Load a file that `models.gguf` has checked.

        `progress` is given 0 to 1 and returns False to give up. Raises LoadError, or Aborted when given up.
        """
        params = ll.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        gave_up = False

        def on_progress(done: float, _data: Any) -> bool:
            nonlocal gave_up
            gave_up = not progress(done)
            return not gave_up

        params.progress_callback = callback = ll.llama_progress_callback(on_progress)
        self._model = ll.llama_model_load_from_file(os.fsencode(path), params)
        del callback  # llama.cpp holds a bare pointer to it until here
        if not self._model:
            if gave_up:
                raise Aborted
            raise LoadError(last_log_line())
        self._vocab = ll.llama_model_get_vocab(self._model)
        self._piece = ctypes.create_string_buffer(256)

    def close(self) -> None:
        if self._model:
            ll.llama_model_free(self._model)
            self._model = None

    @property
    def handle(self) -> Any:
        return self._model

    @cached_property
    def input_width(self) -> int:
        """Of the embeddings that it takes in."""
        return int(ll.llama_model_n_embd_inp(self._model))

    @cached_property
    def trained_context(self) -> int:
        return int(ll.llama_model_n_ctx_train(self._model))

    @cached_property
    def memory(self) -> Memory:
        if ll.llama_model_is_hybrid(self._model):
            return Memory.HYBRID
        if ll.llama_model_is_recurrent(self._model):
            return Memory.RECURRENT
        return Memory.WINDOW if ll.llama_model_n_swa(self._model) > 0 else Memory.DENSE

    @cached_property
    def template(self) -> str | None:
        """The chat template in the file, or None for a base model."""
        text = ll.llama_model_chat_template(self._model, None)
        return text.decode("utf-8", "replace") if text else None

    @cached_property
    def vocabulary_size(self) -> int:
        return int(ll.llama_vocab_n_tokens(self._vocab))

    @cached_property
    def begin(self) -> str:
        """The text of the begin-of-text token, as templates want it."""
        return self._text(ll.llama_vocab_bos(self._vocab))

    @cached_property
    def end(self) -> str:
        return self._text(ll.llama_vocab_eos(self._vocab))

    @cached_property
    def adds_begin(self) -> bool:
        return bool(ll.llama_vocab_get_add_bos(self._vocab))

    @cached_property
    def control_texts(self) -> dict[str, int]:
        """The spelling of every control token: what must not be taken for one in a person's text."""
        vocab = self._vocab
        tokens = range(self.vocabulary_size)
        found = {self._text(token): token for token in tokens if ll.llama_vocab_is_control(vocab, token)}
        found.pop("", None)
        return found

    @cached_property
    def end_tokens(self) -> list[int]:
        """Every token that ends an answer."""
        return [t for t in range(self.vocabulary_size) if ll.llama_vocab_is_eog(self._vocab, t)]

    def _text(self, token: int) -> str:
        if token < 0:
            return ""
        text = ll.llama_vocab_get_text(self._vocab, token)
        return text.decode("utf-8", "replace") if text else ""

    def ends(self, token: int) -> bool:
        return bool(ll.llama_vocab_is_eog(self._vocab, token))

    def piece(self, token: int) -> bytes:
        """The bytes of one token; control tokens have none. May end inside a UTF-8 character."""
        length = ll.llama_token_to_piece(self._vocab, token, self._piece, len(self._piece), 0, False)
        if length < 0:
            self._piece = ctypes.create_string_buffer(-length)
            length = ll.llama_token_to_piece(self._vocab, token, self._piece, len(self._piece), 0, False)
        return self._piece.raw[: max(length, 0)]

    def tokenize(self, text: str, *, control: bool, begin: bool = False) -> list[int]:
        """Text to tokens; `control` lets the spelling of control tokens become those tokens."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (ll.llama_token * room)()
        count = ll.llama_tokenize(self._vocab, data, len(data), tokens, room, begin, control)
        if count < 0:
            tokens = (ll.llama_token * -count)()
            count = ll.llama_tokenize(self._vocab, data, len(data), tokens, -count, begin, control)
        found: list[int] = tokens[: max(count, 0)]
        return found


def context_params(model: Model, size: int, threads: int, on_device: bool, attends_all: bool = False) -> Any:
    """llama.cpp's parameters for a context of `size` tokens.

    `attends_all`: each place of a picture attends to the later ones too, so that a whole picture must go into
    one physical batch (llama_decode asserts it).
    """
    params = ll.llama_context_default_params()
    params.n_ctx = size
    params.n_batch = params.n_ubatch = min(BATCH, size)
    params.n_threads = params.n_threads_batch = threads
    params.no_perf = True
    part = params.n_batch if attends_all else min(CPU_BATCH, size)
    scores = 4 * int(ll.llama_model_n_head(model.handle)) * size * part
    if not on_device and scores <= MOST_SCORES:
        # On a processor flash attention reads fewer than 64 tokens one by one (GGML_FA_TILE_Q in ggml-cpu),
        # and a new question is seldom longer: behind 2,600 tokens, 32 took 19 ms each, and 10 without it.
        params.flash_attn_type = ll.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.n_ubatch = part
    return params


class Context:
    """The KV cache and the threads that fill it."""

    def __init__(
        self,
        model: Model,
        size: int,
        threads: int,
        abort: AbortFlag,
        whole_window: bool = True,
        on_device: bool = False,
        attends_all: bool = False,
    ) -> None:
        """`size` in tokens; `on_device`: layers run elsewhere than on the processor; `attends_all` as in
        `context_params`. Raises NoMemoryError.

        `whole_window` keeps what a sliding window has left behind, so that one can go back to it; without,
        the cache of such a model is smaller.
        """
        params = context_params(model, size, threads, on_device, attends_all)
        params.swa_full = whole_window
        params.abort_callback = abort.callback
        params.abort_callback_data = abort.data
        self._abort = abort
        self._context = ll.llama_init_from_model(model.handle, params)
        if not self._context:
            raise NoMemoryError(last_log_line())
        self._memory = ll.llama_get_memory(self._context)
        self.size = int(ll.llama_n_ctx(self._context))
        self.batch = int(ll.llama_n_batch(self._context))
        self.physical_batch = int(ll.llama_n_ubatch(self._context))
        # Recurrent and hybrid memories refuse to go back. A window that has slid accepts it, and then answers
        # wrongly without a word (logits off by up to 2.8 on a tiny model).
        self.goes_back = model.memory is Memory.DENSE or (model.memory is Memory.WINDOW and whole_window)
        self._one = (ll.llama_token * 1)()
        self._one_batch = ll.llama_batch_get_one(self._one, 1)

    def close(self) -> None:
        if self._context:
            ll.llama_free(self._context)
            self._context = None

    @property
    def handle(self) -> Any:
        return self._context

    def set_threads(self, threads: int) -> None:
        ll.llama_set_n_threads(self._context, threads, threads)

    def decode(self, tokens: Sequence[int], position: int | None = None) -> None:
        """Read tokens behind what is in the cache; the logits are those of the last one.

        `position` is that of the first one, where it does not follow that of the last cell. Raises Aborted
        (what was decoded by then stays: ask `length`), NoMemoryError, DecodeError.
        """
        if len(tokens) == 1 and position is None:
            self._one[0] = tokens[0]
            self.check(ll.llama_decode(self._context, self._one_batch))
            return
        array = (ll.llama_token * len(tokens))(*tokens)
        batch = ll.llama_batch_get_one(array, len(tokens))
        if position is not None:
            places = (ll.llama_pos * len(tokens))(*range(position, position + len(tokens)))
            batch.pos = places
        self.check(ll.llama_decode(self._context, batch))

    def check(self, code: int) -> None:
        """Raise what a return code of llama_decode means, if it is not success."""
        if code == 0:
            return
        if code == _ABORTED or self._abort.is_set():
            raise Aborted
        if code == _NO_ROOM:
            raise NoMemoryError("the context is full")
        raise DecodeError(f"llama_decode returned {code}: {last_log_line()}")

    @property
    def length(self) -> int:
        """How many positions are in the cache: up to the last cell's own."""
        return int(ll.llama_memory_seq_pos_max(self._memory, SEQUENCE)) + 1

    def clear(self) -> None:
        ll.llama_memory_clear(self._memory, True)

    def keep(self, count: int) -> bool:
        """Forget all behind the first `count` positions; False where this memory refuses."""
        return bool(ll.llama_memory_seq_rm(self._memory, SEQUENCE, count, -1))

    def logits(self, size: int) -> list[float]:
        """The logits of the last token decoded, for tests."""
        return list(ll.llama_get_logits_ith(self._context, -1)[:size])
