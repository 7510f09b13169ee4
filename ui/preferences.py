"""Between the settings on disk and what shows them: the page, and the theme."""

import os
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal

from app.core import Core
from app.instructions import default_instructions
from ui.theme import Appearance, Face, TextSize, theme

if TYPE_CHECKING:
    from models.library import LocalModel
    from ui.settings_page import SettingsPage

# Names on the page, and in settings.toml where they differ.
_NAMES = {"size": "text_size"}
_NEEDS_LOADING = {"model", "context", "threads"}


class Preferences(QObject):
    """Applies what is chosen at once, and keeps it."""

    model_changed = Signal()  # what the model is loaded with is another
    troubled = Signal(str)  # a sentence: it could not be kept

    def __init__(self, core: Core) -> None:
        super().__init__()
        self._core = core
        self.threads = 0  # that were measured, once the model is loaded
        self._dress()

    @cached_property
    def page(self) -> "SettingsPage":
        """Made when it is first shown: the window opens without it, and the sooner for it."""
        from ui.settings_page import SettingsPage

        made = SettingsPage()
        made.changed.connect(self.change)
        return made

    def show(self) -> None:
        """Fill the page with what is in force."""
        import psutil  # only here: the window opens without it

        from ui.settings_page import SettingsView

        values = self._core.settings.values
        models = self._core.library.models()
        chosen = self._core.model_for(None)
        words = default_instructions(chosen)
        self.page.show_values(
            SettingsView(
                appearance=Appearance(values.appearance),
                face=Face(values.face),
                size=TextSize(values.text_size),
                models=tuple((str(model.path), model.name) for model in models),
                model=str(chosen.path) if chosen else "",
                context=values.context,
                contexts=self._contexts(chosen),
                context_note=self._context_note(values.context),
                threads=values.threads,
                automatic_threads=self.threads or psutil.cpu_count(logical=False) or 1,
                cores=psutil.cpu_count(logical=False) or os.cpu_count() or 1,
                instructions=values.instructions or words,
                default_instructions=words,
                data_folder=str(self._core.places.home),
                log_file=str(self._core.engine_log),
            )
        )

    def change(self, name: str, value: object) -> None:
        """One setting, by its name on the page or in the file."""
        key = _NAMES.get(name, name)
        if key == "model":
            value = next(
                (self._core.model_key(m) for m in self._core.library.models() if str(m.path) == value), ""
            )
        elif key == "instructions" and value == default_instructions(self._core.model_for(None)):
            value = ""
        elif isinstance(value, (Appearance, Face, TextSize)):
            value = str(value)
        self._keep(**{key: value})
        self._dress()
        if key in _NEEDS_LOADING:
            self.model_changed.emit()
        if "page" in vars(self) and self.page.isVisible():
            self.show()

    def keep_model(self, model: "LocalModel") -> None:
        """New chats use this model from now on; it is being loaded already."""
        self._keep(model=self._core.model_key(model))

    def keep_window(self, size: QSize, maximised: bool) -> None:
        """It opens so the next time."""
        words = f"{size.width()}x{size.height()}"
        now = self._core.settings.values
        if (now.window, now.maximised) != (words, maximised):
            self._keep(window=words, maximised=maximised)

    def step_size(self, step: int) -> None:
        """Larger or smaller text."""
        sizes = list(TextSize)
        at = sizes.index(TextSize(self._core.settings.values.text_size)) + step
        if 0 <= at < len(sizes):
            self.change("size", sizes[at])

    def _contexts(self, model: "LocalModel | None") -> tuple[int, ...]:
        """Sizes to choose from: what the model was trained for, and what is in force."""
        from ui.settings_page import SettingsView

        most = model.header.context_length if model else 0
        offered = SettingsView().contexts
        return tuple(c for c in offered if not most or c <= most or c == self._core.settings.values.context)

    def _keep(self, **values: object) -> None:
        try:
            self._core.settings.change(**values)
        except OSError as error:
            self.troubled.emit(f"The setting is in force but could not be kept: {error.strerror or error}.")

    def _context_note(self, context: int) -> str:
        model = self._core.model_for(None)
        trained = model.header.context_length if model else 0
        if trained and context > trained:
            return f"How much of a chat the model holds at once. This one was trained for {trained:,}."
        return "How much of a chat the model holds at once. More needs more memory."

    def _dress(self) -> None:
        values = self._core.settings.values
        theme().set(Appearance(values.appearance), Face(values.face), TextSize(values.text_size))
