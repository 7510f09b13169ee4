"""Writes the locks anew: `make lock`. Versions and hashes, and no address of any index."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

import environment
from environment import House, requirements
from steps import Trouble, call, step

# What the builds ask for, with the names that their build systems load at run time added.
BUILDS = {
    "engine-build": ("scikit-build-core[pyproject]>=0.9.2", "cmake", "ninja"),
    "project-build": ("hatchling", "editables"),
    "uv": ("uv",),
}


def lock(house: House) -> None:
    """Rewrite every lock for the oldest Python that Twofold runs on; raises Trouble where that fails."""
    uv = environment.uv(house)
    project = tomllib.loads((house.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = _compile(house, uv, "runtime", project["dependencies"])
    tests = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    dev = _compile(house, uv, "dev", tests, "--constraint", house.lock("runtime"))
    _write(house.lock("dev"), (block for name, block in dev.items() if name not in runtime))
    for name, wanted in BUILDS.items():
        _compile(house, uv, name, wanted)


def _compile(house: House, uv: Path, name: str, wanted: Iterable[str], *words: str | Path) -> dict[str, str]:
    asked = house.work / "asked" / f"{name}.in"
    asked.parent.mkdir(parents=True, exist_ok=True)
    asked.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    options = (
        "--generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --upgrade"
    )
    command = (uv, "pip", "compile", *options.split(), "-o", house.lock(name), *words, asked)
    with step(f"locking {name}"):
        call(command, house.log(f"lock-{name}"), f"locking {name}", house.env(), house.root)
    blocks = requirements(house.lock(name).read_text(encoding="utf-8"))
    if bad := [block for block in blocks.values() if "--hash=" not in block or "://" in block]:
        raise Trouble(
            f"the lock {name} has a requirement without a hash or with an address: {bad[0].split()[0]}"
        )
    _write(house.lock(name), blocks.values())
    return blocks


def _write(file: Path, blocks: Iterable[str]) -> None:
    file.write_text("\n".join(blocks) + "\n", encoding="utf-8")
