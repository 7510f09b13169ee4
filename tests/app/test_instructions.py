"""The starter with the instructions that come with it, on a list of plain questions."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import instructions
from app.chat import Chat, Ended, Setup
from app.conversation import Conversation, State, new_id
from app.pictures import Pictures
from app.store import Store
from models.engine import Engine
from models.gguf import read_header
from models.library import LocalModel
from models.worker.process import serve_language

# Any of the words is right. Chosen as a newcomer would ask, not for what the model knows.
QUESTIONS = {
    "What is the capital of France?": "paris",
    "What is the capital of Japan?": "tokyo",
    "What color is the sky on a clear day?": "blue",
    "How many days are in a week?": "seven|7",
    "What do bees make?": "honey",
    "Which animal says meow?": "cat",
    "What is the opposite of hot?": "cold",
    "What is water made of?": "hydrogen",
    "Who wrote Romeo and Juliet?": "shakespeare",
    "What language do people speak in Brazil?": "portuguese",
    "Name three fruits.": "apple|apples|banana|bananas|orange|oranges",
    "Say hello.": "hello|hi",
    "What is the name of our planet?": "earth",
    "How many legs does a spider have?": "eight|8",
    "Which planet do we live on?": "earth",
    "What is ice?": "water|frozen",
    "hi": "hello|hi|help",
    "Write one sentence about the sea.": "sea|ocean",
    instructions.ASK_PROMPT: "pacific",
    "Write a short thank-you note to a neighbour who watered my plants.": "thank",
}
ENOUGH = 18  # of 20; a processor that rounds differently may turn one or two


@pytest.fixture(scope="module")
def chat(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    folder = tmp_path_factory.mktemp("instructions")
    header = read_header(starter)
    model = LocalModel(starter, header.name, header)
    setup = Setup(
        model=model,
        context=2048,
        threads=1,
        instructions=instructions.default_instructions(model),
        sampling=instructions.default_sampling(model),
        max_tokens=instructions.longest_answer(model),
    )
    engine = Engine(serve_language, folder / "engine.log")
    store = Store(None)
    yield Chat(store, engine, Pictures(folder, engine), folder / "machine.json", lambda _: setup)
    engine.close()
    store.close()


def answer(chat: Chat, question: str) -> tuple[str, State]:
    *_, end = chat.send(Conversation(new_id()), question)
    assert isinstance(end, Ended)
    return end.node.text, end.node.state


def test_the_starter_answers_plain_questions_and_stops_by_itself(chat: Chat) -> None:
    answers = {question: answer(chat, question) for question in QUESTIONS}
    wrong = [
        f"{question} -> {text}"
        for question, (text, _) in answers.items()
        if not set(re.findall(r"\w+", text.casefold())) & set(QUESTIONS[question].split("|"))
    ]
    runaways = [question for question, (_, state) in answers.items() if state is not State.COMPLETE]
    assert len(QUESTIONS) - len(wrong) >= ENOUGH, wrong
    assert len(runaways) <= 1, runaways


def test_larger_models_get_instructions_of_their_own(starter: Path) -> None:
    small = LocalModel(starter, "small", read_header(starter))
    assert instructions.default_instructions(small) != instructions.default_instructions(None)
