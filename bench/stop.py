"""How long after Stop the engine is silent: from `Stream.cancel()` to the arrival of Finished."""

import itertools
from collections.abc import Callable
from time import perf_counter, sleep

from bench import engines, texts
from bench.measure import CONTEXT, Row, Setting, percentile, threads_in_words
from models.engine import Engine, Stream
from models.parts import Message
from models.wire import Delta, Event, Finished, Started

AIM = 50  # ms
SPREAD = 7  # of the moment of Stop: so many places, one after the other


def silence(stream: Stream, begun: Callable[[Event], bool], wait: float) -> float | None:
    """Milliseconds from Stop to Finished, `wait` seconds after it had begun; None if it ended before."""
    for event in stream:
        if isinstance(event, Finished):
            return None
        if begun(event):
            break
    sleep(wait)
    stopped = perf_counter()
    stream.cancel()
    for _ in stream:
        pass
    return 1000 * (perf_counter() - stopped)


def in_prefill(engine: Engine, number: int, tokens: int) -> float | None:
    """While a prompt that shares nothing with the one before is read."""
    stream = engine.generate(engines.endless(texts.prompt(number, tokens), 1))
    return silence(stream, lambda event: isinstance(event, Started), 0.013 * (1 + 5 * (number % SPREAD)))


def in_decode(engine: Engine, number: int, messages: list[Message]) -> float | None:
    """While an answer is written."""
    stream = engine.generate(engines.endless(messages, CONTEXT))
    return silence(stream, lambda event: isinstance(event, Delta), 0.011 * (1 + number % SPREAD))


def many(stop: Callable[[int], float | None], count: int) -> list[float]:
    """So many times that it was measured."""
    found = (stop(number) for number in itertools.count())
    return list(itertools.islice((took for took in found if took is not None), count))


def row(setting: Setting) -> Row:
    effort = setting.effort
    messages = texts.history(1, 0)
    with engines.loaded(setting, setting.threads) as engine:
        prefill = many(lambda n: in_prefill(engine, n, effort.history), effort.stops)
        decode = many(lambda n: in_decode(engine, n, messages), effort.stops)
    told = [
        f"{place} p50 {percentile(times, 50):.0f} ms, p95 {percentile(times, 95):.0f} ms"
        for place, times in (("prefill", prefill), ("decode", decode))
    ]
    return Row(
        what=f"Stop to silence, in prefill of {effort.history:,} tokens and in decode",
        against=f"reported; the aim is {AIM} ms",
        value=max(percentile(prefill, 95), percentile(decode, 95)),
        limit=None,
        at_least=False,
        notes=f"{'; '.join(told)}; {threads_in_words(setting.threads)}, {effort.stops} of each",
        shown=f"{max(percentile(prefill, 95), percentile(decode, 95)):.0f} ms",
    )
