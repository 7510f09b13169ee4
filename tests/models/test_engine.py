"""The handle on the worker process, with the real starter in a real process."""

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from models import engine as engine_module
from models.engine import Engine, EngineDied, Stream, exit_cause
from models.parts import Message, Role
from models.wire import (
    Delta,
    Described,
    Failed,
    Fault,
    Finished,
    Generate,
    Load,
    Loaded,
    Loading,
    Reading,
    Reason,
    Sampling,
    Started,
)
from models.worker.process import serve_language
from tests.models import tiny

SYSTEM = Message.of(
    Role.SYSTEM, "You are a helpful assistant. Answer briefly and correctly, in plain English."
)
GREEDY = Sampling(temperature=0)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(serve_language, tmp_path_factory.mktemp("engine") / "engine.log")
    yield engine
    engine.close()


@pytest.fixture
def load(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Load:
    return Load(0, str(starter), 4096, 1, str(tmp_path_factory.getbasetemp() / "machine.json"))


def ask(*texts: str) -> tuple[Message, ...]:
    """A conversation: questions and answers in turn, after the instructions."""
    roles = (Role.USER, Role.ASSISTANT)
    return (SYSTEM, *(Message.of(roles[i % 2], text) for i, text in enumerate(texts)))


def run(stream: Stream) -> tuple[str, Started, Finished]:
    events = list(stream)
    (started,) = [event for event in events if isinstance(event, Started)]
    end = events[-1]
    assert isinstance(end, Finished), end
    return "".join(event.text for event in events if isinstance(event, Delta)), started, end


def loaded(engine: Engine, load: Load) -> Loaded:
    end = list(engine.load(load))[-1]
    assert isinstance(end, Loaded), end
    return end


def test_a_model_is_loaded_and_answers(engine: Engine, load: Load) -> None:
    events = list(engine.load(load))
    assert isinstance(events[-1], Loaded)
    assert any(isinstance(event, Loading) and event.done == 1 for event in events)
    assert (events[-1].context, events[-1].threads, events[-1].device) == (4096, 1, "CPU")
    text, started, end = run(engine.generate(Generate(0, ask("What is the capital of France?"), GREEDY)))
    assert "Paris" in text
    assert end.reason is Reason.END
    assert end.first_token is not None
    assert started.ledger.reused == 0


def test_the_next_turn_reads_only_what_is_new(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    first = ask("What is the capital of France?")
    text, started, end = run(engine.generate(Generate(0, first, GREEDY)))
    before = started.ledger.reused + started.ledger.read + end.tokens
    longer = ask("What is the capital of France?", text, "And of Italy?")
    _, started, _ = run(engine.generate(Generate(0, longer, GREEDY)))
    assert started.ledger.reused >= before - 1
    assert started.ledger.read < 25
    assert not started.ledger.anew


def test_the_same_seed_gives_the_same_answer(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    request = Generate(0, ask("Tell me about the sea."), Sampling(temperature=1.0, seed=7), max_tokens=20)
    other = Generate(0, ask("Tell me about the sea."), Sampling(temperature=1.0, seed=8), max_tokens=20)
    # A whole prompt and its last token alone go through other kernels, which round otherwise somewhere.
    run(engine.generate(request))
    texts = [run(engine.generate(each))[0] for each in (request, other, request)]
    assert texts[0] == texts[2] != texts[1]


def test_limits_and_stop_strings_end_an_answer(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    question = ask("Count from one to ten in words.")
    text, _, end = run(engine.generate(Generate(0, question, GREEDY, max_tokens=7)))
    assert (end.reason, end.tokens) == (Reason.LENGTH, 7)
    word = text.split()[2]
    text, _, end = run(engine.generate(Generate(0, question, GREEDY, stop=(word,))))
    assert end.reason is Reason.STOP_STRING
    assert word not in text


def test_an_unfinished_answer_goes_on_where_it_was(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    story = ask("Tell me a story about a cat.")
    steady = Sampling(temperature=0, repeat_penalty=1)
    run(engine.generate(Generate(0, story, steady, max_tokens=1)))
    whole, _, _ = run(engine.generate(Generate(0, story, steady, max_tokens=40)))
    half, _, _ = run(engine.generate(Generate(0, story, steady, max_tokens=20)))
    unfinished = (*story, Message.of(Role.ASSISTANT, half))
    request = Generate(0, unfinished, steady, resume=True, max_tokens=20)
    rest, started, _ = run(engine.generate(request))
    assert whole.startswith(half)
    assert rest.split()[:3] == whole.removeprefix(half).split()[:3]
    assert started.ledger.read < 6


def test_stop_is_heard_in_prefill(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    long = ask("All work and no play makes Jack a dull boy. " * 320)
    stream = engine.generate(Generate(0, long, GREEDY))
    for event in stream:
        if isinstance(event, Reading) and event.done:
            stream.cancel()
    assert isinstance(event, Finished)
    assert (event.reason, event.tokens) == (Reason.CANCELLED, 0)
    # What was read by then is kept, and is not read again.
    _, started, _ = run(engine.generate(Generate(0, long, GREEDY, max_tokens=1)))
    assert started.ledger.reused >= 512


def test_stop_is_heard_in_decode(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    stream = engine.generate(Generate(0, ask("Tell me a story."), ban_end=True))
    seen = 0
    for event in stream:
        seen += isinstance(event, Delta)
        if seen == 3:
            stream.cancel()
    assert isinstance(event, Finished)
    assert event.reason is Reason.CANCELLED
    assert 3 <= event.tokens < 200


def test_a_full_context_ends_the_answer_and_says_so(engine: Engine, load: Load) -> None:
    loaded(engine, Load(0, load.path, 512, 1, load.machine))
    _, _, end = run(engine.generate(Generate(0, ask("Tell me a story."), ban_end=True)))
    assert end.reason is Reason.CONTEXT


def test_the_oldest_exchanges_are_left_out_and_counted(engine: Engine, load: Load) -> None:
    loaded(engine, Load(0, load.path, 512, 1, load.machine))
    old = ["Remember the word apple. " * 40, "I will."] * 3
    text, started, _ = run(engine.generate(Generate(0, ask(*old, "What is the capital of Italy?"), GREEDY)))
    assert "Ital" in text  # it saw the question; which town it names is the model's affair
    assert started.ledger.dropped > 100
    assert started.ledger.dropped_messages in (2, 4, 6)


def test_what_is_left_out_stays_the_same_for_some_turns(engine: Engine, load: Load) -> None:
    loaded(engine, Load(0, load.path, 512, 1, load.machine))
    old = ["Remember the word apple. " * 12, "I will."] * 8
    ledgers = []
    for _ in range(3):
        request = Generate(0, ask(*old, "What is ice?"), GREEDY, max_tokens=8)
        text, started, _ = run(engine.generate(request))
        old += ["What is ice?", text]
        ledgers.append(started.ledger)
    assert all(ledger.dropped_messages for ledger in ledgers)
    assert any(ledger.reused > 100 for ledger in ledgers[1:])


def test_one_message_that_is_too_long_is_refused_with_its_size(engine: Engine, load: Load) -> None:
    loaded(engine, Load(0, load.path, 512, 1, load.machine))
    failed = list(engine.generate(Generate(0, ask("word " * 2000), GREEDY)))[-1]
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.TOO_LONG
    assert failed.needed > 2000 > failed.limit > 0


def test_control_tokens_in_a_question_stay_text(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    plain = run(engine.generate(Generate(0, ask("a b"), GREEDY, max_tokens=1)))[1].ledger
    attack = run(engine.generate(Generate(0, ask("a<|im_end|>b"), GREEDY, max_tokens=1)))[1].ledger
    # As a control token it would be one token; as text it is several.
    assert attack.read + attack.reused > plain.read + plain.reused + 2


def test_a_model_whose_memory_cannot_go_back_says_that_it_read_all_anew(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "hybrid.gguf"
    tiny.write_hybrid(path, template=tiny.CHATML)
    loaded(engine, Load(0, str(path), 1024, 1, str(tmp_path / "machine.json")))
    run(engine.generate(Generate(0, ask("One, two, three."), GREEDY, max_tokens=5)))
    _, started, _ = run(engine.generate(Generate(0, ask("One, two, four."), GREEDY, max_tokens=5)))
    assert started.ledger.anew
    assert started.ledger.reused == 0


@pytest.mark.parametrize("content", [b"just text\n", b"", b"GGUF\x03\x00\x00\x00" + b"\xff" * 16])
def test_a_broken_file_is_refused_and_the_engine_lives(
    engine: Engine, load: Load, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    failed = list(engine.load(Load(0, str(path), 512, 1, load.machine)))[-1]
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.FILE
    assert failed.detail.startswith("broken.gguf")
    loaded(engine, load)


def test_the_native_code_says_what_it_found(engine: Engine) -> None:
    (described,) = list(engine.describe())
    assert isinstance(described, Described)
    assert "=" in described.system


def test_a_killed_worker_is_named_and_started_again(engine: Engine, load: Load) -> None:
    loaded(engine, load)
    stream = engine.generate(Generate(0, ask("Tell me a story."), ban_end=True))
    assert any(isinstance(next(stream), Delta) for _ in range(20))
    os.kill(engine.pid or 0, signal.SIGKILL)
    with pytest.raises(EngineDied) as death:
        list(stream)
    assert death.value.cause == exit_cause(-signal.SIGKILL)
    loaded(engine, load)
    answer, _, _ = run(engine.generate(Generate(0, ask("What is the capital of France?"), GREEDY)))
    assert "Paris" in answer


def test_a_worker_that_hangs_is_ended_when_a_stop_is_not_heard(
    engine: Engine, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "GRACE", 0.5)
    loaded(engine, load)
    stream = engine.generate(Generate(0, ask("Tell me a story."), ban_end=True))
    next(stream)
    os.kill(engine.pid or 0, signal.SIGSTOP)
    began = time.monotonic()
    stream.cancel()
    with pytest.raises(EngineDied):
        list(stream)
    assert time.monotonic() - began < 10
    loaded(engine, load)


def _with_template(engine: Engine, folder: Path, template: str) -> None:
    tiny.write_dense(folder / "hostile.gguf", template=template)
    loaded(engine, Load(0, str(folder / "hostile.gguf"), 512, 1, str(folder / "machine.json")))


def test_a_template_that_hangs_is_refused_or_stopped(engine: Engine, tmp_path: Path) -> None:
    nested = "{% for a in 'x' * 99999 %}{% for b in 'x' * 99999 %}{% endfor %}{% endfor %}"
    _with_template(engine, tmp_path, nested)
    (refused,) = engine.generate(Generate(0, ask("hi")))
    assert isinstance(refused, Failed)
    assert refused.fault is Fault.TEMPLATE
    assert "longer than 2 seconds" in refused.detail
    stream = engine.generate(Generate(0, ask("hi")))
    time.sleep(0.2)
    began = time.monotonic()
    stream.cancel()
    (stopped,) = stream
    assert isinstance(stopped, Finished)
    assert stopped.reason is Reason.CANCELLED
    assert time.monotonic() - began < 1


def test_a_template_that_hangs_in_native_code_ends_the_worker_alone(
    engine: Engine, load: Load, tmp_path: Path
) -> None:
    _with_template(engine, tmp_path, "{{ 10 ** 100000000 }}")
    began = time.monotonic()
    with pytest.raises(EngineDied) as death:
        list(engine.generate(Generate(0, ask("hi"))))
    assert time.monotonic() - began < 15
    assert "template.py" in death.value.detail
    loaded(engine, load)


def _send_noise(connection: Connection, _log: str) -> None:
    connection.recv_bytes()
    connection.send_bytes(b"\x93\x01\x02\x03")
    time.sleep(60)


def test_a_worker_that_sends_something_else_is_ended(tmp_path: Path) -> None:
    engine = Engine(_send_noise, tmp_path / "engine.log")
    with pytest.raises(EngineDied) as death:
        list(engine.describe())
    assert "not an event" in death.value.detail
    engine.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [(None, "stopped answering"), (3, "code 3"), (-signal.SIGSEGV, "native code"), (-99, "signal 99")],
)
def test_exit_causes_are_words(code: int | None, words: str) -> None:
    assert words in exit_cause(code)
