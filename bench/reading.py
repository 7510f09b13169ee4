"""How much of drawn sketches is found: texts, and boxes with what they are. Not a time."""

from pathlib import Path

from bench.measure import Row, Setting
from models.layout import Element
from models.wire import Event, Outlined, Read
from models.worker.reading import Reader
from tests.sketches.pages import SKETCHES, sketch
from tests.sketches.score import Score, score


def row(setting: Setting) -> Row:
    events: list[Event] = []
    reader = Reader(events.append, lambda: False)

    def read(path: Path) -> Element:
        reader.read(Read(1, str(path)))
        outlined = events.pop()
        assert isinstance(outlined, Outlined)
        return outlined.page

    total, drawn = Score(), [(name, hand) for hand in range(setting.effort.hands) for name in SKETCHES]
    for name, hand in drawn[: setting.effort.sheets]:
        path = setting.folder / f"{name}-{hand}.png"
        sketch(name, hand).image.save(path)
        total += score(read(path), sketch(name, hand).truth)
    return Row(
        what=f"Texts read in {min(len(drawn), setting.effort.sheets)} drawn sketches",
        against="what was drawn",
        value=total.read / total.texts,
        limit=None,
        at_least=True,
        notes=f"{total.read} of {total.texts} texts (85 % of the letters); {total.found} of {total.boxes}"
        f" boxes (60 % of their area), {total.right} of them taken for what they are;"
        f" {len(total.false)} false",
        shown=f"{total.read / total.texts:.1%}",
    )
