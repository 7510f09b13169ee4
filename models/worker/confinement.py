"""What a worker that opens strangers' files is kept from: the network, and all of the machine's memory."""

import contextlib
import ctypes
import logging
import os
import platform
import struct
import sys
from pathlib import Path
from typing import Any

MEMORY = 3 << 30  # bytes beside what the process has when it begins; 100 megapixels of 16 bits took 1.7 GB

# The wheels of onnxruntime send what they do to Microsoft since 1.29, unless they are told so before they are
# loaded: https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
QUIET = {"ORT_DISABLE_TELEMETRY": "1"}

# Linux's filter on system calls: https://docs.kernel.org/userspace-api/seccomp_filter.html
_NO_NEW_PRIVILEGES, _SET_FILTER, _FILTER = (
    38,
    22,
    2,
)  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, RET|K
_REFUSE, _ALLOW = 0x00050000 | 13, 0x7FFF0000  # SECCOMP_RET_ERRNO with EACCES, SECCOMP_RET_ALLOW
_NUMBER, _MACHINE = 0, 4  # offsets in struct seccomp_data: nr, arch
_URING = 425  # io_uring_setup, which could open sockets past the filter
_FOREIGN = 0x40000000  # the first number of the x32 calls, which are numbered otherwise
# AUDIT_ARCH_... and the number of `socket` there
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}

log = logging.getLogger(__name__)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def enter() -> None:
    """From now on, for this process; to be called before there are other threads, or native libraries."""
    os.environ.update(QUIET)
    sys.addaudithook(_refuse_sockets)
    if sys.platform.startswith("linux") and platform.machine() in _MACHINES:
        _filter_sockets(*_MACHINES[platform.machine()])
    _limit_memory()


def _refuse_sockets(event: str, _arguments: tuple[Any, ...]) -> None:
    """In Python, on every system (PEP 578)."""
    if event.startswith("socket."):
        raise PermissionError("this worker opens no sockets")


def _filter_sockets(machine: int, socket: int) -> None:
    """In native code too, by the kernel. The pipe to the window, which is open by now, stays."""
    steps = [  # code, how many steps to skip if true and if not, value
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 0, 4, machine),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 2, 0, _FOREIGN),
        (_EQUAL, 1, 0, _URING),
        (_EQUAL, 0, 1, socket),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    program = ctypes.addressof(_Program(len(steps), code))
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.prctl(_SET_FILTER, _FILTER, program, 0, 0):
        log.warning("no filter on sockets: %s", os.strerror(ctypes.get_errno()))


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
