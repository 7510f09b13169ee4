"""The `twofold` command as a process: answers on stdout, sentences on stderr, and no Qt."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models.places import Places
from tests.models import tiny
from tests.sketches.pages import sketch
from ui.outside import raise_other

ROOT = Path(__file__).resolve().parents[2]


def twofold(places: Places, *words: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ui", *words],
        env={**os.environ, "TWOFOLD_HOME": str(places.home)},
        cwd=ROOT,
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_ask_streams_an_answer_and_keeps_nothing(starter_places: Places) -> None:
    done = twofold(starter_places, "ask", "What is the capital of France?")
    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout
    assert not starter_places.chats.exists()


def test_ask_reads_stdin_too(starter_places: Places) -> None:
    done = twofold(starter_places, "ask", stdin="What do bees make?\n")
    assert "oney" in done.stdout
    both = twofold(starter_places, "ask", "Repeat this word:", stdin="honey")
    assert "oney" in both.stdout


def test_ask_as_json_tells_text_and_details(starter_places: Places) -> None:
    done = twofold(starter_places, "ask", "--json", "What is the capital of France?")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events][:1] == ["sees"]
    assert events[-1]["event"] == "end"
    assert "".join(e["text"] for e in events if e["event"] == "text") == events[-1]["text"]
    assert events[-1]["first_token_s"] > 0


def test_a_picture_is_read_for_a_model_that_cannot_see(starter_places: Places, tmp_path: Path) -> None:
    sketch("joke").image.save(tmp_path / "joke.png")
    done = twofold(starter_places, "ask", "What does the button say?", "--image", str(tmp_path / "joke.png"))
    assert done.returncode == 0, done.stderr
    assert "punchline" in done.stdout
    assert "joke.png: Read, not seen: 1 title, 2 boxes, 1 button" in done.stderr
    assert not starter_places.pictures.exists()


def test_a_sketch_becomes_a_page_in_a_file(starter_places: Places, tmp_path: Path) -> None:
    sketch("joke").image.save(tmp_path / "joke.png")
    target = tmp_path / "made.html"
    done = twofold(starter_places, "page", str(tmp_path / "joke.png"), "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(target)
    assert "Read, not seen: 1 title, 2 boxes, 1 button" in done.stderr
    assert "SmolLM2 135M wrote what the sketch leaves open" in done.stderr
    html = target.read_text("utf-8")
    for words in ("My Joke Website", "reveal punchline"):
        assert words in html
    assert 'class="to-fill"' not in html
    full = twofold(starter_places, "page", str(tmp_path / "joke.png"), "-o", str(tmp_path / "no" / "where"))
    assert full.returncode == 1
    assert "cannot be written: there is no folder" in full.stderr
    before = (tmp_path / "joke.png").read_bytes()
    over = twofold(starter_places, "page", str(tmp_path / "joke.png"), "-o", str(tmp_path / "joke.png"))
    assert "is the sketch itself" in over.stderr
    assert (tmp_path / "joke.png").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("page", "nothing.png"), "nothing.png is not there."),
        (("ask", "hi", "--image", "pyproject.toml"), "pyproject.toml is a text file, not a picture."),
        (("ask", "--model", "nothing", "hi"), "No model here is called “nothing”"),
        (("ask",), "no question"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    starter_places: Places, words: tuple[str, ...], sentence: str
) -> None:
    done = twofold(starter_places, *words)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_file_can_be_asked_where_it_lies(places: Places, starter: Path) -> None:
    done = twofold(places, "ask", "--model", str(starter), "What is the capital of France?")
    assert "Paris" in done.stdout
    assert list(places.models.iterdir()) == []


def test_the_model_that_is_named_answers(starter_places: Places) -> None:
    tiny.write_dense(starter_places.models / "tiny-random.gguf", template=tiny.CHATML)
    done = twofold(starter_places, "ask", "--json", "--model", "tiny", "hi")
    assert json.loads(done.stdout.splitlines()[-1])["model"] == "Tiny Random"


def test_models_and_doctor_say_what_is_here(starter_places: Places) -> None:
    (starter_places.models / "notes.gguf").write_text("no model")
    listed = twofold(starter_places, "models")
    assert "* SmolLM2 135M" in listed.stdout
    assert "notes.gguf is a text file" in listed.stderr
    assert json.loads(twofold(starter_places, "models", "--json").stdout)[0]["default"] is True
    report = twofold(starter_places, "doctor").stdout
    for line in ("Processor", "GPU", "Memory", "Display", "SmolLM2 135M", "Broken file"):
        assert line in report


def test_a_base_model_is_called_one(places: Places) -> None:
    tiny.write_dense(places.models / "tiny-random.gguf", template=None)
    assert twofold(places, "models").stdout.splitlines()[0].endswith("  base model")
    assert json.loads(twofold(places, "models", "--json").stdout)[0]["base"] is True
    assert "goes on with your text" in twofold(places, "chat").stderr


def test_a_conversation_in_the_terminal_is_kept(starter_places: Places) -> None:
    done = twofold(starter_places, "chat", stdin="What is the capital of France?\nAnd of Italy?\n\n")
    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout
    assert ">" not in done.stdout
    from app.store import Store

    store = Store(starter_places.chats)
    (row,) = store.chats()
    tree = store.conversation(row.id)
    store.close()
    assert tree is not None
    assert len(tree.path()) == 4


def test_the_prompt_goes_to_a_terminal_alone(places: Places) -> None:
    pty = pytest.importorskip("pty")
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "chat"],
        env={**os.environ, "TWOFOLD_HOME": str(places.home)},
        cwd=ROOT,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    os.write(person, b"\n")
    answers, rest = process.communicate(timeout=60)
    os.close(person)
    assert process.returncode == 0
    assert answers == ""
    assert "\n> " in rest


def test_letters_that_cannot_be_read_are_asked_as_question_marks(places: Places) -> None:
    tiny.write_dense(places.models / "tiny-random.gguf", template=tiny.CHATML)
    done = subprocess.run(
        [sys.executable, "-m", "ui", "chat"],
        env={**os.environ, "TWOFOLD_HOME": str(places.home)},
        cwd=ROOT,
        input=b"caf\xe9?\n",
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    from app.store import Store

    store = Store(places.chats)
    (row,) = store.chats()
    store.close()
    assert row.title == "caf\ufffd?"


def test_ctrl_c_stops_an_answer(starter_places: Places) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ui", "ask", "Write a very long story about the sea."],
        env={**os.environ, "TWOFOLD_HOME": str(starter_places.home)},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.read(5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_without_a_window_no_qt_is_loaded(starter_places: Places) -> None:
    program = (
        "import sys; from ui.__main__ import main; code = main(['models']);"
        "sys.exit(code or any(name.startswith(('PySide6', 'llama_cpp')) for name in sys.modules))"
    )
    env = {**os.environ, "TWOFOLD_HOME": str(starter_places.home)}
    done = subprocess.run([sys.executable, "-c", program], env=env, cwd=ROOT, check=False)
    assert done.returncode == 0


def test_without_a_display_the_window_is_refused_with_a_sentence(starter_places: Places) -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    env["TWOFOLD_HOME"] = str(starter_places.home)
    done = subprocess.run(
        [sys.executable, "-m", "ui"], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no display" in done.stderr


def test_a_second_start_brings_the_first_window_forward(starter_places: Places) -> None:
    env = {**os.environ, "TWOFOLD_HOME": str(starter_places.home), "QT_QPA_PLATFORM": "offscreen"}
    first = subprocess.Popen([sys.executable, "-m", "ui"], env=env, cwd=ROOT)
    try:
        end = time.monotonic() + 60
        while not raise_other(starter_places) and time.monotonic() < end:
            time.sleep(0.2)
        second = subprocess.run(
            [sys.executable, "-m", "ui"],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 0
        assert "already open" in second.stderr
        assert first.poll() is None
    finally:
        first.terminate()
        first.wait(30)
