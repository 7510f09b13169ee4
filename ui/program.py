"""The program with a window: one for each profile."""

import contextlib
import hashlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget

from app.core import Core, ProfileInUse, log_to
from app.store import StoreError
from models.places import Places
from ui import style
from ui.theme import theme

OPENING = 3.0  # seconds
HEARD = 1000  # ms that another window has to answer

log = logging.getLogger(__name__)


def open_window() -> int:
    """Opens the window and runs until it is closed; returns the exit code."""
    places = Places.default()
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Twofold")
    app.setDesktopFileName("twofold")
    style.apply(app)
    app.setWindowIcon(QIcon(theme().pixmap("mark", 64, "accent")))
    try:
        log_to(places.logs)
        core = _core(places)
        if core is None:
            return 0
    except ProfileInUse as error:
        return _refuse(str(error))
    except StoreError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"The folder {places.home} cannot be used: {error.strerror or error}.")
    from ui.window import Window

    window = Window(core)
    server = _listen(places, window.come_forward)
    _close_when_told(window)
    window.show()
    try:
        return app.exec()
    finally:
        server.close()


def _core(places: Places) -> Core | None:
    """None when another window has this profile and was brought forward.

    It may just be opening, and not listen yet, or just be closing: so both are tried for a while. Raises
    ProfileInUse when something that has no window keeps the profile, and what Core raises.
    """
    end = time.monotonic() + OPENING
    while True:
        try:
            return Core(places)
        except ProfileInUse as error:
            if raise_other(places):
                print(error, file=sys.stderr)
                return None
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


def raise_other(places: Places) -> bool:
    """Ask the window that has this profile to come to the front; False where none answers."""
    other = QLocalSocket()
    other.connectToServer(_name(places))
    return other.waitForConnected(HEARD)


def _listen(places: Places, slot: Callable[[], None]) -> QLocalServer:
    server = QLocalServer()
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
    QLocalServer.removeServer(_name(places))
    if not server.listen(_name(places)):
        log.warning("a second start will not find this window: %s", server.errorString())

    def answer() -> None:
        while (other := server.nextPendingConnection()) is not None:
            other.deleteLater()
        slot()

    server.newConnection.connect(answer)
    return server


def _close_when_told(window: QWidget) -> None:
    """Ctrl+C in the terminal and a polite kill close the window as its button does.

    Python hears a signal only when it runs, and Qt's loop may not run Python for hours: so the signal writes
    a byte to a socket, which Qt watches (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).
    """
    heard, written = socket.socketpair()
    for end in (heard, written):
        end.setblocking(False)
    signal.set_wakeup_fd(written.fileno())
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: None)
    notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read, window)

    def told() -> None:
        with contextlib.suppress(BlockingIOError):
            heard.recv(64)
        window.close()

    notifier.activated.connect(told)

    def let_go() -> None:
        signal.set_wakeup_fd(-1)
        heard.close()
        written.close()

    window.destroyed.connect(let_go)


def _name(places: Places) -> str:
    return "twofold-" + hashlib.sha256(str(places.home).encode()).hexdigest()[:16]


def _refuse(sentence: str) -> int:
    """A small window with one sentence, for someone who started from a menu and reads no terminal."""
    from ui.refusal import Refusal

    print(sentence, file=sys.stderr)
    window = Refusal(sentence)
    window.show()
    with contextlib.suppress(KeyboardInterrupt):
        QTimer.singleShot(0, window.raise_)
        QApplication.exec()
    return 1
