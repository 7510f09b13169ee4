"""Pictures at the size in which they are shown: decoded and scaled beside the window, a few of them kept."""

import queue
import threading
from collections import OrderedDict

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader

KEPT = 48 << 20  # bytes of scaled pictures

_Key = tuple[str, int, int]  # path, width, height in device pixels


class Thumbnails(QObject):
    """Gives what it has at once, and tells when it has more. For the window's thread."""

    ready = Signal(str)  # the path of a picture that can be shown now
    _loaded = Signal(object, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._images: OrderedDict[_Key, QImage] = OrderedDict()
        self._wanted: set[_Key] = set()
        self._jobs: queue.SimpleQueue[_Key] | None = None
        self._loaded.connect(self._take)

    def get(self, path: str, size: QSize) -> QImage | None:
        """The picture in `size` device pixels; until `ready` comes in the size it had last, or None.

        A null image: it is gone.
        """
        key = (path, size.width(), size.height())
        if key in self._images:
            self._images.move_to_end(key)
            return self._images[key]
        if key not in self._wanted:
            self._wanted.add(key)
            if self._jobs is None:
                self._jobs = queue.SimpleQueue()
                threading.Thread(target=self._load, args=(self._jobs,), name="pictures", daemon=True).start()
            self._jobs.put(key)
        return next((image for key, image in reversed(self._images.items()) if key[0] == path), None)

    def _load(self, jobs: "queue.SimpleQueue[_Key]") -> None:
        while True:
            key = jobs.get()
            path, width, height = key
            image = QImageReader(path).read()
            if not image.isNull():
                smooth = Qt.TransformationMode.SmoothTransformation
                image = image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            try:
                self._loaded.emit(key, image)
            except RuntimeError:  # the window has gone
                return

    def _take(self, key: _Key, image: QImage) -> None:
        self._wanted.discard(key)
        self._images[key] = image
        while len(self._images) > 1 and sum(i.sizeInBytes() for i in self._images.values()) > KEPT:
            self._images.popitem(last=False)
        self.ready.emit(key[0])


_shared: Thumbnails | None = None


def thumbnails() -> Thumbnails:
    """Those of the window; made with the first picture that is shown."""
    global _shared
    if _shared is None:
        _shared = Thumbnails()
    return _shared
