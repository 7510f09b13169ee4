"""What must stand in the environment before Chromium starts, as it holds for the whole process.

A request interceptor alone leaks: with one that refused everything, WebRTC still sent STUN datagrams and a
preconnect still opened a TCP connection. With these flags nothing was seen to leave.
"""

import os
import subprocess
import sys
from pathlib import Path

# https://peter.sh/experiments/chromium-command-line-switches/ ; a flag with spaces stands in quotes
# (https://doc.qt.io/qt-6/qtwebengine-debugging.html#using-command-line-arguments).
FLAGS = (
    # WebRTC may use no UDP but through a proxy that speaks it, and this one speaks nothing: nobody is there.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--proxy-server=socks5://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",  # by default Chromium goes past a proxy to this machine's own ports
    '"--host-resolver-rules=MAP * ~NOTFOUND"',
    "--disable-background-networking",
    "--disable-component-update",
    # Drawn by the processor: a page needs no driver then, and the window is not made anew for OpenGL when the
    # first page comes into it, which would flicker.
    "--disable-gpu",
    "--log-level=3",  # what Chromium thinks of this machine is of no use in the terminal
)
NO_SANDBOX = "--no-sandbox"

# These would open a port for anybody, take the sandbox away, or write keys to a file.
REFUSED = ("QTWEBENGINE_REMOTE_DEBUGGING", "QTWEBENGINE_DISABLE_SANDBOX", "SSLKEYLOGFILE")

CANNOT_LOCK = (
    "Pages cannot be shown here, as this system does not let a program lock its pages in (unprivileged user "
    "namespaces are off). The code is all there, and can be saved and opened in a browser."
)


class CannotShow(Exception):
    """Pages cannot be shown on this machine; the sentence says why, and what still works."""


def is_root() -> bool:
    """Whether Chromium must run without its own sandbox: for root it has none."""
    return sys.platform != "win32" and os.geteuid() == 0


def prepare() -> None:
    """Set the flags for what Qt WebEngine starts later in this process.

    Raises CannotShow where its sandbox cannot be had: Chromium would end this whole process.
    """
    if sys.platform == "linux" and not is_root() and not _has_namespaces():
        raise CannotShow(CANNOT_LOCK)
    for name in REFUSED:
        os.environ.pop(name, None)
    flags = (*FLAGS, NO_SANDBOX) if is_root() else FLAGS
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(flags)
    os.environ["QT_QUICK_BACKEND"] = (
        "software"  # Qt Quick is what WebEngine draws with, and used for nothing else
    )


def _has_namespaces() -> bool:
    """Whether a process may have its own users and network, which Chromium's sandbox on Linux is made of.

    Ubuntu since 23.10 and hardened kernels refuse it
    (https://chromium.googlesource.com/chromium/src/+/main/docs/security/apparmor-userns-restrictions.md).
    """
    try:
        # As Chromium's zygote does it; the mapping of users is what AppArmor refuses.
        tried = ("unshare", "--user", "--map-root-user", "--net", "--pid", "--fork", "true")
        return subprocess.run(tried, capture_output=True, timeout=5, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):  # no such tool: by what the kernel says of itself
        return not any(_reads(name, value) for name, value in _SWITCHES)


_SWITCHES = (
    ("kernel/unprivileged_userns_clone", "0"),
    ("kernel/apparmor_restrict_unprivileged_userns", "1"),
    ("user/max_user_namespaces", "0"),
)


def _reads(name: str, value: str) -> bool:
    try:
        return Path("/proc/sys", name).read_text().strip() == value
    except OSError:
        return False
