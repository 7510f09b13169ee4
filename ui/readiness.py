"""Whether a model is loaded, loading or gone, in words for the plate at the foot of the sidebar."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core import Core

if TYPE_CHECKING:
    from app.chat import TurnEvent

LOADING = "loading"


class Readiness(QObject):
    """What the events of all turns tell of the engine."""

    changed = Signal(str, bool)  # a state in words, whether it is a fault

    def __init__(self, core: Core, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._words = ""
        self.loaded_path = ""  # of the model that is loaded
        self.threads = 0  # that it runs on; 0: not known yet

    @property
    def is_loading(self) -> bool:
        return self._words == LOADING

    def say(self, words: str, fault: bool = False) -> None:
        """The state is this now."""
        if words != self._words:
            self._words = words
            self.changed.emit(words, fault)

    def note(self, event: "TurnEvent") -> None:
        """Something happened in a turn."""
        from app import chat  # loaded long since by whoever sent this

        match event:
            case chat.LoadingModel():
                self.say(LOADING)
            case chat.ModelReady(path=path, loaded=loaded):
                self.loaded_path, self.threads = path, loaded.threads
                on = f", {loaded.device}" if loaded.device != "CPU" else ""
                self.say(f"{loaded.threads} thread{'s' if loaded.threads != 1 else ''}{on}")
            case chat.Ended(node=node) if node.fault and self._core.engine.pid is None:
                self.loaded_path = ""
                self.say("stopped", fault=True)

    def gave_up(self) -> None:
        """No turn is under way any more: what was still loading is not loaded."""
        if self.is_loading:
            self.loaded_path = ""
            self.say("not loaded")
