"""The KV session: it alone knows which tokens are in the cache, and reuses the longest prefix of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from models.worker.llama import BATCH, Aborted, Context

SLICE_SECONDS = 0.04  # where the backend cannot be aborted, prefill looks at the flag this often


@dataclass(frozen=True)
class Plan:
    """How a prompt will be read: `reused` tokens stand in the cache, the rest is decoded."""

    reused: int
    read: int
    anew: bool  # a prefix stood there, but this memory cannot go back to its end


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two sequences share from the start."""
    shortest = min(len(a), len(b))
    if a[:shortest] == b[:shortest]:
        return shortest
    low, high = 0, shortest  # the first difference lies in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low


class Session:
    """What is in the cache of one context, as tokens."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tokens: list[int] = []

    @property
    def tokens(self) -> list[int]:
        """What is in the cache."""
        return list(self._tokens)

    @property
    def room(self) -> int:
        """How many more tokens fit."""
        return self._context.size - len(self._tokens)

    def plan(self, prompt: Sequence[int]) -> Plan:
        """What could be reused of the cache for this prompt. Nothing is changed."""
        shared = common_prefix(self._tokens, prompt)
        # The last token is always decoded again: its logits are not kept.
        reused = min(shared, len(prompt) - 1)
        if reused < len(self._tokens) and not self._context.goes_back:
            # Without checkpoints the one right way is to read anew.
            return Plan(0, len(prompt), anew=reused > 0)
        return Plan(reused, len(prompt) - reused, anew=False)

    def read(
        self, prompt: Sequence[int], stopped: Callable[[], bool], abortable: bool = True
    ) -> Iterator[tuple[Plan, int]]:
        """Make the cache hold exactly this prompt, with the logits of its last token ready.

        Gives the plan and how many of its tokens were read: first 0, before anything is decoded; last all.
        `abortable` says that llama_decode itself can be stopped; otherwise short slices are decoded with a
        look at `stopped` between them. Raises Aborted (what was read stays, and is reused next time) and what
        `Context.decode` raises.
        """
        plan = self.plan(prompt)
        if not self._go_back(plan.reused):
            plan = Plan(0, len(prompt), anew=True)
        yield plan, 0
        done, size = 0, BATCH if abortable else 64
        while done < plan.read:
            if stopped():
                raise Aborted
            part = list(prompt[plan.reused + done : plan.reused + done + size])
            seconds = self._decode(part)
            done += len(part)
            if not abortable and seconds > 0:
                size = max(16, min(BATCH, round(size * SLICE_SECONDS / seconds)))
            yield plan, done

    def append(self, token: int) -> None:
        """Decode one more token, such as one that was just sampled. Raises what `Context.decode` raises."""
        self._decode([token])

    def forget(self) -> None:
        """Empty the cache."""
        self._context.clear()
        self._tokens.clear()

    def _go_back(self, count: int) -> bool:
        """Forget all behind the first `count` tokens; False (and an empty cache) where that is refused."""
        if count == len(self._tokens):
            return True
        if count and self._context.keep(count):
            del self._tokens[count:]
            return True
        self.forget()
        return count == 0

    def _decode(self, part: list[int]) -> float:
        """Returns the seconds that it took."""
        began = perf_counter()
        try:
            self._context.decode(part)
        except BaseException:
            self._settle(part)
            raise
        self._tokens += part
        return perf_counter() - began

    def _settle(self, part: list[int]) -> None:
        """After a batch that did not end: trust only what llama.cpp says is there."""
        before = len(self._tokens)
        there = self._context.length
        known = before <= there <= before + len(part)
        if self._context.goes_back and known and self._context.keep(there):
            self._tokens += part[: there - before]
        else:
            self.forget()
