"""From the picture of a sketch to its draft: what is really read is enough for a page that works as drawn."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.draft import draft
from app.implied import Effect, implied
from models.layout import Element
from models.wire import Event, Outlined, Read
from models.worker.reading import Reader
from tests.app.markup_reader import read
from tests.sketches.pages import SKETCHES, sketch

# What is to be in the page of each sketch, by tag, and what its buttons do.
WANTED: dict[str, tuple[dict[str, int], set[Effect]]] = {
    "joke": ({"h1": 1, "article": 2, "hr": 2, "button": 1}, {Effect.REVEAL}),
    "punchline": ({"h1": 1, "section": 1, "button": 1}, {Effect.REVEAL}),
    "login": ({"h1": 1, "form": 1, "label": 3, "button": 1}, {Effect.SEND}),
    "landing": ({"header": 1, "nav": 1, "h1": 1, "figure": 1, "button": 1, "footer": 1}, {Effect.PRESS}),
    "cards": ({"h1": 1, "article": 3, "figure": 3, "h2": 3}, set()),
    "todo": ({"h1": 1, "form": 1, "li": 4, "label": 4, "button": 1}, {Effect.ADD}),
    "gallery": ({"h1": 1, "figure": 6, "figcaption": 6}, set()),
    "calculator": ({"output": 1, "button": 16}, {Effect.COMPUTE}),
    "blog": ({"header": 1, "h1": 1, "aside": 1, "li": 3, "h2": 3}, set()),
    "pricing": ({"h1": 1, "article": 3, "h2": 3, "hr": 3, "button": 3}, {Effect.PRESS}),
    "quiz": ({"h1": 1, "fieldset": 1, "legend": 1, "label": 4, "button": 1}, {Effect.CHECK}),
    "contact": ({"h1": 1, "form": 1, "label": 3, "textarea": 1, "button": 1}, {Effect.SEND}),
}


@pytest.fixture(scope="module")
def read_picture() -> Callable[[Path], Element]:
    events: list[Event] = []
    reader = Reader(events.append, lambda: False)

    def read_picture(path: Path) -> Element:
        reader.read(Read(1, str(path)))
        outlined = events.pop()
        assert isinstance(outlined, Outlined)
        return outlined.page

    return read_picture


@pytest.mark.parametrize("name", SKETCHES)
def test_a_sketch_becomes_the_page_that_was_drawn(
    name: str, read_picture: Callable[[Path], Element], tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.png"
    sketch(name).image.save(path)
    tree = read_picture(path)
    root = read(draft(tree))
    tags, effects = WANTED[name]
    assert {tag: len(root.all(tag)) for tag in tags} == tags
    assert {act.effect for act in implied(tree).acts} == effects
