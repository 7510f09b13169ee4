"""Decoding in the worker process, read here, against the bare C-API loop."""

from bench import engines, texts
from bench.child import Child
from bench.measure import Row, Setting, side_by_side, threads_in_words


def row(setting: Setting) -> Row:
    messages, count = texts.history(1, 0), setting.effort.tokens
    said = [(message.role, message.text) for message in messages]
    log = setting.folder / "bare.log"
    with (
        Child("bench.bare", setting.model, setting.threads, log=log) as bare,
        engines.loaded(setting, setting.threads) as engine,
    ):

        def ours(tokens: int = count) -> float:
            return engines.decode_speed(engine, messages, tokens)

        def theirs(tokens: int = count) -> float:
            return float(bare.ask(messages=said, tokens=tokens)["speed"])

        ours(8), theirs(8)  # to warm up
        pairs = side_by_side(ours, theirs, setting.effort.rounds)
    mine, other = pairs.medians
    return Row(
        what=f"Decoding {count:,} tokens, worker process to reading process",
        against="bare C-API loop in a process of its own",
        value=pairs.ratio,
        limit=0.97,
        at_least=True,
        notes=f"{mine:.1f} and {other:.1f} tok/s, {threads_in_words(setting.threads)}; {pairs.spread}",
    )
