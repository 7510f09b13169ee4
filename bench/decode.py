"""Decoding in the worker process, read here, against the bare C-API loop."""

from bench import engines, texts
from bench.child import Child
from bench.measure import Pairs, Row, Setting, afresh, side_by_side, threads_in_words

WARM = 8  # tokens


def row(setting: Setting) -> Row:
    pairs = afresh(lambda: _pairs(setting), setting.effort.rounds)
    mine, other = pairs.medians
    return Row(
        what=f"Decoding {setting.effort.tokens:,} tokens, worker process to reading process",
        against="bare C-API loop in a process of its own",
        value=pairs.ratio,
        limit=0.97,
        at_least=True,
        notes=f"{mine:.1f} and {other:.1f} tok/s, {threads_in_words(setting.threads)}; {pairs.spread}",
    )


def _pairs(setting: Setting) -> Pairs:
    messages = texts.history(1, 0)
    said = [(message.role, message.text) for message in messages]
    with (
        Child("bench.bare", setting.model, setting.threads, log=setting.folder / "bare.log") as bare,
        engines.loaded(setting, setting.threads) as engine,
    ):

        def ours(tokens: int = setting.effort.tokens) -> float:
            return engines.decode_speed(engine, messages, tokens)

        def theirs(tokens: int = setting.effort.tokens) -> float:
            return float(bare.ask(messages=said, tokens=tokens)["speed"])

        ours(WARM), theirs(WARM)
        return side_by_side(ours, theirs, 1)
