"""Makes the pictures of the window: those of the README, and with `all` one of every state.

.venv/bin/python packaging/screenshots.py          docs/pictures/, with real answers of the starter
.venv/bin/python packaging/screenshots.py all      out/gallery/, light and dark, 1280x800 and 900x600
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["TWOFOLD_STILL"] = "1"

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.conversation import Conversation, Node, new_id
from app.core import Core
from models.parts import Role
from models.places import Places
from ui import style
from ui.theme import Appearance
from ui.window import Window

ROOT = Path(__file__).resolve().parent.parent
STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"
DAY = 86_400
PATIENCE = 180.0
EARLIER = {
    "Why is the sky blue?": 0.05,
    "Write a short thank-you note to a neighbour who watered my plants.": 0.1,
    "What do bees make?": 1,
    "How many legs does a spider have?": 1.1,
    "Name three fruits.": 4,
    "Who wrote Romeo and Juliet?": 20,
}
SHOWN = "Write a Python function that adds two numbers."
MARKDOWN = """Yes, a little. The line is *t = a + b d* with **b ≈ 0.38** seconds a day, and two things \
make me trust it:

- the slope keeps its sign when any week is left out;
- room temperature explains almost none of it.

```python
import numpy as np
day, sec = np.loadtxt("boil-times.csv", delimiter=",", skiprows=1).T
b, a = np.polyfit(day, sec, deg=1)  # slope, start
print(f"{b:.2f} s a day, from {a:.0f} s")
```

| Week | Boils | Mean | Slope without it |
| --- | ---: | ---: | ---: |
| 1 | 12 | 171 s | 0.35 |
| 2 | 15 | 174 s | 0.39 |
| 3 | 14 | 177 s | 0.40 |

The line rises 8 seconds in three weeks. Descale it and time `ten` more."""


class Studio:
    """A profile of its own, in which the real program is used and photographed."""

    def __init__(self, home: Path, out: Path, size: tuple[int, int], dark: bool, starter: Path) -> None:
        self.out = out
        self.suffix = f"-{'dark' if dark else 'light'}"
        places = Places(home).create()
        (places.models / STARTER).symlink_to(starter)
        self.core = Core(places)
        self.window = Window(self.core)
        self.window.preferences.change("appearance", Appearance.DARK if dark else Appearance.LIGHT)
        self.window.resize(*size)
        self.window.show()
        self.window.activateWindow()

    def wait(self, until: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("the window did not come to the state of the picture")
            QTest.qWait(10)

    def ask(self, text: str, wait: bool = True) -> None:
        page = self.window.chat_page
        page.composer.set_text(text)
        QTest.keyClick(page.composer.editor, Qt.Key.Key_Return)
        if wait:
            self.answered()
        else:
            self.wait(lambda: (m := page.transcript.column.streaming) and len(m.text) > 260)

    def answered(self) -> None:
        self.wait(lambda: not self.window.chat_page.answering)

    def take(self, name: str) -> None:
        QTest.qWait(120)
        self.window.grab().save(str(self.out / f"{name}{self.suffix}.png"))

    def backdate(self) -> None:
        """Spread the chats over the days that the list groups them by."""
        now = time.time()
        ages = {row.id: EARLIER.get(row.title, 0) for row in self.core.store.chats()}
        for chat_id, age in ages.items():
            self.core.store._do(
                "UPDATE conversations SET updated = ? WHERE id = ?", (now - age * DAY, chat_id)
            ).result()
        self.window.chats.refresh()

    def fill(self) -> None:
        """A few real chats."""
        for question in EARLIER:
            self.ask(question)
            self.window.open_new()
        self.backdate()

    def show_markdown(self) -> None:
        """A chat whose answer has every kind of block, for holding against the look."""
        chat = Conversation(new_id(), "Kettle timings", time.time(), time.time())
        asked = Node(new_id(), None, Role.USER, "Is the kettle really getting slower?", time.time())
        self.core.store.begin(chat, asked).result()
        self.core.store.add(chat.id, Node(new_id(), asked.id, Role.ASSISTANT, MARKDOWN, time.time())).result()
        self.window.chats.refresh()
        self.window.open_chat(chat.id)
        page = self.window.chat_page
        self.wait(lambda: page.conversation.id == chat.id and self.window.chats.find(chat.id))


@contextmanager
def studio(out: Path, size: tuple[int, int], dark: bool, starter: Path) -> Iterator[Studio]:
    with tempfile.TemporaryDirectory() as home:
        made = Studio(Path(home), out, size, dark, starter)
        yield made
        made.window.close()


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
    with studio(out, (1280, 800), True, starter) as s:
        s.wait(lambda: s.window.chat_page.loaded_path)
        s.fill()
        s.ask("What is the capital of France?")
        s.ask(SHOWN)
        s.take("chat")
        s.window.toggle_settings()
        s.take("settings")


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
