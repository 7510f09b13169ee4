"""How the next token is chosen: llama.cpp's own sampler chain."""

from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as ll

from models.wire import Sampling
from models.worker.llama import Context, Model


class Sampler:
    """llama.cpp's own sampler chain."""

    def __init__(self, model: Model, sampling: Sampling, ban_end: bool) -> None:
        chain = ll.llama_sampler_chain_init(ll.llama_sampler_chain_default_params())
        self._chain = chain

        def add(sampler: Any) -> None:
            ll.llama_sampler_chain_add(chain, sampler)

        if ban_end:
            ends = model.end_tokens
            biases = (ll.llama_logit_bias * len(ends))(*(ll.llama_logit_bias(t, float("-inf")) for t in ends))
            add(ll.llama_sampler_init_logit_bias(model.vocabulary_size, len(ends), biases))
        if sampling.repeat_penalty != 1.0:
            size, last = model.vocabulary_size, sampling.repeat_last
            add(ll.llama_sampler_init_penalties(size, last, sampling.repeat_penalty, 0.0, 0.0))
        if sampling.temperature <= 0:
            add(ll.llama_sampler_init_greedy())
            return
        if sampling.top_k > 0:
            add(ll.llama_sampler_init_top_k(sampling.top_k))
        if sampling.top_p < 1:
            add(ll.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            add(ll.llama_sampler_init_min_p(sampling.min_p, 1))
        add(ll.llama_sampler_init_temp(sampling.temperature))
        seed = ll.LLAMA_DEFAULT_SEED if sampling.seed is None else sampling.seed & 0xFFFFFFFF
        add(ll.llama_sampler_init_dist(seed))

    def close(self) -> None:
        ll.llama_sampler_free(self._chain)

    @property
    def handle(self) -> Any:
        return self._chain

    def sample(self, context: Context) -> int:
        """The next token, from the logits of the last one decoded; the chain takes note of it."""
        return int(ll.llama_sampler_sample(self._chain, context.handle, -1))

    def accept(self, tokens: Sequence[int]) -> None:
        """Let the penalties know what stands already."""
        for token in tokens:
            ll.llama_sampler_accept(self._chain, token)
