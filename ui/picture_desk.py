"""The pictures beside what is written: chosen, dropped or pasted, shown as chips, read and put right."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtWidgets  # for what is made when a file is chosen
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.conversation import Attached
from app.core import Core
from ui.bridge import Bridge
from ui.composer import SUFFIXES, Composer

if TYPE_CHECKING:
    from models.layout import Element
    from ui.attachments import Attachments
    from ui.offer import Offer


class PictureDesk(QObject):
    """Between the composer, which shows them, and `Attachments`, which keeps them."""

    model_fetched = Signal(str)  # the path of a model that was got

    def __init__(
        self,
        core: Core,
        bridge: Bridge,
        composer: Composer,
        draft_id: Callable[[], str],
        can_send: Callable[[], bool],
        sees: Callable[[], bool],
    ) -> None:
        """`draft_id` is that of the open chat; `can_send`: no answer is being made there; `sees`: its model
        is shown pictures themselves."""
        super().__init__(composer)
        self._core = core
        self._bridge = bridge
        self._composer = composer
        self._draft_id = draft_id
        self._can_send = can_send
        self._sees = sees
        composer.attach_requested.connect(self.choose)
        composer.picture_removed.connect(lambda place: self.attachments.remove(draft_id(), place))
        composer.picture_opened.connect(self._correct)
        composer.editor.picture_pasted.connect(self._take_pasted)

    @cached_property
    def attachments(self) -> "Attachments":
        """Made when the window stands."""
        from ui.attachments import Attachments

        made = Attachments(self._core, self._bridge, self)
        made.changed.connect(self.show)
        made.told.connect(lambda sentence: self._composer.set_notice(sentence, fault=True))
        return made

    @cached_property
    def _offer(self) -> "Offer":
        """Made when the first sketch comes."""
        from ui.offer import Offer

        made = Offer(self._core, self._bridge, self)
        made.changed.connect(lambda: self._composer.set_strip(made.row, made.shown))
        made.fetched.connect(self.model_fetched)
        return made

    def begin(self) -> None:
        """The window stands: fetch what was left beside the draft."""
        self.attachments.open(self._draft_id())

    def follow(self) -> None:
        """Another chat is open."""
        if "attachments" in vars(self):
            self.attachments.open(self._draft_id())
            self.show()

    @property
    def pictures(self) -> tuple[Attached, ...]:
        """Those that go with what is written."""
        return self.attachments.pictures(self._draft_id())

    @property
    def sketch(self) -> Attached | None:
        """The one that a page can be made of."""
        return self.attachments.sketch(self._draft_id())

    def sent(self, draft_id: str) -> None:
        """They went with a message."""
        self.attachments.clear(draft_id)

    def choose(self) -> None:
        """Choose picture files."""
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        names, _kind = QtWidgets.QFileDialog.getOpenFileNames(
            self._composer, "Add pictures", "", f"Pictures ({kinds})"
        )
        self.take(names)

    def take(self, names: list[str]) -> None:
        """These picture files go with what is written."""
        self.attachments.take_files(self._draft_id(), [Path(name) for name in names])
        self._composer.setFocus()

    def _take_pasted(self, data: bytes) -> None:
        self.attachments.take_data(self._draft_id(), data, "Pasted picture")

    def show(self) -> None:
        """The pictures beside the draft, as they are now."""
        id_ = self._draft_id()
        texts = self.attachments.texts(id_, seen=self._sees())
        sketch = self.attachments.sketch(id_)
        if sketch is not None:
            self._offer.sketch_came()
        can_make = sketch is not None and self._can_send()
        self._composer.set_pictures(texts, self.attachments.is_opening(id_), can_make)

    def _correct(self, place: int) -> None:
        id_ = self._draft_id()
        number, picture = self.attachments.picture(id_, place) or (0, None)
        if picture is not None and picture.page is not None:
            chip = self._composer.chips.chips[place]
            self.put_right([picture], chip, lambda pages: self.attachments.correct(id_, number, pages[0]))

    def put_right(
        self, pictures: list[Attached], anchor: QWidget, keep: "Callable[[list[Element]], object]"
    ) -> None:
        """Open what was read in these at `anchor`; `keep` is given how the person has it."""
        from ui.reading_panel import ReadingPanel

        panel = ReadingPanel(self._composer)
        panel.saved.connect(keep)
        panel.closed.connect(panel.deleteLater)
        panel.show_pictures(pictures, anchor)
