"""The preview, in the real browser engine: what it shows, what it refuses, and how it ends what hangs."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.conftest import ROOT
from tests.ui.conftest import Stage
from tests.ui.hostile import PATIENCE, WAYS, Listener, page
from ui import page_lock, page_view, page_watch
from ui.page_view import PageView

posix = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by POSIX signals")
LONG = 20_000  # ms


class Preview:
    """A view on a stage, and short ways to ask it."""

    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        self.qtbot = qtbot
        self.view = PageView()
        self.links: list[str] = []
        self.view.link_clicked.connect(self.links.append)
        stage.show(self.view, 800, 600)

    def show(self, html: str, name: str = "page") -> None:
        with self.qtbot.waitSignal(self.view.loaded, timeout=LONG):
            self.view.show_page(html, name)

    def ask(self, script: str) -> Any:
        found: list[Any] = []
        self.view.run(script, found.append)
        self.qtbot.waitUntil(lambda: bool(found), timeout=LONG)
        return found[0]

    def until(self, script: str) -> None:
        self.qtbot.waitUntil(lambda: bool(self.ask(script)), timeout=LONG)

    def ended(self, act: Callable[[], object]) -> str:
        with self.qtbot.waitSignal(self.view.failed, timeout=LONG):
            act()
        return self.view.trouble

    @property
    def said(self) -> list[str]:
        return [message.text for message in self.view.messages]


@pytest.fixture
def preview(qtbot: QtBot, stage: Stage) -> Preview:
    return Preview(qtbot, stage)


# What it shows


def test_a_page_runs_and_can_be_pictured(preview: Preview) -> None:
    preview.show("<body style='background: #00ff00'><p id=p></p><script>p.textContent = 1 + 1</script>")
    assert preview.ask("p.textContent") == "2"
    pictures: list[QPixmap] = []
    preview.view.picture(pictures.append)
    preview.qtbot.waitUntil(lambda: bool(pictures))
    assert pictures[0].toImage().pixelColor(400, 300) == QColor("#00ff00")
    in_window = preview.view.grab().toImage()
    assert in_window.pixelColor(400, 300) == QColor("#00ff00")


def test_a_page_that_goes_while_it_is_being_pictured_is_not_pictured(preview: Preview) -> None:
    preview.show("<p>words</p>")
    pictures: list[QPixmap] = []
    with preview.qtbot.captureExceptions() as raised:
        preview.view.run("for (;;);")  # so that the answer comes when the page is taken away
        preview.view.picture(pictures.append)
        preview.view.clear()
        QTest.qWait(300)
    assert raised == []
    assert pictures == []


def test_the_window_is_not_made_anew_for_its_first_page(preview: Preview) -> None:
    """As Qt does for what is drawn by OpenGL: all of the window flickers then."""
    window = preview.view.window().windowHandle()
    kind = window.surfaceType()
    preview.show("<p>")
    assert preview.view.window().windowHandle() is window
    assert window.surfaceType() is kind


def test_a_page_has_storage_while_it_is_shown_and_for_itself(preview: Preview) -> None:
    preview.show("<script>localStorage.count = 7</script>", "one")
    preview.show("<p>", "one")
    assert preview.ask("localStorage.count") == "7"
    preview.show("<p>", "two")
    assert preview.ask("localStorage.count === undefined") is True


def test_a_page_is_as_secure_as_its_scripts_expect(preview: Preview) -> None:
    preview.show("<!doctype html><p>")
    assert len(preview.ask("crypto.randomUUID()")) == 36
    assert preview.ask("document.compatMode") == "CSS1Compat"


def test_the_console_is_collected_with_its_lines(preview: Preview) -> None:
    told: list[object] = []
    preview.view.console.connect(told.append)
    preview.show("<p>\n<script>console.log('seen');\nmissing()</script>")
    (seen, error) = preview.view.messages
    assert (seen.text, seen.line) == ("seen", 2)
    assert "missing is not defined" in error.text
    assert error.line == 3
    assert preview.view.errors == 1
    assert told == preview.view.messages
    preview.show("<p>")
    assert preview.view.messages == []


# A page that is written while it is shown

WRITTEN = """<!doctype html><body style="height: 3000px"><h1>Harbour</h1>
<script>window.runs = (window.runs || 0) + 1; addEventListener("load", () => { window.whole = true })</script>
<p>Boats &amp; people</p><button onclick="this.textContent = 'pressed'">Press</button></body>"""


def test_a_page_grows_in_place(preview: Preview) -> None:
    view = preview.view
    view.update_page(WRITTEN[:60])
    preview.until("document.body && document.body.innerText.startsWith('Harb')")
    preview.ask("scrollTo(0, 500); window.kept = 5")
    for end in range(61, len(WRITTEN), 7):
        view.update_page(WRITTEN[:end])
        QTest.qWait(5)
    preview.until("!!document.querySelector('button')")
    assert preview.ask("document.readyState") == "loading"
    with preview.qtbot.waitSignal(view.loaded, timeout=LONG):
        view.show_page(WRITTEN)
    assert preview.ask("[kept, runs, whole, scrollY, document.querySelector('p').innerText]") == [
        *(5, 1, True, 500),
        "Boats & people",
    ]
    preview.ask("document.querySelector('button').click()")
    assert preview.ask("document.querySelector('button').innerText") == "pressed"


def test_a_page_that_is_whole_at_once_is_closed(preview: Preview) -> None:
    preview.view.update_page(WRITTEN[:100])
    with preview.qtbot.waitSignal(preview.view.loaded, timeout=LONG):
        preview.view.show_page(WRITTEN)
    preview.until("window.whole")


def test_what_is_written_otherwise_begins_anew(preview: Preview) -> None:
    preview.view.update_page("<p>one</p><p>two")
    preview.until("document.body && document.body.innerText.includes('two')")
    preview.view.update_page("<p>three")
    preview.until("document.body && document.body.innerText == 'three'")


def test_a_change_keeps_the_place(preview: Preview) -> None:
    preview.show(WRITTEN)
    preview.ask("scrollTo(0, 700)")
    preview.qtbot.wait(200)  # the view is told by the page where that is
    with preview.qtbot.waitSignal(preview.view.loaded, timeout=LONG):
        preview.view.change_page(WRITTEN.replace("Harbour", "Port"))
    preview.until("scrollY == 700")
    assert preview.ask("document.querySelector('h1').innerText") == "Port"


# What it refuses


def test_nothing_reaches_a_listener(preview: Preview) -> None:
    with Listener() as heard:
        preview.view.show_page(page("127.0.0.1", *heard.ports))
        preview.qtbot.wait(PATIENCE)
        assert preview.ask("document.querySelector('p').innerText") == "words"
        assert (heard.connections, heard.datagrams, heard.received) == (0, 0, 0)
    assert preview.ask("typeof RTCPeerConnection") == "undefined"


def test_control_all_of_it_reaches_the_listener_without_the_locks() -> None:
    with Listener() as heard:
        command = [sys.executable, "-m", "tests.ui.hostile", "free", "127.0.0.1", *map(str, heard.ports)]
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=60)
        assert heard.paths >= WAYS
        assert heard.datagrams > 0


@pytest.mark.parametrize(
    "how", ["location.reload()", "location.href = 'https://example.com/'; location.reload()"]
)
def test_what_was_taken_from_a_page_stays_away(preview: Preview, how: str) -> None:
    preview.show("<p>")
    preview.ask(f"window.old = true; {how}")
    preview.until("!window.old")
    assert preview.ask("typeof RTCPeerConnection") == "undefined"
    preview.show("<p>")
    assert preview.ask("typeof RTCPeerConnection") == "undefined"


def test_files_cannot_be_read(preview: Preview, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    preview.show(f"""<iframe src="{secret.as_uri()}"></iframe><img src="{secret.as_uri()}"><script>
window.found = [];
fetch("{secret.as_uri()}").then(r => r.text()).then(t => found.push(t), e => found.push(e.name));
const x = new XMLHttpRequest();
x.onload = x.onerror = () => found.push(x.responseText || "nothing");
x.open("GET", "{secret.as_uri()}");
try {{ x.send() }} catch (error) {{ found.push(error.name) }}</script>""")
    preview.until("found.length == 2")
    assert "secret" not in str(preview.ask("found"))
    assert preview.ask("document.querySelector('iframe').contentDocument.location.href") == "about:blank"
    preview.ask(f"location.href = '{secret.as_uri()}'")
    preview.qtbot.waitUntil(lambda: "secret.txt" in preview.said[-1])
    assert preview.ask("location.protocol") == "twofold-page:"


def test_dialogs_are_answered_and_told(preview: Preview) -> None:
    preview.show("<script>alert('a'); window.got = [confirm('b'), prompt('c', 'd')]; print()</script>")
    assert preview.ask("got") == [True, "d"]
    assert preview.said == ["a", "b", "c"]


def test_no_window_is_opened_and_no_page_is_left(preview: Preview) -> None:
    preview.show(
        "<a id=here href='https://example.com/here'>1</a><a id=beside target=_blank href='https://example.com/b'>2"
        "</a><a id=part href='#part'>3</a><p id=part>"
    )
    assert preview.ask("String(window.open('https://example.com/'))") == "null"
    windows = len(QGuiApplication.topLevelWindows())
    preview.ask("here.click()")
    preview.qtbot.waitUntil(lambda: preview.links == ["https://example.com/here"])
    assert "https://example.com/here" in preview.said[-1]
    preview.ask("document.querySelector('a[href=\"#part\"]').click()")
    assert preview.ask("location.hash") == "#part"
    preview.ask("location.href = 'https://example.com/away'")
    preview.qtbot.waitUntil(lambda: len(preview.said) == 2)
    assert preview.ask("location.protocol") == "twofold-page:"
    assert len(QGuiApplication.topLevelWindows()) == windows


def test_downloads_do_not_come_to_the_disk(preview: Preview, tmp_path: Path) -> None:
    preview.show("<a id=a download='x.txt' href='data:text/plain,hello'>x</a>")
    assert preview.view._page is not None
    preview.view._page.profile().setDownloadPath(str(tmp_path))
    preview.ask("a.click()")
    preview.ask("a.href = URL.createObjectURL(new Blob(['hello'])); a.click()")
    preview.qtbot.wait(500)
    assert list(tmp_path.iterdir()) == []


def test_the_clipboard_is_the_persons(preview: Preview) -> None:
    QGuiApplication.clipboard().setText("mine")
    preview.show("""<input id=i value=theirs><script>window.got = [];
const say = word => got.push(word);
const steal = () => {
  i.select(); document.execCommand("copy"); i.value = ""; document.execCommand("paste"); say(i.value);
  navigator.clipboard.writeText("theirs").then(() => say("written"), () => say("no"));
  navigator.clipboard.readText().then(say, () => say("no"));
};
addEventListener("click", steal);</script>""")
    view = preview.view.focusProxy()
    target = view.focusProxy() if view is not None else None  # what Chromium draws into
    assert target is not None
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    preview.until("got.length == 3")
    assert "mine" not in preview.ask("got")
    assert "written" not in preview.ask("got")
    assert QGuiApplication.clipboard().text() == "mine"


def test_permissions_are_denied(preview: Preview) -> None:
    preview.show("""<script>window.got = [];
navigator.geolocation.getCurrentPosition(() => got.push("here"), error => got.push(error.code));
Notification.requestPermission().then(answer => got.push(answer));
navigator.mediaDevices.getUserMedia({audio: true}).then(() => got.push("heard"), e => got.push(e.name));
document.documentElement.requestFullscreen().then(() => got.push("full"), e => got.push(e.name));
</script>""")
    preview.until("got.length == 4")
    assert not {"here", "granted", "heard", "full"} & set(map(str, preview.ask("got")))


def test_doors_that_the_environment_opens_are_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QTWEBENGINE_REMOTE_DEBUGGING", "9222")
    monkeypatch.setenv("QTWEBENGINE_CHROMIUM_FLAGS", "--disable-web-security")
    page_lock.prepare()
    assert "QTWEBENGINE_REMOTE_DEBUGGING" not in os.environ
    assert "--disable-web-security" not in os.environ["QTWEBENGINE_CHROMIUM_FLAGS"]


@posix
@pytest.mark.parametrize(
    ("root", "namespaces", "flag"),
    [(True, True, "--no-sandbox"), (False, False, "--disable-namespace-sandbox"), (False, True, "")],
)
def test_only_root_goes_without_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, root: bool, namespaces: bool, flag: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(page_lock, "_has_namespaces", lambda: namespaces)
    monkeypatch.setattr(page_lock, "sandbox", page_lock.sandbox.__wrapped__)
    monkeypatch.setenv("QTWEBENGINE_CHROMIUM_FLAGS", "")
    page_lock.prepare()
    flags = os.environ["QTWEBENGINE_CHROMIUM_FLAGS"].split()
    assert [one for one in flags if "sandbox" in one] == ([flag] if flag else [])
    assert PageView().sandboxed is not root
    assert bool(page_lock.sandbox().value) is bool(flag)


@posix
def test_without_shared_memory_another_place_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_lock, "SHARED_MEMORY", "/nowhere")
    monkeypatch.setenv("QTWEBENGINE_CHROMIUM_FLAGS", "")
    page_lock.prepare()
    assert "--disable-dev-shm-usage" in os.environ["QTWEBENGINE_CHROMIUM_FLAGS"].split()


def test_without_its_libraries_a_sentence_is_shown(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtWebEngineWidgets", None)
    assert "a part of the system" in preview.ended(lambda: preview.view.show_page("<p>"))


# What it ends


def test_an_endless_loop_ends_the_page_alone(preview: Preview) -> None:
    preview.view.watch.set_beat(100)
    assert preview.ended(lambda: preview.view.show_page("<script>while (1) {}</script>")) == page_view.HUNG
    assert preview.view._instead.isVisible()
    preview.show("<p>after</p>")
    assert preview.ask("document.body.innerText") == "after"


def test_a_loop_that_is_being_written_is_not_begun_again_with_every_word(preview: Preview) -> None:
    preview.view.watch.set_beat(100)
    loop = "<p>a</p><script>while (1) {}</script>"
    preview.ended(lambda: preview.view.update_page(loop))
    preview.view.update_page(loop + "<p>b</p>")
    preview.qtbot.wait(300)
    assert preview.view.trouble == page_view.HUNG
    assert preview.view.process == 0


@posix
def test_the_page_after_one_that_hangs_does_not_pay_for_it(preview: Preview) -> None:
    preview.show("<p>")
    preview.view.run("while (1) {}")
    preview.qtbot.waitUntil(lambda: preview.view.watch.silent, timeout=LONG)
    preview.show("<p>next</p>")
    assert preview.ask("document.body.innerText") == "next"
    assert preview.view.trouble == ""


def test_a_page_that_loads_itself_without_end_is_stopped(preview: Preview) -> None:
    preview.show("<script>addEventListener('load', () => location.reload())</script>")
    from ui.locked_page import RESTLESS

    preview.qtbot.waitUntil(lambda: preview.said[-1:] == [RESTLESS], timeout=LONG)
    preview.show("<p>next</p>")
    assert preview.ask("document.body.innerText") == "next"


@posix
def test_a_crash_ends_the_page_alone_and_it_can_be_shown_again(preview: Preview) -> None:
    preview.show("<p>before</p>")
    sentence = preview.ended(lambda: os.kill(preview.view.process, signal.SIGSEGV))
    assert sentence == page_view.BROKE
    with preview.qtbot.waitSignal(preview.view.loaded, timeout=LONG):
        QTest.mouseClick(preview.view._instead.again, Qt.MouseButton.LeftButton)
    assert preview.ask("document.body.innerText") == "before"


def test_a_page_that_fills_the_memory_is_ended(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_watch, "MOST_MEMORY", 300_000_000)
    greedy = """<script>window.a = []; setInterval(() => {
const b = new Uint8Array(2e7); b.fill(1); a.push(b) }, 20)</script>"""
    assert preview.ended(lambda: preview.view.show_page(greedy)) == page_view.GREEDY


def test_a_page_that_fills_the_console_is_not_listened_to_for_ever(preview: Preview) -> None:
    told: list[object] = []
    preview.view.console.connect(told.append)
    preview.show("<script>for (let i = 0; i < 3000; i++) console.log(i)</script>")
    preview.ask("console.log('last')")
    assert len(told) == page_view.MOST_MESSAGES
    assert len(preview.view.messages) == page_view.KEPT_MESSAGES


def test_a_page_that_is_put_away_leaves_no_process(preview: Preview) -> None:
    import psutil

    preview.show("<p>")
    process = preview.view.process
    assert psutil.pid_exists(process)
    preview.view.clear()
    preview.qtbot.waitUntil(
        lambda: not psutil.pid_exists(process) or psutil.Process(process).status() == "zombie", timeout=LONG
    )
    preview.show("<p>again</p>")
    assert preview.ask("document.body.innerText") == "again"


LEFT = """
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from PySide6.QtTest import QTest
from ui.page_view import PageView
app = QApplication(["test"])
window = QWidget()
view = PageView()
QVBoxLayout(window).addWidget(view)
window.show()
view.show_page("<p>")
QTest.qWait(500)
window.close()
{last}
"""


@pytest.mark.parametrize("last", ["", "view.clear()", "window.deleteLater()", "del view, window"])
def test_a_program_that_leaves_a_page_behind_ends_well(last: str) -> None:
    command = [sys.executable, "-c", LEFT.format(last=last)]
    assert subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60).returncode == 0
