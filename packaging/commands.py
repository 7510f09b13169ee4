"""The words of `make`: what each sets up, and what it then starts."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import environment
import locking
import machine
import modelfiles
from environment import House
from steps import Trouble, one_at_a_time, say, trouble_of

from models import known
from models.known import KnownModel

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-logo"),
)


class Setup:
    """One call of one word: its house, and the choices made on the command line."""

    def __init__(self, house: House, accel: str, model: str) -> None:
        self.house = house
        self.accel = machine.accel(accel)
        self.model = model

    def run(self) -> int:
        """The window; without a display the chat in this terminal; without one, the demo."""
        if not machine.has_display(os.environ):
            if not machine.has_terminal():
                say("No display and no terminal here: showing the demo instead.")
                return self.demo()
            say("No display here (DISPLAY and WAYLAND_DISPLAY are unset): chatting in this terminal instead.")
            self.prepare(tests=False)
            return self._become("chat")
        self.prepare(tests=False)
        return self._become()

    def demo(self) -> int:
        """The journeys marked `demo`, with what they show left in `out/demo`."""
        models = self._models_asked()
        self.prepare(tests=True, models=models)
        out = self.house.root / "out" / "demo"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        env = self._env(TWOFOLD_OUT=str(out), TWOFOLD_DEMO_MODEL=models[-1].word)
        code = self._start(("python", "-m", "pytest", "tests/journeys", "-m", "demo", "-q"), env)
        left = sorted(file.relative_to(self.house.root) for file in out.rglob("*") if file.is_file())
        say(f"What the demo left lies in {out}:" if left else f"The demo left nothing in {out}.")
        for file in left:
            say(f"  {file}")
        if code in (4, 5):  # pytest: nothing to run
            raise Trouble("no journey is marked `demo`; this checkout is incomplete, clone it again")
        return code

    def test(self) -> int:
        """Every check and every test."""
        self.prepare(tests=True)
        checked = self._run_checks()
        return self._start(("python", "-m", "pytest"), self._env()) or checked

    def check(self) -> int:
        """Style, types and the direction of imports."""
        self.prepare(tests=True, models=())
        return self._run_checks()

    def bench(self) -> int:
        """The measurements."""
        self.prepare(tests=True)
        return self._start(("python", "-m", "bench"), self._env())

    def screenshots(self) -> int:
        """The pictures of the window."""
        self.prepare(tests=True)
        return self._start(("python", "packaging/screenshots.py"), self._env())

    def lock(self) -> int:
        """The locks, for the newest versions."""
        self.prepare(tests=False, models=())
        locking.lock(self.house)
        return 0

    def clean(self) -> int:
        """Remove what a set-up made in this checkout; models, chats and the shared cache stay."""
        for name in (
            ".venv",
            ".build",
            "out",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".import_linter_cache",
        ):
            shutil.rmtree(self.house.root / name, ignore_errors=True)
        say(f"Removed. Chats and models stay, and so do downloaded and built packages in {self.house.cache}.")
        return 0

    def prepare(self, *, tests: bool, models: Sequence[KnownModel] = (known.STARTER,)) -> None:
        """Everything that this word needs, each part only where it is missing; raises Trouble."""
        house = self.house
        if environment.is_made(house, self.accel, tests=tests) and not machine.lacking():
            folder = self._folder() if models else Path()
            if all(modelfiles.is_whole(model, folder) for model in models):
                return
        say("Setting Twofold up (what is done once is not done again):")
        with one_at_a_time(house.cache / "setup.lock"):
            machine.install_system_packages(house.log("system"), house.root)
            environment.make(house, self.accel, tests=tests)
            for model in models:
                modelfiles.fetch(model, self._folder(), house.python, house.env())

    def _models_asked(self) -> tuple[KnownModel, ...]:
        if self.model not in known.MODELS:
            raise Trouble(f"MODEL={self.model} is not known; take one of {', '.join(known.MODELS)}")
        return tuple(dict.fromkeys((known.STARTER, known.MODELS[self.model])))

    def _folder(self) -> Path:
        """Where models belong, as the product itself says."""
        code = "from models.places import Places; print(Places.default().models)"
        command = (self.house.python, "-X", "utf8", "-c", code)
        told = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            env=self.house.env(),
            cwd=self.house.root,
            check=False,
        )
        if told.returncode:
            raise Trouble("the folder of the models could not be told; run `make clean`, then try again")
        return Path(told.stdout.strip())

    def _env(self, **more: str) -> dict[str, str]:
        """For what runs without a person: no window on the screen, and the models named."""
        folder = self._folder()
        models = {f"TWOFOLD_{word.upper()}": str(folder / model.file) for word, model in known.MODELS.items()}
        there = {name: file for name, file in models.items() if Path(file).exists()}
        return {**self.house.env(), "QT_QPA_PLATFORM": "offscreen", **there, **more}

    def _run_checks(self) -> int:
        failed = [" ".join(check) for check in CHECKS if self._start(check, self.house.env())]
        if failed:
            say(f"Failed: {'; '.join(failed)}")
        return 1 if failed else 0

    def _start(self, command: Sequence[str], env: dict[str, str]) -> int:
        program, *words = command
        sys.stdout.flush()
        return subprocess.run(
            (self.house.program(program), *words), env=env, cwd=self.house.root, check=False
        ).returncode

    def _become(self, *words: str) -> int:
        """Hand this process over to `twofold`, or wait for it where a process cannot be handed over."""
        program = self.house.program("twofold")
        if sys.platform != "win32":
            sys.stdout.flush()
            os.execve(program, (str(program), *words), self.house.env())
        return self._start(("twofold", *words), self.house.env())


WORDS = ("run", "demo", "test", "check", "bench", "screenshots", "lock", "clean")


def main(arguments: Sequence[str]) -> int:
    """Do one word; every failure is a sentence on standard error and exit status 1."""
    parser = argparse.ArgumentParser(prog="packaging/setup.py", description="Sets Twofold up and starts it.")
    parser.add_argument("word", choices=WORDS)
    parser.add_argument(
        "--accel", default=os.environ.get("ACCEL", ""), help="cpu, cuda or metal (default: what is here)"
    )
    parser.add_argument("--model", default="starter", help="for demo: starter (default) or coder")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        setup = Setup(House.here(), asked.accel, asked.model or "starter")
        return int(getattr(setup, asked.word)())
    except Trouble as trouble:
        told = str(trouble)
    except OSError as error:
        told = str(trouble_of(error))
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one was.", file=sys.stderr)
        return 130
    print(f"Twofold: {told}", file=sys.stderr)
    return 1
