"""Choosing a model and taking one in: the picker, the file dialog, a file held over the window."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtWidgets  # for what is made when a file or a folder is asked for
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core import Core
from models.words import size_in_words
from ui.bridge import Bridge

if TYPE_CHECKING:
    from models.library import LocalModel
    from ui.model_picker import ModelPicker

WILL_ADD = "Drop to add this model"
WILL_NOT = "Only pictures and model files (GGUF) can be dropped here"


class ModelChoice(QObject):
    """Everything that ends in another model answering."""

    chosen = Signal(object)  # the LocalModel
    added = Signal(object)  # the LocalModel
    told = Signal(str, bool)  # a sentence ("" takes it away), whether it is a fault

    def __init__(self, core: Core, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._core = core
        self._bridge = bridge
        self._window = window
        bridge.adopting.connect(lambda name, done: self.told.emit(f"Adding {name}, {done:.0%}", False))
        bridge.adopted.connect(self._adopted)
        bridge.not_adopted.connect(lambda why: self.told.emit(why, True))

    @cached_property
    def picker(self) -> "ModelPicker":
        """Made when it is first opened: the window opens without it, and the sooner for it."""
        from ui.model_picker import ModelPicker

        made = ModelPicker(self._window)
        made.model_chosen.connect(self.use)
        made.add_requested.connect(self.add)
        made.folder_requested.connect(
            lambda: QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(str(self._core.places.models)))
        )
        return made

    def pick(self, anchor: QWidget, current: Callable[[], "LocalModel | None"], loaded: str) -> None:
        """Open the picker above what was clicked, with what is on the disk now.

        `current` tells which model answers here; `loaded` is the path of the loaded file, if any.
        """
        self._bridge.read(
            lambda: self._core.library.look(), lambda models: self._open(models, anchor, current(), loaded)
        )

    def _open(
        self, models: "list[LocalModel]", anchor: QWidget, current: "LocalModel | None", loaded: str
    ) -> None:
        from ui.model_picker import ModelRow

        rows = [
            ModelRow(
                str(model.path),
                model.name,
                _facts(model),
                current=current is not None and model.path == current.path,
                loaded=str(model.path) == loaded,
            )
            for model in models
        ]
        rows += [ModelRow(str(b.path), b.path.name, fault=b.reason) for b in self._core.library.broken]
        self.picker.set_models(rows)
        self.picker.open_at(anchor)

    def use(self, path: str) -> None:
        """Choose a model of the library by the path of its file."""
        for model in self._core.library.models():
            if str(model.path) == path:
                self.chosen.emit(model)

    def add(self) -> None:
        """Choose a GGUF file and take it in."""
        name, _kind = QtWidgets.QFileDialog.getOpenFileName(
            self._window, "Add a model file", "", "Models (*.gguf)"
        )
        if name:
            self.drop([name])

    def offer(self, files: list[str]) -> str:
        """What will happen to files that are held over the window, in words."""
        return WILL_ADD if any(name.casefold().endswith(".gguf") for name in files) else WILL_NOT

    def drop(self, files: list[str]) -> None:
        """Take in the model files among these; if there is none, the first is told why it is not one."""
        models = [name for name in files if name.casefold().endswith(".gguf")]
        if files:
            self._bridge.adopt(self._core.library, [Path(name) for name in models or files[:1]])
        else:
            self.told.emit(f"{WILL_NOT}.", True)

    def _adopted(self, model: "LocalModel") -> None:
        self.told.emit("", False)
        self.added.emit(model)
        self.chosen.emit(model)


def _facts(model: "LocalModel") -> str:
    base = ", base model" if model.is_base else ""
    return f"{size_in_words(model.size)}, {_context(model)} context{base}"


def _context(model: "LocalModel") -> str:
    tokens = model.header.context_length
    return f"{tokens // 1024}k" if tokens >= 1024 else f"{tokens:,}"
