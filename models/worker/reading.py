"""The reading worker: opens what a stranger sent as a picture, reads text and drawn layout in it."""

import faulthandler
import logging
from collections.abc import Callable, Sequence
from importlib.metadata import version
from time import perf_counter

import cv2
import numpy as np

from models.layout import Element
from models.wire import Event, Failed, Fault, Finished, Open, Opened, Outlined, Read, Reason
from models.worker import assembly, glyphs
from models.worker.assembly import Line
from models.worker.boxes import Drawn
from models.worker.letters import Letters, Pixels, cut_out
from models.worker.pictures import BadPicture, open_picture
from models.worker.strokes import Drawing, Quad, Sheet
from models.worker.threads import usable_cores

LAST_RESORT = 60.0  # seconds after which the process ends: a decoder hangs; 100 megapixels took 10

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """Nobody waits for it any more."""


class Reader:
    """Answers one request at a time; what happens, refusals included, is sent and not raised."""

    def __init__(self, send: Callable[[Event], None], stopped: Callable[[], bool]) -> None:
        self._send = send
        self._stopped = stopped
        self._letters: Letters | None = None
        cv2.setNumThreads(max(1, usable_cores() - 1))

    def open(self, request: Open) -> None:
        """Decode, and send the picture as it is kept."""
        faulthandler.dump_traceback_later(LAST_RESORT, exit=True, file=2)
        try:
            self._go_on()
            picture = open_picture(request.path, request.data)
            self._go_on()
            width, height = picture.size
            self._send(Opened(request.id, picture.png(), picture.digest, width, height))
        except BadPicture as error:
            self._send(Failed(request.id, Fault.IMAGE, str(error)))
        except _Stopped:
            self._send(Finished(request.id, Reason.CANCELLED, 0, None, 0.0))
        finally:
            faulthandler.cancel_dump_traceback_later()

    def read(self, request: Read) -> None:
        """Read text and strokes, and send them as one tree."""
        began = perf_counter()
        try:
            self._go_on()
            picture = open_picture(request.path)
            page = self._outline(np.asarray(picture.image)[:, :, ::-1].copy())
            self._send(Outlined(request.id, page, perf_counter() - began))
        except BadPicture as error:
            self._send(Failed(request.id, Fault.IMAGE, str(error)))
        except _Stopped:
            self._send(Finished(request.id, Reason.CANCELLED, 0, None, 0.0))

    def _outline(self, picture: Pixels) -> Element:
        if self._letters is None:
            self._letters = Letters()
        self._go_on()
        sheet = Sheet(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        quads = sheet.without_choices(self._letters.find(picture))
        self._go_on()
        read = self._read(picture, quads)
        lines = [Line(quads[n], text, sure) for n, text, sure in read if sure >= assembly.LEAST_SURE]
        lines = assembly.without_waves(lines, sheet.waves)
        drawing = sheet.drawing([line.quad for line in lines])
        self._go_on()
        lines, drawing = self._with_glyphs(picture, lines, drawing)
        height, width = picture.shape[:2]
        return assembly.assemble((width, height), lines, drawing)

    def _with_glyphs(
        self, picture: Pixels, lines: list[Line], drawing: Drawing
    ) -> tuple[list[Line], Drawing]:
        """Both, with what single characters in boxes turned out to be."""
        boxes = glyphs.without_text(drawing, lines, assembly.letter_height(lines))
        read: list[Drawn] = []
        for place in (glyphs.place, glyphs.close_place):
            left = [box for box in boxes if box not in read]
            for n, text, sure in self._read(picture, [place(box) for box in left]):
                if len(text) == 1 and sure >= glyphs.LEAST_SURE:
                    lines = [*lines, glyphs.line(left[n], text, sure)]
                    read.append(left[n])
        drawing = glyphs.without_letters(drawing, read)
        return glyphs.corrected(lines, drawing), drawing

    def _read(self, picture: Pixels, quads: Sequence[Quad]) -> list[tuple[int, str, float]]:
        """(which of these places, what it says, how sure), in their order, where anything is said."""
        assert self._letters is not None
        found = []
        for n, text, sure in self._letters.read([cut_out(picture, quad) for quad in quads]):
            self._go_on()
            if text.strip():
                found.append((n, text.strip(), sure))
        return sorted(found)

    def _go_on(self) -> None:
        if self._stopped():
            raise _Stopped


def versions() -> str:
    """What reads here, for the log and for `doctor`."""
    return ", ".join(
        f"{name} {version(name)}" for name in ("rapidocr", "onnxruntime", "opencv-python-headless")
    )
