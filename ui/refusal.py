"""What is shown instead of the window when Twofold cannot open: one sentence and one button."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.controls import Button, Kind, Label
from ui.theme import Space, sans, serif


class Refusal(QWidget):
    """Closes with its button or Esc."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.setWindowTitle("Twofold")
        headline = Label("Twofold cannot open.", serif(22), "ink", 28)
        self.words = Label(sentence, sans(13), "ink2", 20, wrap=True)
        self.close_button = Button("Close", kind=Kind.PRIMARY)
        self.close_button.clicked.connect(self.close)
        self.close_button.setShortcut("Esc")
        column = QVBoxLayout(self)
        column.setContentsMargins(*[Space.XXXL] * 4)
        column.setSpacing(Space.M)
        column.addWidget(headline)
        column.addWidget(self.words)
        column.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(Space.MENU * 2)
        self.words.fit(self.width() - 2 * Space.XXXL)
