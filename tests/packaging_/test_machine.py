"""What a machine has is told right, and what it lacks in one line."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import machine
import pytest
from steps import Trouble

_QT = ("Gui", "Widgets", "Svg", "Network", "WebEngineCore", "WebEngineWidgets")

linux = pytest.mark.skipif(sys.platform != "linux", reason="is about Debian's packages")


def tool(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it; put tools in the folder to have them."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(machine, "nvcc", lambda: tmp_path / "nvcc" if (tmp_path / "nvcc").exists() else None)
    return tmp_path


@linux
def test_a_user_gets_one_line(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(bare, "apt-get", "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(machine, "_loads", lambda library: library != "libEGL.so.1")
    with pytest.raises(Trouble) as caught:
        machine.install_system_packages(bare / "log", bare)
    sentence, line = str(caught.value).splitlines()
    assert "copy this line" in sentence
    assert line == "sudo apt-get install -y --no-install-recommends g++ libegl1"


@linux
def test_root_installs_and_reads_the_lists_only_if_need_be(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(
        bare,
        "apt-get",
        f'echo "$@" >> {bare}/calls; test -e {bare}/lists || {{ : > {bare}/lists; exit 100; }}',
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    answers = iter((["g++"], []))
    monkeypatch.setattr(machine, "lacking", lambda: next(answers))
    machine.install_system_packages(bare / "log", bare)
    words = [line.split()[0] for line in (bare / "calls").read_text().splitlines()]
    assert words == ["install", "update", "install"]


@linux
def test_without_apt_it_names_the_libraries(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_loads", lambda library: library != "libEGL.so.1")
    with pytest.raises(Trouble, match=r"a C\+\+ compiler, libEGL\.so\.1$"):
        machine.install_system_packages(bare / "log", bare)


@linux
def test_nothing_that_qt_needs_is_missing_once_nothing_is_lacking() -> None:
    """The list of libraries is whole: the plug-ins and libraries in use resolve on this machine."""
    assert machine.lacking() == []
    spec = importlib.util.find_spec("PySide6")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    files = [
        folder / "Qt" / "plugins" / "platforms" / f"libq{name}.so" for name in ("xcb", "offscreen", "wayland")
    ]
    files += [folder / "Qt" / "lib" / f"libQt6{name}.so.6" for name in _QT]
    files.append(folder / "Qt" / "libexec" / "QtWebEngineProcess")
    for file in files:
        told = subprocess.run(("ldd", file), capture_output=True, text=True, check=True)
        assert "not found" not in told.stdout, f"{file.name}:\n{told.stdout}"


def test_a_display_is_told_by_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert not machine.has_display({})
    assert not machine.has_display({"DISPLAY": ""})
    assert machine.has_display({"DISPLAY": ":0"})
    assert machine.has_display({"WAYLAND_DISPLAY": "wayland-0"})
    monkeypatch.setattr(sys, "platform", "darwin")
    assert machine.has_display({})


def test_no_terminal_where_a_stream_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert not machine.has_terminal()


@linux
@pytest.mark.parametrize(
    ("nvcc", "smi", "wanted"),
    [
        ("", "", "cpu"),
        ("exit 0", "", "cpu"),
        ("exit 0", "echo 'No devices were found'; exit 6", "cpu"),
        ("exit 0", "echo 'Failed to initialize NVML'; exit 0", "cpu"),
        ("exit 0", "echo 'GPU 0: a card'", "cuda"),
        ("", "echo 'GPU 0: a card'", "cpu"),
    ],
)
def test_a_device_is_looked_for_not_a_compiler(bare: Path, nvcc: str, smi: str, wanted: str) -> None:
    for name, script in (("nvcc", nvcc), ("nvidia-smi", smi)):
        if script:
            tool(bare, name, script)
    assert machine.accel("") == wanted


@linux
def test_the_persons_word_holds(bare: Path) -> None:
    assert machine.accel("cpu") == "cpu"
    with pytest.raises(Trouble, match="ACCEL=cuda needs"):
        machine.accel("cuda")
    tool(bare, "nvcc", "exit 0")
    assert machine.accel("cuda") == "cuda"
    with pytest.raises(Trouble, match="ACCEL=rocm is not known"):
        machine.accel("rocm")
    with pytest.raises(Trouble, match="macOS"):
        machine.accel("metal")
