"""Loads model files through llama.cpp, each in a child process of its own, and tells how each ended.

Run as a script with paths as arguments (POSIX only, for it forks); prints a JSON object of path to "loaded",
"refused" or the name of the signal that it died by, such as "SIGABRT" or, where it hung, "SIGXCPU".
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_MEMORY = 4 << 30  # bytes of address space
_SECONDS = 20  # of processor time


def fates(paths: Iterable[Path]) -> dict[str, str]:
    """How loading each file ended, by its name."""
    command = [sys.executable, str(Path(__file__)), *map(str, paths)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=600)
    ends: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return ends


def _load(path: str) -> int:
    import llama_cpp

    parameters = llama_cpp.llama_model_default_params()
    parameters.vocab_only = False
    parameters.n_gpu_layers = 0
    return 0 if llama_cpp.llama_model_load_from_file(os.fsencode(path), parameters) else 1


def _fate(path: str) -> str:
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = 2
        try:
            code = _load(path)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "loaded", 1: "refused"}.get(os.WEXITSTATUS(status), "raised")


if __name__ == "__main__":
    import llama_cpp

    quiet = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    ends = {Path(path).name: _fate(path) for path in sys.argv[1:]}
    sys.stdout.write("\n" + json.dumps(ends))
