"""What is said and written while measuring: the same words each time."""

import itertools
import re
from collections.abc import Iterator

from models.parts import Message, Role

_WORDS = re.findall(
    r"\w+",
    "the harbour lies at the end of a narrow road and in the morning boats come back with nets full of "
    "silver fish while people on the quay drink coffee from small cups and talk about weather or about "
    "the price of diesel until a bell rings and everyone walks slowly uphill towards an old market where "
    "bread is sold warm beside baskets of lemons and letters are read aloud to those who forgot glasses",
)
TOKENS_A_WORD = 1.15  # of this text, in the starter's vocabulary
_PIECE = re.compile(r"\n+|\s*[^\s]+")


def words(count: int, start: int = 0) -> str:
    """Sentences and paragraphs of so many words; another `start`, another text."""
    step = itertools.islice(itertools.cycle(_WORDS), start % len(_WORDS), None)
    written: list[str] = []
    for number in range(count):
        word = next(step)
        first = number % 17 == 0
        last = number % 17 == 16 or number == count - 1
        end = ("\n\n" if number % 85 == 84 else " ") if last else " "
        written.append((word.capitalize() if first else word) + ("." if last else "") + end)
    return "".join(written).strip()


def history(turns: int, tokens: int) -> list[Message]:
    """A conversation of so many questions, the last one unanswered, of about so many tokens in all."""
    system = Message.of(Role.SYSTEM, "You are a helpful assistant. Answer in plain English.")
    each = max(4, round(tokens / TOKENS_A_WORD / max(1, turns - 1)) - 22)
    said = [system]
    for turn in range(turns):
        said.append(Message.of(Role.USER, question(turn)))
        if turn < turns - 1:
            said.append(Message.of(Role.ASSISTANT, words(each, start=7 * turn)))
    return said


def question(turn: int) -> str:
    """What is asked at a turn."""
    return f"Question {turn + 1}: what else happens there, and {words(8, start=11 * turn)}?"


def prompt(number: int, tokens: int) -> list[Message]:
    """A question of about so many tokens that shares nothing with one of another number."""
    return [Message.of(Role.USER, f"{number}. " + words(round(tokens / TOKENS_A_WORD), start=13 * number))]


def prose(tokens: int, start: int = 0) -> Iterator[str]:
    """Prose in pieces as they come from a model, about a word each."""
    return itertools.islice(pieces(words(tokens * 2, start)), tokens)


def table(rows: int) -> Iterator[str]:
    """A Markdown table in pieces."""
    head = "\n\n| Harbour | Boats | Fish | Bread |\n| --- | ---: | --- | :---: |\n"
    body = "".join(f"| Quay {n} | {n * 7 % 40} | silver and *small* | `warm {n}` |\n" for n in range(rows))
    return pieces(head + body)


def code(lines: int) -> Iterator[str]:
    """A fenced block of Python in pieces, at most two a line: functions of eight lines, two blank ones
    after each. The fence stays open."""
    yield "\n\n```python\n"
    for number in range(lines):
        match number % 10:
            case 0:
                yield f"def mend_{number}(nets):"
                yield f"  # quay {number}\n"
            case 7:
                yield "    return"
                yield " fish\n"
            case 8 | 9:
                yield "\n"
            case place:
                yield f"    fish = nets[{number}]"
                yield f" + {place}\n"


def pieces(text: str) -> Iterator[str]:
    """Text cut as a model's vocabulary would: a word with the space before it, or line breaks."""
    return (found.group() for found in _PIECE.finditer(text))
