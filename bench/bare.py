"""The bare C-API loop, in a process of its own: decode and sample, and nothing else.

Run as `python -m bench.bare MODEL THREADS`. The file, the context and the sampler chain are the product's;
the loop is llama.cpp's own functions, with no abort callback, no text, no pipe.
"""

import ctypes
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import llama_cpp.llama_cpp as ll

from bench.child import reply, requests
from bench.measure import CONTEXT, SAMPLING
from models.parts import Message, Role
from models.worker.llama import BATCH, Model, context_params
from models.worker.sampling import Sampler
from models.worker.template import Template

_quiet = ll.llama_log_callback(lambda _level, _text, _data: None)


class Bare:
    """A model and a context without any of the product around them."""

    def __init__(self, path: Path, threads: int) -> None:
        self.model = Model(path, 0, lambda done: True)
        self.template = Template(self.model.template, self.model.begin, self.model.end)
        params = context_params(self.model, CONTEXT, threads, on_device=False)
        self.context = ll.llama_init_from_model(self.model.handle, params)

    def read(self, messages: Sequence[Message]) -> None:
        """Prefill, the last token in a batch of its own as the product does when it reuses the prompt."""
        ll.llama_memory_clear(ll.llama_get_memory(self.context), True)
        tokens: list[int] = []
        for text, control in self.template.render(messages):
            tokens += self.model.tokenize(text, control=control)
        for start in range(0, len(tokens) - 1, BATCH):
            self._decode(tokens[start : min(start + BATCH, len(tokens) - 1)])
        self._decode(tokens[-1:])

    def _decode(self, tokens: list[int]) -> None:
        array = (ll.llama_token * len(tokens))(*tokens)
        if ll.llama_decode(self.context, ll.llama_batch_get_one(array, len(tokens))):
            raise RuntimeError("llama_decode failed")

    def write(self, count: int) -> tuple[float, list[int]]:
        """Tokens a second from the first token to the last, and the tokens."""
        chain = Sampler(self.model, SAMPLING, ban_end=True)
        context, sampler = self.context, chain.handle
        one = (ll.llama_token * 1)()
        batch = ll.llama_batch_get_one(one, 1)
        one[0] = ll.llama_sampler_sample(sampler, context, -1)
        written = [one[0]]
        began = perf_counter()
        for _ in range(count - 1):
            ll.llama_decode(context, batch)
            one[0] = ll.llama_sampler_sample(sampler, context, -1)
            written.append(one[0])
        took = perf_counter() - began
        chain.close()
        return (count - 1) / took, written


def main() -> None:
    ll.llama_log_set(_quiet, ctypes.c_void_p(0))
    ll.llama_backend_init()
    bare = Bare(Path(sys.argv[1]), int(sys.argv[2]))
    for request in requests():
        bare.read([Message.of(Role(role), text) for role, text in request["messages"]])
        speed, written = bare.write(request["tokens"])
        text = b"".join(map(bare.model.piece, written)).decode("utf-8", "replace")
        reply(speed=speed, text=text)


if __name__ == "__main__":
    main()
