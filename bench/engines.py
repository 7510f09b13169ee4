"""The product's own engine, as the rows use it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from bench.measure import CONTEXT, SAMPLING, Setting
from models.engine import Engine
from models.parts import Message
from models.wire import Delta, Failed, Finished, Generate, Load, Started
from models.worker.process import serve_language


@contextmanager
def loaded(setting: Setting, threads: int, projector: Path | None = None) -> Iterator[Engine]:
    """A worker process with the model in it, and its eyes."""
    engine = Engine(serve_language, setting.folder / "engine.log")
    try:
        for event in engine.load(load_request(setting.model, threads, projector)):
            if isinstance(event, Failed):
                raise RuntimeError(f"the model could not be loaded: {event.detail}")
        yield engine
    finally:
        engine.close()


def load_request(model: Path, threads: int, projector: Path | None = None) -> Load:
    return Load(0, str(model), CONTEXT, threads, "", gpu_layers=0, projector=str(projector or ""))


def endless(messages: Sequence[Message], tokens: int) -> Generate:
    """An answer of exactly so many tokens."""
    return Generate(0, tuple(messages), SAMPLING, max_tokens=tokens, ban_end=True)


def decode_speed(engine: Engine, messages: Sequence[Message], tokens: int) -> float:
    """Tokens a second from the first delta to the end, by this process's clock."""
    first, before = 0.0, 0
    for event in engine.generate(endless(messages, tokens)):
        match event:
            case Delta(tokens=count) if not first:
                first, before = perf_counter(), count
            case Finished(tokens=count):
                return (count - before) / (perf_counter() - first)
            case Failed(detail=detail):
                raise RuntimeError(detail)
    raise RuntimeError("the answer had no end")


def first_token(engine: Engine, messages: Sequence[Message], tokens: int) -> tuple[float, str]:
    """Seconds from the request to the first text of the answer, and the whole answer."""
    began, first, text = perf_counter(), 0.0, ""
    for event in engine.generate(endless(messages, tokens)):
        match event:
            case Delta(text=new):
                first = first or perf_counter() - began
                text += new
            case Failed(detail=detail):
                raise RuntimeError(detail)
    return first, text


def tokens_read(engine: Engine, messages: Sequence[Message]) -> int:
    """How long a prompt is, in tokens."""
    for event in engine.generate(endless(messages, 1)):
        if isinstance(event, Started):
            length = event.ledger.reused + event.ledger.read
    return length
