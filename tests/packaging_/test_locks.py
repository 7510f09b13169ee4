"""What may be installed is pinned, hashed, and names no index."""

import re
import tomllib
from pathlib import Path

import pytest
from environment import ENGINE, requirements
from locking import BUILDS

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "packaging" / "locks").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def names(lock: str) -> set[str]:
    return set(requirements((ROOT / "packaging" / "locks" / f"{lock}.txt").read_text(encoding="utf-8")))


def plain(requirement: str) -> str:
    return re.split(r"[\[=<>~!; ]", requirement)[0].lower().replace("_", "-")


def test_every_lock_is_made_by_make_lock() -> None:
    assert {lock.stem for lock in LOCKS} == {"runtime", "dev", *BUILDS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_pinned_hashed_and_without_an_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|index|find-links|file:|/", text)
    blocks = requirements(text)
    assert blocks
    assert "\n".join(blocks.values()) + "\n" == text, "a line belongs to no requirement"
    for name, block in blocks.items():
        assert re.match(rf"{name}==[\w.]+ \\\n( +--hash=sha256:[0-9a-f]{{64}}( \\\n)?)+$", block), name


def test_no_torch() -> None:
    everything = set().union(*(names(lock.stem) for lock in LOCKS))
    assert not {name for name in everything if name.startswith(("torch", "nvidia"))}


def test_runtime_lock_covers_the_project() -> None:
    wanted = {plain(word) for word in PROJECT["project"]["dependencies"]}
    assert wanted <= names("runtime")
    assert ENGINE in names("runtime")


def test_dev_lock_adds_the_test_tools_alone() -> None:
    wanted = {plain(word) for word in PROJECT["project"]["optional-dependencies"]["dev"]}
    assert wanted <= names("dev")
    assert not names("dev") & names("runtime")


def test_build_requirements_are_locked() -> None:
    assert {plain(word) for word in PROJECT["build-system"]["requires"]} <= names("project-build")
    for lock, wanted in BUILDS.items():
        assert {plain(word) for word in wanted} <= names(lock)


def test_packaging_is_no_package() -> None:
    """With an `__init__.py` the folder would shadow the library `packaging`."""
    assert not (ROOT / "packaging" / "__init__.py").exists()
