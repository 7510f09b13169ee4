"""What reaches the window from outside: another start of the program, and a signal that ends it.

Apart from `ui.program`, as what it imports is loaded beside the window once that stands: until then another
start waits, and a signal ends the process as it ends any other.
"""

import contextlib
import hashlib
import logging
import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QSocketNotifier
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QWidget

from models.places import Places

HEARD = 1000  # ms that another window has to answer

log = logging.getLogger(__name__)


def raise_other(places: Places) -> bool:
    """Ask the window that has this profile to come to the front; False where none answers."""
    other = QLocalSocket()
    other.connectToServer(_name(places))
    return other.waitForConnected(HEARD)


def listen(places: Places, window: QWidget, slot: Callable[[], None]) -> None:
    """Call `slot` whenever the program is started again with this profile, until the window is gone."""
    server = QLocalServer(window)
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
    QLocalServer.removeServer(_name(places))
    if not server.listen(_name(places)):
        log.warning("a second start will not find this window: %s", server.errorString())

    def answer() -> None:
        while (other := server.nextPendingConnection()) is not None:
            other.deleteLater()
        slot()

    server.newConnection.connect(answer)


def close_when_told(window: QWidget) -> None:
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
