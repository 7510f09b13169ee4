"""Drafts of pages from sketches: what stands where, for the twelve kinds and for any tree at all."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.draft import draft
from app.implied import Effect, implied
from app.wireframe import clean, words_of
from models.layout import Element, Shape
from tests.app import drawn
from tests.app.markup_reader import Node, read


@pytest.fixture(params=drawn.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def page_of(name: str) -> Node:
    return read(draft(drawn.KINDS[name]()))


def test_every_text_is_on_the_page_in_order(kind: str) -> None:
    tree = drawn.KINDS[kind]()
    words = page_of(kind).one("body").text
    found = implied(tree)
    assert found.texts
    places = [words.find(text) for text in found.texts if text not in "0123456789"]
    assert -1 not in places
    for label in found.fields:
        assert label.hint in words
        assert label.label in words


def test_a_page_is_one_file_and_needs_nothing(kind: str) -> None:
    html = draft(drawn.KINDS[kind]())
    assert "http" not in html
    assert not re.search(r"\b(src|onclick|onload|onsubmit|action)=|@import|url\(|\beval\b|Function\(", html)
    assert html == draft(drawn.KINDS[kind]())


def test_a_title_is_the_heading_and_the_name_of_the_page() -> None:
    titles = {name: page_of(name).one("title").text for name in drawn.KINDS}
    assert titles == {
        "joke": "My Joke Website",
        "punchline": "Joke of the day",
        "login": "Sign in",
        "contact": "Write to us",
        "todo": "Things to do",
        "cards": "Our team",
        "gallery": "Holiday photos",
        "pricing": "Pick a plan",
        "quiz": "Capital quiz",
        "calculator": "Calculator",
        "blog": "The Slow Blog",
        "landing": "Tea that waits for you",
    }
    for name, title in titles.items():
        assert page_of(name).one("h1").text == title


def test_jokes_stand_beside_each_other_and_one_button_reveals_both_punchlines() -> None:
    root = page_of("joke")
    first, second = root.all("article")
    assert "programmers" in first.text
    assert "UDP" in second.text
    button = root.one("button")
    places = [root.by_id(name) for name in button.attributes["aria-controls"].split()]
    assert [place.attributes["data-fill"] for place in places] == ["punchline", "punchline-2"]
    assert [place in article for place, article in zip(places, (first, second), strict=True)] == [True, True]
    assert all(place.hidden for place in places)
    assert button.attributes["aria-expanded"] == "false"
    assert "ruled" in root.one("h1").classes
    assert "click!" not in root.text


def test_a_text_under_a_reveal_button_starts_hidden() -> None:
    root = page_of("punchline")
    answer = root.by_id(root.one("button").attributes["aria-controls"])
    assert answer.text == "It was two tired."
    assert answer.hidden
    assert root.one("button") in root.one("section")
    assert answer not in root.one("section")


def test_fields_have_their_labels_and_types() -> None:
    root = page_of("login")
    labels = {label.text: next(n for n in label if n.name == "input") for label in root.all("label")}
    assert {text: field.attributes["type"] for text, field in labels.items()} == {
        "Email": "email",
        "Password": "password",
        "Remember me": "checkbox",
    }
    assert root.one("button").attributes["type"] == "submit"
    assert root.one("button") in root.one("form")
    assert root.one("form") in root.one("section")


def test_a_contact_form_ends_with_its_button_and_a_tall_field_takes_lines() -> None:
    root = page_of("contact")
    form = root.one("form")
    assert [label.text for label in form.all("label")] == ["Name", "Email", "Message"]
    assert all("beside" in label.classes for label in form.all("label"))
    assert form.one("textarea") in form.all("label")[2]
    assert "end" in form.one("button").classes
    assert root.one("main").all("p")[-1].text == "We answer within two days."


def test_a_list_is_added_to_from_the_field_beside_it() -> None:
    root = page_of("todo")
    form = root.one("form")
    assert form.one("input").attributes["placeholder"] == "New task"
    assert form.one("button").text == "Add"
    tasks = root.by_id(form.attributes["data-adds"])
    assert [item.text for item in tasks.all("li")] == [
        "Buy bread",
        "Call the bank",
        "Water the plants",
        "Fix the bike",
    ]
    assert all(item.one("input").attributes["type"] == "checkbox" for item in tasks.all("li"))
    (count,) = [node for node in root if "data-count" in node.attributes]
    assert count.text == "4 left"


def test_cards_are_articles_in_equal_columns() -> None:
    root = page_of("cards")
    columns = next(node for node in root if "columns" in node.classes)
    assert columns.attributes["style"] == "--columns: minmax(0, 1fr) minmax(0, 1fr) minmax(0, 1fr)"
    assert [card.one("h2").text for card in columns.all("article")] == ["Ada", "Grace", "Alan"]
    assert [card.one("p").text for card in columns.all("article")] == ["Engineer", "Admiral", "Dreamer"]
    assert len([n for n in root if n.attributes.get("aria-label") == "Text to come"]) == 3


def test_pictures_keep_their_captions_in_a_grid() -> None:
    grid = next(node for node in page_of("gallery") if "pictures" in node.classes)
    assert grid.attributes["style"] == "--n: 3"
    captions = [figure.one("figcaption").text for figure in grid.all("figure")]
    assert captions == ["Beach", "Harbour", "Old town", "Market", "Ferry", "Sunset"]


def test_plans_are_chosen_from() -> None:
    root = page_of("pricing")
    assert [card.one("h2").text for card in root.all("article")] == ["Free", "Home", "Office"]
    assert {button.attributes["data-press"] for button in root.all("button")} == {"Choose"}
    assert len(root.all("hr")) == 3


def test_a_quiz_knows_the_answer_that_its_praise_names() -> None:
    root = page_of("quiz")
    question = root.one("fieldset")
    assert question.one("legend").text == "What is the capital of Norway?"
    right = [label.text for label in question.all("label") if "data-right" in label.one("input").attributes]
    assert right == ["Oslo"]
    assert len({field.attributes["name"] for field in question.all("input")}) == 1
    praise = root.by_id(root.one("button").attributes["aria-controls"])
    assert (praise.text, praise.hidden) == ("Right! It is Oslo.", True)


def test_a_calculator_gets_the_keys_that_could_not_be_read() -> None:
    root = page_of("calculator")
    grid = next(node for node in root if "keys" in node.classes)
    assert grid.attributes["style"] == "--n: 4"
    assert "".join(button.text for button in grid.all("button")) == "789/456*123-0C=+"
    assert root.one("output").text == "42"


def test_a_sidebar_stands_beside_what_it_belongs_to() -> None:
    root = page_of("blog")
    assert root.one("header").text == "The Slow Blog"
    columns = next(node for node in root if "columns" in node.classes)
    assert root.one("aside") in columns
    assert [item.text for item in root.one("aside").all("li")] == ["January", "February", "March"]
    assert [heading.text for heading in columns.all("h2")] == ["Archive", "On walking", "On bread"]
    assert [len(n.children) for n in root if "filler" in n.classes] == [4, 4]


def test_a_landing_page_has_a_head_with_links_and_a_foot() -> None:
    root = page_of("landing")
    assert [link.text for link in root.one("nav").all("a")] == ["Home", "Prices", "About"]
    assert root.one("nav") in root.one("header")
    columns = next(node for node in root if "columns" in node.classes)
    assert root.one("h1") in columns
    assert root.one("figure") in columns
    assert root.one("footer").text == "Made with love in Leeds"
    assert not root.all("hr")  # the line under the head is the head's own


def test_what_a_button_reveals_in_other_sketches() -> None:
    """Each of several buttons its own answer; an empty box above or under; nothing at all."""
    faq = drawn.page(
        600,
        800,
        *[
            drawn.box(
                40,
                40 + 250 * n,
                520,
                220,
                drawn.text(f"Question {n}?", 60, 60 + 250 * n, 300, 40),
                drawn.button("Show answer", 60, 120 + 250 * n, 200, 50),
                drawn.text(f"Answer {n}.", 60, 200 + 250 * n, 300, 40),
            )
            for n in (1, 2)
        ],
    )
    shown = {act.button + str(act.nth): act.shows for act in implied(faq).acts}
    assert shown == {"Show answer0": ("Answer 1.",), "Show answer1": ("Answer 2.",)}

    title = drawn.text("A joke?", 60, 40, 300, 60)
    button = drawn.button("Tell me", 60, 140, 200, 60)
    under = drawn.page(800, 600, title, button, drawn.entry(60, 260, 600, 120))
    above = drawn.page(
        800, 600, title, drawn.box(60, 140, 600, 120), drawn.button("Tell me", 60, 300, 200, 60)
    )
    alone = drawn.page(800, 600, title, button)
    for tree in (under, above, alone):
        root = read(draft(tree))
        place = root.by_id(root.one("button").attributes["aria-controls"])
        assert place.hidden
        assert place.attributes["data-fill"] == "punchline"
        assert implied(tree).places[0].setup == "A joke?"
        assert not implied(tree).fields


def test_boxes_that_leave_no_room_get_a_place_each() -> None:
    setups = [
        drawn.box(60 + 400 * n, 150, 360, 200, drawn.text(words, 80 + 400 * n, 200, 300, 40))
        for n, words in enumerate(("Knock, knock.", "Why the hen?"))
    ]
    tree = drawn.page(
        900, 600, drawn.text("Jokes", 350, 30, 200, 80), *setups, drawn.button("Punchline", 300, 450, 250, 70)
    )
    root = read(draft(tree))
    for article, place in zip(root.all("article"), implied(tree).places, strict=True):
        assert place.setup in article.text
        assert article.all("p")[-1].attributes["data-fill"] == place.name


def test_a_broken_line_is_one_and_a_piece_of_an_underline_will_do() -> None:
    tree = drawn.page(
        1000,
        600,
        drawn.text("My Joke Website", 310, 32, 386, 84),
        drawn.mark(Shape.LINE, 542, 118, 155, 8),
        drawn.text("Some words", 60, 200, 200, 40),
        drawn.mark(Shape.LINE, 60, 320, 300, 8),
        drawn.mark(Shape.LINE, 366, 322, 574, 9),
        drawn.text("More words of the same", 60, 400, 300, 40),
    )
    root = read(draft(tree))
    assert "ruled" in root.one("h1").classes
    assert len(root.all("hr")) == 1


def test_the_room_between_two_keys_is_no_key() -> None:
    tree = drawn.calculator()
    (frame,) = tree.children
    sliver = drawn.box(424, 541, 15, 100)
    tree = drawn.page(640, 900, drawn.box(55, 58, 530, 785, *frame.children, sliver))
    assert read(draft(tree)) == page_of("calculator")


def test_a_number_is_counted_by_the_buttons_beside_it() -> None:
    tree = drawn.page(
        800,
        600,
        drawn.text("Counter", 300, 40, 200, 80),
        drawn.text("7", 370, 200, 60, 90),
        drawn.button("-", 200, 350, 120, 80),
        drawn.button("+", 480, 350, 120, 80),
        drawn.button("Reset", 340, 480, 120, 60),
    )
    acts = {act.button: (act.effect, act.shows, act.first) for act in implied(tree).acts}
    assert acts == {
        "-": (Effect.COUNT, ("6",), ()),
        "+": (Effect.COUNT, ("8",), ()),
        "Reset": (Effect.COUNT, ("7",), ("+",)),
    }
    root = read(draft(tree))
    assert {button.attributes["data-step"] for button in root.all("button")} == {"-1", "0", "1"}
    assert root.one("h1").text == "Counter"


def test_a_question_beside_its_button_is_the_setup() -> None:
    rows = [
        part
        for n in range(3)
        for part in (
            drawn.text(f"Why {n}?", 60, 160 + 200 * n, 360, 40),
            drawn.button("Show answer", 540, 155 + 200 * n, 200, 56),
            drawn.mark(Shape.LINE, 60, 250 + 200 * n, 680, 6),
        )
    ]
    tree = drawn.page(800, 900, drawn.text("Questions", 280, 40, 240, 70), *rows)
    assert [(place.name, place.setup) for place in implied(tree).places] == [
        ("answer", "Why 0?"),
        ("answer-2", "Why 1?"),
        ("answer-3", "Why 2?"),
    ]


def test_texts_in_rows_and_columns_are_a_table() -> None:
    words = (("Tea", "Cup", "Pot"), ("Green", "2.50", "6.00"), ("Black", "2.00", "5.00"))
    cells = [
        drawn.text(word, 80 + 280 * column, 150 + 80 * row, 120, 40)
        for row, line in enumerate(words)
        for column, word in enumerate(line)
    ]
    table = read(draft(drawn.page(900, 600, drawn.text("Prices", 360, 30, 180, 70), *cells))).one("table")
    assert [[cell.text for cell in row if cell.name in ("th", "td")] for row in table.all("tr")] == [
        list(line) for line in words
    ]
    assert [cell.text for cell in table.all("th")] == ["Tea", "Cup", "Pot", "Green", "Black"]


def test_an_account_is_created_by_a_form_and_not_by_a_list() -> None:
    tree = drawn.page(
        1000,
        800,
        drawn.text("Register", 380, 40, 240, 80),
        drawn.text("First name", 80, 170, 150, 36),
        drawn.entry(80, 210, 380, 60),
        drawn.text("Last name", 520, 170, 150, 36),
        drawn.entry(520, 210, 380, 60),
        drawn.text("Email", 80, 310, 100, 36),
        drawn.entry(80, 350, 820, 60),
        drawn.button("Create account", 80, 540, 300, 80),
    )
    form = read(draft(tree)).one("form")
    assert "data-sends" in form.attributes
    assert [label.text for label in form.all("label")] == ["First name", "Last name", "Email"]
    columns = next(node for node in form if "columns" in node.classes)
    assert len(columns.all("label")) == 2


def test_a_wide_box_under_others_is_not_the_next_of_them() -> None:
    tops = [
        drawn.box(40 + 370 * n, 130, 340, 150, drawn.text("Visits", 60 + 370 * n, 150, 120, 36))
        for n in range(3)
    ]
    wide = drawn.box(40, 320, 1080, 440, drawn.text("This week", 60, 340, 160, 40))
    root = read(draft(drawn.page(1160, 800, drawn.text("Numbers", 40, 20, 260, 70), *tops, wide)))
    assert len(root.all("article")) == 3
    assert root.one("section").text == "This week"


def test_what_is_a_button_in_its_neighbours_is_one_too() -> None:
    """A frame that was hardly seen leaves the words, and a piece of itself."""
    tree = drawn.pricing()
    title, *plans, last = tree.children
    words = drawn.text("Choose", last.x + 105, 545, 100, 46)
    piece = drawn.mark(Shape.LINE, last.x + 54, 528, 140, 7)
    last = drawn.box(last.x, last.y, last.width, last.height, *last.children[:-1], piece, words)
    assert read(draft(drawn.page(1200, 800, title, *plans, last))) == page_of("pricing")


def test_a_foot_is_not_a_punchline() -> None:
    tree = drawn.joke()
    foot = drawn.text("Made by Ada", 400, 620, 200, 40)
    tree = drawn.page(tree.width, tree.height, *tree.children, foot)
    assert read(draft(tree)).one("footer").text == "Made by Ada"
    assert implied(tree).acts[0].shows == ()


def test_a_note_says_what_a_button_does() -> None:
    tree = drawn.page(
        800,
        600,
        drawn.text("Riddle", 60, 40, 200, 70),
        drawn.button("Go", 60, 200, 200, 60),
        Element(Shape.NOTE, 300, 210, 200, 40, "shows the answer"),
        drawn.text("A towel.", 60, 300, 200, 40),
    )
    (act,) = implied(tree).acts
    assert (act.effect, act.shows) == (Effect.PRESS, ())  # "Go" sends: its own word counts more
    tree = drawn.page(
        800,
        600,
        *[c if c.shape is not Shape.BUTTON else drawn.button("Hm", 60, 200, 200, 60) for c in tree.children],
    )
    (act,) = implied(tree).acts
    assert (act.effect, act.shows) == (Effect.REVEAL, ("A towel.",))


def test_columns_that_someone_drew_without_boxes_stay_together() -> None:
    rows = [
        drawn.text("Plans", 400, 20, 200, 80),
        *[drawn.text(name, 80 + 300 * n, 150, 100, 45) for n, name in enumerate(("Free", "Home", "Office"))],
        *[drawn.text(f"{5 * n} a month", 70 + 300 * n, 220, 130, 45) for n in range(3)],
        *[drawn.button("Buy", 60 + 300 * n, 320, 150, 60) for n in range(3)],
    ]
    root = read(draft(drawn.page(1000, 600, *rows)))
    stacks = [node for node in root if "stack" in node.classes]
    assert [stack.text for stack in stacks] == [
        "Free 0 a month Buy",
        "Home 5 a month Buy",
        "Office 10 a month Buy",
    ]


def test_what_is_written_is_never_markup() -> None:
    evil = '</title></style><script>alert(1)</script><img src=x onerror=alert(1)>" onclick="x'
    tree = drawn.page(
        800,
        600,
        drawn.text(evil, 60, 40, 500, 80),
        drawn.button(evil, 60, 200, 200, 60),
        drawn.text(evil, 60, 300, 200, 30),
        drawn.entry(60, 340, 400, 60, evil),
        Element(Shape.PICTURE, 60, 450, 100, 100, evil),
    )
    root = read(draft(tree))
    assert len(root.all("script")) == 1
    assert not root.all("img")
    assert not any(name.startswith("on") for node in root for name in node.attributes)
    assert root.one("button").text == evil


def test_an_empty_picture_gives_an_empty_page() -> None:
    root = read(draft(drawn.page(100, 100), "sketch.png"))
    assert root.one("title").text == "sketch.png"
    assert root.one("h1").text == "sketch.png"


# Any tree at all

_SAID = ["Show answer", "Add", "Send", "Check", "reveal punchline", "4 left", "Read more", "1", "7", "+", ""]
_WORDS = st.one_of(
    st.sampled_from(_SAID),
    st.text(max_size=12),
    st.text("<>&\"'`/=\n\t-!", max_size=8),
)
_SIZE = st.integers(-5, 900)


def _elements(children: st.SearchStrategy[tuple[Element, ...]]) -> st.SearchStrategy[Element]:
    places = (_SIZE, _SIZE, _SIZE, _SIZE)
    return st.builds(
        Element, st.sampled_from(Shape), *places, _WORDS, st.floats(0, 1), st.integers(0, 4), children
    )


_LEAVES = _elements(st.just(()))
_INNER = st.recursive(_LEAVES, lambda inner: _elements(st.lists(inner, max_size=5).map(tuple)), max_leaves=12)
TREES = st.builds(
    lambda children: Element(Shape.PAGE, 0, 0, 1000, 800, children=tuple(children)),
    st.lists(_INNER, max_size=12),
)


@settings(deadline=None, max_examples=100)
@given(TREES)
def test_any_tree_gives_a_valid_page_with_every_text(tree: Element) -> None:
    html = draft(tree)
    root = read(html)
    assert html == draft(tree)
    words = root.one("body").text
    for element in tree:
        if element.shape not in (Shape.ARROW, Shape.NOTE) and not _in_note(tree, element):
            assert clean(element.text) in words
    assert len(root.all("script")) <= 1
    scripts = "".join(node.children[0] for node in root.all("script") if isinstance(node.children[0], str))
    assert all(not text or text not in scripts for text in _odd(tree))


def _in_note(tree: Element, wanted: Element) -> bool:
    notes = [e for e in tree if e.shape in (Shape.ARROW, Shape.NOTE)]
    return any(inner is wanted for note in notes for inner in note)


def _odd(tree: Element) -> list[str]:
    """Texts that no script of ours holds by itself."""
    return [e.text for e in tree if "<" in e.text and len(e.text) > 2]


@settings(deadline=None, max_examples=100)
@given(TREES)
def test_what_is_implied_of_any_tree_is_on_its_page(tree: Element) -> None:
    root = read(draft(tree))
    found = implied(tree)
    words = root.one("body").text
    buttons = [node.text for node in root.all("button") if "data-key" not in node.attributes]
    for text in found.texts:
        assert text in words
    for act in found.acts:
        if act.effect is not Effect.COMPUTE:
            assert buttons.count(act.button) > act.nth
    for place in found.places:
        assert [n for n in root if n.attributes.get("data-fill") == place.name]
    hidden = " ".join(node.text for node in root if node.hidden)
    for act in found.acts:
        if act.effect in (Effect.REVEAL, Effect.CHECK):
            assert all(text in hidden for text in act.shows)
    fields = [
        n
        for n in root
        if n.name in ("input", "textarea") and n.attributes.get("type") not in ("checkbox", "radio")
    ]
    assert len(fields) == len(found.fields)


# The look


def _colours(css: str) -> list[dict[str, str]]:
    """Light, and dark over it."""
    light, dark = re.findall(r":root \{(.*?)\}", css, re.S)
    named = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    return [named[0], {**named[0], **named[1]}]


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_what_is_to_be_read_stands_out_in_light_and_in_dark() -> None:
    for colours in _colours(draft(drawn.joke())):
        for ground in ("ground", "card", "sunk"):
            for ink in ("ink", "soft", "accent"):
                assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
            assert _contrast(colours["edge"], colours[ground]) >= 3, ground  # of what can be used
        for ground in ("accent", "accent-over"):
            assert _contrast(colours["on-accent"], colours[ground]) >= 4.5, ground


def test_heights_of_headings_go_down_by_one() -> None:
    for name in drawn.KINDS:
        levels = [int(node.name[1]) for node in page_of(name) if re.fullmatch("h[1-6]", node.name)]
        assert all(after - before <= 1 for before, after in pairwise(levels)), name


def test_words_of_a_button_are_its_own_and_its_texts() -> None:
    assert words_of(drawn.button("Log in", 0, 0, 10, 10)) == "Log in"
