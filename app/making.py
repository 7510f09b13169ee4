"""A sketch becomes a page: a draft by code at once, then what only a model can add, if it holds when tried.

The draft needs no model. A model is asked for the words that the sketch leaves open, one place at a time,
and, where it is capable enough, for what the person wishes. Its version is kept only if it does all that the
sketch implies when it is clicked through in a browser; otherwise the draft stays, and the answer says so.
"""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

from app.conversation import new_id
from app.page import Origin, PageVersion
from app.sketch import (
    Implied,
    draft,
    fill,
    fitting,
    implied,
    page_prompt,
    place_prompt,
    put_back,
    stated,
    unfilled,
)
from app.turn import Step, TurnEvent
from models.layout import Element
from models.parts import Message

CAPABLE = 1_000_000_000  # parameters; below this a model spoils more of a page than it adds
UNDERSTANDS = 500_000_000  # below this a model that is told of a wish speaks of nothing else
LINE, PAGE = 64, 3000  # tokens of an answer: the words of one place, a whole page

Ask = Callable[[Sequence[Message], int], str]  # a question, and how many tokens the answer may have
# What does not hold of a page, in sentences; given how to tell that nobody waits for it any more.
Trial = Callable[[str, Implied, Callable[[], bool]], Sequence[str]]


class CannotTry(Exception):
    """A page could not be tried out here; str() says why, in a sentence."""


def cannot_try(html: str, wanted: Implied, stopped: Callable[[], bool]) -> Sequence[str]:
    """The trial of whoever has no browser."""
    raise CannotTry("There is no browser here to try the page with.")


@dataclass(frozen=True)
class Addition:
    """What a model made of a draft (`html` is empty where the draft stays), and a sentence about it."""

    html: str
    sentence: str


def first_draft(page: Element, message: str) -> PageVersion:
    """The page as it is drawn. `message` is the answer that it comes with."""
    return PageVersion(new_id(), message, Origin.DRAFT, draft(page), time.time())


def wants_model(page: Element, html: str, wish: str) -> bool:
    """Whether there is anything that code could not do."""
    return bool(wish.strip() or unfilled(page, html))


def by_model(draft: PageVersion, html: str) -> PageVersion:
    """The version after a draft, with what a model added."""
    return replace(draft, id=new_id(), origin=Origin.MODEL, html=html, created=time.time())


@dataclass(frozen=True)
class Maker:
    """A model that adds to drafts. `ask` puts a question to it; `trial` raises CannotTry, or ReadingStopped
    once `stopped` says so."""

    model: str
    parameters: int
    ask: Ask
    trial: Trial
    stopped: Callable[[], bool]

    def add(self, page: Element, html: str, wish: str) -> Generator[TurnEvent, None, Addition]:
        """Have it add to a draft what code cannot, and try that out. Raises what `ask` raises."""
        added, words = yield from self._fill(page, html, wish)
        wished = bool(wish.strip()) and self.parameters >= CAPABLE
        if wished:
            yield Step("Changing the page")
            if changed := put_back(added, self.ask(page_prompt(wish, added), PAGE)):
                added, more = yield from self._fill(page, changed, wish)  # what it added may be open, too
                words += more
        if added == html:
            return Addition("", self._nothing(wish, wished))
        yield Step("Trying the page")
        try:
            problems = self.trial(added, implied(page), self.stopped)
        except CannotTry as error:
            return Addition("", f"{error} So the page stays as it was drawn.")
        if problems:
            return Addition("", f"What {self.model} made of it was left out, because {_joined(problems)}.")
        return Addition(added, self._said(words, wish, wished))

    def _fill(self, page: Element, html: str, wish: str) -> Generator[TurnEvent, None, tuple[str, list[str]]]:
        """The page with words in the places that are open, and which of them the model wrote."""
        words = []
        spoken_to = wish if self.parameters >= UNDERSTANDS else ""
        for place in unfilled(page, html):
            if told := stated(place, wish):
                html = fill(html, {place.name: told})
                continue
            yield Step(f"Writing the {place.kind}")
            if line := fitting(place, self.ask(place_prompt(place, spoken_to), LINE)):
                html = fill(html, {place.name: line})
                words.append(line)
        return html, words

    def _nothing(self, wish: str, wished: bool) -> str:
        if wished:
            return f"{self.model} gave no page that could be used, so it stays as it was drawn."
        if wish.strip():
            return f"{self.model} is too small to change a page, so it stays as it was drawn."
        return f"{self.model} found no words for what the sketch leaves open."

    def _said(self, words: Sequence[str], wish: str, wished: bool) -> str:
        parts = []
        if words:
            quoted = " and ".join(f"“{line}”" for line in words)
            parts.append(f"{self.model} wrote what the sketch leaves open: {quoted}")
        if wished:
            parts.append(
                f"{self.model} changed the page for what you asked. All that the sketch implies still works;"
                " whether it is what you meant is for you to see."
            )
        elif wish.strip() and words:
            parts.append(f"{self.model} is too small to do more of what you asked.")
        return " ".join(parts) or "What you wrote is in it."


def _joined(problems: Sequence[str]) -> str:
    first = problems[0].rstrip(".")
    return first if len(problems) == 1 else f"{first}, and {len(problems) - 1} more"
