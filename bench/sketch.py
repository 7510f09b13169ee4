"""From dropping a sketch on the window to its draft in the canvas, against reading its letters alone."""

from itertools import cycle, islice
from pathlib import Path

from bench.child import Child
from bench.measure import Pairs, Row, Setting
from tests.sketches.pages import SKETCHES, sketch


def row(setting: Setting) -> Row:
    files = _drawn(setting.folder, setting.effort.sketches + 1)
    pairs = Pairs([], [])
    log = setting.folder / "sketch.log"
    with (
        Child("bench.sketch_window", setting.folder / "profile", log=log) as window,
        Child("bench.letters", log=log) as letters,
    ):

        def ours(file: Path) -> float:
            return float(window.ask(path=str(file))["seconds"])

        def theirs(file: Path) -> float:
            return float(letters.ask(path=str(file))["seconds"])

        ours(files[0]), theirs(files[0])  # loads what reads, and the browser
        for number, file in enumerate(files[1:]):
            # A picture is read once only, so each is measured once: A B, B A, A B ...
            if number % 2:
                pairs.ours.append(ours(file))
                pairs.theirs.append(theirs(file))
            else:
                pairs.theirs.append(theirs(file))
                pairs.ours.append(ours(file))
    mine, other = pairs.medians
    return Row(
        what=f"Sketch dropped to draft shown, {len(pairs.ours)} sketches",
        against="RapidOCR alone on the same pictures",
        value=pairs.ratio,
        limit=None,
        at_least=False,
        notes=f"{mine:.2f} and {other:.2f} s; the aim is 2 times; {pairs.spread}",
        shown=f"{pairs.ratio:.2f}",
    )


def _drawn(folder: Path, count: int) -> list[Path]:
    files = []
    for number, name in enumerate(islice(cycle(SKETCHES), count)):
        files.append(folder / f"{number}-{name}.png")
        sketch(name, hand=number // len(SKETCHES)).image.save(files[-1])
    return files
