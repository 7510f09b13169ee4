"""The model that `make demo MODEL=...` names, chosen in the window and asked for real work."""

import os
from pathlib import Path

import pytest

from app.conversation import State
from models.library import LocalModel
from tests.journeys.conftest import Desk
from tests.journeys.test_bad_input import drop
from tests.sketches.pages import sketch
from ui.window import Window

pytestmark = [pytest.mark.demo, pytest.mark.timeout(900)]

SECONDS = 400.0  # that a capable model may take for an answer on two busy cores


@pytest.fixture
def asked_for() -> Path:
    """The file of the model that was asked for; `make` names it in TWOFOLD_CODER and the like."""
    word = os.environ.get("TWOFOLD_DEMO_MODEL", "starter")
    if word == "starter":
        pytest.skip("every other journey asks the starter; `make demo MODEL=coder` asks another model here")
    return Path(os.environ[f"TWOFOLD_{word.upper()}"])


def choose(desk: Desk, window: Window, asked_for: Path) -> LocalModel:
    """Pick it in the window, and wait until it is loaded."""
    desk.ready(window)
    model = next(m for m in window._core.library.models() if m.path.name == asked_for.name)
    desk.press(window, "Ctrl+M")
    desk.wait(lambda: window.models.picker.is_open())
    desk.picture(window, "6-choosing")
    desk.click(desk.button(window.models.picker, model.name))
    desk.wait(lambda: window.chat_page.loaded_path == str(model.path), SECONDS)
    return model


def test_another_model_is_chosen_and_writes_code(desk: Desk, asked_for: Path) -> None:
    (desk.places.models / asked_for.name).symlink_to(asked_for)
    window = desk.start()
    model = choose(desk, window, asked_for)
    desk.ask(window, "Write a short Python function that tells whether a number is prime.", wait=False)
    desk.picture(window, "7-another-model-answers")
    page = window.chat_page
    desk.wait(lambda: page.conversation.id not in page.answering, SECONDS)
    answer = desk.last(window)
    assert answer.state is State.COMPLETE
    assert answer.model == model.name
    assert "def " in answer.text
    desk.picture(window, "8-another-model")


def test_it_finishes_a_page_and_changes_it_as_was_wished(desk: Desk, asked_for: Path, tmp_path: Path) -> None:
    (desk.places.models / asked_for.name).symlink_to(asked_for)
    sketch("joke").image.save(tmp_path / "joke.png")
    window = desk.start()
    model = choose(desk, window, asked_for)
    page = window.chat_page
    drop(window, tmp_path / "joke.png")
    desk.wait(lambda: page.desk.sketch)
    page.composer.set_text("Add a third joke about a cat, in a box like the others.")
    desk.click(page.composer.chips.page_button)
    desk.wait(lambda: page.conversation.id not in page.answering, SECONDS)
    answer = desk.last(window)
    assert answer.state is State.COMPLETE
    assert model.name in answer.text
    versions = window.canvas_pages.of(page.conversation.id)
    for version in versions:
        for words in ("My Joke Website", "reveal punchline"):
            assert words in version.html
    if len(versions) > 1:  # else it broke something, and the answer says what
        assert "cat" in versions[-1].html
    else:
        assert "left out, because" in answer.text or "as it was drawn" in answer.text
    desk.picture(window, "9-page-of-another-model")
    (desk.pictures / "9-page-of-another-model.html").write_text(versions[-1].html, "utf-8")
