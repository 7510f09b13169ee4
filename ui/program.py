"""The program with a window: one for each profile."""

import contextlib
import hashlib
import logging
import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from app.core import Core, ProfileInUse, log_to
from app.store import StoreError
from models.places import Places
from ui import style
from ui.theme import theme

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
        core = Core(places)
    except ProfileInUse as error:
        print(error, file=sys.stderr)
        if raise_other(places):
            return 0
        return _refuse(str(error))
    except StoreError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"The folder {places.home} cannot be used: {error.strerror or error}.")
    from ui.window import Window

    window = Window(core)
    server = _listen(places, window.come_forward)
    window.show()
    try:
        return app.exec()
    finally:
        server.close()


def raise_other(places: Places) -> bool:
    """Ask the window that has this profile to come to the front; False where none answers."""
    socket = QLocalSocket()
    socket.connectToServer(_name(places))
    if not socket.waitForConnected(HEARD):
        return False
    socket.write(b"raise\n")
    socket.waitForBytesWritten(HEARD)
    socket.disconnectFromServer()
    return True


def _listen(places: Places, slot: object) -> QLocalServer:
    server = QLocalServer()
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
    QLocalServer.removeServer(_name(places))
    if not server.listen(_name(places)):
        log.warning("a second start will not find this window: %s", server.errorString())
    server.newConnection.connect(lambda: server.nextPendingConnection().disconnected.connect(slot))
    server.newConnection.connect(slot)
    return server


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
