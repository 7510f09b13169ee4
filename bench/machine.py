"""What the numbers were measured on."""

import platform
from importlib.metadata import version
from pathlib import Path

import psutil

from models.worker.threads import usable_cores


def description() -> list[str]:
    """Lines of Markdown; nothing in them names the machine or who uses it."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ("llama-cpp-python", "PySide6-Essentials")
    return [
        f"- {processor()}, {usable_cores()} cores, {memory:.0f} GB of memory",
        f"- {system()}, Python {platform.python_version()}",
        "- " + ", ".join(f"{package} {version(package)}" for package in packages),
    ]


def processor() -> str:
    """Its model name, or what kind it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def system() -> str:
    """The name of the system, without the machine's own."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"
