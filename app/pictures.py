"""The pictures that came with messages: taken in by the reading worker, kept by their content, read once.

Each is one PNG that Twofold wrote itself, named by what is in it. What a stranger sent is decoded in the
worker alone, and never kept.
"""

import contextlib
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from app.conversation import Attached
from models.engine import Engine, EngineDied, Stream
from models.layout import Element
from models.parts import ImagePart
from models.wire import Failed, Finished, Opened, Outlined

REMEMBERED = 64  # pages of what was read

log = logging.getLogger(__name__)


class PictureError(Exception):
    """A picture could not be taken in or read; str() is a sentence or two for the person."""


class ReadingStopped(Exception):
    """The person does not want it any more."""


def path_in(folder: Path, digest: str) -> Path:
    """The file of a picture."""
    return folder / f"{digest}.png"


def forget_others(folder: Path, used: Collection[str]) -> None:
    """Remove every picture that is not among these; one that cannot be removed stays."""
    wanted = {path_in(folder, digest) for digest in used}
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            if file not in wanted:
                file.unlink()


class Pictures:
    """The pictures of one profile; may be asked from any thread."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        """`engine` is the reading worker's. The folder is made with the first picture."""
        self._folder = folder
        self._engine = engine
        self._reading = threading.Lock()
        self._pages: dict[str, Element] = {}  # by digest, the oldest first

    def take(self, file: Path | None, data: bytes = b"", name: str = "") -> Attached:
        """Decode a picture (a file, or the bytes of one), and keep it. Raises PictureError.

        It is on the disk, and durable, when this returns.
        """
        shown = name or (file.name if file else "Picture")
        try:
            event = next(self._engine.open(str(file or shown), data))
        except EngineDied as death:
            raise PictureError(f"{shown} could not be opened: the reader {death.cause}.") from death
        match event:
            case Opened():
                self._keep(event)
                return Attached(event.digest, shown, event.width, event.height)
            case Failed(detail=sentence):
                raise PictureError(sentence)
            case _:
                raise PictureError(f"{shown} was not opened.")

    def read(
        self,
        picture: Attached,
        follow: Callable[[Stream], Stream] = lambda stream: stream,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Element:
        """What stands in it: as it was read before, or by reading it now (up to some seconds).

        `follow` is given the stream that a cancel must reach, and `wanted` says whether to wait on.
        Raises PictureError, and ReadingStopped.
        """
        while not self._reading.acquire(timeout=0.05):  # one at a time; the same one may be under way
            if not wanted():
                raise ReadingStopped
        try:
            page = picture.page or self._pages.get(picture.digest)
            if page is None:
                page = self._read(picture, follow)
                self._pages[picture.digest] = page
                while len(self._pages) > REMEMBERED:
                    del self._pages[next(iter(self._pages))]
            return page
        finally:
            self._reading.release()

    def known(self, picture: Attached) -> Element | None:
        """What stands in it, where it was read before."""
        return picture.page or self._pages.get(picture.digest)

    def path(self, digest: str) -> Path:
        """The file of a picture."""
        return path_in(self._folder, digest)

    def part(self, picture: Attached) -> ImagePart:
        """The picture as a model that sees is given it."""
        return ImagePart(
            picture.digest, str(self.path(picture.digest)), width=picture.width, height=picture.height
        )

    def _read(self, picture: Attached, follow: Callable[[Stream], Stream]) -> Element:
        path = self.path(picture.digest)
        if not path.exists():
            raise PictureError(f"{picture.name} is not on the disk any more.")
        stream = follow(self._engine.read(str(path)))
        try:
            event = next(stream)
        except EngineDied as death:
            raise PictureError(f"{picture.name} could not be read: the reader {death.cause}.") from death
        match event:
            case Outlined(page=page):
                return page
            case Finished():
                raise ReadingStopped
            case _:
                log.warning("a picture could not be read: %s", event)
                raise PictureError(f"{picture.name} could not be read.")

    def _keep(self, opened: Opened) -> None:
        """Under its name only when it is whole and on the disk."""
        target = self.path(opened.digest)
        if target.exists():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(suffix=".part", dir=self._folder)
            part = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(opened.png)
                    file.flush()
                    os.fsync(file.fileno())
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            why = error.strerror or str(error)
            raise PictureError(f"The picture could not be kept: {why}. Nothing else has changed.") from error
