"""Drafts in a real browser: what the sketch implies happens when it is clicked, at every width."""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest

from app.draft import draft
from app.filling import fill
from app.implied import Act, Effect, implied
from tests.app import drawn
from tests.app.browser import Browser

WIDTHS = (375, 768, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture(params=drawn.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_kind(browser: Browser, tmp_path: Path) -> Any:
    def open_kind(kind: str, width: int = 1280, **texts: str) -> Browser:
        path = tmp_path / f"{kind}.html"
        path.write_text(fill(draft(drawn.KINDS[kind]()), texts), "utf-8")
        browser.open(path, width)
        if browser.run("localStorage.length"):
            browser.run("localStorage.clear()")
            browser.open(path, width)
        return browser

    return open_kind


def seen(browser: Browser) -> str:
    """What can be read on the page."""
    return " ".join(str(browser.run("document.body.innerText")).split())


def click(browser: Browser, words: str, nth: int = 0) -> None:
    """A button, or what a label belongs to."""
    found = browser.run(
        f"""{{
            const words = {json.dumps(words)};
            const said = (node) => node.textContent.trim() === words;
            const found = [...document.querySelectorAll("button")].filter(said)[{nth}]
              ?? [...document.querySelectorAll("label")].find(said);
            found?.click();
            Boolean(found);
        }}"""
    )
    assert found, words


def write(browser: Browser, words: str) -> None:
    """Into every field that takes text."""
    browser.run(
        f"""for (const field of document.querySelectorAll("input, textarea"))
            if (!["checkbox", "radio"].includes(field.type)) field.value = {json.dumps(words)};"""
    )


def state(browser: Browser) -> str:
    """What a click may change."""
    return str(browser.run("document.body.innerText + document.body.querySelectorAll('*').length"))


def test_all_texts_are_seen_or_shown_by_a_click(open_kind: Any, kind: str) -> None:
    found = implied(drawn.KINDS[kind]())
    browser = open_kind(kind)
    hidden = {text for act in found.acts if act.effect is not Effect.COMPUTE for text in act.shows}
    for text in found.texts:
        assert (text in seen(browser)) is (text not in hidden), text
    for act in found.acts:
        before = state(browser)
        _try(browser, act)
        assert state(browser) != before, act
        for text in act.shows:
            assert text in seen(browser), act


def _try(browser: Browser, act: Act) -> None:
    if act.effect in (Effect.ADD, Effect.SEND):
        write(browser, "a@b.example")
    for words in act.first:
        click(browser, words)
    click(browser, act.button, act.nth)


def test_nothing_stands_out_at_any_width(open_kind: Any, kind: str) -> None:
    for width in WIDTHS:
        browser = open_kind(kind, width)
        assert browser.run("innerWidth") == width
        assert browser.run("document.documentElement.scrollWidth") <= width
        cut = browser.run(
            """[...document.querySelectorAll("button, h1, h2, p, li, label")]
                .filter((node) => node.offsetParent && node.clientWidth)
                .filter((node) => node.scrollWidth > node.clientWidth + 1)
                .filter((node) => getComputedStyle(node).display !== "inline" && !node.matches(".unseen"))
                .map((node) => node.outerHTML)"""
        )
        assert cut == []


def test_what_can_be_clicked_is_large_enough(open_kind: Any, kind: str) -> None:
    """24 CSS pixels, WCAG 2.2 (2.5.8)."""
    browser = open_kind(kind, 375)
    small = browser.run(
        """[...document.querySelectorAll("button, input, textarea, label")]
            .map((node) => node.closest("label") ?? node)
            .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 24)
            .map((node) => node.outerHTML)"""
    )
    assert small == []


def test_cards_stand_beside_each_other_on_a_desk_and_under_each_other_on_a_phone(open_kind: Any) -> None:
    boxes = "[...document.querySelectorAll('article')].map((card) => card.getBoundingClientRect())"
    tops = f"{boxes}.map((box) => Math.round(box.top))"
    sizes = f"{boxes}.map((box) => Math.round(box.width))"
    for width in (768, 1280):
        browser = open_kind("cards", width)
        assert len(set(browser.run(tops))) == 1
        assert max(browser.run(sizes)) - min(browser.run(sizes)) <= 1
    browser = open_kind("cards", 375)
    assert len(set(browser.run(tops))) == 3


def test_a_punchline_is_shown_and_hidden_again(open_kind: Any) -> None:
    browser = open_kind("joke", punchline="Because light attracts bugs.")
    assert "bugs" not in seen(browser)
    click(browser, "reveal punchline")
    assert "Because light attracts bugs." in seen(browser)
    assert browser.run("document.querySelector('button').getAttribute('aria-expanded')") == "true"
    click(browser, "reveal punchline")
    assert "bugs" not in seen(browser)
    assert browser.run("document.querySelector('button').getAttribute('aria-expanded')") == "false"


def test_a_list_grows_is_ticked_off_and_is_kept(open_kind: Any, tmp_path: Path) -> None:
    browser = open_kind("todo")
    write(browser, "<b>Feed the cat</b>")
    click(browser, "Add")
    assert "<b>Feed the cat</b>" in seen(browser)
    assert "5 left" in seen(browser)
    click(browser, "Buy bread")
    assert "4 left" in seen(browser)
    click(browser, "Add")  # nothing was typed
    assert "4 left" in seen(browser)
    browser.open(tmp_path / "todo.html")
    assert "<b>Feed the cat</b>" in seen(browser)
    assert "4 left" in seen(browser)


def test_a_page_works_without_a_store(browser: Browser, tmp_path: Path) -> None:
    """As in a view that gives it no origin: there localStorage raises."""
    path = tmp_path / "framed.html"
    html = escape(draft(drawn.todo()))
    path.write_text(f'<iframe sandbox="allow-scripts" srcdoc="{html}"></iframe>', "utf-8")
    browser.open(path)  # an error in the console fails


def test_a_form_says_what_is_missing_and_stays(open_kind: Any) -> None:
    browser = open_kind("contact")
    click(browser, "Send")
    assert "Still empty: Name" in seen(browser)
    assert browser.run("document.activeElement.name") == "name"
    write(browser, "Ada")
    click(browser, "Send")
    assert "Not quite right yet: Email" in seen(browser)
    write(browser, "ada@home.example")
    click(browser, "Send")
    assert "nothing was sent" in seen(browser)
    assert "?" not in browser.run("location.href")


def test_a_quiz_tells_right_from_wrong(open_kind: Any) -> None:
    browser = open_kind("quiz")
    click(browser, "Check")
    assert "Choose an answer first." in seen(browser)
    click(browser, "Bergen")
    click(browser, "Check")
    assert "Not quite." in seen(browser)
    assert "It is Oslo" not in seen(browser)
    click(browser, "Oslo")
    click(browser, "Check")
    assert "Right! It is Oslo." in seen(browser)
    assert "Not quite." not in seen(browser)


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("C7", "7"),
        ("C2+3*4=", "14"),
        ("C2*3+4=", "10"),
        ("C9-4-3=", "2"),
        ("C8/4/2=", "1"),
        ("C-3+5=", "2"),
        ("C5+*3=", "15"),
        ("C1+=", "1"),
        ("C6/0=", "That cannot be divided"),
        ("C6/0=7", "7"),
        ("C2+3=4", "4"),
        ("C2+3=*2=", "10"),
        ("C1/3=", "0.333333333333"),
        ("C=", "0"),
        ("C", "0"),
        ("C*", "0"),
    ],
)
def test_a_calculator_computes(open_kind: Any, keys: str, shown: str) -> None:
    browser = open_kind("calculator")
    for key in keys:
        click(browser, key)
    assert browser.run("document.querySelector('.display').textContent") == shown


def test_a_counter_counts(browser: Browser, tmp_path: Path) -> None:
    tree = drawn.page(
        800,
        600,
        drawn.text("Counter", 300, 40, 200, 80),
        drawn.text("0", 370, 200, 60, 90),
        drawn.button("-", 200, 350, 120, 80),
        drawn.button("+", 480, 350, 120, 80),
        drawn.button("Reset", 340, 480, 120, 60),
    )
    path = tmp_path / "counter.html"
    path.write_text(draft(tree), "utf-8")
    browser.open(path)
    for words, shown in (("-", "-1"), ("+", "0"), ("+", "1"), ("Reset", "0")):
        click(browser, words)
        assert browser.run("document.getElementById('number-1').textContent") == shown


def test_one_of_several_plans_is_chosen(open_kind: Any) -> None:
    browser = open_kind("pricing")
    pressed = "[...document.querySelectorAll('button')].map((b) => b.getAttribute('aria-pressed'))"
    click(browser, "Choose", 1)
    assert browser.run(pressed) == ["false", "true", "false"]
    click(browser, "Choose", 2)
    assert browser.run(pressed) == ["false", "false", "true"]
    assert seen(browser).count("This is your choice.") == 1
    click(browser, "Choose", 2)
    assert browser.run(pressed) == ["false", "false", "false"]
