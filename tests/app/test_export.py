"""A conversation as Markdown: what was asked, with its pictures, and what was answered."""

from app.conversation import Attached, Conversation, Node
from app.export import as_markdown, file_name
from models.role import Role


def test_questions_are_quotes_and_pictures_stand_before_their_words() -> None:
    talk = Conversation("c", "Jokes")
    talk.add(Node("q", None, Role.USER, "What is\n\nthis?", 1.0, pictures=(Attached("d", "joke.png", 4, 3),)))
    talk.add(Node("a", "q", Role.ASSISTANT, "A **joke**.\n", 2.0))
    talk.add(Node("more", "a", Role.USER, "", 3.0, pictures=(Attached("e", "b.png", 1, 1),)))
    assert as_markdown(talk) == (
        "# Jokes\n\n> *Picture: joke.png*\n>\n> What is\n>\n> this?\n\nA **joke**.\n\n> *Picture: b.png*\n"
    )
    assert file_name('a/b: "c"') == "a b c.md"


def test_a_plain_question_stays_as_it_was() -> None:
    talk = Conversation("c")
    talk.add(Node("q", None, Role.USER, "Hi", 1.0))
    assert as_markdown(talk) == "# Chat\n\n> Hi\n"
