"""What a worker that opens strangers' files is kept from: the network, and all of the machine's memory."""

import contextlib
import sys
from pathlib import Path
from typing import Any

MEMORY = 3 << 30  # bytes beside what the process has when it begins; 100 megapixels of 16 bits took 1.7 GB


def enter() -> None:
    """From now on, for this process; nothing in it can leave again."""
    sys.addaudithook(_refuse_sockets)
    _limit_memory()


def _refuse_sockets(event: str, _arguments: tuple[Any, ...]) -> None:
    """Whatever a library thinks that it must fetch: in Python there is no way out. PEP 578."""
    if event.startswith("socket."):
        raise PermissionError("this worker opens no sockets")


def _limit_memory() -> None:
    """MemoryError, in Python and in native code, where the system can be asked for that."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[5])
    except (ImportError, OSError, ValueError):
        return
    # The data of the process and not its addresses: libraries reserve many more of those than they use.
    wanted = pages * resource.getpagesize() + MEMORY
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or wanted <= most:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))
