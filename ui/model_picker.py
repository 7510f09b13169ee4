"""The models on this disk, to choose the one that answers; and the two ways to bring another."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from ui import paint
from ui.controls import Pressable
from ui.floating import MenuRow, Popover
from ui.theme import Space, sans, theme

FILTERED_FROM = 8  # with more models than this there is a field to find one


@dataclass(frozen=True)
class ModelRow:
    """One model file as the picker shows it. `fault` says why it cannot be used; empty: it can."""

    path: str
    name: str
    detail: str = ""  # "98 MB, 8k context"
    current: bool = False
    loaded: bool = False
    fault: str = ""

    @property
    def second_line(self) -> str:
        return self.fault or ("Loaded" if self.loaded else self.detail)


class _Row(Pressable):
    """44 high: a check if it is the current one, its name, and a line about it."""

    def __init__(self, model: ModelRow) -> None:
        super().__init__(model.name, ring_inside=True)
        self.model = model
        self.setFixedHeight(Space.PICKER_ROW)
        self.setCheckable(True)
        self.setChecked(model.current)
        self.setEnabled(not model.fault)
        current = ", current" if model.current else ""
        self.setAccessibleName(f"{model.name}, {model.second_line}{current}")

    def nextCheckState(self) -> None:
        """The window says which model is current."""

    def sizeHint(self) -> QSize:
        return QSize(Space.MENU, Space.PICKER_ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.pen_for(self)
        self.paint_ground(painter)
        area = self.rect().adjusted(Space.M - Space.XS // 2, 0, -Space.M + Space.XS // 2, 0)
        if self.model.current:
            paint.icon(painter, area, "check", 16, "accent")
        area.setLeft(area.left() + 16 + Space.M - Space.XS // 2)
        upper, lower = area.adjusted(0, 2, 0, -22), area.adjusted(0, 24, 0, -2)
        broken = bool(self.model.fault)
        paint.text(painter, upper, self.model.name, sans(13, 500), "ink3" if broken else "ink")
        paint.text(painter, lower, self.model.second_line, sans(12), "caution" if broken else "ink3")


class ModelPicker(Popover):
    """336 wide. Up, Down and Enter choose; Esc leaves."""

    model_chosen = Signal(str)  # path
    add_requested = Signal()
    folder_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Space.PICKER)
        self.setAccessibleName("Choose a model")
        self._models: list[_Row] = []
        self.field = QLineEdit()
        self.field.setFont(sans(13))
        self.field.setPlaceholderText("Find a model")
        self.field.setAccessibleName("Find a model")
        self._glass = QAction(self.field)
        self.field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self._filter)
        self.add_row = MenuRow("Add a file…", "plus")
        self.add_row.clicked.connect(lambda: self._leave(self.add_requested))
        self.folder_row = MenuRow("Open the models folder", "folder-open")
        self.folder_row.clicked.connect(lambda: self._leave(self.folder_requested))
        self.add(self.field)
        self._gap = QWidget()
        self._gap.setFixedHeight(Space.XS)
        self.add(self._gap)
        self._list_at = self.body.count()
        self.rule()
        self.add(self.add_row)
        self.add(self.folder_row)
        theme().changed.connect(self._dress)
        self._dress()
        self.set_models([])

    def set_models(self, models: Sequence[ModelRow]) -> None:
        """Show these, in their order; what cannot be used goes last."""
        for row in self._models:
            self.body.removeWidget(row)
            row.deleteLater()
        ordered = sorted(models, key=lambda model: bool(model.fault))
        self._models = [_Row(model) for model in ordered]
        for place, row in enumerate(self._models):
            row.clicked.connect(lambda _=False, path=row.model.path: self._chosen(path))
            self.body.insertWidget(self._list_at + place, row)
        many = len(models) > FILTERED_FROM
        self.field.setVisible(many)
        self._gap.setVisible(many)
        self.field.clear()

    def first_step(self) -> int:
        """Down comes to the current model first."""
        rows = enumerate(self.rows())
        return next((n for n, row in rows if isinstance(row, Pressable) and row.isChecked()), 0)

    def open_at(
        self, anchor: QWidget, area: object = None, *, above: bool = True, right: bool = False
    ) -> None:
        self.field.clear()
        super().open_at(anchor, None, above=above, right=right)
        if self.field.isVisibleTo(self):
            self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _chosen(self, path: str) -> None:
        self.close_now()
        self.model_chosen.emit(path)

    def _leave(self, signal: object) -> None:
        self.close_now()
        signal.emit()  # type: ignore[attr-defined]

    def _filter(self, words: str) -> None:
        for row in self._models:
            row.setVisible(words.casefold().strip() in row.model.name.casefold())

    def _dress(self) -> None:
        self._glass.setIcon(theme().icon("search"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.field.hasFocus():
            found = [row for row in self._models if row.isEnabled() and row.isVisibleTo(self)]
            if found:
                found[0].click()
        else:
            super().keyPressEvent(event)
