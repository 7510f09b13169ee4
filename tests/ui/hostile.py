"""A page that tries to reach a listener in every way, and what such a listener heard.

`python -m tests.ui.hostile free HOST PORT UDP_PORT` opens it in a browser view that nothing was done to: the
control, without which a count of nothing would prove nothing. With `locked` it is opened as Twofold does.
"""

import os
import socket
import sys
import threading
from types import TracebackType
from typing import Self

PATIENCE = 8000  # ms that all ways of a page get
# What reaches the listener from a view without locks, by the path that is asked for.
WAYS = {
    *("fetch", "image", "socket", "form", "prefetch", "frame", "style", "font", "beacon", "events", "script"),
    *("media", "refresh", "location"),
}


def page(host: str, port: int, udp: int) -> str:
    """One page with every way in it that a page has to send something."""
    at = f"{host}:{port}"
    return f"""<!doctype html>
<link rel="stylesheet" href="http://{at}/style"><style>@import "http://{at}/import";
@font-face {{ font-family: F; src: url(http://{at}/font); }}</style>
<link rel="prefetch" href="http://{at}/prefetch"><link rel="preconnect" href="http://{at}">
<link rel="dns-prefetch" href="http://leak.example">
<link rel="preconnect" href="http://leak.example"><link rel="preload" as="image" href="http://{at}/preload">
<p style="font-family: F">words</p><img src="http://{at}/image"><script src="http://{at}/script"></script>
<iframe src="http://{at}/frame"></iframe><iframe name="hidden"></iframe>
<video src="http://{at}/media" autoplay muted></video>
<form id="form" method="post" target="hidden" action="http://{at}/form"><input name="a" value="b"></form>
<script>
const quietly = f => {{ try {{ f() }} catch (error) {{}} }};
quietly(() => fetch("http://{at}/fetch", {{mode: "no-cors"}}).catch(() => 0));
quietly(() => new WebSocket("ws://{at}/socket"));
quietly(() => new EventSource("http://{at}/events"));
quietly(() => navigator.sendBeacon("http://{at}/beacon", "x"));
quietly(() => document.getElementById("form").submit());
const ring = Peer => {{
  const to = ["stun:{host}:{udp}", "turn:{host}:{udp}", "turn:{at}?transport=tcp"]
    .map(urls => ({{urls, username: "a", credential: "b"}}));
  const peer = new Peer({{iceServers: to}});
  peer.createDataChannel("x");
  peer.createOffer().then(offer => peer.setLocalDescription(offer));
}};
quietly(() => ring(RTCPeerConnection));
quietly(() => {{  // a frame that is made later has a window of its own
  const frame = document.body.appendChild(document.createElement("iframe"));
  ring(frame.contentWindow.RTCPeerConnection);
}});
quietly(() => new Worker(URL.createObjectURL(new Blob([`fetch("http://{at}/worker")`]))));
quietly(() => window.open("http://{at}/window"));
setTimeout(() => {{ location.href = "http://{at}/location" }}, 3000);
</script><meta http-equiv="refresh" content="2;url=http://{at}/refresh">"""


class Listener:
    """Counts what comes to one TCP and one UDP port of this machine, and answers HTTP with nothing."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.connections = self.datagrams = self.received = 0
        self.paths: set[str] = set()

    @property
    def ports(self) -> tuple[int, int]:
        return self.tcp.getsockname()[1], self.udp.getsockname()[1]

    def __enter__(self) -> Self:
        for work in (self._accept, self._hear):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tcp.close()
        self.udp.close()

    def _accept(self) -> None:
        while True:
            try:
                heard, _ = self.tcp.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._answer, args=(heard,), daemon=True).start()

    def _answer(self, heard: socket.socket) -> None:
        with heard:
            try:
                heard.settimeout(10)
                while data := heard.recv(65536):
                    self.received += len(data)
                    words = data.split(b" ", 2)
                    if len(words) == 3 and words[1].startswith(b"/"):
                        self.paths.add(words[1].decode()[1:])
                    heard.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                pass

    def _hear(self) -> None:
        while True:
            try:
                data = self.udp.recv(65536)
            except OSError:
                return
            self.datagrams += 1
            self.received += len(data)


def main() -> None:
    """Show the page for a while; what is heard of it is counted elsewhere."""
    how, host, port, udp = sys.argv[1:]
    html = page(host, int(port), int(udp))
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # The flag without which root can show no page; what is locked sets its own.
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = "--disable-gpu --no-sandbox --log-level=3"
    from PySide6.QtCore import QTimer, QUrl
    from PySide6.QtWidgets import QApplication

    app = QApplication(sys.argv[:1])
    if how == "locked":
        from ui.page_view import PageView

        locked = PageView()
        locked.resize(800, 600)
        locked.show()
        locked.show_page(html)
        # A page that was not shown would reach nothing either.
        QTimer.singleShot(PATIENCE - 1000, lambda: locked.run("document.querySelector('p').innerText", print))
    else:
        from PySide6.QtWebEngineWidgets import QWebEngineView

        free = QWebEngineView()
        free.resize(800, 600)
        free.show()
        free.setHtml(html, QUrl(f"http://{host}/"))
    QTimer.singleShot(PATIENCE, app.quit)
    app.exec()


if __name__ == "__main__":
    main()
