"""The studio of the pictures: the real window in a profile of its own, used as a person would use it."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # sketches are drawn by the tests' pencil
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["TWOFOLD_STILL"] = "1"

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.conversation import Conversation, Node, new_id
from app.core import Core
from models.parts import Role
from models.places import Places
from tests.sketches.pages import sketch
from ui.offer import OfferRow
from ui.theme import Appearance
from ui.window import Window

STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"
DAY = 86_400
PATIENCE = 180.0
REVEALING = """(() => {
    const filled = [...document.querySelectorAll("[data-fill]")];
    if (filled.length && filled.every(each => each.checkVisibility() && each.innerText)) return true;
    document.querySelector("button")?.click();
    return false;
})()"""
EARLIER = {
    "Why is the sky blue?": 0.05,
    "Write a short thank-you note to a neighbour who watered my plants.": 0.1,
    "What do bees make?": 1,
    "How many legs does a spider have?": 1.1,
    "Name three fruits.": 4,
    "Who wrote Romeo and Juliet?": 20,
}
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

    def press(self, within: QWidget, name: str) -> None:
        """Click the visible control that is called so, and leave it with the pointer."""
        found = [
            widget
            for widget in within.findChildren(QWidget)
            if widget.isVisible() and (widget.accessibleName() or widget.toolTip()).startswith(name)
        ]
        self.click(found[-1])

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=widget.rect().center())
        QTest.mouseMove(self.window, QPoint(1, 1))
        QTest.qWait(60)

    def drop_sketch(self, file: Path) -> None:
        """As if it was let go over the window; returns while it is being opened."""
        self.window.drops.dropped.emit([str(file)])

    def read(self) -> None:
        """Wait until what was dropped is read."""
        chips = self.window.chat_page.composer.chips
        self.wait(lambda: chips.chips and "read, not seen" in chips.chips[0].accessibleName())

    def decline_offer(self) -> None:
        """Leave the writer of pages for later, once it is offered."""
        self.wait(lambda: (row := self.window.findChild(OfferRow)) and row.isVisible())
        self.click(self.window.findChildren(OfferRow)[-1].leave_button)

    def make_page(self) -> None:
        """Press the button beside the sketch; returns once the draft is shown."""
        self.click(self.window.chat_page.composer.chips.page_button)
        self.wait(lambda: self.window.canvas_pages.is_open)
        self.wait(lambda: self.in_page("document.querySelectorAll('button').length"))
        QTest.qWait(200)  # what stands is painted a frame later

    def in_page(self, script: str) -> object:
        """What JavaScript says in the page that is shown; None where no page is."""
        said: list[object] = []
        self.window.canvas_pages.canvas.page.view.run(script, said.append)
        QTest.qWait(60)
        return said[-1] if said else None

    def reveal(self) -> None:
        """Press the button of the page until what it hides is seen: a click may meet the version before."""
        self.wait(lambda: self.in_page(REVEALING))
        QTest.qWait(200)

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


@contextmanager
def drawn(name: str) -> Iterator[Path]:
    """A sketch as a file, as it comes from a telephone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{name} website.jpg")
        sketch(name).image.convert("RGB").save(file, quality=85)
        yield file
