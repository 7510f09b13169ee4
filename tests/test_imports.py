"""What the source may import: nothing below that reaches beyond this machine, or starts what could.

One module may start pip, and it is loaded when a person asks for a model and not before.
"""

import ast
import re
from collections.abc import Iterator

from tests.conftest import ROOT

DOWNLOAD = "models/download.py"  # the one module that may reach out, by pip
DOWNLOAD_MODULE = "models.download"
# What may load it, within a function. The doctor looks at what was left of a download, and begins none.
MAY_DOWNLOAD = {
    "app/doctor.py",
    "ui/bridge.py",
    "ui/terminal.py",
    "ui/terminal_lines.py",
    "ui/offer.py",
    "ui/window.py",
}

# Of the standard library and of what is installed with Twofold.
REACHES_OUT = {
    *("aiohttp", "anyio", "asyncio", "ftplib", "http", "httpcore", "httpx", "huggingface_hub", "imaplib"),
    *("nntplib", "poplib", "requests", "smtplib", "socket", "socketserver", "ssl", "telnetlib", "urllib"),
    *("urllib3", "webbrowser", "websockets", "wsgiref", "xmlrpc"),
}
QT = {"QtCore", "QtGui", "QtSvg", "QtWidgets", "QtNetwork"}
OF_QT_NETWORK = {"QLocalServer", "QLocalSocket"}  # a second start finds the first window
OF_CONNECTION = {"Connection"}  # a pipe; its Client and Listener could be on the network
STARTS = {"subprocess", "pty"}  # other programs
ALLOWED = {
    DOWNLOAD: {"subprocess"},  # pip
    "ui/page_lock.py": {
        "subprocess"
    },  # `unshare ... true`, to ask whether this system lets pages be locked in
    "ui/page_check.py": {"subprocess"},  # itself
    "ui/locked_page.py": {"PySide6.QtWebEngineCore"},  # which it locks
    "ui/page_view.py": {"PySide6.QtWebEngineWidgets"},
}
OF_OS = re.compile(r"(exec|spawn|posix_spawn)[lv]?p?e?|system|popen|startfile|forkpty")  # likewise


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that is imported; the name is "" where it is the module itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def refused(source: str) -> list[str]:
    """What this file imports and may not."""
    tree = ast.parse(source)
    found = []
    for module, what in imports(tree):
        root, *rest = module.split(".")
        part = rest[0] if rest else what
        if root in REACHES_OUT and not (module == "socket" and _only_pairs(tree)):
            found.append(module)
        elif root == "PySide6" and part not in QT:
            found.append(f"{root}.{part}")
        elif module == "PySide6.QtNetwork" and what not in OF_QT_NETWORK:
            found.append(f"{module}.{what}")
        elif module == "PySide6" and what == "QtNetwork":  # whole, so that nobody sees what of it is used
            found.append("PySide6.QtNetwork")
        elif module == "multiprocessing.connection" and what not in OF_CONNECTION:
            found.append(f"{module}.{what}")
        elif root in STARTS or what == "QProcess" or (module == "os" and OF_OS.fullmatch(what)):
            found.append(f"{module}.{what}".rstrip("."))
    found += [f"os.{used}" for used in _used_of(tree, "os") if OF_OS.fullmatch(used)]
    found += [used for used in _used_of(tree, "QtCore") if used == "QProcess"]
    return found


def _used_of(tree: ast.AST, module: str) -> Iterator[str]:
    """The names that are taken from a module after a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module:
            yield node.attr


def _only_pairs(tree: ast.AST) -> bool:
    """Whether all that is used of `socket` is two ends within this process, for signals."""
    used = set(_used_of(tree, "socket"))
    names = {what for module, what in imports(tree) if module == "socket"}
    return used == {"socketpair"} and names == {""}


def test_no_module_reaches_beyond_this_machine() -> None:
    files = [file for floor in ("app", "models", "ui") for file in sorted((ROOT / floor).rglob("*.py"))]
    assert len(files) > 50
    names = {str(file.relative_to(ROOT).as_posix()): file for file in files}
    found = {n: refused(f.read_text("utf-8")) for n, f in names.items()}
    assert {name: what for name, what in found.items() if not set(what) <= ALLOWED.get(name, set())} == {}


def _names_download(tree: ast.AST) -> bool:
    return any(DOWNLOAD_MODULE in (module, f"{module}.{what}") for module, what in imports(tree))


def test_what_fetches_models_is_loaded_within_functions_alone() -> None:
    for file in (file for floor in ("app", "models", "ui") for file in (ROOT / floor).rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        top: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert not _names_download(tree) or file.relative_to(ROOT).as_posix() in MAY_DOWNLOAD, file
        assert not _names_download(ast.Module(top, [])), file


def test_control_what_would_reach_out_is_found() -> None:
    for line in (
        "import urllib.request",
        "from http.client import HTTPSConnection",
        "def f():\n    import requests",
        "import socket\nsocket.create_connection(('a', 1))",
        "from socket import create_connection\nimport socket\nsocket.socketpair()",
        "from PySide6.QtNetwork import QNetworkAccessManager",
        "from PySide6 import QtNetwork",
        "from PySide6.QtWebEngineCore import QWebEnginePage",
        "from multiprocessing.connection import Client",
        "import subprocess",
        "from os import execv",
        "import os\nos.system('curl')",
        "from PySide6.QtCore import QProcess",
        "from PySide6 import QtCore\nQtCore.QProcess()",
    ):
        assert refused(line), line
    assert not refused("import socket\nsocket.socketpair()")
