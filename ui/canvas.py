"""The canvas: a page beside its chat, its code, and its versions.

What is shown comes in by `show_versions` and `stream` and goes out by signals; nothing is kept here that the
chat does not know. It is imported when the first page is there.
"""

import logging
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6 import QtGui, QtWidgets  # for what is made when a page is saved or opened elsewhere
from PySide6.QtCore import QEvent, QRect, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.page import PageVersion
from models.words import plain
from ui import page_lock, paint
from ui.canvas_head import CanvasHead, Tab, Width
from ui.code_editor import CodeEditor
from ui.controls import Button, Kind, Label
from ui.page_view import Level, Message, PageView
from ui.theme import Leaf, Space, sans, theme
from ui.versions import Thumbnails, VersionList, VersionStrip

TOLD = 8000  # ms that something which a page did stays at the foot
LONGEST = 200  # characters of what a page says there

# A page that is opened in the browser is kept from the network as it is here.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src data: blob: '
    "'unsafe-inline' 'unsafe-eval'; form-action 'none'; base-uri 'none'\">"
)

log = logging.getLogger(__name__)


class _PagePane(QWidget):
    """The page on the side ground, as wide as is chosen, and made smaller where that is too wide."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = PageView(self)
        self.width_chosen = Width.DESK
        theme().changed.connect(self.update)

    def set_page_width(self, width: Width) -> None:
        self.width_chosen = width
        self._place()

    def _place(self) -> None:
        room = self.rect().adjusted(Leaf.INSET, Leaf.INSET, -Leaf.INSET, -Leaf.INSET)
        inside = room.adjusted(Space.HAIR, Space.HAIR, -Space.HAIR, -Space.HAIR)
        wide = min(int(self.width_chosen) or inside.width(), inside.width())
        self.view.set_zoom(wide / int(self.width_chosen) if self.width_chosen else 1.0)
        left = inside.x() + (inside.width() - wide) // 2
        self.view.setGeometry(left, inside.y(), max(1, wide), max(1, inside.height()))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.fill(painter, self.rect(), theme().colour("side"))
        reach = Space.HAIR
        box = self.view.geometry().adjusted(-reach, -reach, reach, reach)
        paint.box(painter, box, Space.RADIUS_SMALL, theme().colour("page"), theme().colour("line"))


class _CodePane(QWidget):
    """The code on the ground of code."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.editor = CodeEditor(self)
        theme().changed.connect(self.update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.editor.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.fill(paint.pen_for(self), self.rect(), theme().colour("sunk"))


class _Foot(QWidget):
    """80 high, under a hairline: the versions, and at the right what the page has to say."""

    def __init__(self, parent: QWidget, thumbnails: Thumbnails) -> None:
        super().__init__(parent)
        self.setFixedHeight(Leaf.FOOT)
        self.strip = VersionStrip(self, thumbnails)
        self.said = Label("", sans(12), "ink3", 16, self)
        self.said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.errors = Button("", self, kind=Kind.QUIET, icon="circle-alert", small=True, icon_size=14)
        self.errors.pen_token = "fault"
        self.errors.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, Space.HAIR, Leaf.INSET, 0)
        row.setSpacing(Space.S)
        row.addWidget(self.strip)
        row.addWidget(self.said, 1)  # what the versions leave
        row.addWidget(self.errors)
        theme().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.fill(painter, self.rect(), theme().colour("page"))
        paint.hairline(painter, 0, 0, self.width())


class Canvas(QWidget):
    """The second leaf. `set_cover` where it lies over the chat, in a small window."""

    edited = Signal(str)  # all of the code, each time the person comes to rest; see `show_versions`
    version_chosen = Signal(str)  # id
    closed = Signal()
    saved = Signal(object)  # Path
    troubled = Signal(str)  # a sentence

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Page")
        self._versions: tuple[PageVersion, ...] = ()
        self._chosen, self._name, self._title = "", "page", "Page"
        self._html = ""  # what the page shows
        self._streams = False
        self._elsewhere: tempfile.TemporaryDirectory[str] | None = None
        self.thumbnails = Thumbnails(self)
        self.head = CanvasHead(self)
        self._stack = QStackedWidget(self)
        self.page = _PagePane(self._stack)
        self.code = _CodePane(self._stack)
        self.list = VersionList(self._stack, self.thumbnails)
        for pane in (self.page, self.code, self.list):
            self._stack.addWidget(pane)
        self.foot = _Foot(self, self.thumbnails)
        self._column = column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        column.addWidget(self.foot)
        self._hush = QTimer(self, singleShot=True, interval=TOLD)
        self._hush.timeout.connect(lambda: self._tell(""))
        self.set_cover(False)
        self._connect()

    def _connect(self) -> None:
        head, view = self.head, self.page.view
        head.tab_chosen.connect(self.open_tab)
        head.width_chosen.connect(self._set_width)
        head.close_requested.connect(self.closed)
        head.save_requested.connect(self.save)
        head.browser_requested.connect(self.open_in_browser)
        head.copy_requested.connect(self.copy)
        view.escaped.connect(self.closed)
        view.loaded.connect(self._loaded)
        view.failed.connect(lambda _: self._count())
        view.console.connect(self._heard)
        view.link_clicked.connect(lambda address: self._tell(f"Not opened: {address}"))
        self.code.editor.edited.connect(self._edited)
        for shelf in (self.foot.strip, self.list):
            shelf.chosen.connect(self._choose)
        self.foot.errors.clicked.connect(self._show_error)

    # What is shown

    def show_versions(self, versions: Sequence[PageVersion], chosen: str, name: str = "page") -> None:
        """Show a page in the version `chosen`, from its top unless it is an edit of what is shown.

        `versions` stand in the order in which they were made. `name` tells pages apart: each has storage of
        its own. After `edited` the owner gives the new version back here, its code being what was typed;
        edits that follow each other are best kept as one version, until another is chosen.
        """
        version = next(one for one in versions if one.id == chosen)
        if name != self._name:
            self.code.editor.drop()  # it belongs to another page: see `settle`
        self._versions, self._chosen = tuple(versions), chosen
        self.foot.strip.show_versions(versions, chosen)
        self.list.show_versions(versions, chosen)
        if self._streams:
            self._streams = False
            self.code.editor.grow(version.html)
            self.code.editor.settle()
        else:
            self.code.editor.show_code(version.html)
        if version.html != self._html or name != self._name or self.page.view.is_open:
            self._html, self._name = version.html, name
            self.page.view.show_page(version.html, name)
            self._count()
        self.thumbnails.want([one for one in versions if one.id != chosen or not self._pictured])

    def stream(self, html: str, name: str = "page") -> None:
        """Show as much of a page as is written; `show_versions` comes when it is whole."""
        self._streams, self._html, self._name = True, html, name
        self.page.view.update_page(html, name)
        self.code.editor.grow(html)

    def set_title(self, title: str) -> None:
        """What a file of this page is called, without its ending."""
        self._title = " ".join(re.sub(r"[^\w -]", " ", title).split())[:80] or "Page"

    def set_cover(self, cover: bool) -> None:
        """Whether it lies over the chat: then an arrow leads back, and it may be as narrow as the window."""
        self.head.set_cover(cover)
        self._column.setContentsMargins(0 if cover else Space.HAIR, 0, 0, 0)  # a hairline to the chat
        self.setMinimumWidth(0 if cover else Leaf.NARROWEST)

    def open_tab(self, tab: Tab) -> None:
        """Show the page, its code or its versions."""
        self.code.editor.take()
        self.head.show_tab(tab)
        panes: dict[Tab, QWidget] = {Tab.PAGE: self.page, Tab.CODE: self.code, Tab.VERSIONS: self.list}
        self._stack.setCurrentWidget(panes[tab])
        self.foot.setVisible(tab is not Tab.VERSIONS)

    def settle(self) -> None:
        """Tell at once of what was typed; to be called before another page is shown."""
        self.code.editor.take()

    def clear(self) -> None:
        """End the page and all that was begun for it. What was typed is told first."""
        self.settle()
        self.thumbnails.stop()
        self.page.view.clear()
        self._html = ""

    @property
    def _pictured(self) -> bool:
        """Whether the page that is shown is pictured as it is shown, for its thumbnail."""
        return self.page.width_chosen is Width.DESK and self.page.isVisible()

    def _set_width(self, width: Width) -> None:
        self.page.set_page_width(width)

    def _choose(self, version_id: str) -> None:
        self.code.editor.take()
        if version_id != self._chosen:
            self.version_chosen.emit(version_id)

    def _edited(self, html: str) -> None:
        self._html = html
        self.page.view.change_page(html, self._name)
        self._count()
        self.edited.emit(html)

    # What the page does

    def _loaded(self) -> None:
        if not self._hush.isActive():
            self._tell("")
        version = next((one for one in self._versions if one.id == self._chosen), None)
        if version is not None and self._pictured and version.html == self._html:
            self.page.view.picture(lambda picture: self.thumbnails.keep(version, picture))

    def _heard(self, message: Message) -> None:
        if message.level is Level.DIALOG:
            self._tell(f"The page says: {message.text}")
        self._count()

    def _count(self) -> None:
        count = self.page.view.errors
        self.foot.errors.set_words("1 error" if count == 1 else f"{count} errors")
        self.foot.errors.setVisible(count > 0)
        first = next((one for one in self.page.view.messages if one.level is Level.ERROR), None)
        self.foot.errors.setToolTip(plain(first.text, LONGEST) if first is not None else "")

    def _show_error(self) -> None:
        first = next((one for one in self.page.view.messages if one.level is Level.ERROR), None)
        self.open_tab(Tab.CODE)
        self.code.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if first is not None and first.line:
            self.code.editor.go_to(first.line)

    def _tell(self, sentence: str) -> None:
        quiet = page_lock.sandbox().value
        self.foot.said.setText(plain(sentence, LONGEST) or quiet)  # a stranger's words
        if sentence:
            self._hush.start()

    # What can be done with it

    def save(self) -> None:
        """Save the page as one file where the person says."""
        self.code.editor.take()
        name, _kind = QtWidgets.QFileDialog.getSaveFileName(
            self, "Save the page", f"{self._title}.html", "Web page (*.html)"
        )
        if not name:
            return
        try:
            Path(name).write_text(self._html, "utf-8", "replace", "\n")
        except OSError as error:
            self.troubled.emit(f"The page could not be saved: {error.strerror}. It is kept here.")
        else:
            self.saved.emit(Path(name))

    def open_in_browser(self) -> None:
        """Open a copy in the person's own browser, kept from the network as it is here."""
        self.code.editor.take()
        try:
            if self._elsewhere is None:
                self._elsewhere = tempfile.TemporaryDirectory(prefix="twofold-page-")  # for this person alone
            file = Path(self._elsewhere.name, f"{self._title}.html")
            file.write_text(with_policy(self._html), "utf-8", "replace", "\n")
        except OSError as error:
            self.troubled.emit(f"The page could not be written for the browser: {error.strerror}.")
            return
        if not QtGui.QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
            self.troubled.emit(
                "No browser could be opened. Save keeps the page as a file that any browser opens."
            )

    def copy(self) -> None:
        """Put the code on the clipboard."""
        QGuiApplication.clipboard().setText(self.code.editor.code())

    # Keys

    def event(self, event: QEvent) -> bool:
        # Esc here closes the canvas; the window's own (it stops an answer) is for elsewhere.
        asked = event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        paint.fill(painter, self.rect(), theme().colour("page"))
        paint.fill(painter, QRect(0, 0, Space.HAIR, self.height()), theme().colour("line"))


def with_policy(html: str) -> str:
    """The page with a policy before all else in it, so that nothing it holds reaches the network."""
    doctype = re.match(r"\s*<!doctype[^>]*>", html, re.IGNORECASE)
    at = doctype.end() if doctype else 0
    return html[:at] + POLICY + html[at:]
