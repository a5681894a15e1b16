"""A picture made ready for the model: upright, small, on white, without metadata.

A decoder is where a hostile file hurts. It runs in a worker process, and three more walls stand before it:
only the decoder of the format that was recognised is offered the bytes; the size in the header is checked
before a pixel is decoded; JPEGs with an absurd number of scans are refused (each costs a pass over the whole
picture).
"""

import importlib
import io
import logging
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as Pillow

from core.errors import FileError
from core.files import colours, notes
from core.files.limits import FileLimits
from core.files.picture import Picture
from core.files.sniff import Family, Kind, sniff

_log = logging.getLogger(__name__)

# Of Pillow's many decoders those that are asked, by the labels that files are recognised as.
_DECODERS: Final[Mapping[str, str]] = {
    "JPEG": JpegImagePlugin.JpegImageFile.format,
    "PNG": PngImagePlugin.PngImageFile.format,
    "GIF": GifImagePlugin.GifImageFile.format,
    "WEBP": WebPImagePlugin.WebPImageFile.format,
    "BMP": BmpImagePlugin.BmpImageFile.format,
    "TIFF": TiffImagePlugin.TiffImageFile.format,
    "ICO": IcoImagePlugin.IcoImageFile.format,
    "AVIF": AvifImagePlugin.AvifImageFile.format,
    "HEIC": "HEIF",  # of a library that is not everywhere
}
_FILMS: Final = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
_ALBUMS: Final = frozenset({"TIFF", "HEIC"})
_MAX_SCANS: Final = 50
_MAX_COUNTED: Final = 1_000
_FEW_COLOURS: Final = 4096
_QUALITIES: Final = (85, 70, 50, 30)

_ORIENTATION_TAG: Final = 0x0112  # EXIF 2.3, 4.6.4: how the camera was held
_TO_UPRIGHT: Final = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


def warm_up() -> None:
    """Make the decoders ready ahead of the first picture. A worker may start no threads."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    with suppress(ImportError):  # without it, HEIC is refused
        heif = importlib.import_module("pi_heif")
        heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


def read(content: bytes, name: str, limits: FileLimits) -> Picture:
    """The picture, or its first frame or page, as the model gets it.

    Raises ``FileError`` when it is none, is too large in pixels, damaged or incomplete.
    """
    kind = sniff(content)
    if _DECODERS.get(kind.label) not in Pillow.OPEN:
        raise FileError(notes.unreadable(name, Kind(Family.OTHER_PICTURE, kind.label)))
    try:
        with warnings.catch_warnings():
            # Of broken metadata Pillow only warns, which is right; of a bomb too, which is not.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            return _redraw(content, kind.label, name, limits)
    except FileError:
        raise
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError) as error:
        raise FileError(notes.too_many_pixels(name, limits.max_pixels)) from error
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes a decoder raise anything
        _log.info("%s not decoded: %s", kind.label, type(error).__name__)
        raise FileError(notes.damaged(name)) from error


def _redraw(content: bytes, label: str, name: str, limits: FileLimits) -> Picture:
    if label == "JPEG" and content.count(b"\xff\xda") > _MAX_SCANS:
        raise FileError(notes.damaged(name))
    # What a file holds beside its header's promise (an icon, a later frame) is checked by Pillow.
    Pillow.MAX_IMAGE_PIXELS = limits.max_pixels
    with Pillow.open(io.BytesIO(content), formats=(_DECODERS[label],)) as opened:
        if opened.width * opened.height > limits.max_pixels:
            raise FileError(notes.too_many_pixels(name, limits.max_pixels))
        # A JPEG can be decoded at a half or a quarter; twice the final size keeps it sharp.
        opened.draft(None, (2 * limits.max_side, 2 * limits.max_side))
        opened.load()
        # Some formats say it behind the pixels.
        orientation = _orientation(opened, label)
        small = colours.workable(opened)
        small.thumbnail((limits.max_side, limits.max_side), Pillow.Resampling.LANCZOS, reducing_gap=2.0)
        flat = colours.on_a_screen(small, opened.info.get("icc_profile"))
    if orientation in _TO_UPRIGHT:
        flat = flat.transpose(_TO_UPRIGHT[orientation])
    return replace(_encode(flat, limits.max_image_bytes), notes=_left_out(content, label, name))


def _orientation(opened: Pillow.Image, label: str) -> int:
    """1 to 8; 1 when the metadata does not say or is broken, which is no reason to refuse it."""
    if label == "HEIC":
        return 1  # its library has turned it: ISO/IEC 23008-12 counts the container's word, not EXIF's
    try:
        return int(opened.getexif().get(_ORIENTATION_TAG, 1))
    except Exception as error:  # noqa: BLE001 - broken metadata makes Pillow raise anything
        _log.info("EXIF not read: %s", type(error).__name__)
        return 1


def _left_out(content: bytes, label: str, name: str) -> tuple[str, ...]:
    """What a picture holds behind its first frame or page."""
    if label not in _FILMS | _ALBUMS:
        return ()
    try:
        count = _counted(content, label)
    except Exception as error:  # noqa: BLE001 - as above; the first frame is good
        _log.info("frames not counted: %s", type(error).__name__)
        return ()
    if count < 2:  # noqa: PLR2004 - more than one
        return ()
    return (
        notes.first_frame(name, count) if label in _FILMS else notes.first_page(name, count, _MAX_COUNTED),
    )


def _counted(content: bytes, label: str) -> int:
    with Pillow.open(io.BytesIO(content), formats=(_DECODERS[label],)) as opened:
        if label != "TIFF":
            return int(getattr(opened, "n_frames", 1))
        # Each page is found by the one before it, and a hostile file has no last one.
        with suppress(EOFError):
            for page in range(1, _MAX_COUNTED):
                opened.seek(page)
        return opened.tell() + 1


def _encode(picture: Pillow.Image, max_bytes: int) -> Picture:
    """As JPEG, or as PNG where few colours (a drawing, a screenshot) make that the smaller one."""
    picture.info.clear()  # no comment, colour profile or place survives
    content = _jpeg(picture, max_bytes)
    mime = "image/jpeg"
    if picture.getcolors(_FEW_COLOURS) is not None:
        drawn = _saved(picture, "PNG")
        if len(drawn) <= len(content):
            content, mime = drawn, "image/png"
    if len(content) > max_bytes and max(picture.size) > 1:
        return _encode(picture.reduce(2), max_bytes)
    return Picture(mime, content, picture.width, picture.height)


def _jpeg(picture: Pillow.Image, max_bytes: int) -> bytes:
    for quality in _QUALITIES:
        content = _saved(picture, "JPEG", quality)
        if len(content) <= max_bytes:
            break
    return content


def _saved(picture: Pillow.Image, encoding: str, quality: int = 0) -> bytes:
    target = io.BytesIO()
    if encoding == "JPEG":
        picture.save(target, encoding, quality=quality)
    else:
        picture.save(target, encoding)
    return target.getvalue()
