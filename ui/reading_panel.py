"""What was read in pictures, text by text, where the person can put right what was misread."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.conversation import Attached
from models.layout import Element
from ui.controls import Button, Kind, Label
from ui.floating import Popover
from ui.theme import Space, sans

WIDTH = 440
NAMES = 72  # pixels of the column that says what each is
NOTHING = "No text was found in it."
HINT = "Put right what was misread. The next answer goes by it."


class ReadingPanel(Popover):
    """One field for each text, in reading order. Enter or Save gives what stands in them."""

    saved = Signal(list)  # an Element for each picture

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, WIDTH)
        self._pages: list[Element] = []
        self._fields: list[list[QLineEdit]] = []
        self._rows: list[QWidget] = []

    def show_pictures(self, pictures: Sequence[Attached], anchor: QWidget, area: QRect | None = None) -> None:
        """Open above what was pressed, with what was read in these."""
        for row in self._rows:
            self.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows, self._fields = [], []
        self.body.invalidate()
        self._pages = [picture.page for picture in pictures if picture.page is not None]
        for picture in pictures:
            if picture.page is not None:
                self._add(self._label(f"Read in {picture.name}", "ink"))
                self._fields.append(self._fill(picture.page))
        if any(self._fields):
            self._add(self._label(HINT, "ink3"))
            self._add(self._foot())
        self.open_at(anchor, area, above=True)
        first = next((field for fields in self._fields for field in fields), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self, page: Element) -> list[QLineEdit]:
        fields = []
        for element in page.written:
            row = QWidget()
            field = QLineEdit(element.text, row)
            field.setAccessibleName(f"{element.shape}, read as {element.text}")
            field.returnPressed.connect(self._save)
            name = Label(element.shape.capitalize(), sans(12), "ink3", 16, row)
            name.setFixedWidth(NAMES)
            line = QHBoxLayout(row)
            line.setContentsMargins(Space.S, 2, Space.S, 2)
            line.setSpacing(Space.S)
            line.addWidget(name)
            line.addWidget(field, 1)
            self._add(row)
            fields.append(field)
        if not fields:
            self._add(self._label(NOTHING, "ink3"))
        return fields

    def _label(self, words: str, token: str) -> QWidget:
        row = QWidget()
        label = Label(words, sans(13, 600) if token == "ink" else sans(12), token, 20, row)
        line = QHBoxLayout(row)
        line.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        line.addWidget(label)
        return row

    def _foot(self) -> QWidget:
        row = QWidget()
        save = Button("Save", row, kind=Kind.PRIMARY, small=True, tip="Save  Enter")
        cancel = Button("Cancel", row, kind=Kind.QUIET, small=True, tip="Cancel  Esc")
        save.clicked.connect(self._save)
        cancel.clicked.connect(self.close_now)
        line = QHBoxLayout(row)
        line.setContentsMargins(Space.S, Space.XS, Space.S, Space.XS)
        line.setSpacing(Space.S)
        line.addStretch(1)
        line.addWidget(cancel)
        line.addWidget(save)
        return row

    def _add(self, row: QWidget) -> None:
        self.add(row)
        self._rows.append(row)

    def _save(self) -> None:
        pages = [
            page.reworded([field.text() for field in fields])
            for page, fields in zip(self._pages, self._fields, strict=True)
        ]
        self.close_now()
        if pages != self._pages:
            self.saved.emit(pages)

    def rows(self) -> list[QWidget]:
        """The fields, and the buttons under them."""
        fields: list[QWidget] = [field for fields in self._fields for field in fields]
        return [*fields, *super().rows()]
