"""Makes the pictures of the window: those of the README, and with `all` one of every state.

.venv/bin/python packaging/screenshots.py          docs/pictures/, with real answers of the starter
.venv/bin/python packaging/screenshots.py all      out/gallery/, light and dark, 1280x800 and 900x600
"""

import os
import shutil
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from studio import STARTER, Studio, drawn, studio

from models.download import Fetching, NotFetched
from models.known import CODER
from models.places import Places
from ui import style
from ui.canvas_head import CanvasHead, Tab, Width
from ui.extra_widgets import FoldLine
from ui.offer import OfferRow
from ui.reading_panel import ReadingPanel

ROOT = Path(__file__).resolve().parent.parent
SHOWN = "Write a Python function that adds two numbers."


def readme(starter: Path) -> None:
    """The pictures that the README shows."""
    out = ROOT / "docs" / "pictures"
    out.mkdir(parents=True, exist_ok=True)
    with studio(out, (1280, 800), False, starter) as s:
        s.wait(lambda: s.window.chat_page.loaded_path)
        s.fill()
        s.take("empty")
        s.ask("What is the capital of France?")
        s.ask(SHOWN)
        s.take("chat")
        s.ask("Write a long story about a lighthouse.", wait=False)
        s.take("streaming")
        os.kill(s.core.engine.pid or 0, signal.SIGKILL)
        s.answered()
        s.take("engine-killed")
    _sketch_pictures(out, starter)
    with studio(out, (1280, 800), True, starter) as s:
        s.wait(lambda: s.window.chat_page.loaded_path)
        s.fill()
        s.ask("What is the capital of France?")
        s.ask(SHOWN)
        s.take("chat")
        s.window.toggle_settings()
        s.take("settings")


def _sketch_pictures(out: Path, starter: Path) -> None:
    for dark in (False, True):
        with studio(out, (1280, 800), dark, starter) as s, drawn("joke") as file:
            shutil.copy(file, out / "sketch.jpg")
            s.wait(lambda: s.window.chat_page.loaded_path)
            s.fill()
            _make_joke_page(s, file)
            s.take("sketch")
            if dark:
                _open_correcting(s)
                s.take("reading")
            else:
                s.window.canvas_pages.canvas.open_tab(Tab.CODE)
                s.take("code")


def _make_joke_page(s: Studio, file: Path) -> None:
    """The sketch is dropped, the page is made, and its button pressed."""
    s.drop_sketch(file)
    s.read()
    s.decline_offer()
    s.make_page()
    s.answered()
    QTest.qWait(1500)  # the thumbnails of the versions are made after a rest
    s.reveal()


def _unfold(s: Studio) -> None:
    """What was read in the sketch, under its line."""
    fold = s.window.chat_page.transcript.findChild(FoldLine)
    assert fold is not None
    s.click(fold)
    s.window.chat_page.transcript.scroll_to_end()
    QTest.qWait(300)  # pictures are made in another size after a while


def _open_correcting(s: Studio) -> None:
    """What was read, with the fields to put it right."""
    s.window.canvas_pages.close()
    _unfold(s)
    s.press(s.window.chat_page.transcript, "Correct")


def gallery(starter: Path) -> None:
    """Every state, for looking at."""
    out = ROOT / "out" / "gallery"
    shutil.rmtree(out, ignore_errors=True)
    for size in ((1280, 800), (900, 600)):
        folder = out / f"{size[0]}x{size[1]}"
        folder.mkdir(parents=True)
        for dark in (False, True):
            with studio(folder, size, dark, starter) as s:
                _states(s)
            with studio(folder, size, dark, starter) as s, drawn("joke") as file:
                _sketch_states(s, file)
    print(out)


def _states(s: Studio) -> None:
    window, page = s.window, s.window.chat_page
    s.take("01-loading")
    s.wait(lambda: page.loaded_path)
    s.take("02-first-start")
    s.ask("What is the capital of France?")
    s.take("03-first-answer")
    window.open_new()
    s.show_markdown()
    s.take("04-markdown")
    page.transcript.verticalScrollBar().setValue(0)
    s.take("05-scrolled-up")
    page.answer_again()
    s.answered()
    s.take("06-second-version")
    s.ask("Write a long story about a lighthouse.", wait=False)
    s.take("07-streaming")
    page.stop()
    s.answered()
    s.take("08-stopped")
    page.go_on(page.conversation.path()[-1].id)
    s.wait(lambda: (m := page.transcript.column.streaming) and m.text)
    os.kill(s.core.engine.pid or 0, signal.SIGKILL)
    s.answered()
    s.take("09-engine-killed")
    page.transcript.overlay.edit(page.conversation.path()[-2].id)
    s.take("10-editing")
    page.transcript.overlay.leave_editor()
    window.choose_model()
    s.wait(lambda: window.models.picker.is_open())
    s.take("11-picker")
    window.models.picker.close_now()
    window.top_bar.open_menu()
    s.take("12-menu")
    assert window.top_bar.menu is not None
    window.top_bar.menu.close_now()
    page.composer.set_drop("Drop to add this model")
    s.take("13-drop")
    page.composer.set_drop(None)
    page.composer.set_notice("notes.gguf is a text file, not a model.", fault=True)
    page.composer.set_text("\n".join(f"line {n}" for n in range(14)))
    s.take("14-notice-and-long-draft")
    page.composer.clear()
    page.composer.set_notice(None)
    window.delete(page.conversation.id)
    s.take("15-deleted")
    window.toast.dismiss()
    window.toggle_settings()
    s.take("16-settings")
    window.toggle_settings()
    window.toggle_sidebar()
    s.take("17-sidebar-toggled")
    QTest.mouseMove(page.welcome.cards[1], QPoint(20, 20))
    s.take("18-card-hovered")


def _sketch_states(s: Studio, file: Path) -> None:
    window, page = s.window, s.window.chat_page
    s.wait(lambda: page.loaded_path)
    s.drop_sketch(file)
    s.take("30-picture-being-read")
    s.read()
    s.wait(lambda: (row := window.findChild(OfferRow)) and row.isVisible())
    s.take("31-read-and-the-writer-offered")
    window.bridge.fetching.emit(Fetching(402_653_184, CODER.size, 8, 22, 6e6))
    s.take("32-writer-being-fetched")
    window.bridge.fetching.emit(NotFetched("The network was lost. 367 MB of it are kept, and Get goes on."))
    s.take("32b-writer-not-fetched")
    s.decline_offer()
    s.click(page.composer.chips.chips[0])
    s.take("33-correcting-before-sending")
    window.findChildren(ReadingPanel)[-1].close_now()
    s.make_page()
    s.take("34-draft-stands")
    s.answered()
    QTest.qWait(1500)
    s.take("35-page")
    canvas = window.canvas_pages.canvas
    s.reveal()
    s.take("36-page-revealed")
    _show_width(canvas.head, Width.PHONE)
    s.take("37-page-on-a-phone")
    _show_width(canvas.head, Width.DESK)
    canvas.head.open_menu()
    s.take("38-page-menu")
    assert canvas.head.menu is not None
    canvas.head.menu.close_now()
    canvas.open_tab(Tab.CODE)
    s.take("39-code")
    editor = canvas.code.editor
    editor.setPlainText(editor.toPlainText().replace("reveal punchline", "tell me"))
    s.wait(lambda: len(window.canvas_pages.of(page.conversation.id)) == 3)
    canvas.open_tab(Tab.VERSIONS)
    QTest.qWait(1500)
    s.take("40-versions")
    canvas.open_tab(Tab.CODE)
    editor.setPlainText(editor.toPlainText() + "<script>for (;;);</script>")
    canvas.open_tab(Tab.PAGE)
    s.wait(lambda: canvas.page.view.trouble)
    s.take("41-page-hung")
    window.canvas_pages.close()
    page.transcript.scroll_to_end()
    s.take("42-canvas-put-away")
    _unfold(s)
    s.take("43-what-was-read")
    s.press(page.transcript, "Correct")
    s.take("44-correcting")
    fields = window.findChildren(ReadingPanel)[-1].findChildren(QLineEdit)
    fields[0].setText("Our Joke Website")
    QTest.keyClick(fields[0], Qt.Key.Key_Return)
    s.take("45-corrected")
    s.drop_sketch(file)
    s.read()
    s.ask("What stands in it?")
    s.take("46-asked-about-a-picture")
    notes = file.with_name("notes.png")
    notes.write_text("only words")
    s.drop_sketch(notes)
    s.wait(lambda: not page.composer.chips.chips)
    s.take("47-no-picture")


def _show_width(head: CanvasHead, width: Width) -> None:
    head.widths.show_value(width)
    head.width_chosen.emit(width)
    QTest.qWait(300)


def main() -> int:
    starter = Path(os.environ.get("TWOFOLD_STARTER") or Places.default().models / STARTER)
    if not starter.exists():
        print("The starter model is not here: `make screenshots` fetches it.", file=sys.stderr)
        return 1
    style.apply(QApplication(sys.argv[:1]))
    if "all" in sys.argv[1:]:
        gallery(starter)
    else:
        readme(starter)
    return 0


if __name__ == "__main__":
    sys.exit(main())
