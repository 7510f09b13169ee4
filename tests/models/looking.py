"""Loads projectors beside a model and looks at a picture, each in a child process of its own.

Run as a script with a model, a picture of 64 x 48 and projectors as arguments (POSIX only, for it forks);
prints a JSON object of file name to "looked", "refused" or the name of the signal that it died by.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_MEMORY = 6 << 30  # bytes of address space
_SECONDS = 20  # of processor time


def fates(model: Path, picture: Path, projectors: Sequence[Path]) -> dict[str, str]:
    """How looking through each projector ended, by its name."""
    command = [sys.executable, "-m", "tests.models.looking", *map(str, (model, picture, *projectors))]
    done = subprocess.run(command, check=True, capture_output=True, timeout=600)
    ends: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return ends


def _look(model_path: Path, picture: Path, projector: Path) -> int:
    from models.gguf import read_header
    from models.parts import ImagePart
    from models.worker.llama import AbortFlag, Context, Model
    from models.worker.session import Session
    from models.worker.vision import ImageError, ProjectorError, Vision

    header = read_header(projector)
    assert header.projector is not None
    model, abort = Model(model_path, 0, lambda _: True), AbortFlag()
    context = Context(model, 512, 1, abort, attends_all=header.projector.attends_all)
    try:
        vision = Vision(header, model, context, 1, use_device=False, abort=abort)
        image = vision.tokens(ImagePart("a picture", str(picture), 64, 48))
        for _ in Session(context, vision).read([1, *image, 1], lambda: False):
            pass
    except (ImageError, ProjectorError):
        return 1
    return 0


def _fate(*paths: Path) -> str:
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        code = 2
        try:
            code = _look(*paths)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "looked", 1: "refused"}.get(os.WEXITSTATUS(status), "raised")


if __name__ == "__main__":
    from models.worker import llama, vision  # noqa: F401 - loaded once, before all the forks

    llama.start_backend()
    model, picture, *projectors = map(Path, sys.argv[1:])
    ends = {path.name: _fate(model, picture, path) for path in projectors}
    sys.stdout.write("\n" + json.dumps(ends))
