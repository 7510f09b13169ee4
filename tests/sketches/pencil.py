"""Draws as a person does: strokes that wobble, leave gaps and cross at corners, a handwriting, uneven paper.

Everything is drawn by a seeded generator, so a sketch is the same at every run.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from PIL.Image import Resampling

from models.layout import Shape

FONTS = Path(__file__).parent / "fonts"
INK = (52, 52, 60)
FINE = 2  # what is drawn is this many times larger than the picture that comes out

Point = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """What was drawn: the kind that a reader should see in it, and its place in pixels of the sketch."""

    shape: Shape
    x: float
    y: float
    width: float
    height: float


@dataclass
class Truth:
    """What a sketch says, to be found again."""

    size: tuple[int, int]
    texts: list[str] = field(default_factory=list)  # a line of writing each, in reading order
    notes: list[str] = field(default_factory=list)
    boxes: list[Drawn] = field(default_factory=list)
    lines: int = 0
    fillers: int = 0
    arrows: int = 0


class Pencil:
    """A sheet and what is drawn on it; x and y in pixels of the sketch."""

    def __init__(self, size: tuple[int, int], font: str, seed: int, wobble: float = 2.0) -> None:
        self.truth = Truth(size)
        self._random = random.Random(seed)
        self._font = FONTS / f"{font}.ttf"
        self._wobble = wobble
        self._sheet = Image.new("L", (size[0] * FINE, size[1] * FINE), 0)
        self._draw = ImageDraw.Draw(self._sheet)

    def stroke(self, points: Sequence[Point], width: float = 2.6) -> None:
        """Through these points, with a wobble, and a pressure that comes and goes."""
        rng, length, last = self._random, 0.0, points[0]
        phase, pace = rng.uniform(0, 6), rng.uniform(0.015, 0.03)
        before: Point | None = None
        for x, y in _dense(points):
            length += math.hypot(x - last[0], y - last[1])
            last = (x, y)
            across = self._wobble * math.sin(phase + length * pace * 2) + rng.gauss(0, 0.35)
            down = self._wobble * math.cos(phase * 1.7 + length * pace) + rng.gauss(0, 0.35)
            thick = width * (0.8 + 0.35 * math.sin(length * 0.02 + phase)) * FINE / 2
            shade = int(rng.uniform(175, 235))
            here = ((x + across) * FINE, (y + down) * FINE)
            if before is not None:
                self._draw.line([before, here], fill=shade, width=max(2, int(2 * thick)))
            self._draw.ellipse(
                [here[0] - thick, here[1] - thick, here[0] + thick, here[1] + thick], fill=shade
            )
            before = here

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """A line that separates."""
        self.stroke([(x0, y0), (x1, y1)])
        self.truth.lines += 1

    def box(self, x: float, y: float, width: float, height: float, kind: Shape = Shape.BOX) -> None:
        """Four strokes; the corners cross, or stay open by a pixel."""

        def over() -> float:
            return self._random.uniform(-1, 6)

        def off() -> float:
            return self._random.uniform(-2.5, 2.5)

        right, bottom = x + width, y + height
        self.stroke([(x - over(), y + off()), (right + over(), y + off())])
        self.stroke([(right + off(), y - over()), (right + off(), bottom + over())])
        self.stroke([(right + over(), bottom + off()), (x - over(), bottom + off())])
        self.stroke([(x + off(), bottom + over()), (x + off(), y - over())])
        self.truth.boxes.append(Drawn(kind, x, y, width, height))

    def button(self, x: float, y: float, width: float, height: float, words: str, size: int) -> None:
        """A box with words in its middle."""
        self.box(x, y, width, height, Shape.BUTTON)
        self.text(x + width / 2, y + height / 2, words, size, "center")

    def picture(self, x: float, y: float, width: float, height: float) -> None:
        """A crossed box."""
        self.box(x, y, width, height, Shape.PICTURE)
        self.stroke([(x, y), (x + width, y + height)])
        self.stroke([(x + width, y), (x, y + height)])

    def circle(self, x: float, y: float, radius: float) -> None:
        """A choice; x and y are its middle."""
        turns = [n * math.tau / 24 for n in range(26)]
        self.stroke([(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns], 2.2)
        self.truth.boxes.append(Drawn(Shape.RADIO, x - radius, y - radius, 2 * radius, 2 * radius))

    def arrow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Bent, with its head at the second point."""
        x, y = (x0 + x1) / 2, (y0 + y1) / 2 + 14
        self.stroke([(x0, y0), (x, y), (x1, y1)])
        angle = math.atan2(y1 - y, x1 - x)
        for turn in (2.6, -2.6):
            head = (x1 + 16 * math.cos(angle + turn), y1 + 16 * math.sin(angle + turn))
            self.stroke([(x1, y1), head])
        self.truth.arrows += 1

    def waves(self, x: float, y: float, width: float) -> None:
        """A line of words that nobody has written yet."""
        self.stroke([(x + n * 6, y + (4 if n % 2 else -4)) for n in range(int(width / 6))], 2.0)
        self.truth.fillers += 1

    def text(
        self, x: float, y: float, words: str, size: int = 26, align: str = "left", note: bool = False
    ) -> None:
        """One line of writing, a little askew; y is its middle."""
        font = ImageFont.truetype(str(self._font), size * FINE)
        left, top, right, bottom = font.getbbox(words)
        width, height = int(right - left), int(bottom - top)
        tile = Image.new("L", (width + 20, height + 20), 0)
        ImageDraw.Draw(tile).text((10 - left, 10 - top), words, font=font, fill=225)
        tile = tile.rotate(self._random.uniform(-1.2, 1.2), resample=Resampling.BICUBIC, expand=True)
        start = x * FINE - {"left": 0, "center": width / 2, "right": width}[align] - 10
        upper = y * FINE - tile.height / 2 + self._random.uniform(-3, 3)
        self._sheet.paste(Image.new("L", tile.size, 225), (int(start), int(upper)), tile)
        (self.truth.notes if note else self.truth.texts).append(words)

    def paper(
        self,
        turn: float = 0.0,
        light: float = 0.12,
        grain: float = 5.0,
        tint: tuple[int, int, int] = (250, 247, 238),
    ) -> Image.Image:
        """The sheet as a camera sees it, turned by `turn` degrees, which the truth follows."""
        size = self.truth.size
        ink = self._sheet.filter(ImageFilter.GaussianBlur(0.8)).resize(size, Resampling.LANCZOS)
        ink = ink.rotate(turn, resample=Resampling.BICUBIC, fillcolor=0)
        self.truth.boxes = [_turned(box, turn, size) for box in self.truth.boxes]
        rng = np.random.default_rng(self._random.randrange(1 << 30))
        down, across = np.mgrid[0 : size[1], 0 : size[0]]
        shade = 1 - light * (across / size[0] * 0.7 + down / size[1] * 0.5)
        noise = rng.normal(0, grain * 8, shade.shape) + 128
        soft = Image.fromarray(noise.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
        sheet = np.array(tint) * shade[..., None] + (np.asarray(soft, float) / 8 - 16)[..., None]
        cover = np.asarray(ink, float)[..., None] / 255
        return Image.fromarray((sheet * (1 - cover) + np.array(INK) * cover).clip(0, 255).astype(np.uint8))


def _dense(points: Sequence[Point]) -> list[Point]:
    """Points on the way, about 6 pixels apart."""
    dense = []
    for (x0, y0), (x1, y1) in pairwise(points):
        steps = max(2, int(math.hypot(x1 - x0, y1 - y0) / 6))
        dense += [(x0 + (x1 - x0) * n / steps, y0 + (y1 - y0) * n / steps) for n in range(steps)]
    return [*dense, points[-1]]


def _turned(box: Drawn, degrees: float, size: tuple[int, int]) -> Drawn:
    """The upright rectangle about a box that was turned with its sheet, counter-clockwise."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    across, down = box.x + box.width / 2 - size[0] / 2, box.y + box.height / 2 - size[1] / 2
    x, y = size[0] / 2 + across * cosine + down * sine, size[1] / 2 - across * sine + down * cosine
    width = box.width * cosine + box.height * abs(sine)
    height = box.height * cosine + box.width * abs(sine)
    return Drawn(box.shape, x - width / 2, y - height / 2, width, height)
