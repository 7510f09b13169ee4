"""What this machine has: system packages, a display, a terminal, a device to compute on."""

import ctypes
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from steps import Trouble, call, step

ACCELS = ("cpu", "cuda", "metal")

# Debian package -> the library it brings: what the Qt plug-ins offscreen, xcb, wayland, the Qt libraries of
# PySide6-Essentials 6.11, and WebEngine with its process of PySide6-Addons 6.11 name as NEEDED (`readelf -d`)
# and no wheel holds. Told by the library rather than by the package, so that a system with other package
# names is not refused.
LIBRARIES = {
    "libasound2": "libasound.so.2",
    "libbrotli1": "libbrotlidec.so.1",
    "libdbus-1-3": "libdbus-1.so.3",
    "libegl1": "libEGL.so.1",
    "libexpat1": "libexpat.so.1",
    "libfontconfig1": "libfontconfig.so.1",
    "libfreetype6": "libfreetype.so.6",
    "libgbm1": "libgbm.so.1",
    "libgl1": "libGL.so.1",
    "libglib2.0-0": "libgthread-2.0.so.0",
    "libgssapi-krb5-2": "libgssapi_krb5.so.2",
    "libnspr4": "libnspr4.so",
    "libnss3": "libnss3.so",
    "libudev1": "libudev.so.1",
    "libwayland-client0": "libwayland-client.so.0",
    "libwayland-cursor0": "libwayland-cursor.so.0",
    "libwayland-egl1": "libwayland-egl.so.1",
    "libx11-6": "libX11.so.6",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-dri3-0": "libxcb-dri3.so.0",
    "libxcb-glx0": "libxcb-glx.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-image0": "libxcb-image.so.0",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-render-util0": "libxcb-render-util.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-shm0": "libxcb-shm.so.0",
    "libxcb-sync1": "libxcb-sync.so.1",
    "libxcb-xfixes0": "libxcb-xfixes.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libxcomposite1": "libXcomposite.so.1",
    "libxdamage1": "libXdamage.so.1",
    "libxext6": "libXext.so.6",
    "libxfixes3": "libXfixes.so.3",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxkbfile1": "libxkbfile.so.1",
    "libxrandr2": "libXrandr.so.2",
    "libxtst6": "libXtst.so.6",
}


def lacking() -> list[str]:
    """The Debian packages for what this machine lacks; empty where nothing is."""
    names = []
    if not has_compiler():
        names.append("g++")
    if importlib.util.find_spec("ensurepip") is None:
        names.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if sys.platform == "linux":
        names += [package for package, library in LIBRARIES.items() if not _loads(library)]
    return names


def has_compiler() -> bool:
    """Whether CMake would find a C++ compiler by name (on Windows it asks Visual Studio itself)."""
    if sys.platform == "win32":
        return True
    return any(shutil.which(name) for name in (os.environ.get("CXX") or "c++", "g++", "clang++"))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_system_packages(log: Path, root: Path) -> None:
    """Install what is lacking where that is ours to do (root on Debian); else raise the line to copy."""
    names = lacking()
    if not names:
        return
    if shutil.which("apt-get") is None:
        raise Trouble(_in_other_words(names))
    if os.geteuid() != 0:
        line = "sudo apt-get install -y --no-install-recommends " + " ".join(names)
        raise Trouble(f"some system packages are missing; copy this line, then try again:\n{line}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *names)
    what = "installing system packages"
    with step(f"{what} ({len(names)}, about a minute)"):
        try:
            call(install, log, what, env, root)
        except Trouble:  # the package lists may be absent or old: once more with new ones
            call(("apt-get", "update", "-q"), log, "reading the package lists", env, root)
            call(install, log, what, env, root)
    if still := lacking():
        raise Trouble(f"still missing after their installation: {', '.join(still)}; the log is {log}")


def _in_other_words(names: list[str]) -> str:
    """What is missing, for a system without apt-get, where packages have other names."""
    wanted = [LIBRARIES.get(name, name) for name in names]
    compiler = (
        "the Xcode command line tools (xcode-select --install)"
        if sys.platform == "darwin"
        else "a C++ compiler"
    )
    wanted = [compiler if name == "g++" else name for name in wanted]
    return f"these are missing, install them by your system's means, then try again: {', '.join(wanted)}"


def has_display(env: Mapping[str, str]) -> bool:
    """Whether a window can be shown: always on macOS and Windows, by its variables elsewhere."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def has_terminal() -> bool:
    """Whether a person sits at both ends of this process."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def nvcc() -> Path | None:
    """The CUDA compiler, where there is one."""
    found = shutil.which("nvcc") or shutil.which("nvcc", path="/usr/local/cuda/bin")
    return Path(found) if found else None


def has_nvidia() -> bool:
    """Whether an NVIDIA device answers; a compiler alone proves nothing, for containers carry one."""
    smi = shutil.which("nvidia-smi")
    if smi is None:
        return Path("/dev/nvidia0").exists()
    try:
        told = subprocess.run([smi, "-L"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0 and told.stdout.startswith("GPU ")


def accel(asked: str) -> str:
    """What llama.cpp is built for: the person's word, else what a device here can run.

    Raises Trouble for a word that is none of ACCELS, and for `cuda` without its compiler.
    """
    if asked and asked not in ACCELS:
        raise Trouble(f"ACCEL={asked} is not known; take one of {', '.join(ACCELS)}")
    if asked == "cuda" and nvcc() is None:
        raise Trouble(
            "ACCEL=cuda needs NVIDIA's CUDA toolkit, and its compiler nvcc is not here; install that first"
        )
    if asked == "metal" and sys.platform != "darwin":
        raise Trouble("ACCEL=metal is for macOS; leave ACCEL out, or take cpu or cuda")
    if asked:
        return asked
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "metal"
    # The compiler is looked for first because that is quick, and neither is of use without the other.
    return "cuda" if nvcc() and has_nvidia() else "cpu"


def processor() -> str:
    """A short name for this processor's instruction set, for a native build runs on no other."""
    told = platform.processor()
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        found = next((line for line in lines if line.startswith(("flags", "Features"))), "")
        told = " ".join(sorted(set(found.partition(":")[2].split())))
        if platform.machine() in ("x86_64", "i686"):  # the rest are the kernel's and change with it
            told = " ".join(
                re.findall(r"\b(?:sse|ssse|avx|amx|fma|f16c|bmi|aes|sha|popcnt|vaes|gfni)\w*", told)
            )
    elif sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return hashlib.sha256(told.encode()).hexdigest()[:12]
