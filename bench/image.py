"""How soon an answer begins once an image is in the conversation, against stock llama-cpp-python.

No trained model that sees can be had for every machine that measures, and time does not ask what the numbers
in a tower are: the pair is random, a tiny language model and a vision tower of the shape of CLIP's at 336
pixels, smaller than the real one. A real tower takes longer to look, so that the ratio would be smaller.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from bench import engines, texts
from bench.child import Child
from bench.measure import CONTEXT, Pairs, Row, Setting, afresh, side_by_side, threads_in_words
from models.parts import ImagePart, Message, Role, TextPart
from tests.models import tiny

SIDE, PATCH, WIDTH = 336, 14, 512
TOKENS = (SIDE // PATCH) ** 2
# A text, or parts: the stock handler gives it the image as a part with a mark in it.
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for part in m.content %}{{ part.text }}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

Ask = Callable[[list[Message], int], tuple[float, str]]


class Talk:
    """A conversation that begins with an image and goes on turn by turn."""

    def __init__(self, ask: Ask, image: ImagePart, tokens: int) -> None:
        """Asks the first question, so that the image has been looked at; `tokens` of each answer."""
        self._ask, self._tokens = ask, tokens
        self._said = [Message(Role.USER, (image, TextPart(texts.question(0))))]
        self._turns = 0
        self.next_turn()

    def next_turn(self) -> float:
        """Seconds to the first text of the answer."""
        first, text = self._ask(self._said, self._tokens)
        self._turns += 1
        self._said += [
            Message.of(Role.ASSISTANT, text),
            Message.of(Role.USER, texts.question(self._turns)),
        ]
        return first


def row(setting: Setting) -> Row:
    effort = setting.effort
    model = tiny.write_dense(setting.folder / "model.gguf", context=CONTEXT, template=TEMPLATE)
    eyes = tiny.write_projector(
        setting.folder / "mmproj.gguf", side=SIDE, patch=PATCH, layers=effort.layers, tower=WIDTH
    )
    image = _image(setting.folder / "image.png")
    pair = replace(setting, model=model)

    def talk() -> Pairs:
        log = setting.folder / "stock.log"
        with (
            Child("bench.stock", model, setting.threads, eyes, log=log) as stock,
            engines.loaded(pair, setting.threads, eyes) as engine,
        ):

            def ask_stock(messages: list[Message], tokens: int) -> tuple[float, str]:
                answer = stock.ask(messages=[_plain(message) for message in messages], tokens=tokens)
                return answer["first"], answer["text"]

            theirs = Talk(ask_stock, image, effort.answer)
            ours = Talk(lambda said, tokens: engines.first_token(engine, said, tokens), image, effort.answer)
            return side_by_side(ours.next_turn, theirs.next_turn, effort.asks)

    pairs = afresh(talk, effort.talks)
    mine, other = (1000 * value for value in pairs.medians)
    last = 1 + 2 * effort.asks
    return Row(
        what=f"Time to first token at turns 2 to {last}, an image of {TOKENS} tokens in turn 1",
        against="stock `MTMDChatHandler`, which encodes it anew at every turn",
        value=pairs.ratio,
        limit=0.1,
        at_least=False,
        notes=f"{mine:.0f} and {other:.0f} ms, {threads_in_words(setting.threads)}; {pairs.spread}; a tiny"
        f" language model and a tower of {effort.layers} layers, {WIDTH} wide, both with random weights",
    )


def _image(path: Path) -> ImagePart:
    pixels = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return ImagePart(hashlib.sha256(pixels.tobytes()).hexdigest(), str(path), SIDE, SIDE)


def _plain(message: Message) -> tuple[str, str | list[dict[str, object]]]:
    """Role and content, as the stock handler wants them."""
    if not message.images:
        return message.role, message.text
    parts: list[dict[str, object]] = []
    for part in message.parts:
        if isinstance(part, ImagePart):
            data = base64.b64encode(Path(part.path).read_bytes()).decode()
            parts.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
        else:
            parts.append({"type": "text", "text": part.text})
    return message.role, parts
