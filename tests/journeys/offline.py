"""Runs pytest where no process opens an internet socket and lives: `python -m tests.journeys.offline FILES`.

A filter in the Linux kernel (seccomp, https://docs.kernel.org/userspace-api/seccomp_filter.html) ends every
process that asks for a socket other than a local one. It holds for native code as for Python, for all threads
and children begun after it, and nobody can take it off. So what passes here has not even tried.
"""

import ctypes
import os
import platform
import struct
import sys
from pathlib import Path

UNABLE = 77  # exit code: this system has no such filter

_NO_NEW_PRIVILEGES, _SET_FILTER, _FILTER = (
    38,
    22,
    2,
)  # PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, RET|K
_KILL, _ALLOW = 0x80000000, 0x7FFF0000  # SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW
_NUMBER, _MACHINE, _FAMILY = 0, 4, 16  # offsets in struct seccomp_data: nr, arch, the low half of args[0]
_LOCAL = 1  # AF_UNIX
_URING = 425  # io_uring_setup, which could open sockets past the filter
_FOREIGN = 0x40000000  # the first number of the x32 calls, which are numbered otherwise
# AUDIT_ARCH_... and the number of `socket` there
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


class Unable(Exception):
    """str() says why the filter cannot be set here."""


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def forbid() -> None:
    """From now on; to be called before there are other threads. Raises Unable."""
    if not sys.platform.startswith("linux") or platform.machine() not in _MACHINES:
        raise Unable(f"there is no filter for {sys.platform} on {platform.machine()}")
    machine, socket = _MACHINES[platform.machine()]
    steps = [  # code, how many steps to skip if true and if not, value
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 0, 6, machine),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 4, 0, _FOREIGN),
        (_EQUAL, 3, 0, _URING),
        (_EQUAL, 0, 3, socket),
        (_LOAD, 0, 0, _FAMILY),
        (_EQUAL, 1, 0, _LOCAL),
        (_RETURN, 0, 0, _KILL),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    program = _Program(len(steps), code)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or library.prctl(
        _SET_FILTER, _FILTER, ctypes.addressof(program), 0, 0
    ):
        raise Unable(f"the kernel refuses the filter: {os.strerror(ctypes.get_errno())}")


def is_forbidden(pid: int) -> bool:
    """Whether that process lives under a filter."""
    return "\nSeccomp:\t2" in Path(f"/proc/{pid}/status").read_text("ascii")


if __name__ == "__main__":
    try:
        forbid()
    except Unable as unable:
        print(unable)
        sys.exit(UNABLE)
    import pytest

    sys.exit(pytest.main(sys.argv[1:]))
