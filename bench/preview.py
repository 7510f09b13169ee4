"""A page that is written while it is shown: what an update costs late in it, and what it costs early."""

from bench.child import Child
from bench.measure import Pairs, Row, Setting, afresh

SIZE = 30_000  # characters of the page
EARLY, LATE = 5, 95  # percent of it


def row(setting: Setting) -> Row:
    pairs = afresh(lambda: _pairs(setting), setting.effort.drawings)
    late, early = pairs.medians
    return Row(
        what=f"Preview update of a {SIZE // 1000} kB page while the code streams, at {LATE} %",
        against=f"at {EARLY} %",
        value=pairs.ratio,
        limit=1.2,
        at_least=False,
        notes=f"{late * 1000:.2f} and {early * 1000:.2f} ms of processor time an update, window and page "
        f"process together; {pairs.spread}",
    )


def _pairs(setting: Setting) -> Pairs:
    """One fresh process with two canvases, whose pages are written by turns."""
    with Child("bench.preview_windows", log=setting.folder / "preview.log") as child:
        answer = child.ask(size=SIZE, early=EARLY, late=LATE, rounds=setting.effort.previews)
    return Pairs(answer["late"], answer["early"])
