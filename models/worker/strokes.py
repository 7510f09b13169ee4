"""What is drawn in a picture by strokes: boxes, circles, lines, wavy lines, arrows (OpenCV).

Paper has shadows and grain, so ink is what is darker than the paper around it. The numbers were found on the
sketches in `tests/sketches`, and are pixels of a sheet whose long side is `SIDE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.layout import Shape
from models.worker import boxes
from models.worker.boxes import REACH, Drawn, Mask, times

Grey = MatLike  # (height, width), bytes
Quad = NDArray[np.float32]  # (4, 2), the corners of a text, clockwise from the upper left

SIDE = 1200
PAPER = 0.82  # of a picture that is paper, or plain ground, in sketches (0.93) and screenshots (0.85)
FAINT = 222  # of 255, the paper; its grain stays above 230
SHORTEST = 0.045  # of the sheet's width: what is shorter and no box is a slip of the pencil, or a letter
SINGLE = 0.85  # of a wavy line's columns, that the stroke passes once; of a written line's, half
CHOICE = 14  # the smallest circle or box that is looked for before a text


@dataclass(frozen=True)
class Loose:
    """A stroke that is no box: LINE, FILLER (wavy, for words) or ARROW (any other); pixels."""

    shape: Shape
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """All that is drawn, in pixels of the picture."""

    boxes: tuple[Drawn, ...]
    loose: tuple[Loose, ...]


class Sheet:
    """The ink of a picture. What it is asked with, and answers with, is in pixels of that picture."""

    def __init__(self, grey: Grey) -> None:
        self._scale = SIDE / max(grey.shape)
        size = max(1, round(grey.shape[1] * self._scale)), max(1, round(grey.shape[0] * self._scale))
        method = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_LINEAR
        self._mask, self._paper = _ink(cv2.resize(grey, size, interpolation=method))

    def without_choices(self, texts: Sequence[Quad]) -> list[Quad]:
        """The same texts, each without the circle or the small box that stands before its words."""
        return [_after_choice(self._mask, text * self._scale) / self._scale for text in texts]

    @cached_property
    def waves(self) -> list[Loose]:
        """Wavy lines, which stand for words, and which a reader of letters takes for some."""
        if self._paper < PAPER:
            return []
        joined = cv2.morphologyEx(self._mask, cv2.MORPH_CLOSE, np.ones((3, 15), np.uint8))
        found = (_stroke(self._mask, outline) for outline in _outlines(joined))
        return [
            _scaled(wave, 1 / self._scale)
            for wave in found
            if wave is not None and wave.shape is Shape.FILLER and self._is_one_stroke(wave)
        ]

    def drawing(self, texts: Sequence[Quad]) -> Drawing:
        """What is drawn beside these texts; nothing, where the picture is a photograph of other things."""
        if self._paper < PAPER:
            return Drawing((), ())
        mask = _without_letters(self._mask, [text * self._scale for text in texts])
        for wave in (_scaled(wave, self._scale) for wave in self.waves):
            mask[wave.y : wave.y + wave.height, wave.x : wave.x + wave.width] = 0
        middles = [(float(x), float(y)) for x, y in (text.mean(axis=0) * self._scale for text in texts)]
        found = boxes.find(mask, middles)
        loose = _loose(_without_boxes(mask, found))
        return Drawing(
            tuple(boxes.scaled(box, 1 / self._scale) for box in found),
            (*self.waves, *(_scaled(stroke, 1 / self._scale) for stroke in loose)),
        )

    def _is_one_stroke(self, wave: Loose) -> bool:
        ink = self._mask[wave.y : wave.y + wave.height, wave.x : wave.x + wave.width] > 0
        starts = ink[:1].sum(axis=0) + (ink[1:] & ~ink[:-1]).sum(axis=0)
        return bool((starts[starts > 0] == 1).mean() > SINGLE)


def _ink(grey: Grey) -> tuple[Mask, float]:
    """What is darker than the paper around it, whatever the light; on a dark ground, what is brighter.

    And how much of the picture is paper, 0 to 1.
    """
    if np.median(grey) < 100:
        grey = cv2.bitwise_not(grey)
    window = min(101, max(15, min(grey.shape) // 20 | 1))
    paper = cv2.medianBlur(cv2.dilate(grey, np.ones((7, 7), np.uint8)), window)
    even = cv2.divide(grey, paper, scale=255)
    threshold, _ = cv2.threshold(even, 0, 255, cv2.THRESH_OTSU)
    sure = even < min(max(threshold, 150), 232)
    # Where a pencil hardly touched the paper its stroke is faint: what hangs together with ink is ink too.
    count, labels = cv2.connectedComponents((even < FAINT).astype(np.uint8), connectivity=8)
    inked = np.bincount(labels[sure], minlength=count) > 0
    inked[0] = False
    mask = np.where(sure | inked[labels], 255, 0).astype(np.uint8)
    return mask, float((even >= 232).mean())


def _without_letters(mask: Mask, quads: Sequence[Quad]) -> Mask:
    """Without the strokes that lie within a text; the side of a box that a text touches stays."""
    zone = np.zeros_like(mask)
    for quad in quads:
        cv2.fillPoly(zone, [quad.astype(np.int32)], 255)
    zone = cv2.dilate(zone, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    inside = np.bincount(labels[zone > 0], minlength=count)
    gone = inside > 0.6 * stats[:, cv2.CC_STAT_AREA]
    gone[0] = False
    rest = mask.copy()
    rest[gone[labels]] = 0
    return rest


def _after_choice(mask: Mask, text: Quad) -> Quad:
    """A text from where its words begin, if a circle or a small box stands before them."""
    left, top, width, height = cv2.boundingRect(text)
    left, top = max(0, left), max(0, top)
    piece = mask[top : top + height, left : left + width]
    inked = np.flatnonzero(cv2.dilate(piece, np.ones((1, 5), np.uint8)).any(axis=0))
    breaks = np.flatnonzero(np.diff(inked) > 1)
    if not len(breaks):
        return text
    start, end, words = inked[0], inked[breaks[0]] + 1, inked[breaks[0] + 1]
    first, rest = piece[:, start:end], piece[:, words:]
    if words - end < 0.12 * (end - start) or not _is_choice(first, _tallest(rest)):
        return text
    share = (left + (end + words) / 2 - text[0, 0]) / max(1.0, float(text[1, 0] - text[0, 0]))
    cut = text.copy()
    cut[0], cut[3] = text[0] + share * (text[1] - text[0]), text[3] + share * (text[2] - text[3])
    return cut


def _is_choice(piece: Mask, letters: int) -> bool:
    """Whether all of the ink in a piece is one small box, or a circle that is taller than the letters."""
    closed = cv2.morphologyEx(piece, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _x, _y, width, height = cv2.boundingRect(cv2.findNonZero(closed))
    if min(width, height) < CHOICE or not 0.7 < width / height < 1.4:
        return False
    outlines, levels = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = [outline for outline, level in zip(outlines, levels[0], strict=True) if level[3] >= 0]
    inside = sum(cv2.contourArea(hole) for hole in holes)  # of a ticked box there are several
    return inside > (0.55 if height < 1.15 * letters else 0.33) * width * height


def _tallest(piece: Mask) -> int:
    """The height of what is tall among the letters: nine of ten are less."""
    _count, _labels, stats, _ = cv2.connectedComponentsWithStats(piece, connectivity=8)
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    return int(np.percentile(heights, 90)) if len(heights) else 0


def _without_boxes(mask: Mask, found: Sequence[Drawn]) -> Mask:
    """Without the strokes that boxes and circles are drawn with, and without what is in a crossed box."""
    rest = mask.copy()
    for shape in found:
        cv2.drawContours(rest, [shape.outline], -1, 0, thickness=4 * REACH)
        if shape.shape is Shape.PICTURE:
            rest[shape.y : shape.y + shape.height, shape.x : shape.x + shape.width] = 0
    return rest


def _loose(mask: Mask) -> list[Loose]:
    """Lines, wavy lines and arrows in what boxes and letters left over."""
    across = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 15), np.uint8))
    down = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 3), np.uint8))
    found = (_stroke(mask, outline) for outline in _outlines(cv2.bitwise_or(across, down)))
    return [stroke for stroke in found if stroke is not None]


def _outlines(mask: Mask) -> Sequence[MatLike]:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return outlines


def _stroke(mask: Mask, outline: MatLike) -> Loose | None:
    """What the ink within an outline is; None where it is too short, or too much."""
    x, y, width, height = cv2.boundingRect(outline)
    long, thin = max(width, height), min(width, height)
    if long < SHORTEST * mask.shape[1]:
        return None
    strokes = mask[y : y + height, x : x + width]
    if thin < max(12, 0.12 * long):
        wavy = width > height and _turns(strokes) > width / 12
        return Loose(Shape.FILLER if wavy else Shape.LINE, x, y, width, height)
    if cv2.countNonZero(strokes) / long < 0.6 * thin:
        return Loose(Shape.ARROW, x, y, width, height)
    return None


def _turns(strokes: Mask) -> int:
    """How often a stroke turns from rising to falling, or back, by more than a wobble."""
    columns = [np.flatnonzero(column).mean() for column in strokes.T if column.any()]
    turns, last, direction = 0, columns[0], 0
    for height in columns[1:]:
        if abs(height - last) >= 2.5:
            now = 1 if height > last else -1
            turns += now != direction
            direction, last = now, height
    return turns


def _scaled(stroke: Loose, scale: float) -> Loose:
    return Loose(stroke.shape, *times(scale, stroke.x, stroke.y, stroke.width, stroke.height))
