"""A virtual environment is whole or made anew, and an engine is used only where it was built for."""

import json
import zipfile
from pathlib import Path

import environment
import machine
import pytest
from environment import House

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A checkout with our locks, and with a `.venv` that has only a note of what it would be."""
    root = tmp_path / "checkout"
    (root / "packaging").mkdir(parents=True)
    (root / "packaging" / "locks").symlink_to(ROOT / "packaging" / "locks")
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    house = House(root, tmp_path / "cache")
    house.python.parent.mkdir(parents=True)
    house.python.touch()
    return house


def note(house: House, accel: str, **more: str) -> None:
    made = {**environment.wanted(house, accel, tests=True), **more}
    (house.venv / "made.json").write_text(json.dumps(made))


def test_a_whole_one_serves_every_word(house: House) -> None:
    note(house, "cpu")
    assert environment.is_made(house, "cpu", tests=True)
    assert environment.is_made(house, "cpu", tests=False)


def test_none_or_a_half_made_one_does_not(house: House) -> None:
    assert not environment.is_made(house, "cpu", tests=False)
    note(house, "cpu", busy="dev")
    assert not environment.is_made(house, "cpu", tests=False)


def test_one_without_its_python_does_not(house: House) -> None:
    note(house, "cpu")
    house.python.unlink()
    assert not environment.is_made(house, "cpu", tests=False)


def test_a_changed_project_file_or_device_or_folder_is_noticed(house: House) -> None:
    note(house, "cpu")
    assert not environment.is_made(house, "cuda", tests=False)
    moved = house.root.rename(house.root.with_name("moved"))
    assert not environment.is_made(House(moved, house.cache), "cpu", tests=False)
    moved.rename(house.root)
    (house.root / "pyproject.toml").write_text("changed")
    assert not environment.is_made(house, "cpu", tests=False)


def test_engines_are_kept_apart(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {environment.engine_key(house, accel) for accel in machine.ACCELS}
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_NATIVE=off")
    keys.add(environment.engine_key(house, "cpu"))
    monkeypatch.setattr(machine, "processor", lambda: "another")
    keys.add(environment.engine_key(house, "cpu"))
    assert len(keys) == 5


def test_a_built_engine_is_taken_from_the_shelf(house: House) -> None:
    shelf = house.cache / "engines" / environment.engine_key(house, "cpu")
    shelf.mkdir(parents=True)
    wheel = shelf / "llama_cpp_python-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a", "b")
    assert environment.engine_wheel(house, "cpu") == wheel
    assert environment.is_sound(wheel)
    wheel.write_bytes(wheel.read_bytes()[:20])
    assert not environment.is_sound(wheel)


def test_cmake_is_told_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "has_nvidia", lambda: False)
    assert environment.cmake_args("cpu", {}) == "-DGGML_CUDA=off -DGGML_METAL=off"
    assert environment.cmake_args("cuda", {"CMAKE_ARGS": "-DX=1"}).split() == [
        "-DGGML_CUDA=on",
        "-DGGML_METAL=off",
        "-DCMAKE_CUDA_ARCHITECTURES=all-major",
        "-DX=1",
    ]
    monkeypatch.setattr(machine, "has_nvidia", lambda: True)
    assert "ARCHITECTURES" not in environment.cmake_args("cuda", {})


def test_pip_keeps_the_persons_settings(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/somewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    env = house.env()
    assert env["PIP_FIND_LINKS"] == "/somewhere"
    assert env["PIP_USER"] == "0"
    assert "PYTHONPATH" not in env
