"""The canvas: tabs, widths, code that the page follows, versions, and what leaves it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.page import Origin, PageVersion
from tests.conftest import ROOT
from tests.ui.conftest import Stage
from ui import page_lock
from ui.canvas import POLICY, Canvas, with_policy
from ui.canvas_head import Tab, Width
from ui.floating import MenuRow
from ui.theme import DARK, LIGHT, Appearance, Leaf, theme

LONG = 20_000  # ms
RED, GREEN = "<body style='background: #ff0000'>", "<body style='background: #00ff00'>"


def version(id_: str, html: str, origin: Origin = Origin.MODEL) -> PageVersion:
    return PageVersion(id_, None, origin, html, 1_764_000_000.0)


DRAFT = version("a", f"<!doctype html>{RED}<h1>Draft</h1>", Origin.DRAFT)
MODEL = version("b", f"<!doctype html>{GREEN}<h1>Model</h1>")


class Shown:
    """A canvas on a stage, and what it has said."""

    def __init__(self, qtbot: QtBot, stage: Stage) -> None:
        self.qtbot = qtbot
        self.canvas = Canvas()
        self.window = stage.show(self.canvas, 800, 600)
        self.edited: list[str] = []
        self.chosen: list[str] = []
        self.closed: list[None] = []
        self.canvas.edited.connect(self.edited.append)
        self.canvas.version_chosen.connect(self.chosen.append)
        self.canvas.closed.connect(lambda: self.closed.append(None))

    @property
    def browser(self) -> QWidget:
        """What Chromium draws into."""
        view = self.canvas.page.view.focusProxy()
        inside = view.focusProxy() if view is not None else None
        assert inside is not None
        return inside

    def show(self, *versions: PageVersion, chosen: str = "") -> None:
        with self.qtbot.waitSignal(self.canvas.page.view.loaded, timeout=LONG):
            self.canvas.show_versions(versions, chosen or versions[-1].id)

    def ask(self, script: str) -> Any:
        found: list[Any] = []
        self.canvas.page.view.run(script, found.append)
        self.qtbot.waitUntil(lambda: bool(found), timeout=LONG)
        return found[0]

    def until(self, script: str, value: object = True) -> None:
        self.qtbot.waitUntil(lambda: self.ask(script) == value, timeout=LONG)

    def type(self, words: str) -> None:
        editor = self.canvas.code.editor
        editor.setFocus()
        editor.moveCursor(QTextCursor.MoveOperation.End)
        QTest.keyClicks(editor, words)


@pytest.fixture
def shown(qtbot: QtBot, stage: Stage) -> Shown:
    return Shown(qtbot, stage)


def stops(canvas: QWidget) -> list[QWidget]:
    """Where Tab leads, in its order."""
    found, widget = [], canvas.nextInFocusChain()
    while widget is not None and widget is not canvas:
        tabbed = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(canvas)
        if tabbed and canvas.isAncestorOf(widget) and widget.focusProxy() is None:
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def test_nothing_of_chromium_is_loaded_before_a_page_is_shown() -> None:
    script = """
import sys
from PySide6.QtWidgets import QApplication
from app.page import Origin, PageVersion
from ui.canvas import Canvas
app = QApplication(["test"])
canvas = Canvas()
def loaded(): return any("WebEngine" in name for name in sys.modules)
before = loaded()
canvas.show_versions([PageVersion("a", None, Origin.DRAFT, "<p>", 1.0)], "a")
print(before, loaded())
canvas.clear()
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "True"]


# Tabs and widths


def test_the_page_stands_on_the_side_ground_with_its_own_colours(shown: Shown) -> None:
    shown.show(DRAFT, MODEL)
    for appearance, column in ((Appearance.LIGHT, LIGHT), (Appearance.DARK, DARK)):
        theme().set(appearance)
        shown.qtbot.waitUntil(
            lambda: shown.canvas.grab().toImage().pixelColor(400, 500) == QColor("#00ff00"), timeout=LONG
        )
        picture = shown.canvas.grab().toImage()
        assert picture.pixelColor(Leaf.INSET // 2, 300) == QColor(column.side)
        assert picture.pixelColor(300, 20) == QColor(column.page)


def test_tabs_are_opened_by_pointer_and_by_keyboard(shown: Shown) -> None:
    canvas = shown.canvas
    shown.show(DRAFT)
    QTest.mouseClick(canvas.head.tabs[Tab.CODE], Qt.MouseButton.LeftButton)
    assert canvas.code.isVisible()
    assert not canvas.head.widths.isVisible()
    canvas.head.tabs[Tab.CODE].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(canvas.head.tabs[Tab.CODE], Qt.Key.Key_Right)
    assert canvas.list.isVisible()
    assert canvas.head.tabs[Tab.VERSIONS].hasFocus()
    QTest.keyClick(canvas.head.tabs[Tab.VERSIONS], Qt.Key.Key_Right)
    assert canvas.list.isVisible()
    QTest.keyClick(canvas.head.tabs[Tab.VERSIONS], Qt.Key.Key_Left)
    QTest.keyClick(canvas.head.tabs[Tab.CODE], Qt.Key.Key_Left)
    assert canvas.page.isVisible()
    assert canvas.head.widths.isVisible()


@pytest.mark.parametrize(("width", "pixels"), [(Width.PHONE, 375), (Width.TABLET, 768), (Width.DESK, 765)])
def test_the_page_is_shown_at_the_chosen_width(shown: Shown, width: Width, pixels: int) -> None:
    shown.show(DRAFT)
    shown.canvas.head.width_chosen.emit(width)
    shown.qtbot.waitUntil(lambda: abs(shown.ask("innerWidth") - pixels) <= 1, timeout=LONG)


def test_a_tablet_is_as_wide_in_a_small_canvas(shown: Shown) -> None:
    shown.window.resize(600, 500)
    shown.show(DRAFT)
    shown.canvas.head.width_chosen.emit(Width.TABLET)
    shown.qtbot.waitUntil(lambda: abs(shown.ask("innerWidth") - 768) <= 1, timeout=LONG)


def test_everything_has_a_name_and_can_be_tabbed_to(shown: Shown) -> None:
    canvas = shown.canvas
    shown.show(DRAFT, MODEL)
    names = [widget.accessibleName() for widget in stops(canvas)]
    head = ["Page", "Width of the page: Full width", "More", "Close"]
    assert names[: len(head)] == head
    browser = shown.browser
    assert stops(canvas)[len(head)] is browser
    assert names[len(head) + 1 :] == ["Version 2: With what the model added"]
    canvas.open_tab(Tab.CODE)
    assert "Code of the page" in [widget.accessibleName() for widget in stops(canvas)]


def test_it_may_be_narrow_only_where_it_covers_the_chat(shown: Shown) -> None:
    canvas = shown.canvas
    assert canvas.minimumWidth() == Leaf.NARROWEST
    assert canvas.head.close_button.isVisible()
    canvas.set_cover(True)
    assert canvas.minimumWidth() == 0
    assert not canvas.head.close_button.isVisible()
    QTest.mouseClick(canvas.head.back_button, Qt.MouseButton.LeftButton)
    assert len(shown.closed) == 1


def test_esc_closes_it_from_anywhere(shown: Shown) -> None:
    canvas = shown.canvas
    shown.show(DRAFT)
    places: list[tuple[Tab, QWidget]] = [
        (Tab.PAGE, canvas.head.more_button),
        (Tab.PAGE, shown.browser),
        (Tab.CODE, canvas.code.editor),
        (Tab.VERSIONS, canvas.list.items[0]),
    ]
    for count, (tab, place) in enumerate(places, 1):
        canvas.open_tab(tab)
        place.setFocus()
        QTest.keyClick(place, Qt.Key.Key_Escape)
        shown.qtbot.waitUntil(lambda count=count: len(shown.closed) == count, timeout=LONG)  # type: ignore[misc]


# Code


def test_the_page_follows_what_is_typed_and_it_becomes_a_version(shown: Shown) -> None:
    shown.show(DRAFT)
    shown.canvas.open_tab(Tab.CODE)
    shown.type("<p id=p>more</p>")
    assert shown.edited == []
    shown.until("document.querySelector('#p') && p.innerText", "more")
    assert shown.edited == [DRAFT.html + "<p id=p>more</p>"]
    # The owner keeps it, and shows it: the letters and the caret stay where they are.
    shown.type("x")
    shown.canvas.show_versions([DRAFT, version("c", shown.edited[0], Origin.EDITED)], "c")
    assert shown.canvas.code.editor.code().endswith("</p>x")
    shown.qtbot.waitUntil(lambda: len(shown.edited) == 2)
    assert shown.canvas.code.editor.textCursor().atEnd()


def test_a_new_line_begins_below_the_one_before(shown: Shown) -> None:
    shown.show(version("a", "<div>\n  <p>"))
    shown.type("\ra")
    assert shown.canvas.code.editor.code() == "<div>\n  <p>\n  a"
    QTest.keyClick(shown.canvas.code.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(shown.canvas.code.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert shown.canvas.code.editor.code() == "<div>\n  <p>"


def test_colours_are_no_edit(shown: Shown) -> None:
    shown.show(version("a", "<!-- a\nremark --><p class='x'>" + "<b>1</b>\n" * 50))
    editor = shown.canvas.code.editor
    shown.canvas.open_tab(Tab.CODE)
    shown.qtbot.waitUntil(lambda: not editor.colours.busy, timeout=LONG)
    formats = editor.document().findBlockByNumber(1).layout().formats()
    assert formats[0].format.foreground().color() == QColor(LIGHT.ink3)
    shown.qtbot.wait(600)
    assert shown.edited == []


def test_code_stays_as_it_was_written(shown: Shown) -> None:
    shown.show(version("a", "<p>10\u00a0km</p>\r\n<p>\u00e4\U0001f600</p>"))
    shown.canvas.open_tab(Tab.CODE)
    shown.canvas.open_tab(Tab.PAGE)
    assert shown.edited == []
    shown.type("!")
    shown.canvas.open_tab(Tab.PAGE)
    assert shown.edited == ["<p>10\u00a0km</p>\n<p>\u00e4\U0001f600</p>!"]


def test_code_that_is_written_grows_and_cannot_be_changed(shown: Shown) -> None:
    canvas, editor = shown.canvas, shown.canvas.code.editor
    html = f"<!doctype html>{GREEN}\n" + "".join(f"<p>line {n}</p>\n" for n in range(80))
    canvas.open_tab(Tab.CODE)
    for end in range(0, len(html), 40):
        canvas.stream(html[:end])
        QTest.qWait(2)
    assert editor.isReadOnly()
    bar = editor.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    with shown.qtbot.waitSignal(canvas.page.view.loaded, timeout=LONG):
        canvas.show_versions([version("a", html)], "a")
    assert editor.code() == html
    assert not editor.isReadOnly()
    assert shown.ask("document.querySelectorAll('p').length") == 80
    assert shown.edited == []


def test_an_error_of_the_page_leads_to_its_line(shown: Shown) -> None:
    shown.show(version("a", "<p>\n<p>\n<script>\nmissing()\n</script>"))
    shown.qtbot.waitUntil(lambda: shown.canvas.foot.errors.isVisible(), timeout=LONG)
    assert shown.canvas.foot.errors.words() == "1 error"
    QTest.mouseClick(shown.canvas.foot.errors, Qt.MouseButton.LeftButton)
    assert shown.canvas.code.isVisible()
    assert shown.canvas.code.editor.textCursor().blockNumber() == 3
    shown.show(DRAFT)
    assert not shown.canvas.foot.errors.isVisible()


# Versions


def test_versions_are_named_and_can_be_gone_back_to(shown: Shown) -> None:
    shown.show(DRAFT, MODEL)
    first, second = shown.canvas.foot.strip.items
    assert (first.words(), second.words()) == ("v1", "v2")
    assert second.isChecked()
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    assert shown.chosen == ["a"]
    shown.show(DRAFT, MODEL, chosen="a")
    assert first.isChecked()
    assert shown.ask("document.querySelector('h1').innerText") == "Draft"
    assert shown.canvas.code.editor.code() == DRAFT.html
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert shown.chosen == ["a", "b"]
    shown.canvas.open_tab(Tab.VERSIONS)
    QTest.mouseClick(shown.canvas.list.items[1], Qt.MouseButton.LeftButton)
    assert shown.chosen == ["a", "b", "b"]


def test_what_was_typed_is_told_before_another_version_is_chosen(shown: Shown) -> None:
    shown.show(DRAFT, MODEL)
    shown.type("!")
    order: list[str] = []
    shown.canvas.edited.connect(lambda _: order.append("edited"))
    shown.canvas.version_chosen.connect(lambda _: order.append("chosen"))
    QTest.mouseClick(shown.canvas.foot.strip.items[0], Qt.MouseButton.LeftButton)
    assert order == ["edited", "chosen"]


def test_what_was_typed_never_gets_to_another_page(shown: Shown) -> None:
    shown.show(DRAFT)
    shown.type("!")
    shown.canvas.settle()
    assert shown.edited == [DRAFT.html + "!"]
    shown.type("?")
    shown.canvas.show_versions([MODEL], MODEL.id, "another")
    assert shown.canvas.code.editor.code() == MODEL.html
    shown.qtbot.wait(600)
    assert shown.edited == [DRAFT.html + "!"]


def test_every_version_gets_its_thumbnail(shown: Shown) -> None:
    shown.show(DRAFT, MODEL)
    thumbnails = shown.canvas.thumbnails

    def colour(one: PageVersion) -> str:
        picture = thumbnails.of(one)
        return picture.toImage().pixelColor(60, 40).name() if picture is not None else ""

    shown.qtbot.waitUntil(lambda: (colour(DRAFT), colour(MODEL)) == ("#ff0000", "#00ff00"), timeout=LONG)
    shown.qtbot.waitUntil(lambda: thumbnails._darkroom is None, timeout=LONG)


# What leaves it


def menu_row(canvas: Canvas, words: str) -> MenuRow:
    QTest.mouseClick(canvas.head.more_button, Qt.MouseButton.LeftButton)
    assert canvas.head.menu is not None
    return next(row for row in canvas.head.menu.findChildren(MenuRow) if row.words() == words)


def test_it_is_saved_as_one_file(shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.show(DRAFT)
    shown.canvas.set_title("Jokes: all / of them")
    offered: list[str] = []
    saved: list[Path] = []
    troubles: list[str] = []
    target = tmp_path / "page.html"

    def choose(parent: QWidget, title: str, name: str, kinds: str) -> tuple[str, str]:
        offered.append(name)
        return str(target), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    shown.canvas.saved.connect(saved.append)
    shown.canvas.troubled.connect(troubles.append)
    QTest.mouseClick(menu_row(shown.canvas, "Save as one .html…"), Qt.MouseButton.LeftButton)
    assert offered == ["Jokes all of them.html"]
    assert saved == [target]
    assert target.read_text("utf-8") == DRAFT.html
    target = tmp_path / "absent" / "page.html"
    shown.canvas.save()
    assert troubles == ["The page could not be saved: No such file or directory. It is kept here."]


def test_the_browser_gets_a_copy_that_stays_offline(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    shown.show(DRAFT)
    opened: list[QUrl] = []

    def answer(url: QUrl) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", answer)
    QTest.mouseClick(menu_row(shown.canvas, "Open in the browser"), Qt.MouseButton.LeftButton)
    file = Path(opened[0].toLocalFile())
    assert file.read_text("utf-8") == with_policy(DRAFT.html)
    assert file.read_text("utf-8").startswith("<!doctype html>" + POLICY)
    if sys.platform != "win32":
        assert file.parent.stat().st_mode & 0o077 == 0


def test_the_policy_holds_in_a_page_that_is_opened_elsewhere(shown: Shown) -> None:
    """The policy of the copy by itself: it is the first that the browser names when it refuses."""
    reaches = "<script>fetch('http://127.0.0.1:9/').catch(() => { window.refused = true })</script>"
    shown.show(version("a", with_policy(f"<!doctype html>{reaches}")))
    shown.until("window.refused")
    assert any(
        "form-action" in one.text or "default-src" in one.text for one in shown.canvas.page.view.messages
    )
    assert shown.ask("document.compatMode") == "CSS1Compat"


def test_the_code_is_copied(shown: Shown) -> None:
    shown.show(DRAFT)
    QTest.mouseClick(menu_row(shown.canvas, "Copy the code"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == DRAFT.html


def test_what_the_page_says_stands_at_its_foot(shown: Shown) -> None:
    shown.show(version("a", "<a id=a href='https://example.com/'>x</a>"))
    assert shown.canvas.foot.said.text() == page_lock.sandbox().value
    shown.ask("alert('Hello\\nthere')")
    assert shown.canvas.foot.said.text() == "The page says: Hello there"
    shown.ask("a.click()")
    shown.qtbot.waitUntil(lambda: shown.canvas.foot.said.text() == "Not opened: https://example.com/")


def test_a_page_that_is_put_away_is_ended(shown: Shown) -> None:
    shown.show(DRAFT)
    shown.type("!")
    shown.canvas.clear()
    assert shown.edited == [DRAFT.html + "!"]
    assert shown.canvas.page.view.process == 0
    shown.show(DRAFT)
    assert shown.ask("document.querySelector('h1').innerText") == "Draft"
