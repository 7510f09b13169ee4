"""What drawing a token costs late in a long answer, against early in one; no model is involved."""

from bench.child import Child
from bench.measure import Pairs, Row, Setting

CASES = ("prose", "code")


def row(setting: Setting) -> Row:
    effort, log = setting.effort, setting.folder / "drawing.log"
    found: dict[str, Pairs] = {}
    with Child("bench.drawing_windows", setting.folder / "drawing", log=log) as child:
        for case in CASES:
            answer = child.ask(case=case, late=effort.late, lines=effort.lines, rounds=effort.drawings)
            found[case] = Pairs(answer["late"], answer["early"])
    told = []
    for case, pairs in found.items():
        late, early = (1000 * value for value in pairs.medians)
        told.append(f"in {case} {pairs.ratio:.2f}: {late:.2f} and {early:.2f} ms a token, {pairs.spread}")
    return Row(
        what=f"UI cost per token at token {effort.late:,} (prose, a table, {effort.lines:,} lines of code)",
        against="at token 100",
        value=max(pairs.ratio for pairs in found.values()),
        limit=1.2,
        at_least=False,
        notes=f"the worse of two; {'; '.join(told)}; processor time of the GUI thread, painting included",
    )
