"""Pixels from the picture files of strangers, under limits, and nothing else that is in them.

Six kinds are opened, by what is in the file and not by its name. What the header declares is looked at before
any pixel is decoded: decompression bombs are refused there.
"""

import contextlib
import hashlib
import io
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.Image import Resampling

from models.words import plain, size_in_words

LARGEST_FILE = 500_000_000  # bytes; 100 megapixels of RGB that did not compress are 300 MB
MOST_PIXELS = 100_000_000  # that a file may declare; decoded they take 400 MB
# What is kept. A vision encoder takes 0.1 to 1.3 MP of it and the reader of letters 2; 4 MP leave a
# screenshot of 2560 x 1440 as it is, and a photograph legible when looked at. The limit is on the pixels
# and not on the long side, or a screenshot of a long page, 1170 x 8000, would become too narrow to read.
KEPT_PIXELS = 4_000_000
KEPT_SIDE = 8192  # pixels; what lies beyond does not fit into a texture of many graphics chips
COMPRESSION = 3  # of zlib: half the time of the usual 6 for a photograph of 4 MP, and 14 % more bytes

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_MOST = f"{MOST_PIXELS // 1_000_000} million pixels"
_KINDS = "PNG, JPEG, WebP, GIF, BMP and TIFF"
_OURS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_OTHERS = (  # first bytes, and what a file is that has them
    (b"%PDF-", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"\0\0\1\0", "an icon file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (b"PK\3\4", "a ZIP archive or an Office document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"GGUF", "a model"),
)
_BOXES = {b"heic": "a HEIC picture", b"heix": "a HEIC picture", b"mif1": "a HEIC picture"}  # after "ftyp"
_BOXES |= {b"msf1": "a HEIC picture", b"hevc": "a HEIC picture", b"avif": "an AVIF picture"}
_BOXES |= {b"avis": "an AVIF picture", b"crx ": "a raw photograph"}

# What Pillow's decoders raise for files that are damaged or made to hurt.
_DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError),
    *(ValueError, struct.error, zlib.error),
)

Image.MAX_IMAGE_PIXELS = None  # the size is looked at here, to tell the person of it
warnings.filterwarnings("ignore", module="PIL")  # of odd metadata, which is not kept


class BadPicture(Exception):
    """No picture, or one over the limits; str() is one or two sentences for the person."""


@dataclass(frozen=True)
class Picture:
    """Upright, RGB, at most `KEPT_PIXELS`, without the file's metadata, profile and further frames."""

    image: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.size

    @property
    def digest(self) -> str:
        """As `models.parts.ImagePart` says: over width and height (four bytes each) and the RGB bytes."""
        width, height = self.size
        return hashlib.sha256(struct.pack(">II", width, height) + self.image.tobytes()).hexdigest()

    def png(self) -> bytes:
        """The file that is kept."""
        out = io.BytesIO()
        self.image.save(out, "PNG", compress_level=COMPRESSION)
        return out.getvalue()


def open_picture(path: str, data: bytes = b"") -> Picture:
    """From the file, or from `data` unless that is empty; `path` then only names it. Raises BadPicture."""
    name = plain(Path(path).name, 60) or "The picture"
    with _stream(path, data, name) as stream:
        head = stream.read(4096)
        stream.seek(0)
        if not head:
            raise BadPicture(f"{name} is empty.")
        try:
            return Picture(_decode(stream, head, name))
        except MemoryError:
            raise BadPicture(f"{name} takes more memory than Twofold gives to a picture.") from None
        except _DAMAGE as error:
            raise BadPicture(f"{name} is damaged or was cut short, and cannot be shown.") from error


@contextlib.contextmanager
def _stream(path: str, data: bytes, name: str) -> Iterator[BinaryIO]:
    """Opened for reading, when it is a file of a sensible size."""
    if data:
        yield io.BytesIO(data)
        return
    file = Path(path)
    try:
        found = file.stat() if path else None
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise BadPicture(f"{name} is a folder, not a picture.")
        if found is not None and not stat.S_ISREG(found.st_mode):  # opening a pipe would wait for ever
            raise BadPicture(f"{name} is not a file that holds a picture.")
        if found is None or not found.st_size:
            raise BadPicture(f"{name} is empty.")
        if found.st_size > LARGEST_FILE:
            most = size_in_words(LARGEST_FILE)
            raise BadPicture(
                f"{name} is {size_in_words(found.st_size)} long. Twofold opens pictures of up to {most}."
            )
        stream = file.open("rb")
    except FileNotFoundError:
        raise BadPicture(f"{name} is not there.") from None
    except PermissionError:
        raise BadPicture(f"{name} may not be read by you.") from None
    except (OSError, ValueError) as error:
        raise BadPicture(f"{name} could not be read from the disk.") from error
    with stream:
        yield stream


def _decode(stream: BinaryIO, head: bytes, name: str) -> Image.Image:
    """Upright RGB pixels within the limit. Raises BadPicture, and `_DAMAGE`."""
    try:
        image = Image.open(stream, formats=_FORMATS)
    except UnidentifiedImageError:
        raise BadPicture(_not_a_picture(head, name)) from None
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise BadPicture(
            f"{name} has {width:,} x {height:,} pixels. Twofold opens pictures of up to {_MOST}."
        )
    if width < 1 or height < 1:
        raise BadPicture(f"{name} has no pixels.")
    if image.mode == "LAB":
        raise BadPicture(f"{name} is in LAB colours, which Twofold does not open. Saved in RGB it can be.")
    image.draft("RGB" if image.mode != "L" else "L", _kept_size(image.size))  # a large JPEG, decoded smaller
    image.load()
    return _clean(_eight_bits(_upright(image)))


def _clean(image: Image.Image) -> Image.Image:
    """RGB within the limit, on white where it is transparent."""
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image = image.resize(_kept_size(image.size), Resampling.LANCZOS, reducing_gap=3.0)
    # Upon a new one: what else the file had in it stays behind.
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image, mask=image if image.mode == "RGBA" else None)
    return clean


def _kept_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size that a picture of this one is kept in."""
    width, height = size
    scale = min(1.0, (KEPT_PIXELS / (width * height)) ** 0.5, KEPT_SIDE / max(size))
    return max(1, int(width * scale)), max(1, int(height * scale))


def _upright(image: Image.Image) -> Image.Image:
    """As its EXIF orientation says; a broken one turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:
        return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """One byte a channel. Pillow's own conversion would make white of all that is over 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 65535 and image.mode.startswith("I"):
        low, high = 0.0, 65535.0 if high > 255 or image.mode != "I" else 255.0
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled = (values - low) * (255 / max(high - low, 1e-9))
    return Image.fromarray(scaled.clip(0, 255).astype(np.uint8))


def _not_a_picture(head: bytes, name: str) -> str:
    """What a file is that cannot be opened, in a sentence."""
    if head.startswith(_OURS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return f"{name} is damaged or was cut short, and cannot be shown."
    kind = next((kind for start, kind in _OTHERS if head.startswith(start)), "")
    if head[4:8] == b"ftyp":
        kind = _BOXES.get(head[8:12], "a video")
    if not kind and _is_text(head):
        if b"<svg" not in head:
            return f"{name} is a text file, not a picture."
        kind = "an SVG drawing"
    if kind:
        return f"{name} is {kind}. Twofold opens {_KINDS} pictures."
    return f"{name} is not a picture that Twofold knows. It opens {_KINDS}."


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        return True
    text = head.decode("utf-8", "ignore")  # the last character may be cut
    odd = sum(not (char.isprintable() or char.isspace()) for char in text)
    return len(text.encode()) > len(head) - 4 and odd == 0
