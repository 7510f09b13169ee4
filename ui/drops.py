"""Files that are held over the window and let go there."""

from typing import cast

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class Drops(QObject):
    """Watches a window; only files of this machine count."""

    held = Signal(list)  # names of the files that are over the window
    gone = Signal()  # they are not any more, let go or not
    dropped = Signal(list)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.DragEnter:
                drag = cast(QDropEvent, event)
                if not drag.mimeData().hasUrls():
                    return False
                self.held.emit(_files(drag))
                drag.acceptProposedAction()
            case QEvent.Type.DragLeave:
                self.gone.emit()
            case QEvent.Type.Drop:
                drop = cast(QDropEvent, event)
                self.gone.emit()
                self.dropped.emit(_files(drop))
                drop.acceptProposedAction()
            case _:
                return False
        return True


def _files(event: QDropEvent) -> list[str]:
    return [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
