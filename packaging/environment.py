"""Makes `.venv`: locked packages from a wheelhouse, and llama.cpp built here for this machine."""

import hashlib
import json
import math
import os
import platform
import re
import shutil
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import machine
from steps import Trouble, call, need_space, step

ENGINE = "llama-cpp-python"
Made = dict[str, str]


@dataclass(frozen=True)
class House:
    """The folders that a set-up writes to: this checkout, and a cache that all checkouts share."""

    root: Path
    cache: Path

    @classmethod
    def here(cls) -> "House":
        return cls(Path(__file__).resolve().parents[1], _user_cache() / "twofold")

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def work(self) -> Path:
        return self.root / ".build"

    @property
    def python(self) -> Path:
        return self.program("python")

    def program(self, name: str) -> Path:
        """A command of the virtual environment."""
        return self.venv / "Scripts" / f"{name}.exe" if sys.platform == "win32" else self.venv / "bin" / name

    def lock(self, name: str) -> Path:
        return self.root / "packaging" / "locks" / f"{name}.txt"

    def log(self, name: str) -> Path:
        return self.work / "log" / f"{name}.log"

    def env(self) -> dict[str, str]:
        """The person's environment, pip's settings included, less what would bend where packages go."""
        # MAKEFLAGS of the `make` that we were called by would keep the engine's build to one processor.
        drop = (
            "PYTHONPATH",
            "PYTHONHOME",
            "PIP_TARGET",
            "PIP_PREFIX",
            "PIP_ROOT",
            "MAKEFLAGS",
            "MFLAGS",
            "MAKELEVEL",
        )
        kept = {name: value for name, value in os.environ.items() if name not in drop}
        return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def is_made(house: House, accel: str, *, tests: bool) -> bool:
    """Whether `.venv` is what the locks, this checkout and `accel` ask for; runs nothing."""
    made, keys = _made(house), wanted(house, accel, tests=tests)
    return "busy" not in made and keys.items() <= made.items() and house.python.exists()


def make(house: House, accel: str, *, tests: bool) -> None:
    """Bring `.venv` to that state. A half-made one, or one for other locks, is made anew.

    Raises Trouble with the failed step's cause and log.
    """
    keys, made = wanted(house, accel, tests=tests), _made(house)
    if "busy" in made or made.get("runtime") != keys["runtime"] or not house.python.exists():
        _anew(house)
        made = {}
    for part, key in keys.items():
        if made.get(part) == key:
            continue
        _note(house, {**made, "busy": part})
        match part:
            case "runtime":
                _install(house, part, "installing the packages")
                _install_engine(house, accel)
            case "project":
                _install_project(house)
            case "dev":
                _install(house, part, "installing the test tools")
        made[part] = key
        _note(house, made)


def wanted(house: House, accel: str, *, tests: bool) -> Made:
    """The parts of `.venv` and what each depends on, as a hash."""
    tag = sys.implementation.cache_tag
    runtime = _hash(_text(house.lock("runtime")), engine_key(house, accel), tag, str(house.venv))
    keys = {"runtime": runtime, "project": _hash(runtime, _text(house.root / "pyproject.toml"))}
    if tests:
        keys["dev"] = _hash(runtime, _text(house.lock("dev")))
    return keys


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _hash(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def _made(house: House) -> Made:
    try:
        return dict(json.loads(_text(house.venv / "made.json")))
    except (OSError, ValueError):
        return {}


def _note(house: House, made: Made) -> None:
    begun = house.venv / "made.json.begun"
    begun.write_text(json.dumps(made), encoding="utf-8")
    begun.replace(house.venv / "made.json")


def _anew(house: House) -> None:
    need_space(house.venv, 1500, "the set-up")
    need_space(house.cache, 400, "the store of downloaded packages")
    with step("making .venv"):
        shutil.rmtree(house.venv, ignore_errors=True)
        command = (sys.executable, "-m", "venv", house.venv)
        call(command, house.log("venv"), "making .venv", house.env(), house.root)


def requirements(lock: str) -> dict[str, str]:
    """A lock's text by package: the pinned requirement with its hashes."""
    blocks = re.findall(r"^[A-Za-z0-9].*(?:\n[ \t]+.*)*", lock, re.MULTILINE)
    return {re.split(r"[=\[ ]", block, maxsplit=1)[0]: block for block in blocks}


def _install(house: House, lock: str, what: str, *words: str | Path) -> None:
    """Install a lock less the engine, from the wheelhouse; what it lacks is downloaded into it first."""
    text = _text(house.lock(lock))
    asked = house.work / "asked" / f"{lock}.txt"
    asked.parent.mkdir(parents=True, exist_ok=True)
    blocks = (block for name, block in requirements(text).items() if name != ENGINE)
    asked.write_text("\n".join(blocks) + "\n", encoding="utf-8")
    wheels = house.cache / "wheels"
    whole = wheels / f"{_hash(text, sys.implementation.cache_tag, sys.platform, platform.machine())}.whole"
    pip = (house.python, "-m", "pip")

    def download() -> None:
        with step(f"downloading for {lock}"):
            wheels.mkdir(parents=True, exist_ok=True)
            before = (*pip, "download", "--no-deps", "--require-hashes", "--only-binary=:all:", "-d", wheels)
            log = house.log(f"download-{lock}")
            call((*before, "-r", asked), log, f"downloading for {lock}", house.env(), house.root)
            named = re.findall(r"([\w.+-]+\.whl)\s*$", log.read_text(errors="replace"), re.MULTILINE)
            whole.write_text("\n".join(sorted({name for name in named if (wheels / name).exists()})))

    def install() -> None:
        with step(what):
            after = ("install", "--no-deps", "--require-hashes", "--no-index", "--find-links", wheels)
            call((*pip, *after, *words, "-r", asked), house.log(lock), what, house.env(), house.root)

    kept = whole.exists() and _have_all(whole)
    if not kept:
        download()
    try:
        install()
    except Trouble:
        if not kept:
            raise
        download()  # pip throws away what was damaged in the store
        install()


def _have_all(whole: Path) -> bool:
    return all((whole.parent / name).exists() for name in whole.read_text().split())


def _tools(house: House, lock: str) -> dict[str, str]:
    """An environment in which a build finds its locked requirements, kept out of `.venv`."""
    folder = house.work / lock
    mark = folder / f"{_hash(_text(house.lock(lock)), sys.implementation.cache_tag)}.whole"
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _install(house, lock, "installing what the build needs", "--target", folder)
        mark.touch()
    return house.env() | {"PYTHONPATH": str(folder)}


def _install_project(house: House) -> None:
    env = _tools(house, "project-build")
    with step("installing Twofold itself"):
        words = ("install", "--no-deps", "--no-index", "--no-build-isolation", "--editable", ".")
        log = house.log("project")
        call((house.python, "-m", "pip", *words), log, "installing Twofold itself", env, house.root)


def _install_engine(house: House, accel: str) -> None:
    wheel = engine_wheel(house, accel)
    with step(f"installing the engine ({accel})"):
        words = ("install", "--no-deps", "--no-index", "--no-cache-dir")
        command = (house.python, "-m", "pip", *words, wheel)
        call(command, house.log("engine"), "installing the engine", house.env(), house.root)
        (house.venv / "accel").write_text(accel + "\n")


def engine_key(house: House, accel: str) -> str:
    """What a built engine may be used for: nothing that differs in any of these."""
    block = requirements(_text(house.lock("runtime")))[ENGINE]
    digest = _hash(
        block,
        _text(house.lock("engine-build")),
        " ".join(platform.libc_ver()),
        *(os.environ.get(name, "") for name in ("CMAKE_ARGS", "CC", "CXX", "CFLAGS", "CXXFLAGS")),
    )
    tag = sys.implementation.cache_tag
    return f"{accel}-{tag}-{sys.platform}-{platform.machine()}-{machine.processor()}-{digest[:12]}"


def engine_wheel(house: House, accel: str) -> Path:
    """The engine's wheel for this machine: from the shelf of built ones, or built now.

    pip's own cache is no such shelf: by version and tags alone it would give a CPU build for a CUDA one.
    """
    shelf = house.cache / "engines" / engine_key(house, accel)
    for wheel in shelf.glob("*.whl"):
        if is_sound(wheel):
            return wheel
    need_space(house.work, 2500, "building the engine")
    env = _tools(house, "engine-build")
    asked, built, temporary = (house.work / name for name in ("asked/engine.txt", "engine", "temporary"))
    asked.write_text(requirements(_text(house.lock("runtime")))[ENGINE] + "\n", encoding="utf-8")
    for folder in (built, temporary):
        shutil.rmtree(folder, ignore_errors=True)
    temporary.mkdir(parents=True)
    build = ("wheel", "--no-cache-dir", "--no-build-isolation", "--no-binary", ENGINE, "--verbose")
    locked = ("--no-deps", "--require-hashes", "-r", asked)
    command = (house.python, "-m", "pip", *build, "-w", built, *locked)
    settings = {"CMAKE_ARGS": cmake_args(accel, env), "TMPDIR": str(temporary)}
    settings["CMAKE_BUILD_PARALLEL_LEVEL"] = env.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    if accel == "cuda" and (compiler := machine.nvcc()):
        settings["CUDACXX"] = env.get("CUDACXX", str(compiler))
    about = f"about {math.ceil(9 / (os.cpu_count() or 1))} minutes" if accel != "cuda" else "up to an hour"
    try:
        with step(f"building the engine for {accel} ({about}, once for this machine)"):
            call(command, house.log(f"build-{accel}"), "building the engine", env | settings, house.root)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    (wheel,) = built.glob("*.whl")
    shelf.mkdir(parents=True, exist_ok=True)
    begun = shelf / f"{wheel.name}.begun"
    shutil.copyfile(wheel, begun)
    return begun.replace(shelf / wheel.name)


def is_sound(wheel: Path) -> bool:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def cmake_args(accel: str, env: Mapping[str, str]) -> str:
    """CMake's settings for `accel`, before the person's own so that those win."""
    cuda, metal = ("on" if accel == name else "off" for name in ("cuda", "metal"))
    words = [f"-DGGML_CUDA={cuda}", f"-DGGML_METAL={metal}"]
    if accel == "cuda" and not machine.has_nvidia():
        # No device to ask for its architecture ("native"): build for every generation.
        words.append("-DCMAKE_CUDA_ARCHITECTURES=all-major")
    return " ".join([*words, env.get("CMAKE_ARGS", "")]).strip()


def uv(house: House) -> Path:
    """The locker, at its locked version."""
    _tools(house, "uv")
    return house.work / "uv" / "bin" / ("uv.exe" if sys.platform == "win32" else "uv")
