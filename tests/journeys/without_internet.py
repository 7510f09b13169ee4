"""The main job where an internet socket is the end of whoever asks for one; run by `test_offline.py`.

First the ban is shown to work in this process, in a worker, in Python and in native code: or nothing would be
proved by what comes after.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.conversation import State
from models.engine import Engine, EngineDied
from models.places import Places
from models.wire import Described, pack, unpack_request
from tests.conftest import ROOT
from tests.journeys.conftest import Desk
from tests.journeys.offline import is_forbidden
from tests.models.shop import pip_env
from ui.outside import raise_other

NOWHERE = ("192.0.2.1", 443)  # an address that nobody has, by RFC 5737

ATTEMPTS = {
    "python": f"import socket; socket.create_connection({NOWHERE}, 1)",
    "python6": "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
    "name": "import socket; socket.getaddrinfo('twofold.example', 443)",
    "native": f"import ctypes; ctypes.CDLL(None).socket({int(socket.AF_INET)}, {int(socket.SOCK_STREAM)}, 0)",
    "qt": "from PySide6.QtNetwork import QTcpSocket, QHostAddress; s = QTcpSocket();"
    f"s.connectToHost(QHostAddress('{NOWHERE[0]}'), {NOWHERE[1]}); s.waitForConnected(500)",
}


@pytest.mark.parametrize("way", ATTEMPTS)
def test_control_an_attempt_is_the_end_of_a_process(way: str) -> None:
    done = subprocess.run([sys.executable, "-c", ATTEMPTS[way]], check=False, timeout=60)
    assert done.returncode == -signal.SIGSYS


def _attempt(connection: Connection, how: str) -> None:
    """A worker that opens a socket before it answers; in place of a log it is told how."""
    request = unpack_request(connection.recv_bytes())
    family = socket.AF_UNIX if Path(how).name == "local" else socket.AF_INET
    ctypes.CDLL(None).socket(int(family), int(socket.SOCK_STREAM), 0)
    connection.send_bytes(pack(Described(request.id, "alive", ())))


def test_control_an_attempt_is_the_end_of_a_worker(tmp_path: Path) -> None:
    engine = Engine(_attempt, tmp_path / "internet")
    with pytest.raises(EngineDied, match="SIGSYS"):
        list(engine.describe())
    engine.close()


def test_control_what_stays_on_this_machine_is_allowed(tmp_path: Path) -> None:
    engine = Engine(_attempt, tmp_path / "local")
    assert isinstance(list(engine.describe())[-1], Described)
    engine.close()
    server, other = QLocalServer(), QLocalSocket()
    assert server.listen(str(tmp_path / "door"))
    other.connectToServer(str(tmp_path / "door"))
    assert other.waitForConnected(1000)


def test_control_fetching_a_model_is_what_would_reach_out(places: Places) -> None:
    """The one exception, which a person asks for: here it is the end of pip, and a sentence."""
    env = pip_env(PIP_INDEX_URL=f"https://{NOWHERE[0]}/", TWOFOLD_HOME=str(places.home))
    command = [sys.executable, "-m", "ui", "models", "get", "coder"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "pip could not fetch the next part: it said nothing. Nothing of it is kept.\n"
    )


def test_the_main_job_in_the_window(desk: Desk) -> None:
    window = desk.start()
    first = desk.ask(window, "What is the capital of France?")
    assert "Paris" in first.text
    assert is_forbidden(os.getpid())
    assert is_forbidden(window._core.engine.pid or 0)
    desk.press(window, "Ctrl+R")
    assert desk.answered(window).id != first.id
    desk.ask(window, "Write a long story about the sea.", wait=False)
    desk.press(window, "Esc")
    assert desk.answered(window).state is State.STOPPED
    chat_id, shown = window.chat_page.conversation.id, desk.shown(window)
    desk.close(window)

    window = desk.start()
    window.sidebar.chat_chosen.emit(chat_id)
    desk.wait(lambda: desk.shown(window) == shown)
    assert desk.ask(window, "What do bees make?").state is State.COMPLETE


def test_the_program_itself_is_opened_found_again_and_closed(desk: Desk) -> None:
    env = {**os.environ, "TWOFOLD_HOME": str(desk.places.home)}
    program = subprocess.Popen([sys.executable, "-m", "ui"], env=env, cwd=ROOT)
    try:
        desk.wait(lambda: program.poll() is not None or raise_other(desk.places))
        assert program.poll() is None
    finally:
        program.terminate()
        assert program.wait(60) == 0


@pytest.mark.parametrize("words", [("ask", "What is the capital of France?"), ("models",), ("doctor",)])
def test_the_words_in_a_terminal(desk: Desk, words: tuple[str, ...]) -> None:
    env = {**os.environ, "TWOFOLD_HOME": str(desk.places.home)}
    done = subprocess.run(
        [sys.executable, "-m", "ui", *words],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert ("Paris" if words[0] == "ask" else "SmolLM2 135M") in done.stdout
