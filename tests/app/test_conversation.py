"""The tree: what is shown is a function of it alone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversation import Attached, Conversation, Details, Node, NoSuchMessage, State, title_from
from models.parts import Role, TextPart


def node(name: str, parent: str | None, role: Role = Role.USER, text: str = "t") -> Node:
    return Node(name, parent, role, text, 0.0)


@pytest.fixture
def tree() -> Conversation:
    """a - b - c, and a - d beside b: d was added last and is chosen."""
    tree = Conversation("chat")
    tree.add(node("a", None))
    tree.add(node("b", "a", Role.ASSISTANT))
    tree.add(node("c", "b"))
    tree.add(node("d", "a", Role.ASSISTANT))
    return tree


def ids(tree: Conversation) -> list[str]:
    return [shown.id for shown in tree.path()]


def test_the_newest_version_is_shown_and_the_old_branch_stays(tree: Conversation) -> None:
    assert ids(tree) == ["a", "d"]
    tree.choose("b")
    assert ids(tree) == ["a", "b", "c"]
    assert tree.versions("d") == ["b", "d"]
    assert (tree.neighbour("b", 1), tree.neighbour("b", -1)) == ("d", None)


def test_an_engine_is_given_the_line_down_to_a_message(tree: Conversation) -> None:
    assert [m.role for m in tree.messages("c", _shown)] == [Role.USER, Role.ASSISTANT, Role.USER]
    tree.add(node("empty", "c", Role.ASSISTANT, text=""))
    assert len(tree.messages("empty", _shown)) == 3


def test_unknown_messages_are_named(tree: Conversation) -> None:
    with pytest.raises(NoSuchMessage):
        tree.node("x")
    with pytest.raises(NoSuchMessage):
        tree.add(node("y", "x"))
    with pytest.raises(ValueError, match="does not move"):
        tree.replace(node("d", None))


def test_a_newer_state_takes_the_place_of_the_old(tree: Conversation) -> None:
    tree.replace(Node("d", "a", Role.ASSISTANT, "more", 0.0, State.STOPPED))
    assert tree.path()[-1].text == "more"


def test_turns_alternate_for_the_engine_though_an_answer_stayed_empty(tree: Conversation) -> None:
    tree.add(node("e", "c", Role.ASSISTANT, text=""))
    tree.add(node("f", "e", text="again"))
    assert [m.role for m in tree.messages("f", _shown)] == [Role.USER, Role.ASSISTANT, Role.USER]
    assert tree.messages("f", _shown)[-1].text == "t\n\nagain"


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40))
def test_the_path_is_always_a_line_from_a_root_and_holds_what_was_chosen_last(
    steps: list[tuple[int, bool]],
) -> None:
    tree = Conversation("chat")
    names: list[str] = []
    for number, (at, choose) in enumerate(steps):
        if choose and names:
            chosen = names[at % len(names)]
            tree.choose(chosen)
        else:
            parent = names[at % len(names)] if names and at else None
            names.append(str(number))
            tree.add(node(names[-1], parent))
            chosen = names[-1]
        path = tree.path()
        assert path[0].parent is None
        assert all(below.parent == above.id for above, below in itertools.pairwise(path))
        assert tree.chosen(tree.node(chosen).parent) == chosen
        assert [n.id for n in tree.path_to(path[-1].id)] == [n.id for n in path]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  \n Hello there \nmore", "Hello there"),
        ("", ""),
        ("word " * 30, "word word word word word word word word word word word word…"),
        ("x" * 100, "x" * 60 + "…"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_from(text) == title


def test_the_details_of_a_continued_answer_are_those_of_the_whole() -> None:
    first = Details(101, 10.0, 0.5, reused=40, read=60, context=1024, note="A.", decode=10.0, filled=201)
    second = Details(31, 30.0, 0.0, reused=200, read=2, context=2048, note="A.", decode=1.0, filled=233)
    whole = first.followed_by(second)
    assert (whole.tokens, whole.first_token, whole.reused, whole.read) == (132, 0.5, 40, 62)
    assert whole.tokens_per_second == pytest.approx(130 / 11)
    assert (whole.context, whole.note, whole.new) == (2048, "A.", 193)
    third = whole.followed_by(Details(1, filled=234))
    assert (third.tokens, third.tokens_per_second) == (133, whole.tokens_per_second)


def test_details_that_were_stored_without_their_time_can_be_added_to() -> None:
    old = Details(tokens=101, tokens_per_second=10.0, first_token=0.5, reused=40, read=60)
    assert old.new == 161
    whole = old.followed_by(Details(tokens=31, tokens_per_second=30.0, decode=1.0))
    assert whole.tokens_per_second == pytest.approx(130 / 11)


def _shown(picture: Attached) -> TextPart:
    return TextPart(f"[{picture.name}] ")


def test_pictures_stand_before_the_words_of_their_message() -> None:
    tree = Conversation("x")
    two = (Attached("1", "a.png", 1, 1), Attached("2", "b.png", 1, 1))
    tree.add(Node("q", None, Role.USER, "What?", 1.0, pictures=two))
    tree.add(Node("more", "q", Role.USER, "", 2.0, pictures=two[:1]))
    tree.add(Node("empty", "more", Role.ASSISTANT, "", 3.0))
    (message,) = tree.messages("empty", _shown)
    assert message.text == "[a.png] [b.png] What?\n\n[a.png] "
