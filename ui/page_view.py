"""The preview of a page: it runs, locked in, and when it hangs or breaks this says so in its place.

Qt WebEngine is loaded when the first page is shown, and not before.
"""

import json
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QStackedLayout, QWidget

from ui import page_lock
from ui.page_instead import Instead
from ui.page_lock import Sandbox
from ui.page_watch import Fate, PageWatch
from ui.theme import theme

if TYPE_CHECKING:
    from PySide6.QtWebEngineWidgets import QWebEngineView

    from ui.locked_page import LockedPage

PACE = 100  # ms between two updates of a page that is being written
MOST_MESSAGES = 1000  # lines of console that a page is listened to; each costs the window some time
KEPT_MESSAGES = 200
LONGEST = 2000  # characters of one of them
FRAME = 40  # ms between two looks whether a page that is to be pictured has been painted
GRAIN = 24  # pixels to a side in which it is looked for anything but one colour
PAINTED = 1000  # ms after which it is taken as it is: a hidden page paints nothing
KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
_OWN_WORLD = 1  # QWebEngineScript.ApplicationWorld: what the page did to its own JavaScript is not seen there

AGAIN = "Its code is kept. Show again starts it from the beginning."
HUNG = f"The page stopped answering and was ended. {AGAIN}"
BROKE = f"The page broke down and was ended. {AGAIN}"
GREEDY = f"The page took more memory than a page may and was ended. {AGAIN}"
ABSENT = (
    "Pages cannot be shown, as a part of the system that the preview needs is missing ({library}). "
    "The code is all there, and can be saved and opened in a browser."
)


class Level(Enum):
    """How bad a line of the console is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    DIALOG = "dialog"  # what alert, confirm or prompt would have said


class Message(NamedTuple):
    """One line of a page's console."""

    level: Level
    text: str
    line: int  # of the page, from 1; 0 where it is not known


class PageView(QWidget):
    """Shows one page. It may be written while it is shown: then it grows in place, as over a slow line."""

    loaded = Signal()  # all of the page stands and its first scripts have run
    failed = Signal(str)  # a sentence; it is also shown
    console = Signal(object)  # a Message; `messages` has those since the page was loaded
    link_clicked = Signal(str)  # an address outside, which was not opened
    escaped = Signal()  # Esc was pressed in the page

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.messages: list[Message] = []
        self.errors = 0  # of the messages, also of those that are no longer kept
        self.trouble = ""  # the sentence that stands in the place of the page
        self._counted = 0
        self._html, self._name = "", ""
        self._zoom = 1.0
        self._written: str | None = None  # what an open document was given; None once it is whole
        self._whole = True  # no more of it will come
        self._opening = False  # the empty page is on its way into which this one will be written
        self._awaited = False  # it is on its way; later loads are the page's own
        self._busy = False  # the page still takes in what it was last given
        self._why = ""
        self._stuck = False  # the page before this one does not answer, and is being ended
        self._at = (0.0, 0.0)
        self._page: LockedPage | None = None
        self._view: QWebEngineView | None = None
        self._inside: QWidget | None = None
        self._stack = QStackedLayout(self)
        self._instead = Instead(self)
        self._instead.again.clicked.connect(self.show_again)
        self._stack.addWidget(self._instead)
        self._instead.hide()
        self._pace = QTimer(self, singleShot=True, interval=PACE)
        self._pace.timeout.connect(self._write)
        self.watch = PageWatch(self, lambda: self.process, lambda then: self._script("1", then))
        self.watch.ends.connect(self._end)
        theme().changed.connect(self.update)

    @property
    def sandboxed(self) -> bool:
        """Whether Chromium's own sandbox holds the page too; not where the program runs as root."""
        return page_lock.sandbox() is not Sandbox.NONE

    @property
    def process(self) -> int:
        """The id of the page's process; 0 where there is none."""
        return self._page.renderProcessPid() if self._page is not None else 0

    @property
    def is_open(self) -> bool:
        """Whether the page is still being written."""
        return self._written is not None

    @property
    def behind(self) -> bool:
        """Whether the page has yet to take something that it was given."""
        return self._awaited or self._busy or (self._written is not None and self._written != self._html)

    # Showing

    def show_page(self, html: str, name: str = "page") -> None:
        """Show a whole page from its top. `name` is whose storage it sees. What was begun by `update_page` is
        finished in place."""
        if self._written is not None and name == self._name and html.startswith(self._written):
            self._html, self._whole = html, True
            self._write()
            return
        self._load(html, name, (0, 0))

    def change_page(self, html: str, name: str = "page") -> None:
        """Show a whole page in the place of an earlier form of it, scrolled to where that was."""
        at = (0.0, 0.0)
        if self._page is not None and name == self._name:
            at = (self._page.scrollPosition().x(), self._page.scrollPosition().y())
        self._load(html, name, at)

    def update_page(self, html: str, name: str = "page") -> None:
        """Show as much of a page as is written. Each time only what is new is given to the document, which
        stays open: its scripts run once, it stays where it is scrolled, and length costs nothing."""
        if self.trouble and name == self._name and html.startswith(self._html):
            self._html = html  # it was ended: not again with every word
            return
        if self._written is None or name != self._name or not html.startswith(self._written):
            if not self._load("", name, (0, 0)):
                return
            self._written, self._opening = "", True
        self._html, self._whole = html, False
        if not self._pace.isActive() and not self._busy:
            self._pace.start()

    def show_again(self) -> None:
        """Start the page anew, after it was ended."""
        self._load(self._html, self._name, (0, 0))

    def clear(self) -> None:
        """Put the page away; its process ends."""
        self.watch.stop()
        self._pace.stop()
        if self._page is not None and self._view is not None:
            self._page.disconnect(self)
            self._stack.removeWidget(self._view)
            self._view.hide()
            self._view.deleteLater()  # its page and that one's profile with it, in this order
        self._page = self._view = self._inside = self._written = None
        self._html = self.trouble = ""

    def _load(self, html: str, name: str, at: tuple[float, float]) -> bool:
        self._html, self._name, self._written = html, name, None
        self._whole, self._opening, self._busy = True, False, False
        self._pace.stop()
        self._stuck = self.watch.silent
        self.messages.clear()
        self.errors = self._counted = 0
        self._why = self.trouble = ""
        if self._page is None and not self._start():
            return False
        assert self._view is not None
        self._stack.setCurrentWidget(self._view)
        self._awaited, self._at = True, at
        if self._stuck:
            self.watch.kill()  # the next page would wait for the process of this one; `_ended` goes on
        else:
            self._serve()
        self.watch.begin()
        return True

    def _serve(self) -> None:
        from ui.locked_page import address

        assert self._page is not None
        self._page.serve(self._html if self._written is None else "", address(self._name), self._at)

    def _start(self) -> bool:
        """Load Qt WebEngine; where that cannot be, say so and show nothing."""
        try:
            page_lock.prepare()
            from PySide6.QtWebEngineWidgets import QWebEngineView

            from ui.locked_page import LockedPage
        except ImportError as error:
            # "libnss3.so: cannot open shared object file: No such file or directory"
            self._fail(ABSENT.format(library=str(error).partition(":")[0]), again=False)
            return False
        self._view = QWebEngineView(self)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._view.setAccessibleName("Page")
        self._page = LockedPage(self._view)
        self._view.setPage(self._page)
        self._view.setZoomFactor(self._zoom)
        self._page.said.connect(self._said)
        self._page.link_clicked.connect(self.link_clicked)
        self._page.loadFinished.connect(self._arrived)
        self._page.renderProcessTerminated.connect(self._ended)
        self._stack.addWidget(self._view)
        self._page.loadStarted.connect(self._follow)
        self.setFocusProxy(self._view)
        return True

    def _follow(self) -> None:
        """What Chromium draws into comes with the first page, and anew after one that was ended."""
        inside = self._view.focusProxy() if self._view is not None else None
        if inside is not None and inside is not self._inside:
            self._inside = inside
            inside.installEventFilter(self)
            inside.setAcceptDrops(False)  # a file that is dropped here is for the window
            QWidget.setTabOrder(self._instead.again, inside)  # where this stands, and not at the end

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in KEYS or not isinstance(event, QKeyEvent):
            return False
        if event.key() != Qt.Key.Key_Escape or watched is not self._inside:
            return False
        event.accept()  # Chromium keeps what it is given, and would keep this one too
        if event.type() == QEvent.Type.KeyPress:
            self.escaped.emit()
        return True

    def _arrived(self, ok: bool) -> None:
        # One that was ended still says that it did not arrive, after the next has set out.
        if not self._awaited or self._page is None or not (ok or self._page.was_served):
            return
        self._awaited = False
        if self._opening:
            self._opening = False
            self._script("document.open(); 1", lambda _: self._write())
        else:
            self.loaded.emit()

    # Writing

    def _write(self) -> None:
        """Give the document what is new. Not while it still takes in the last piece: a page that is slow gets
        fewer and longer ones. The last piece closes it, and its load events come."""
        if self._written is None or self._opening or self._busy:
            return
        piece = json.dumps(self._html[len(self._written) :])
        if self._whole:
            self._pace.stop()
            self._written = None
            self._script(f"document.write({piece}); document.close(); 1", lambda _: self.loaded.emit())
        elif self._html != self._written:
            self._written, self._busy = self._html, True
            self._script(f"document.write({piece}); 1", self._took)

    def _took(self, _: object) -> None:
        self._busy = False
        if self._whole:
            self._write()
        elif not self._pace.isActive():
            self._pace.start()

    # Looking into it

    def run(self, script: str, then: Callable[[Any], object] | None = None) -> None:
        """Run JavaScript in the page's own world; `then` gets what its last statement gives, None where that
        is nothing or fails. It is not called when the page ends before."""
        self._evaluate(script, 0, then or _nothing)

    def run_apart(self, script: str, then: Callable[[Any], object]) -> None:
        """The same in a world beside the page's own: it sees the document and none of the page's scripts."""
        self._evaluate(script, _OWN_WORLD, then)

    def _evaluate(self, script: str, world: int, then: Callable[[Any], object]) -> None:
        if self._page is not None:
            # As JSON, for PySide makes an empty string of every list and object.
            words = f"JSON.stringify((0, eval)({json.dumps(script)}))"
            self._page.runJavaScript(words, world, lambda found: then(json.loads(found) if found else None))

    def set_zoom(self, factor: float) -> None:
        """How many pixels here are one of the page."""
        self._zoom = factor
        if self._view is not None:
            self._view.setZoomFactor(factor)

    def picture(self, then: Callable[[QPixmap], object]) -> None:
        """What the page looks like, once all that it has done until now is painted."""
        if self._view is None or self._page is None:
            return
        view = self._view
        tries = PAINTED // FRAME

        def look(_: object = None) -> None:
            nonlocal tries
            tries -= 1
            if self._view is not view:
                return
            picture = view.grab()
            # Nothing says when a frame has come from the page's process to this one. One colour all over
            # means that none has, or a page of one colour, for which it does not matter.
            if tries <= 0 or not _is_plain(picture):
                then(picture)
            else:
                QTimer.singleShot(FRAME, view, look)

        # What was done until now is in the second frame from here, if any comes.
        words = "requestAnimationFrame(() => requestAnimationFrame(() => 0)); 1"
        self._script(words, lambda _: self._view is view and QTimer.singleShot(2 * FRAME, view, look))

    def _script(self, words: str, then: Callable[[Any], object]) -> None:
        """Run JavaScript where the page cannot see it."""
        if self._page is not None:
            self._page.runJavaScript(words, _OWN_WORLD, then)

    def _said(self, level: Level, text: str, line: int) -> None:
        self._counted += 1
        if self._counted > MOST_MESSAGES:
            return
        message = Message(level, text[:LONGEST], line)
        self.errors += level is Level.ERROR
        self.messages.append(message)
        del self.messages[:-KEPT_MESSAGES]
        self.console.emit(message)

    # What ends it

    def _end(self, fate: Fate) -> None:
        self._why = {Fate.HUNG: HUNG, Fate.GREEDY: GREEDY}[fate]

    def _ended(self, status: object, code: int) -> None:
        if self._stuck:
            self._stuck = False
            self._serve()
            return
        self.watch.stop()
        self._pace.stop()
        self._fail(self._why or BROKE)

    def _fail(self, sentence: str, again: bool = True) -> None:
        self.trouble = sentence
        self._written = None
        self._instead.tell(sentence, again)
        self._stack.setCurrentWidget(self._instead)
        self._instead.show()  # the first in a stack is current, and hidden, from the start
        self.failed.emit(sentence)


def _nothing(_: object) -> None:
    pass


def _is_plain(picture: QPixmap) -> bool:
    """Whether it is of one colour, but for single pixels."""
    small = picture.toImage().scaled(GRAIN, GRAIN)
    return len({small.pixel(x, y) for x in range(GRAIN) for y in range(GRAIN)}) == 1
