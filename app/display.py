"""Whether there is a screen."""

import os
import sys


def has_display() -> bool:
    """Whether a window can be opened here."""
    if sys.platform.startswith("linux"):
        offscreen = os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal")
        return offscreen or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
