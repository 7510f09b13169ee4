"""The offer of a model that writes pages better, made when the first sketch comes: one click gets it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from app.core import Core
from models import known
from models.words import size_in_words
from ui import paint
from ui.bridge import Bridge
from ui.controls import Button, Kind, Label
from ui.theme import Flow, Space, sans, theme

if TYPE_CHECKING:
    from models.download import DownloadEvent


class OfferRow(QWidget):
    """A sentence, what can be done about it, and how far that is."""

    accepted = Signal()
    left = Signal()  # not now, or no further

    def __init__(self) -> None:
        super().__init__()
        self._words = Label("", sans(12), "ink2", 16, self, wrap=True)
        self.get_button = Button("Get", self, small=True)
        self.leave_button = Button("Not now", self, kind=Kind.QUIET, small=True)
        self._fraction: float | None = None
        self.get_button.clicked.connect(self.accepted)
        self.leave_button.clicked.connect(self.left)
        theme().changed.connect(self.update)

    def set(
        self, words: str, get: str, leave: str, fraction: float | None = None, fault: bool = False
    ) -> None:
        """`get` and `leave` are on the buttons; an empty `get` takes its button away."""
        self._words.setText(words)
        self._words.set_token("fault" if fault else "ink2")
        self.get_button.setVisible(bool(get))
        for button, text in ((self.get_button, get or "Get"), (self.leave_button, leave)):
            if button.words() != text:
                button.set_words(text)
        self._fraction = fraction
        self.arrange(self.width())
        self.update()

    def arrange(self, width: int) -> int:
        """Place everything in this width; the height that it takes."""
        x = width
        for button in (self.leave_button, self.get_button):
            if button.isHidden():
                continue
            size = button.sizeHint()
            x -= size.width()
            button.setGeometry(x, 0, size.width(), size.height())
            x -= Space.XS
        room = max(Space.SIDEBAR // 2, x - Space.S)
        tall = self._words.heightForWidth(room)
        top = max(0, (Space.SMALL_BUTTON - tall) // 2)
        self._words.setGeometry(0, top, room, tall)
        bar = Space.S + Flow.PROGRESS if self._fraction is not None else 0
        return max(Space.SMALL_BUTTON, tall) + bar

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._fraction is None:
            return
        painter, radius = paint.pen_for(self), Flow.PROGRESS / 2
        bar = QRectF(0, self.height() - Flow.PROGRESS, self.width(), Flow.PROGRESS)
        paint.box(painter, bar, radius, theme().colour("bar"))
        bar.setWidth(max(Flow.PROGRESS, self.width() * min(1.0, self._fraction)))
        paint.box(painter, bar, radius, theme().colour("accent"))


class Offer(QObject):
    """Knows whether to offer, what is being fetched, and what became of it."""

    changed = Signal()  # whether there is something to show, or its height
    fetched = Signal(str)  # the path of the model

    def __init__(self, core: Core, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._made = False  # once a run
        self.row = OfferRow()
        self.row.hide()
        self.shown = False
        self.row.accepted.connect(self._get)
        self.row.left.connect(self._leave)
        bridge.fetching.connect(self._happened)

    def sketch_came(self) -> None:
        """Offer it, unless it is here or was offered since the program began."""
        if not self._made:
            self._made = True
            self._bridge.read(lambda: known.CODER in self._core.library.missing(), self._offer)

    def _offer(self, lacks: bool) -> None:
        if not lacks:
            return
        from models.download import kept

        model, here = known.CODER, kept(known.CODER, self._core.places.models)
        so_far = f" {size_in_words(here)} of it are here already." if here else ""
        self._show(
            f"{model.name} writes better pages ({model.licence}).{so_far}",
            f"Get, {size_in_words(model.size - here)}",
            "Not now",
        )

    def _get(self) -> None:
        self._show(f"Getting {known.CODER.name}.", "", "Cancel", 0.0)
        self._bridge.get(known.CODER, self._core.places.models)

    def _leave(self) -> None:
        if self._bridge.is_getting:
            self._bridge.stop_getting()
        else:
            self._hide()

    def _happened(self, event: "DownloadEvent") -> None:
        from models import download

        name = known.CODER.name
        match event:
            case download.Fetching(done=done, total=total):
                left = f", about {_time(event.left)} left" if event.left is not None else ""
                words = f"Getting {name}: {size_in_words(done)} of {size_in_words(total)}{left}"
                self._show(words, "", "Cancel", done / total if total else 0.0)
            case download.Checking(done=done, total=total):
                self._show(f"Checking {name}", "", "Cancel", done / total if total else 0.0)
            case download.Fetched(path=path):
                self._hide()
                self.fetched.emit(str(Path(path)))
            case download.NotFetched(sentence=sentence):
                self._show(sentence, "Get", "Not now", fault=True)

    def _show(
        self, words: str, get: str, leave: str, fraction: float | None = None, fault: bool = False
    ) -> None:
        self.shown = True
        self.row.set(words, get, leave, fraction, fault)
        self.changed.emit()

    def _hide(self) -> None:
        self.shown = False
        self.changed.emit()


def _time(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
