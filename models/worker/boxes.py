"""Boxes and circles that are drawn in a picture (OpenCV).

A pencil leaves gaps, and corners stay open or cross. So a box is looked for several times, each time with
larger gaps closed, and is believed where ink really stands along all of its sides. The numbers were found on
the sketches in `tests/sketches`, and are pixels of a sheet whose long side is `models.worker.strokes.SIDE`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from models.layout import Shape

Mask = MatLike  # (height, width), bytes: 255 where there is ink
Point = tuple[float, float]  # x and y

GAPS = (1, 7, 13, 21, 31)  # that are closed along a stroke
OPEN = 4  # by which strokes are thickened at last, where two of them miss each other at a corner
SMALL = 70  # the longest side of a box whose strokes, and what sticks out, are much of it
REACH = 4  # from an outline, within which ink counts as being along it
FULL = 0.78  # of its rectangle that a box fills; a circle fills 0.785
ALONG, SHORTEST = 0.75, 0.6  # of an outline, and of each of its sides, that must have ink
ROUND = 0.77  # of the circle about it that a round shape fills; a square fills 0.64


def _nothing() -> MatLike:
    return np.zeros((0, 1, 2), np.int32)


@dataclass(frozen=True)
class Drawn:
    """A box: BOX, RADIO for a circle, PICTURE for a crossed one; x, y, width, height in pixels.

    `gap` had to be closed along its strokes. `mark` is where ink stands in it that is of no text; `inked` is
    how much of its middle has such ink, 0 to 1.
    """

    x: int
    y: int
    width: int
    height: int
    shape: Shape = Shape.BOX
    gap: int = 1
    mark: "Mark | None" = None
    inked: float = 0.0
    settled: bool = False  # its place is halfway between the edges of its strokes
    outline: MatLike = field(default_factory=_nothing, compare=False)

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def overlap(self, other: "Drawn") -> int:
        """Pixels in both."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0, across) * max(0, down)

    def holds(self, other: "Drawn") -> bool:
        """Whether the other one lies in this one."""
        return other.area < self.area and self.overlap(other) > 0.85 * other.area


@dataclass(frozen=True)
class Mark:
    """Ink within a box; pixels. `slant`: degrees from upright, to the right, if it is one straight stroke."""

    x: int
    y: int
    width: int
    height: int
    slant: float | None = None


def find(mask: Mask, texts: Sequence[Point]) -> list[Drawn]:
    """Boxes and circles, the surest first; none crosses another one. `texts` are the middles of texts."""
    unit = max(13, min(mask.shape) // 48)  # the smallest side
    distance = cv2.distanceTransform(cv2.bitwise_not(mask), cv2.DIST_L2, 3)
    found: list[Drawn] = []
    for gap, outlines in _closed(cv2.dilate(mask, np.ones((3, 3), np.uint8))):
        for shape in _surest(outlines, distance, unit, gap):
            same = next((n for n, other in enumerate(found) if _same(shape, other)), None)
            if same is not None:
                found[same] = _halfway(found[same], shape)
            elif not _between(shape, found, texts):
                found.append(shape)
    found = [box for box in found if not _is_gap(box, found, texts) and not _is_rest(box, found)]
    return [
        replace(box, shape=_shape_of(mask, box), mark=_mark(mask, box), inked=_inked(mask, box))
        for box in found
    ]


def _surest(outlines: Sequence[MatLike], distance: MatLike, unit: int, gap: int) -> list[Drawn]:
    """What is a box or a circle among these outlines; first what fills its rectangle best."""
    shapes = (_shape(outline, distance, unit, gap) for outline in outlines)
    found = [shape for shape in shapes if shape is not None]
    return [shape for _full, shape in sorted(found, key=lambda pair: -pair[0])]


def _closed(strokes: Mask) -> Iterator[tuple[int, Sequence[MatLike]]]:
    """(the gap that was closed, the outlines of strokes and of what they go around), from gap to gap."""
    closed = strokes
    for gap in GAPS:
        across = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8))
        down = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((gap, 1), np.uint8))
        closed = cv2.bitwise_or(strokes, cv2.bitwise_or(across, down))
        outlines, _ = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        yield gap, outlines
    thick = cv2.dilate(closed, np.ones((2 * OPEN + 1, 2 * OPEN + 1), np.uint8))
    outlines, levels = cv2.findContours(thick, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if levels is not None:
        yield (
            GAPS[-1] + OPEN,
            [_grown(hole) for hole, level in zip(outlines, levels[0], strict=True) if level[3] >= 0],
        )


def _grown(hole: MatLike) -> MatLike:
    """By what thick strokes took from it."""
    x, y, width, height = cv2.boundingRect(hole)
    middle = np.array([x + width / 2, y + height / 2])
    factor = np.array([(width + 2 * OPEN) / width, (height + 2 * OPEN) / height])
    grown: MatLike = np.round((hole - middle) * factor + middle).astype(np.int32)
    return grown


def _shape(outline: MatLike, distance: MatLike, unit: int, gap: int) -> tuple[float, Drawn] | None:
    """The box or circle that an outline is, with how much of its rectangle it fills; None if it is none."""
    x, y, width, height = cv2.boundingRect(outline)
    tall, wide = distance.shape
    if min(width, height) < unit or (width > 0.985 * wide and height > 0.985 * tall):
        return None
    turned = cv2.minAreaRect(outline)
    full = cv2.contourArea(outline) / max(1.0, turned[1][0] * turned[1][1])
    hull = cv2.convexHull(outline)
    circle = np.pi * cv2.minEnclosingCircle(hull)[1] ** 2
    is_round = cv2.contourArea(hull) > ROUND * circle and full < 0.9
    if full < (0.9 * FULL if is_round else FULL):
        return None
    least, mean = _along(outline, turned, distance)
    if mean < ALONG or least < SHORTEST:
        return None
    kind = Shape.RADIO if is_round else Shape.BOX
    return full, Drawn(x, y, width, height, kind, gap, outline=outline)


def _along(outline: MatLike, turned: cv2.typing.RotatedRect, distance: MatLike) -> tuple[float, float]:
    """How much of the worst side, and of the whole outline, has ink beside it."""
    points = outline[:, 0, :].astype(np.float32)
    ends = np.roll(points, -1, axis=0)
    steps = np.maximum(1, np.hypot(*(ends - points).T) // 2).astype(int)
    walk = np.vstack(
        [a + (b - a) * (np.arange(n)[:, None] / n) for a, b, n in zip(points, ends, steps, strict=True)]
    )
    tall, wide = distance.shape
    rows = np.clip(walk[:, 1].round().astype(int), 0, tall - 1)
    columns = np.clip(walk[:, 0].round().astype(int), 0, wide - 1)
    near = distance[rows, columns] <= REACH
    corners = cv2.boxPoints(turned)
    aways = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        across, down = (b - a) / max(1e-6, float(np.hypot(*(b - a))))
        aways.append(np.abs((walk[:, 0] - a[0]) * down - (walk[:, 1] - a[1]) * across))
    side = np.argmin(np.array(aways), axis=0)
    shares = [float(near[side == n].mean()) if (side == n).any() else 0.0 for n in range(4)]
    return min(shares), float(near.mean())


def _same(one: Drawn, other: Drawn) -> bool:
    """Whether the two are one shape (the inner and the outer edge of its strokes), or cannot both be."""
    both = one.overlap(other)
    small = max(one.width, one.height, other.width, other.height) < SMALL
    if both > (0.4 if small else 0.55) * (one.area + other.area - both):
        return True
    if max(abs(a - b) for a, b in zip(one.sides, other.sides, strict=True)) <= 2.5 * REACH:
        return True
    return 0.12 * min(one.area, other.area) < both < 0.85 * min(one.area, other.area)


def _halfway(one: Drawn, other: Drawn) -> Drawn:
    """Between the inner and the outer edge of its strokes, if the two are these of one box."""
    if one.settled or max(abs(a - b) for a, b in zip(one.sides, other.sides, strict=True)) > 5 * REACH:
        return one
    left, top, right, bottom = ((a + b) // 2 for a, b in zip(one.sides, other.sides, strict=True))
    return replace(one, x=left, y=top, width=right - left, height=bottom - top, settled=True)


def _between(shape: Drawn, found: Sequence[Drawn], texts: Sequence[Point]) -> bool:
    """Whether it is only what stands between boxes: around a group, below one in its parent, beside one."""
    within = [other for other in found if shape.holds(other)]
    top = [other for other in within if not any(o is not other and o.holds(other) for o in within)]
    if shape.gap > 1 and sum(other.area for other in top) > 0.45 * shape.area:
        sides = zip(shape.sides, *(other.sides for other in top), strict=True)
        if sum(any(abs(mine - side) <= 3 * REACH for side in theirs) for mine, *theirs in sides) > 2:
            return True
    of_holder, of_others = set(), set()
    near = REACH if shape.gap == 1 else 2 * REACH  # rows of fields may be drawn close to each other
    for other in found:
        for side, (mine, theirs) in enumerate(zip(shape.sides, other.sides, strict=True)):
            if other.holds(shape) and abs(mine - theirs) <= 2 * REACH:
                of_holder.add(side)
            opposite = other.sides[(side + 2) % 4]
            if not other.holds(shape) and abs(mine - opposite) <= near and _beside(shape, other, side):
                of_others.add(side)
    if any(_is_in(text, shape) and not any(_is_in(text, other) for other in within) for text in texts):
        borrowed = of_holder  # a cell of a table has sides in common with the next one
    else:
        borrowed = of_holder | of_others
    return len(borrowed) >= 3 or {0, 2} <= borrowed or {1, 3} <= borrowed


def _is_in(point: Point, box: Drawn) -> bool:
    left, top, right, bottom = box.sides
    return left < point[0] < right and top < point[1] < bottom


def _is_rest(shape: Drawn, found: Sequence[Drawn]) -> bool:
    """Whether a box, found since, lends it sides: it is what another one in that box leaves free."""
    near = 2 * REACH + 0.03 * max(shape.width, shape.height)  # a sheet may be turned by a degree or two
    for other in found:
        if other.holds(shape):
            lent = {n for n in range(4) if abs(shape.sides[n] - other.sides[n]) <= near}
            if len(lent) >= 3 or {0, 2} <= lent or {1, 3} <= lent:
                return True
    return False


def _is_gap(shape: Drawn, found: Sequence[Drawn], texts: Sequence[Point]) -> bool:
    """Whether it is narrow, without text, and only stands between two boxes that were found since."""
    if min(shape.width, shape.height) > 0.5 * max(shape.width, shape.height):
        return False
    near = REACH if shape.gap == 1 else 3 * REACH
    lent = {
        side
        for other in found
        for side in range(4)
        if abs(shape.sides[side] - other.sides[(side + 2) % 4]) <= near and _beside(shape, other, side)
    }
    return ({0, 2} <= lent or {1, 3} <= lent) and not any(_is_in(text, shape) for text in texts)


def _beside(shape: Drawn, other: Drawn, side: int) -> bool:
    """Whether they share most of that side."""
    mine, theirs = shape.sides, other.sides
    near, far = (1, 3) if side in (0, 2) else (0, 2)
    shared = min(mine[far], theirs[far]) - max(mine[near], theirs[near])
    return shared > 0.7 * (mine[far] - mine[near])


def _shape_of(mask: Mask, box: Drawn) -> Shape:
    """PICTURE where both diagonals of a box are drawn."""
    if box.shape is not Shape.BOX:
        return box.shape
    near = cv2.dilate(mask, np.ones((9, 9), np.uint8))
    steps = np.linspace(0.12, 0.88, 40)
    across = (box.x + steps * box.width).astype(int)
    down = near[(box.y + steps * box.height).astype(int), across] > 0
    up = near[(box.y + box.height - steps * box.height).astype(int), across] > 0
    return Shape.PICTURE if min(down.mean(), up.mean()) > 0.7 else Shape.BOX


def _mark(mask: Mask, box: Drawn) -> Mark | None:
    """Where the ink in a box stands, without its sides."""
    inset_x, inset_y = max(2 * REACH, box.width // 12), max(2 * REACH, box.height // 12)
    inside = mask[
        box.y + inset_y : box.y + box.height - inset_y, box.x + inset_x : box.x + box.width - inset_x
    ]
    inside = _apart_from_edge(inside)
    rows, columns = np.nonzero(inside)
    if len(rows) < 12 * REACH:
        return None
    x, y = int(columns.min()), int(rows.min())
    width, height = int(columns.max()) - x + 1, int(rows.max()) - y + 1
    return Mark(box.x + inset_x + x, box.y + inset_y + y, width, height, _slant(rows, columns))


def _apart_from_edge(piece: Mask) -> Mask:
    """Without what touches the edge: a side of the box, which wobbles or is askew."""
    if not piece.size:
        return piece
    height, width = piece.shape
    _count, labels, stats, _ = cv2.connectedComponentsWithStats(piece, connectivity=8)
    lefts, tops, widths, heights = stats[:, 0], stats[:, 1], stats[:, 2], stats[:, 3]
    inner = (lefts > 0) & (tops > 0) & (lefts + widths < width) & (tops + heights < height)
    inner[0] = False
    return np.where(inner[labels], piece, 0).astype(np.uint8)


def _inked(mask: Mask, box: Drawn) -> float:
    """How much of the middle of a box is ink, 0 to 1."""
    across, down = box.width // 4, box.height // 4
    middle = mask[box.y + down : box.y + box.height - down, box.x + across : box.x + box.width - across]
    return float((middle > 0).mean()) if middle.size else 0.0


def _slant(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> float | None:
    """Of a straight stroke: its ink lies along the axis where it spreads most, and hardly across."""
    spreads, axes = np.linalg.eigh(np.cov(np.stack([columns, rows])))
    if spreads[0] > 0.04 * spreads[1]:
        return None
    across, down = axes[:, 1]
    return float(np.degrees(np.arctan2(-across, down) if down > 0 else np.arctan2(across, -down)))


def scaled(box: Drawn, scale: float) -> Drawn:
    """In pixels of a picture that is so many times larger."""
    x, y, width, height = times(scale, box.x, box.y, box.width, box.height)
    mark = box.mark
    if mark is not None:
        mark = Mark(*times(scale, mark.x, mark.y, mark.width, mark.height), mark.slant)
    return replace(box, x=x, y=y, width=width, height=height, mark=mark, outline=_nothing())


def times(scale: float, x: int, y: int, width: int, height: int) -> tuple[int, int, int, int]:
    """A place, scaled; never of no size."""
    return round(x * scale), round(y * scale), max(1, round(width * scale)), max(1, round(height * scale))
