"""How soon an answer begins at the tenth turn of a conversation, against stock llama-cpp-python."""

from collections.abc import Callable

from bench import engines, texts
from bench.child import Child
from bench.measure import Effort, Pairs, Row, Setting, afresh, side_by_side, threads_in_words
from models.parts import Message, Role

Ask = Callable[[list[Message], int], tuple[float, str]]


def last_turn(ask: Ask, before: list[Message], effort: Effort) -> float:
    """Answer the turn before the last, so that the cache is as a conversation leaves it; then measure."""
    _, answer = ask(before, effort.answer)
    again = [Message.of(Role.ASSISTANT, answer), Message.of(Role.USER, texts.question(effort.turns - 1))]
    first, _ = ask(before + again, 1)
    return first


def row(setting: Setting) -> Row:
    effort = setting.effort
    before = texts.history(effort.turns - 1, effort.history)
    read = 0

    def talk() -> Pairs:
        nonlocal read
        with (
            Child("bench.stock", setting.model, setting.threads, log=setting.folder / "stock.log") as stock,
            engines.loaded(setting, setting.threads) as engine,
        ):

            def ask_ours(messages: list[Message], tokens: int) -> tuple[float, str]:
                return engines.first_token(engine, messages, tokens)

            def ask_stock(messages: list[Message], tokens: int) -> tuple[float, str]:
                said = [(message.role, message.text) for message in messages]
                answer = stock.ask(messages=said, tokens=tokens)
                return answer["first"], answer["text"]

            def ours() -> float:
                return last_turn(ask_ours, before, effort)

            def theirs() -> float:
                return last_turn(ask_stock, before, effort)

            ours(), theirs()  # reads the whole history
            pairs = side_by_side(ours, theirs, effort.asks)
            read = engines.tokens_read(engine, before)
        return pairs

    pairs = afresh(talk, effort.talks)
    mine, other = (1000 * value for value in pairs.medians)
    return Row(
        what=f"Time to first token at turn {effort.turns}, {read:,} tokens of history",
        against="stock `create_chat_completion(stream=True)`, its prefix reused",
        value=pairs.ratio,
        limit=1.05,
        at_least=False,
        notes=f"{mine:.0f} and {other:.0f} ms, {threads_in_words(setting.threads)}; {pairs.spread}",
    )
