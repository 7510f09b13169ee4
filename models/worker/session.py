"""The KV session: it alone knows what is in the cache, and reuses the longest prefix of it.

A prompt is a list with one number for each cell of the cache: tokens, and negative numbers for the cells of
images (`models.worker.vision`). An image goes into the cache and out of it as a whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from time import perf_counter

from models.worker.llama import BATCH, Aborted, Context
from models.worker.vision import Chunk, Vision

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
    """What is in the cache of one context: tokens, and images where there is a `vision`."""

    def __init__(self, context: Context, vision: Vision | None = None) -> None:
        self._context = context
        self._vision = vision
        self._tokens: list[int] = []
        self._images: list[tuple[int, Chunk]] = []  # where each begins, in cells

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
        if self._vision is not None and prompt[reused] < 0:
            reused -= self._vision.chunk(prompt[reused])[1]  # never within an image
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
        look at `stopped` between them. A prompt ends in a token, not in an image: that has no logits. Raises
        Aborted (what was read stays, and is reused next time), ImageError and what `Context.decode` raises.
        """
        plan = self.plan(prompt)
        if not self._go_back(plan.reused):
            plan = Plan(0, len(prompt), anew=True)
        yield plan, 0
        done, size = 0, BATCH if abortable else 64
        while done < plan.read:
            if stopped():
                raise Aborted
            start = plan.reused + done
            if self._vision is not None and prompt[start] < 0:
                chunk, _ = self._vision.chunk(prompt[start])
                self._look(self._vision, chunk, size, stopped)
                done += chunk.cells
            else:
                part = list(takewhile(lambda token: token >= 0, prompt[start : start + size]))
                seconds = self._decode(part)
                done += len(part)
                if not abortable and seconds > 0 and len(part) == size:
                    size = max(16, min(BATCH, round(size * SLICE_SECONDS / seconds)))
            yield plan, done

    def append(self, token: int) -> None:
        """Decode one more token, such as one that was just sampled. Raises what `Context.decode` raises."""
        self._decode([token])

    def forget(self) -> None:
        """Empty the cache."""
        self._context.clear()
        self._tokens.clear()
        self._images.clear()

    def _position(self, count: int) -> int:
        """Where the cell behind the first `count` stands: under M-RoPE an image takes fewer positions."""
        return count - sum(chunk.cells - chunk.positions for at, chunk in self._images if at < count)

    def _go_back(self, count: int) -> bool:
        """Forget all behind the first `count` tokens; False (and an empty cache) where that is refused."""
        if count == len(self._tokens):
            return True
        if count and self._context.keep(self._position(count)):
            self._images = [(at, chunk) for at, chunk in self._images if at < count]
            del self._tokens[count:]
            return True
        self.forget()
        return count == 0

    def _look(self, vision: Vision, chunk: Chunk, batch: int, stopped: Callable[[], bool]) -> None:
        """Put an image (or a tile of one) into the cache, or leave that as it was."""
        embedding = vision.embedding(chunk)
        before = len(self._tokens)
        try:
            vision.decode(chunk, embedding, self._context, self._position(before), batch, stopped)
        except BaseException:
            if not (before and self._context.goes_back and self._context.keep(self._position(before))):
                self.forget()
            raise
        self._images.append((before, chunk))
        self._tokens += chunk.tokens

    def _decode(self, part: list[int]) -> float:
        """Returns the seconds that it took."""
        began = perf_counter()
        try:
            self._context.decode(part, self._position(len(self._tokens)) if self._images else None)
        except BaseException:
            self._settle(part)
            raise
        self._tokens += part
        return perf_counter() - began

    def _settle(self, part: list[int]) -> None:
        """After a batch that did not end: trust only what llama.cpp says is there."""
        before = self._position(len(self._tokens))
        there = self._context.length
        if self._tokens and self._tokens[-1] < 0:
            there = max(there, before)  # under M-RoPE all cells of an image stand where it begins
        known = before <= there <= before + len(part)
        if self._context.goes_back and known and self._context.keep(there):
            self._tokens += part[: there - before]
        else:
            self.forget()
