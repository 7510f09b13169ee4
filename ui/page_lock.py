"""What must stand in the environment before Chromium starts, as it holds for the whole process.

A request interceptor alone leaks: with one that refused everything, WebRTC still sent STUN datagrams and a
preconnect still opened a TCP connection. With these flags nothing was seen to leave.
"""

import os
import subprocess
import sys
from enum import Enum
from functools import cache
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
SHARED_MEMORY = "/dev/shm"  # in a bare container it may be missing, and Chromium would end this whole process
WITHOUT_SHARED_MEMORY = "--disable-dev-shm-usage"  # it takes the temporary folder then

# These would open a port for anybody, take the sandbox away, or write keys to a file.
REFUSED = ("QTWEBENGINE_REMOTE_DEBUGGING", "QTWEBENGINE_DISABLE_SANDBOX", "SSLKEYLOGFILE")


class Sandbox(Enum):
    """How much of Chromium's own sandbox holds the process of a page; the value says what is missing.

    It has two layers on Linux: namespaces, in which there is no network and no file, and a filter of system
    calls (seccomp). What is set here in flags and in `ui.locked_page` holds with any of them.
    """

    WHOLE = ""
    FILTER = "Half a sandbox here: no user namespaces"
    NONE = "Runs as root: no sandbox"


@cache
def sandbox() -> Sandbox:
    """What can be had here. Asks the system once."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return Sandbox.NONE
    return Sandbox.WHOLE if sys.platform != "linux" or _has_namespaces() else Sandbox.FILTER


_FLAG = {Sandbox.NONE: "--no-sandbox", Sandbox.FILTER: "--disable-namespace-sandbox"}


def prepare() -> None:
    """Set the flags for what Qt WebEngine starts later in this process."""
    for name in REFUSED:
        os.environ.pop(name, None)
    flags = [*FLAGS]
    if missing := _FLAG.get(sandbox()):
        flags.append(missing)
    if sys.platform == "linux" and not os.access(SHARED_MEMORY, os.W_OK):
        flags.append(WITHOUT_SHARED_MEMORY)
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(flags)
    os.environ["QT_QUICK_BACKEND"] = "software"  # what WebEngine draws with; nothing else here uses Qt Quick


def _has_namespaces() -> bool:
    """Whether a process may have its own users and network, which Chromium's sandbox on Linux is made of.

    Ubuntu since 23.10, hardened kernels and a chroot refuse it; Chromium is told so then, as it may end this
    whole process when it finds out by itself
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
