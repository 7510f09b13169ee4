"""Text in pictures, read by RapidOCR: where lines of it stand, and what they say.

Its parts are used and not its whole: so each step ends where a Cancel can be heeded, one piece of a picture
can be read alone, and the module that fetches models is never loaded. The two models, of PP-OCRv6, are in its
wheel (https://github.com/RapidAI/RapidOCR); they know Latin letters and Chinese.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from models.worker import confinement
from models.worker.strokes import Quad
from models.worker.threads import usable_cores

os.environ.update(confinement.QUIET)  # for whoever loads this outside of the worker, such as a test
import onnxruntime

Pixels = NDArray[np.uint8]  # (height, width, 3), blue, green, red

# The side and the area, in pixels, that the finder of lines is shown: RapidOCR's own least side, and about
# what its own largest side of 2000 comes to. By area, or a tall screenshot would be squeezed to a ribbon.
LEAST_SIDE, MOST_AREA = 736, 2_000_000
BATCH = 6  # lines that are read in one step: RapidOCR's own

_FOLDER = Path(rapidocr.__file__).parent / "models"


class _Settings(dict[str, Any]):
    """RapidOCR reads its settings in both ways."""

    __getattr__ = dict.__getitem__


class _NotHere:
    """Stands for what is of no use in this worker; asking it for anything but to be is an error."""

    def __init__(self, **_settings: object) -> None:
        pass

    @staticmethod
    def run(_request: object) -> None:
        raise PermissionError("nothing is fetched in this worker")


class _Model:
    """A model at work: on one core fewer than there are, and never spinning, for the window needs one too."""

    def __init__(self, settings: _Settings) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = max(1, usable_cores() - 1)
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep the most that a picture ever took
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(_FOLDER / settings["file"]), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def __call__(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        answer: NDArray[np.float32] = self._session.run(None, {self._input: pixels})[0]
        return answer

    def have_key(self) -> bool:
        return True

    def get_character_list(self) -> list[str]:
        """What it can read."""
        known: str = self._session.get_modelmeta().custom_metadata_map["character"]
        return known.splitlines()


# Modules of RapidOCR that are replaced before its parts are loaded: what fetches models (loading that alone
# opens a socket), knows of other models (1.3 seconds of YAML) and draws results.
_REPLACED: dict[str, dict[str, object]] = {
    "rapidocr.utils.download_file": {"DownloadFile": _NotHere, "DownloadFileInput": _NotHere},
    "rapidocr.utils.vis_res": {"VisRes": _NotHere},
    "rapidocr.utils.model_resolver": {"normalize_lang": str},
    "rapidocr.inference_engine.base": {"FileInfo": _NotHere, "get_engine": lambda _name: _Model},
}


class Letters:
    """The two models; made once in a process, which takes about half a second."""

    def __init__(self) -> None:
        for name, content in _REPLACED.items():
            module = ModuleType(name)
            module.__dict__.update(content)
            sys.modules.setdefault(name, module)
        from rapidocr.ch_ppocr_det import TextDetector
        from rapidocr.ch_ppocr_rec import TextRecognizer

        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        finder = _Settings(
            file="PP-OCRv6_det_small.onnx",
            limit_type="max",
            limit_side_len=1 << 20,  # the size is seen to here
            mean=[0.5, 0.5, 0.5],
            std=[0.5, 0.5, 0.5],
        )
        reader = _Settings(
            file="PP-OCRv6_rec_small.onnx",
            lang_type="ch",
            font_path=None,
            rec_batch_num=BATCH,
            rec_img_shape=[3, 48, 320],
        )
        for settings in (finder, reader):
            settings["engine_type"] = "onnxruntime"
        self._finder, self._reader = TextDetector(finder), TextRecognizer(reader)

    def find(self, picture: Pixels) -> list[Quad]:
        """Where lines of text stand, from top to bottom."""
        height, width = picture.shape[:2]
        scale = min(max(1.0, LEAST_SIDE / min(height, width)), (MOST_AREA / (height * width)) ** 0.5)
        size = max(32, round(width * scale)), max(32, round(height * scale))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        found = self._finder(cv2.resize(picture, size, interpolation=method)).boxes
        back = np.array([width / size[0], height / size[1]], np.float32)
        return [quad.astype(np.float32) * back for quad in (found if found is not None else ())]

    def read(self, pieces: Sequence[Pixels]) -> Iterator[tuple[int, str, float]]:
        """(which piece, what it says, how sure), in steps of `BATCH` pieces of about the same width."""
        from rapidocr.ch_ppocr_rec import TextRecInput

        order = sorted(range(len(pieces)), key=lambda n: pieces[n].shape[1] / pieces[n].shape[0])
        for start in range(0, len(order), BATCH):
            step = order[start : start + BATCH]
            said = self._reader(TextRecInput(img=[pieces[n] for n in step]))
            yield from zip(step, said.txts, map(float, said.scores), strict=True)


def cut_out(picture: Pixels, quad: Quad) -> Pixels:
    """What stands in a quadrangle, made straight; what is much taller than wide is laid on its side."""
    across = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[2] - quad[3]))
    down = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    width, height = max(1, int(across)), max(1, int(down))
    straight = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(quad.astype(np.float32), straight)
    piece = cv2.warpPerspective(
        picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.ascontiguousarray(np.rot90(piece)) if height >= 1.5 * width else piece  # type: ignore[return-value]
