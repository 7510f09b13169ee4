"""A model with eyes in the real worker process: what it is shown, what it says, and what is refused."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.engine import Engine, Stream
from models.parts import ImagePart, Message, Role, TextPart
from models.wire import (
    Delta,
    Failed,
    Fault,
    Finished,
    Generate,
    Ledger,
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

GREEDY = Sampling(temperature=0, repeat_penalty=1)
CELLS = 16  # of a picture in the plain pair


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(serve_language, tmp_path_factory.mktemp("engine") / "engine.log")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    folder = tmp_path_factory.mktemp("pair")
    model = tiny.write_dense(folder / "model.gguf")
    eyes = tiny.write_projector(folder / "mmproj.gguf")
    return Load(0, str(model), 1024, 1, str(folder / "machine.json"), projector=str(eyes))


@pytest.fixture
def cat(tmp_path: Path) -> ImagePart:
    return picture(tmp_path / "cat.png", 1)


@pytest.fixture
def dog(tmp_path: Path) -> ImagePart:
    return picture(tmp_path / "dog.png", 2)


def picture(path: Path, seed: int) -> ImagePart:
    pixels = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return ImagePart(hashlib.sha256(pixels.tobytes()).hexdigest(), str(path), 64, 48)


def shown(*parts: ImagePart | str) -> Message:
    whole = (TextPart(part) if isinstance(part, str) else part for part in parts)
    return Message(Role.USER, tuple(whole))


def loaded(engine: Engine, load: Load) -> list[Loading | Loaded]:
    events = list(engine.load(load))
    assert isinstance(events[-1], Loaded), events[-1]
    return events  # type: ignore[return-value]


def run(stream: Stream) -> tuple[str, Ledger, Finished]:
    events = list(stream)
    assert isinstance(events[-1], Finished), events[-1]
    (started,) = (event for event in events if isinstance(event, Started))
    text = "".join(event.text for event in events if isinstance(event, Delta))
    return text, started.ledger, events[-1]


def say(engine: Engine, *messages: Message, tokens: int = 24) -> tuple[str, Ledger]:
    request = Generate(0, messages, GREEDY, max_tokens=tokens, ban_end=True)
    return run(engine.generate(request))[:2]


def refused(stream: Stream) -> Failed:
    *before, end = list(stream)
    assert isinstance(end, Failed), end
    assert before == []  # no native code was asked
    return end


def test_what_it_says_depends_on_what_it_sees(
    engine: Engine, load: Load, cat: ImagePart, dog: ImagePart, tmp_path: Path
) -> None:
    loaded(engine, load)
    of_cat, ledger = say(engine, shown("What is it? ", cat))
    of_dog, _ = say(engine, shown("What is it? ", dog))
    again, _ = say(engine, shown("What is it? ", picture(tmp_path / "copy.png", 1)))
    blind, other = say(engine, shown("What is it? "))
    assert of_cat == again
    assert len({of_cat, of_dog, blind}) == 3
    assert ledger.reused + ledger.read == other.reused + other.read + CELLS


def test_the_next_turns_reuse_the_image(engine: Engine, load: Load, cat: ImagePart) -> None:
    loaded(engine, load)
    said = [shown(cat, "What is it?")]
    sizes = []
    for turn in range(3):
        text, ledger = say(engine, *said, tokens=8)
        sizes.append(ledger)
        said += [Message.of(Role.ASSISTANT, text), shown(f"And {turn}?")]
    Path(cat.path).unlink()  # nobody asks for its pixels again
    _, ledger = say(engine, *said)
    assert all(later.reused > CELLS and later.read < 150 for later in [*sizes[1:], ledger])


def test_a_change_before_the_image_needs_no_pixels(engine: Engine, load: Load, cat: ImagePart) -> None:
    loaded(engine, load)
    first, _ = say(engine, shown("Look: ", cat))
    Path(cat.path).unlink()
    other, ledger = say(engine, shown("See there: ", cat))
    assert ledger.reused < CELLS < ledger.read
    back, _ = say(engine, shown("Look: ", cat))
    assert back == first != other


def test_two_images_in_one_message(engine: Engine, load: Load, cat: ImagePart, dog: ImagePart) -> None:
    loaded(engine, load)
    both, ledger = say(engine, shown(cat, dog, "Which is larger?"))
    turned, other = say(engine, shown(dog, cat, "Which is larger?"))
    assert both != turned
    assert other.reused < CELLS  # nothing behind what is another image
    _, alone = say(engine, shown(cat, "Which is larger?"))
    assert ledger.reused + ledger.read == alone.reused + alone.read + CELLS


@pytest.mark.parametrize("mark", ["<__media__>", "<image>", "\U00100000", "\U0010fff0", "<|image_pad|>"])
def test_a_text_that_spells_a_mark_stays_text(engine: Engine, load: Load, cat: ImagePart, mark: str) -> None:
    loaded(engine, load)
    _, with_image = say(engine, shown(f"a {mark} b", cat))
    _, without = say(engine, shown(f"a {mark} b"))
    assert with_image.reused + with_image.read == without.reused + without.read + CELLS
    _, blank = say(engine, shown("a  b"))
    spelt = len(mark.encode()) if len(mark) > 1 else len("\ufffd".encode())
    assert without.reused + without.read == blank.reused + blank.read + spelt


def test_without_eyes_images_are_passed_over(
    engine: Engine, load: Load, cat: ImagePart, dog: ImagePart
) -> None:
    loaded(engine, Load(0, load.path, load.context, 1, load.machine))
    of_cat, ledger = say(engine, shown("What is it? ", cat))
    of_dog, other = say(engine, shown("What is it? ", dog))
    assert of_cat == of_dog
    assert ledger.read == other.reused + other.read


def test_a_base_model_goes_on_behind_an_image(
    engine: Engine, load: Load, cat: ImagePart, dog: ImagePart, tmp_path: Path
) -> None:
    model = tiny.write_dense(tmp_path / "base.gguf", template=None)
    loaded(engine, Load(0, str(model), 1024, 1, load.machine, projector=load.projector))
    of_cat, ledger = say(engine, shown(cat))
    assert ledger.read == 1 + CELLS + 1  # begin, image, and a token to go on from
    of_dog, ledger = say(engine, shown(dog))
    assert of_cat != of_dog
    assert ledger.reused == 1


def test_other_eyes_are_another_model(engine: Engine, load: Load, cat: ImagePart, tmp_path: Path) -> None:
    loaded(engine, load)
    assert len(loaded(engine, load)) == 1  # it is there
    first, _ = say(engine, shown(cat, "?"))
    eyes = tiny.write_projector(tmp_path / "mmproj-other.gguf", layers=1)
    assert len(loaded(engine, Load(0, load.path, load.context, 1, load.machine, projector=str(eyes)))) > 1
    other, ledger = say(engine, shown(cat, "?"))
    assert ledger.reused == 0
    assert first != other


@pytest.mark.parametrize("pair", ["whole", "growing", "hybrid"])
def test_every_kind_of_pair_answers_again_and_again(
    engine: Engine, tmp_path: Path, cat: ImagePart, dog: ImagePart, pair: str
) -> None:
    write_model, write_eyes = tiny.PAIRS[pair]
    model, eyes = write_model(tmp_path / "m.gguf"), write_eyes(tmp_path / "mmproj.gguf")
    loaded(engine, Load(0, str(model), 1024, 1, str(tmp_path / "machine"), projector=str(eyes)))
    first, _ = say(engine, shown(cat, "?"))
    other, _ = say(engine, shown(dog, "?"))
    again, _ = say(engine, shown(cat, "?"))
    assert first == again != other
    _, ledger = say(engine, shown(cat, "?"), Message.of(Role.ASSISTANT, again), shown("And?"))
    assert (ledger.reused == 0) == ledger.anew


def test_the_oldest_exchanges_go_with_their_images(engine: Engine, load: Load, cat: ImagePart) -> None:
    loaded(engine, Load(0, load.path, 512, 1, load.machine, projector=load.projector))
    old = [shown(cat, cat, cat, cat, "Remember."), Message.of(Role.ASSISTANT, "I will.")] * 4
    _, ledger = say(engine, *old, shown(cat, "?"), tokens=1)
    assert ledger.dropped > 4 * CELLS
    assert ledger.dropped_messages in (2, 4, 6)
    assert ledger.reused + ledger.read <= 512
    failed = refused(engine.generate(Generate(0, (shown(*[cat] * 40, "?"),))))
    assert (failed.fault, failed.needed > 40 * CELLS) == (Fault.TOO_LONG, True)


def test_an_image_that_is_gone_is_told_and_nothing_breaks(
    engine: Engine, load: Load, cat: ImagePart, dog: ImagePart
) -> None:
    loaded(engine, Load(0, load.path, 1000, 1, load.machine, projector=load.projector))
    Path(cat.path).unlink()
    failed = list(engine.generate(Generate(0, (shown(cat, "?"),))))[-1]
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.IMAGE
    assert failed.detail.startswith("A picture in this conversation is not there any more")
    assert say(engine, shown(dog, "?"))[0]


def test_the_eyes_of_another_model_are_refused_before_anything_is_loaded(
    engine: Engine, load: Load, tmp_path: Path
) -> None:
    def asked(projector: Path) -> Failed:
        return refused(
            engine.load(Load(0, load.path, 1024, 1, load.machine, gpu_layers=0, projector=str(projector)))
        )

    wide = asked(tiny.write_projector(tmp_path / "mmproj-wide.gguf", to=96))
    assert wide.fault is Fault.PROJECTOR
    assert wide.detail == (
        "mmproj-wide.gguf is not the eyes of Tiny Llama: it is made for a model 96 numbers wide, and this one"
        " is 64."
    )
    kin = asked(tiny.write_growing_eyes(tmp_path / "mmproj-qwen.gguf"))
    assert (kin.fault, "it is made for qwen models, and this model is llama" in kin.detail) == (
        Fault.PROJECTOR,
        True,
    )
    model = asked(tiny.write_dense(tmp_path / "no-eyes.gguf"))
    assert (model.fault, "it is not a projector" in model.detail) == (Fault.PROJECTOR, True)
    whole = Path(load.projector).read_bytes()
    deaf = tmp_path / "deaf.gguf"
    deaf.write_bytes(whole.replace(b"clip.has_vision_encoder", b"clip.has_motion_encoder"))
    assert asked(deaf).detail.endswith("it takes in no pictures.")
    for name, content in {"cut.gguf": whole[:-100], "short.gguf": whole[:500], "text.gguf": b"hello"}.items():
        (tmp_path / name).write_bytes(content)
        broken = asked(tmp_path / name)
        assert broken.fault is Fault.FILE
        assert broken.detail.startswith(name)
    loaded(engine, load)


def test_a_projector_that_the_loader_refuses(engine: Engine, load: Load, tmp_path: Path) -> None:
    lame = tmp_path / "lame.gguf"
    whole = Path(load.projector).read_bytes()
    lame.write_bytes(whole.replace(b"clip.vision.image_mean", b"clip.vision.image_meen"))
    failed = list(engine.load(Load(0, load.path, 1024, 1, load.machine, projector=str(lame))))[-1]
    assert isinstance(failed, Failed)
    assert failed.fault is Fault.PROJECTOR
    assert failed.detail == "lame.gguf could not be loaded as the eyes of this model."
    loaded(engine, load)


def test_a_stop_while_an_image_is_encoded(engine: Engine, load: Load, cat: ImagePart, tmp_path: Path) -> None:
    # A tower that takes half a second and more to look.
    model = tiny.write_dense(tmp_path / "model.gguf", context=2048)
    eyes = tiny.write_projector(tmp_path / "mmproj.gguf", side=320, patch=10, layers=8, tower=256)
    loaded(engine, Load(0, str(model), 2048, 1, load.machine, projector=str(eyes)))
    question = Generate(0, (shown("What is it? ", cat),), GREEDY, max_tokens=12, ban_end=True)
    stream = engine.generate(question)
    assert isinstance(next(stream), Started)
    assert isinstance(next(stream), Reading)  # nothing yet
    while (event := next(stream)) and isinstance(event, Reading) and event.done == 0:
        pass
    time.sleep(0.15)  # it is encoding
    stream.cancel()
    began = time.monotonic()
    *_, end = [event, *stream]
    assert isinstance(end, Finished)
    assert (end.reason, end.tokens) == (Reason.CANCELLED, 0)
    assert time.monotonic() - began < 1
    text, _, whole = run(engine.generate(question))
    assert whole.first_token is not None
    assert whole.first_token > 0.3, "the tower is too fast for this test"
    loaded(engine, load)
    loaded(engine, Load(0, str(model), 2048, 1, load.machine, projector=str(eyes)))
    assert run(engine.generate(question))[0] == text  # what was thrown away left nothing behind
