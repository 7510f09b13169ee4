"""What the parts of a sketch do: which button reveals what, adds, sends, checks.

A sketch shows one moment of a page. That a button with "reveal" on it hides what stands under it, that a
field beside "Add" makes list entries, and that a text under a "Check" praises the right answer only, is
understood by whoever looks at it: from the words on a button, from what is noted at it, and from its place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from app.arrangement import is_closing
from app.wireframe import Part, Wireframe, wireframe
from models.layout import Element, Shape

_TELLS = re.compile(
    r"\b(reveal|show|answers?|punch ?-?lines?|solutions?|surprise|hint|secret|tell|flip|guess)\b", re.I
)
_MAY_TELL = re.compile(r"\b(more|see|open|why|details|expand|unfold|view|what)\b", re.I)
_CHECKS = re.compile(r"\b(check|answer|guess|submit|done|ok|next|verify|test)\b", re.I)
_ADDS = re.compile(r"\b(add|new|plus|create)\b(?!.*\b(account|cart|bag)\b)|^\+$", re.I)
_SENDS = re.compile(
    r"\b(send|log ?-?in|sign|order|buy|choose|search|submit|save|subscribe|register|book|pay|join|go|ok"
    r"|continue)\b",
    re.I,
)
_COUNTS = re.compile(r"^\d+ ?(left|open|to do|remaining|items?|tasks?|things?)\b", re.I)


class Place(msgspec.Struct, frozen=True):
    """A place that the sketch leaves empty: `data-fill` in the page."""

    name: str
    kind: str  # "punchline", "answer" or "more"
    setup: str  # the text that it belongs to; "" if there is none


@dataclass(eq=False)
class Reveal:
    """What a button shows. A place has a `Place` beside it, a text has none."""

    targets: list[Part]
    places: list[tuple[Part | None, Place]]  # None: the place is new, and stands under the button


@dataclass
class Quiz:
    choices: list[Part]
    feedback: Part | None
    right: Part | None  # the choice that the feedback names


@dataclass
class Behaviour:
    """By part. A button that is in none of these is pressed for its own sake."""

    frame: Wireframe
    reveals: dict[Part, Reveal] = field(default_factory=dict)
    hidden: dict[Part, Part] = field(default_factory=dict)  # what is hidden, and the button that shows it
    adds: dict[Part, Part] = field(default_factory=dict)  # the button, and its field
    count: Part | None = None  # "4 left", beside a list that is added to
    steps: dict[Part, tuple[Part, int]] = field(default_factory=dict)  # a number, and what is added; 0: anew
    quizzes: dict[Part, Quiz] = field(default_factory=dict)
    sends: dict[Part, list[Part]] = field(default_factory=dict)  # the button of a form, and its fields


def behaviour(page: Element) -> Behaviour:
    """Read the sketch with the eyes of who will use the page."""
    found = Behaviour(wireframe(page))
    for frame in [part for part in found.frame.page if part.shape in (Shape.PAGE, Shape.BOX)]:
        for n, part in enumerate(frame.parts):
            if part.shape is Shape.BUTTON and not part.key:
                _understand(found, frame, n, part)
    _name_places(found)
    return found


def _understand(found: Behaviour, frame: Part, n: int, button: Part) -> None:
    said = f"{button.words} {_note_at(found.frame, button)}"
    before = frame.parts[:n]
    choices = [part for part in before if part.shape is Shape.RADIO]
    fields = [part for part in frame.parts if part.shape is Shape.FIELD and not part.display]
    if choices and _CHECKS.search(said) and not any(choices == q.choices for q in found.quizzes.values()):
        found.quizzes[button] = _quiz(found, frame, button, choices)
    elif _ADDS.search(button.words) and (entry := _entry_at(fields, button)):
        found.adds[button] = entry
        counts = (p for p in found.frame.page if p.shape is Shape.TEXT and _COUNTS.search(p.words))
        found.count = next(counts, None)
    elif (step := _step(button.words)) is not None and (number := _number_at(found, frame, button)):
        found.steps[button] = (number, step)
        number.level = number.level or 3  # it is what the page is about
    elif _TELLS.search(said) and not _SENDS.search(button.words):
        found.reveals[button] = _reveal(found, frame, button, strong=True)
    elif _MAY_TELL.search(said) and not _SENDS.search(button.words):
        reveal = _reveal(found, frame, button, strong=False)
        if reveal.targets:
            found.reveals[button] = reveal
    elif fields and _belongs(frame, button):
        taken = {part for group in (*found.sends.values(), found.adds.values()) for part in group}
        if mine := [part for part in fields if part not in taken]:
            found.sends[button] = mine


def _note_at(frame: Wireframe, button: Part) -> str:
    """What is noted at the button that is nearest to the note."""
    buttons = [part for part in frame.page if part.shape is Shape.BUTTON]
    mine = [note for note in frame.notes if min(buttons, key=lambda b: _gap(b, note)) is button]
    return " ".join(note.words for note in mine)


def _gap(a: Part, b: Part) -> float:
    across = max(a.x - b.right, b.x - a.right, 0)
    down = max(a.y - b.bottom, b.y - a.bottom, 0)
    return float((across**2 + down**2) ** 0.5)


def _entry_at(fields: Sequence[Part], button: Part) -> Part | None:
    """The field on a button's line, or the only one."""
    near = [part for part in fields if _gap(part, button) < 3 * button.height]
    beside = [part for part in near if part.y < button.middle[1] < part.bottom]
    return min(
        beside or (near if len(fields) == 1 else []), key=lambda part: _gap(part, button), default=None
    )


def _step(words: str) -> int | None:
    if re.fullmatch(r"\+ ?1?|plus|up|more", words, re.I):
        return 1
    if re.fullmatch(r"[-−–—_] ?1?|minus|down|less", words, re.I):
        return -1
    return 0 if re.fullmatch(r"reset|clear|restart", words, re.I) else None


def _number_at(found: Behaviour, frame: Part, button: Part) -> Part | None:
    """The whole number that stands nearest in the same frame."""
    numbers = [part for part in frame.parts if part.shape is Shape.TEXT and part not in found.hidden]
    whole = [part for part in numbers if re.fullmatch(r"-?\d{1,9}", part.words)]
    return min(whole, key=lambda part: _gap(part, button), default=None)


def _belongs(frame: Part, button: Part) -> bool:
    """Whether a button ends the form in its frame: it is the last one there, or beside a field."""
    buttons = [part for part in frame.parts if part.shape is Shape.BUTTON]
    beside = any(
        p.shape is Shape.FIELD and p.y < button.middle[1] < p.bottom and _gap(p, button) < 2 * button.width
        for p in frame.parts
    )
    return beside or button is buttons[-1] or bool(_SENDS.search(button.words))


# What a button reveals


def _reveal(found: Behaviour, frame: Part, button: Part, strong: bool) -> Reveal:
    """A text under or beside the button; else the places left free; else a new place under it.

    Lines and empty boxes go first: where the sketch leaves room for the words, what stands under the button
    is something else. A weak word ("more") reveals only what is in its own box, not half a page.
    """
    if strong and (blanks := [p for p in _blanks(found, frame, button) if p not in found.hidden]):
        return _hide(found, button, blanks, places=True)
    near = [part for part in frame.parts if _is_words(found, part) and part not in found.hidden]
    under = [part for part in near if _is_under(part, button, button.bottom)]
    if not strong:
        under = under if frame.framed and len(under) == 1 else []
    if not under and strong:
        under = [part for part in near if _is_right_of(part, button)]
    if not under and strong and frame.framed:
        outside = _holder(found.frame.page, frame).parts
        under = [p for p in outside if _is_words(found, p) and _is_under(p, button, frame.bottom)]
        under = [part for part in under if part not in found.hidden]
    if under:
        first = min(under, key=lambda part: part.y)
        return _hide(found, button, [first], places=first.shape is not Shape.TEXT and not first.parts)
    if not strong:
        return Reveal([], [])
    if rooms := [_room_in(box) for box in frame.parts if _is_setup(box, button)]:
        return _hide(found, button, rooms, places=True)
    return Reveal([], [(None, _place(found, button, frame))])


def _is_setup(box: Part, button: Part) -> bool:
    """A box above or beside the button with words in it and no more: the setup of a joke, a question."""
    words = bool(box.parts) and all(part.shape is Shape.TEXT and part.level != 1 for part in box.parts)
    return box.shape is Shape.BOX and words and box.y < button.y


def _room_in(box: Part) -> Part:
    """A new place at the foot of a box."""
    room = Part(Shape.BOX, box.x, box.bottom - 1, box.right, box.bottom)
    box.parts.append(room)
    return room


def _hide(found: Behaviour, button: Part, parts: list[Part], places: bool) -> Reveal:
    for part in parts:
        found.hidden[part] = button
    free: list[tuple[Part | None, Place]] = []
    if places:
        free = [(part, _place(found, button, _holder(found.frame.page, part), part)) for part in parts]
    return Reveal(parts, free)


def _holder(page: Part, part: Part) -> Part:
    return next((frame for frame in page if part in frame.parts), page)


def _is_words(found: Behaviour, part: Part) -> bool:
    """What may be an answer: a text, filler, or a box with nothing but these in it."""
    if part.shape is Shape.TEXT:
        closing = is_closing(part.words) or _COUNTS.search(part.words)
        return part.level != 1 and not closing
    if part.shape is Shape.BOX:
        return all(
            _is_words(found, inner) or inner.shape in (Shape.LINE, Shape.PICTURE) for inner in part.parts
        )
    return part.shape is Shape.FILLER or _is_empty_box(part)


def _is_empty_box(part: Part) -> bool:
    """Drawn around nothing. Wide ones are taken for fields when a sketch is read."""
    empty_field = part.shape is Shape.FIELD and not part.words and not part.label and not part.display
    return empty_field or (part.shape is Shape.BOX and not part.parts)


def _is_under(part: Part, button: Part, edge: float) -> bool:
    near = part.y - edge < 3.5 * button.height and part.y > edge - 0.3 * button.height
    return near and (part.overlaps(button) or abs(part.middle[0] - button.middle[0]) < 2 * button.width)


def _is_right_of(part: Part, button: Part) -> bool:
    level = part.y < button.middle[1] < part.bottom
    return level and 0 < part.x - button.right < 2 * button.width


def _blanks(found: Behaviour, frame: Part, button: Part) -> list[Part]:
    """Places left free for words, in the button's own box or else in the boxes beside and above it.

    A blank is a line at the end of a box under a text, or an empty box.
    """
    own = _lines_to_fill(frame) if frame.framed else []
    if own:
        return own
    boxes = [part for part in frame.parts if part.shape is Shape.BOX and part.parts]
    inside = [line for box in boxes for line in _lines_to_fill(box) if not _has_button(box)]
    if inside:
        return inside
    empty = [part for part in frame.parts if _is_empty_box(part)]
    under = [part for part in empty if _is_under(part, button, button.bottom)]
    above = [part for part in empty if part.bottom < button.middle[1] and part.overlaps(button)]
    return under[:1] or above[-1:]


def _lines_to_fill(box: Part) -> list[Part]:
    words = (Shape.TEXT, Shape.BUTTON, Shape.PICTURE, Shape.FIELD)
    lines = [part for part in box.parts if part.shape is Shape.LINE and part.width > 2 * part.height]
    texts = [part for part in box.parts if part.shape is Shape.TEXT]
    free = [
        line
        for line in lines
        if any(text.y < line.y for text in texts)
        and not any(other.y > line.y for other in box.parts if other.shape in words and not _is_tell(other))
    ]
    return free[:1]


def _is_tell(part: Part) -> bool:
    return part.shape is Shape.BUTTON and bool(_TELLS.search(part.words))


def _has_button(box: Part) -> bool:
    return any(part.shape is Shape.BUTTON for part in box)


def _place(found: Behaviour, button: Part, frame: Part, blank: Part | None = None) -> Place:
    """What is to be filled in, named after the words on the button and the title of the page."""
    said = f"{button.words} {found.frame.title}".lower()
    edge = blank.y if blank else button.middle[1]
    texts = [part for part in frame.parts if part.shape is Shape.TEXT and part.y < edge]
    plain = [part for part in texts if part.level != 1] or texts
    if blank is not None and blank.parts == [] and blank.shape is not Shape.LINE:
        plain = plain or [part for part in frame.parts if part.shape is Shape.TEXT]
    if not plain:  # the texts of the boxes above
        plain = [part for part in frame if part.shape is Shape.TEXT and part.y < edge]
    setup = max(plain, key=lambda part: (part.y, part.x)).words if plain else ""
    kind = "more"
    if re.search("punch|joke", said):
        kind = "punchline"
    elif re.search(r"answer|solution|guess", said) or setup.endswith("?"):
        kind = "answer"
    return Place(kind, kind, setup)


def _name_places(found: Behaviour) -> None:
    """Each name once: punchline, punchline-2, ..."""
    seen: dict[str, int] = {}
    for reveal in found.reveals.values():
        named: list[tuple[Part | None, Place]] = []
        for part, place in reveal.places:
            n = seen[place.kind] = seen.get(place.kind, 0) + 1
            name = place.kind if n == 1 else f"{place.kind}-{n}"
            named.append((part, msgspec.structs.replace(place, name=name)))
        reveal.places = named


# A quiz


def _quiz(found: Behaviour, frame: Part, button: Part, choices: list[Part]) -> Quiz:
    below = [p for p in frame.parts if p.shape is Shape.TEXT and _is_under(p, button, button.bottom)]
    beside = [p for p in frame.parts if p.shape is Shape.TEXT and _is_right_of(p, button)]
    feedback = min(below or beside, key=lambda part: part.y, default=None)
    right = None
    if feedback is not None and not is_closing(feedback.words):
        found.hidden[feedback] = button
        said = feedback.words.casefold()
        named = [c for c in choices if c.label and re.search(rf"\b{re.escape(c.label.casefold())}\b", said)]
        right = named[0] if len(named) == 1 else None
    else:
        feedback = None
    return Quiz(choices, feedback, right)
