"""The program with a window: one for each profile."""

import contextlib
import gc
import logging
import sys
import time
from typing import TYPE_CHECKING

from PySide6 import QtGui
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.core import Core, ProfileInUse, log_to
from app.store import StoreError
from models.places import Places
from ui import style
from ui.theme import theme

if TYPE_CHECKING:
    from ui.window import Window

OPENING = 3.0  # seconds

log = logging.getLogger(__name__)


def open_window() -> int:
    """Opens the window and runs until it is closed; returns the exit code."""
    places = Places.default()
    app = QApplication([*sys.argv[:1], *style.CHOSEN])
    app.setApplicationName("Twofold")
    app.setDesktopFileName("twofold")
    style.apply(app)
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
    window.stands.connect(lambda: _open_to_others(window, places))
    window.show()
    return app.exec()


def _open_to_others(window: "Window", places: Places) -> None:
    """Once the window stands: it has its icon in the bar, another start finds it, and a signal closes it."""
    window.setWindowIcon(QtGui.QIcon(theme().pixmap("mark", 64, "accent")))
    gc.freeze()
    gc.enable()

    def listen() -> None:
        from ui import outside

        outside.close_when_told(window)
        outside.listen(places, window, window.come_forward)

    window.bridge.fetch("ui.outside", then=listen)


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
            from ui.outside import raise_other  # only here: most starts are the only one

            if raise_other(places):
                print(error, file=sys.stderr)
                return None
            if time.monotonic() > end:
                raise
        time.sleep(0.2)


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
