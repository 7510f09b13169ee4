"""Decoding while the window draws every token, against the bare loop beside a window that does nothing."""

from app import instructions
from bench.child import Child
from bench.measure import Pairs, Row, Setting, afresh, side_by_side
from models.gguf import read_header
from models.library import LocalModel
from models.parts import Role

QUESTION = "Tell me a long story about a harbour, its boats and its people."
THREADS = 1  # of either model: the window has a thread too
WARM = 8  # tokens


def row(setting: Setting) -> Row:
    paints: list[int] = []
    pairs = afresh(lambda: _pairs(setting, paints), setting.effort.rounds)
    mine, other = pairs.medians
    return Row(
        what=f"Decoding {setting.effort.tokens:,} tokens while the window draws them",
        against="bare loop beside an idle window",
        value=pairs.ratio,
        limit=0.95,
        at_least=True,
        notes=f"{mine:.1f} and {other:.1f} tok/s, 1 thread; {max(paints)} paints an answer; {pairs.spread}",
    )


def _pairs(setting: Setting, paints: list[int]) -> Pairs:
    log = setting.folder / "drawn.log"
    header = read_header(setting.model)
    words = instructions.default_instructions(LocalModel(setting.model, header.name, header))
    said = [(Role.SYSTEM, words), (Role.USER, QUESTION)]  # as the window sends it
    # One window serves both sides: while the bare loop runs, it stands there with a finished answer.
    with (
        Child("bench.window", setting.model, THREADS, setting.folder / "drawn", log=log) as window,
        Child("bench.bare", setting.model, THREADS, log=log) as bare,
    ):

        def ours(tokens: int = setting.effort.tokens) -> float:
            answer = window.ask(text=QUESTION, tokens=tokens)
            paints.append(answer["paints"])
            return float(answer["speed"])

        def theirs(tokens: int = setting.effort.tokens) -> float:
            return float(bare.ask(messages=said, tokens=tokens)["speed"])

        ours(WARM), theirs(WARM)
        return side_by_side(ours, theirs, 1)
