"""What a sketch implies of every version of its page, as plain data that can be tried out in a browser.

The draft and this are made from one reading of the sketch (app/behaviour.py), so that they agree.
"""

import re
from enum import StrEnum

import msgspec

from app.behaviour import Behaviour, Place, behaviour
from app.wireframe import Part
from models.layout import Element, Shape


class Effect(StrEnum):
    """What a click on a button does."""

    REVEAL = "reveal"  # texts that were hidden are seen
    ADD = "add"  # what was typed into the field is in the list
    CHECK = "check"  # after a choice, an answer is seen
    COUNT = "count"  # a number goes up or down
    COMPUTE = "compute"  # a key of a calculator: the display shows what is typed, and results
    SEND = "send"  # a form: the page stays, and something is said
    PRESS = "press"  # anything that can be seen; the weakest, for the sketch does not say what


class Act(msgspec.Struct, frozen=True):
    """A button, and what must be so after a click on it."""

    button: str  # what is written on it
    nth: int  # of the buttons with these words, in reading order, from 0
    effect: Effect
    shows: tuple[str, ...] = ()  # texts that are not visible before, and visible after
    first: tuple[str, ...] = ()  # words of buttons, or labels of radio buttons, to be clicked before it


class Writable(msgspec.Struct, frozen=True):
    """A field that must accept text. `hint` is visible in it, as a placeholder or as its value."""

    label: str
    hint: str
    tall: bool


class Implied(msgspec.Struct, frozen=True):
    """What must hold of any version of the page. Plain data: msgspec.to_builtins() makes it JSON."""

    title: str
    texts: tuple[str, ...]  # visible, or visible after a click; hints of fields are not among them
    acts: tuple[Act, ...]
    fields: tuple[Writable, ...]
    places: tuple[Place, ...]


def implied(page: Element) -> Implied:
    return implied_by(behaviour(page))


def implied_by(found: Behaviour) -> Implied:
    frame = found.frame
    texts = [text for part in frame.page for text in _texts_of(part)]
    fields = [part for part in frame.page if part.shape is Shape.FIELD and not part.display]
    writable = [part for part in fields if part not in found.hidden]
    buttons = [part for part in frame.page if part.shape is Shape.BUTTON and not part.key]
    seen: dict[str, int] = {}
    acts = _sums([part.words for part in frame.page if part.key])
    for button in buttons:
        nth = seen.get(button.words, 0)
        seen[button.words] = nth + 1
        acts.append(_act(found, button, nth))
    places = [place for reveal in found.reveals.values() for _, place in reveal.places]
    tall = 2.2 * frame.letter
    return Implied(
        frame.title,
        tuple(texts),
        tuple(acts),
        tuple(Writable(part.label, part.words, part.height > 2 * tall) for part in writable),
        tuple(places),
    )


def _texts_of(part: Part) -> list[str]:
    """What is written in a part and seen as text."""
    written = [part.label, "" if part.shape is Shape.FIELD and not part.display else part.words]
    return [text for text in written if text]


def _sums(keys: list[str]) -> list[Act]:
    """What a calculator is tried out by: every digit, and every operation. The results are on no key."""
    clear = tuple(key for key in keys if key.upper() in ("C", "AC"))[:1]
    acts = [
        Act(key, 0, Effect.COMPUTE, (key + key,), (*clear, key)) for key in keys if re.fullmatch("[1-9]", key)
    ]
    tried = (("+", "6+7", "13"), ("-−–", "99-5", "94"), ("*×xX", "8*7", "56"), ("/÷:", "84/7", "12"))
    for signs, typed, result in tried:
        sign = next((key for key in keys if key and key in signs), None)
        clicks = [sign if char in signs else char for char in typed]
        if "=" in keys and all(click in keys for click in clicks):
            acts.append(Act("=", 0, Effect.COMPUTE, (result,), (*clear, *(c for c in clicks if c))))
    return acts


def _act(found: Behaviour, button: Part, nth: int) -> Act:
    if reveal := found.reveals.get(button):
        shows = tuple(text for target in reveal.targets for part in target for text in _texts_of(part))
        return Act(button.words, nth, Effect.REVEAL, shows)
    if button in found.adds:
        return Act(button.words, nth, Effect.ADD)
    if quiz := found.quizzes.get(button):
        right = quiz.right or quiz.choices[0]
        shows = (quiz.feedback.words,) if quiz.feedback else ()
        return Act(button.words, nth, Effect.CHECK, shows, (right.label,) if right.label else ())
    if counted := found.steps.get(button):
        number, step = int(counted[0].words), counted[1]
        up = next((b.words for b, (n, s) in found.steps.items() if n is counted[0] and s == 1), "")
        if step or up:
            return Act(button.words, nth, Effect.COUNT, (str(number + step),), () if step else (up,))
    return Act(button.words, nth, Effect.SEND if button in found.sends else Effect.PRESS)
