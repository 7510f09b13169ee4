"""The settings: one page, no tabs, no Save. Values come in by `show_values` and go out by `changed`."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import paint
from ui.controls import Button, Kind, Label
from ui.drop_down import DropDown
from ui.gauge import short
from ui.segmented import SegmentedChoice
from ui.theme import MEASURES, Appearance, Face, Space, TextSize, sans, serif

TYPING_PAUSE = 500  # ms after the last key before instructions are taken
FIELD_HEIGHT = 96


@dataclass(frozen=True)
class SettingsView:
    """What the page shows. Sentences about the machine come from whoever knows it."""

    appearance: Appearance = Appearance.SYSTEM
    face: Face = Face.SERIF
    size: TextSize = TextSize.MEDIUM
    models: tuple[tuple[str, str], ...] = ()  # path, name
    model: str = ""  # path
    model_note: str = "The one in use stays loaded."
    context: int = 8192
    contexts: tuple[int, ...] = (2048, 4096, 8192, 16384, 32768)
    context_note: str = "How much of a chat the model can hold at once."
    threads: int = 0  # 0: automatic
    automatic_threads: int = 1
    cores: int = 1
    instructions: str = ""
    default_instructions: str = ""
    data_folder: str = ""
    log_file: str = ""


class _Setting(QWidget):
    """A row of 52: a name, one plain sentence, and the control at the right, over a hairline.

    In a narrow window the sentence takes more lines, and the row grows.
    """

    def __init__(self, name: str, note: str, control: QWidget) -> None:
        super().__init__()
        self.setFixedHeight(Space.SETTING_ROW)
        self.note = Label("", sans(12), "ink3", 16, wrap=True)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        words = QVBoxLayout()
        words.setContentsMargins(0, Space.RADIUS, 0, Space.RADIUS)
        words.setSpacing(Space.XS - 1)
        words.addWidget(Label(name, sans(13, 500)))
        words.addWidget(self.note)
        # 4 px around, where the ring of the keyboard stands.
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.XS, 0, Space.XS, 0)
        row.setSpacing(Space.L)
        row.addLayout(words, 1)
        row.addWidget(control)
        self._control = control
        self.set_note(note)

    def set_note(self, note: str) -> None:
        """The sentence under the name."""
        self.note.setText(note)
        self._grow()

    def _grow(self) -> None:
        beside = self.width() - 2 * Space.XS - Space.L - self._control.sizeHint().width()
        more = self.note.heightForWidth(beside) - 16 if self.note.text() else 0
        self.setFixedHeight(Space.SETTING_ROW + more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def paintEvent(self, event: QPaintEvent) -> None:
        foot = self.height() - Space.HAIR
        paint.hairline(QPainter(self), Space.XS, foot, self.width() - 2 * Space.XS)


class SettingsPage(QScrollArea):
    """A column of 640 in the middle of whatever width there is."""

    changed = Signal(str, object)  # name of the field of SettingsView, new value
    folder_requested = Signal()
    log_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bare")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view = SettingsView()
        self._rows: dict[str, _Setting] = {}
        self.appearance = SegmentedChoice("Appearance")
        self.face = SegmentedChoice("Answers are set in")
        self.text_size = SegmentedChoice("Text size")
        self.model = DropDown("New chats use")
        self.context = DropDown("Context")
        self.threads = DropDown("Threads")
        self.instructions = QPlainTextEdit()
        self.reset_button = Button("Reset", kind=Kind.QUIET, small=True)
        self.folder_button = Button("Open", small=True)
        self.log_button = Button("Open", small=True)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, Space.XXL, 0, Space.XXXL)
        self._column.setSpacing(0)
        self._lay_out()
        self.setFocusProxy(self.appearance)
        self._connect()
        self.show_values(self._view)

    def _lay_out(self) -> None:
        content = QWidget()
        content.setObjectName("bare")
        column = QWidget()
        column.setMaximumWidth(Space.PAGE_COLUMN + 2 * Space.XS)
        column.setLayout(self._column)
        across = QHBoxLayout(content)
        # The scroll bar takes as much at the right: so the column is in the middle of the whole.
        across.setContentsMargins(Space.M + self.verticalScrollBar().sizeHint().width(), 0, Space.M, 0)
        across.addStretch(1)
        across.addWidget(column, 1000)
        across.addStretch(1)
        self._heading("Reading", first=True)
        self._row("Appearance", "Follows the system unless you choose.", self.appearance)
        self._row("Answers are set in", "You are always set in the sans.", self.face)
        self._rows["size"] = self._row("Text size", "", self.text_size)
        self._heading("Model")
        self._rows["model"] = self._row("New chats use", "", self.model)
        self._rows["context"] = self._row("Context", "", self.context)
        self._rows["threads"] = self._row("Threads", "", self.threads)
        self._instructions_row()
        self._heading("Your data")
        self._rows["folder"] = self._row("Everything is in one folder", "", self.folder_button)
        self._rows["log"] = self._row("Engine log", "", self.log_button)
        self._column.addStretch(1)
        self.setWidget(content)

    def _heading(self, words: str, first: bool = False) -> None:
        if not first:
            self._column.addSpacing(Space.XL)
        label = Label(words, serif(20), "ink", 28)
        holder = QHBoxLayout()
        holder.setContentsMargins(Space.XS, 0, Space.XS, 0)
        holder.addWidget(label)
        self._column.addLayout(holder)
        self._column.addSpacing(Space.RADIUS)

    def _row(self, name: str, note: str, control: QWidget) -> _Setting:
        row = _Setting(name, note, control)
        self._column.addWidget(row)
        return row

    def _instructions_row(self) -> None:
        self._row("Instructions", "Every chat begins with these words.", self.reset_button)
        field = self.instructions
        field.setObjectName("field")
        field.setAccessibleName("Instructions")
        field.setFont(sans(13))
        field.setTabChangesFocus(True)
        field.setFixedHeight(FIELD_HEIGHT)
        field.installEventFilter(self)
        holder = QHBoxLayout()
        holder.setContentsMargins(Space.XS, Space.S, Space.XS, Space.XS)
        holder.addWidget(field)
        self._column.addLayout(holder)

    def _connect(self) -> None:
        self.appearance.set_items(
            [(Appearance.SYSTEM, "System"), (Appearance.LIGHT, "Light"), (Appearance.DARK, "Dark")]
        )
        self.face.set_items([(Face.SERIF, "Serif"), (Face.SANS, "Sans")])
        self.text_size.set_items(
            [(TextSize.SMALL, "Small"), (TextSize.MEDIUM, "Medium"), (TextSize.LARGE, "Large")]
        )
        choices: dict[str, SegmentedChoice | DropDown] = {
            "appearance": self.appearance,
            "face": self.face,
            "size": self.text_size,
            "model": self.model,
            "context": self.context,
            "threads": self.threads,
        }
        for key, choice in choices.items():
            choice.chosen.connect(lambda value, key=key: self.changed.emit(key, value))
        self._pause = QTimer(self, singleShot=True, interval=TYPING_PAUSE)
        self._pause.timeout.connect(self._take_instructions)
        self.instructions.textChanged.connect(self._typed)
        self.reset_button.clicked.connect(self._reset)
        self.folder_button.clicked.connect(self.folder_requested)
        self.log_button.clicked.connect(self.log_requested)

    def note_of(self, row: str) -> str:
        """The sentence under a name."""
        return self._rows[row].note.text()

    def show_values(self, view: SettingsView) -> None:
        """Show these values; nothing is emitted. Words that are being typed are not replaced."""
        self._view = view
        self.appearance.show_value(view.appearance)
        self.face.show_value(view.face)
        self.text_size.show_value(view.size)
        pixels = MEASURES[view.size].answer
        self._rows["size"].set_note(f"{pixels} px. Ctrl + and Ctrl − change it anywhere.")
        self.model.set_items([(path, name) for path, name in view.models])
        self.model.show_value(view.model)
        self._rows["model"].set_note(view.model_note)
        self.context.set_items([(size, f"{short(size)} tokens") for size in view.contexts])
        self.context.show_value(view.context)
        self._rows["context"].set_note(view.context_note)
        threads: list[tuple[object, str]] = [(0, f"Automatic, {view.automatic_threads}")]
        self.threads.set_items(threads + [(count, str(count)) for count in range(1, view.cores + 1)])
        self.threads.show_value(view.threads)
        cores = "1 core" if view.cores == 1 else f"{view.cores} cores"
        self._rows["threads"].set_note(f"This machine has {cores}.")
        if not self._pause.isActive() and self.instructions.toPlainText() != view.instructions:
            self.instructions.blockSignals(True)
            self.instructions.setPlainText(view.instructions)
            self.instructions.blockSignals(False)
        self._rows["folder"].set_note(view.data_folder)
        self._rows["log"].set_note(view.log_file)
        self._rows["log"].setVisible(bool(view.log_file))
        self._show_reset()

    def _typed(self) -> None:
        self._pause.start()
        self._show_reset()

    def _show_reset(self) -> None:
        at_default = self.instructions.toPlainText() == self._view.default_instructions
        self.reset_button.setEnabled(not at_default)
        self.reset_button.setToolTip("These are the words Twofold comes with" if at_default else "")

    def _reset(self) -> None:
        self.instructions.selectAll()
        self.instructions.insertPlainText(self._view.default_instructions)
        self._take_instructions()

    def _take_instructions(self) -> None:
        self._pause.stop()
        words = self.instructions.toPlainText()
        if words != self._view.instructions:
            self.changed.emit("instructions", words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.instructions and event.type() == QEvent.Type.FocusOut and self._pause.isActive():
            self._take_instructions()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        if self._pause.isActive():
            self._take_instructions()
        super().hideEvent(event)
