"""A picture made ready for the model: upright, small, on white, without metadata.

A decoder is where a hostile file hurts. It runs in a worker process, and three more walls stand before it:
only the decoder of the format that was recognised is offered the bytes; the size in the header is checked
before a pixel is decoded; JPEGs with an absurd number of scans are refused (each costs a pass over the whole
picture).
"""

import io
import logging
import warnings

from PIL import Image as Pillow

from core.errors import FileError
from core.files import notes
from core.files.limits import FileLimits
from core.files.picture import Picture
from core.files.sniff import sniff

_log = logging.getLogger(__name__)

_MAX_SCANS = 50
_FEW_COLOURS = 4096
_QUALITIES = (85, 70, 50, 30)
_SIXTEEN_TO_EIGHT_BITS = 1 / 257

_ORIENTATION_TAG = 0x0112  # EXIF 2.3, 4.6.4: how the camera was held
_TO_UPRIGHT = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}

# Up to twice its own limit Pillow only warns of a bomb; of broken metadata it warns too, on a
# terminal where nobody can do anything about it.
warnings.simplefilter("error", Pillow.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def warm_up() -> None:
    """Load the decoders ahead of the first picture."""
    Pillow.init()


def read(content: bytes, name: str, limits: FileLimits) -> Picture:
    """The picture, or its first frame, as the model gets it.

    Raises ``FileError`` when it is none, is too large in pixels, damaged or incomplete.
    """
    label = sniff(content).label
    try:
        return _redraw(content, label, name, limits)
    except FileError:
        raise
    except (Pillow.DecompressionBombWarning, Pillow.DecompressionBombError) as error:
        raise FileError(notes.too_many_pixels(name, limits.max_pixels)) from error
    except Exception as error:  # a damaged file makes a decoder raise anything
        _log.info("%s not decoded: %s", label, type(error).__name__)
        raise FileError(notes.damaged(name)) from error


def _redraw(content: bytes, label: str, name: str, limits: FileLimits) -> Picture:
    if label == "JPEG" and content.count(b"\xff\xda") > _MAX_SCANS:
        raise FileError(notes.damaged(name))
    with Pillow.open(io.BytesIO(content), formats=(label,)) as opened:
        if opened.width * opened.height > limits.max_pixels:
            raise FileError(notes.too_many_pixels(name, limits.max_pixels))
        orientation = _orientation(opened)
        # A JPEG can be decoded at a half or a quarter; twice the final size keeps it sharp.
        opened.draft(None, (2 * limits.max_side, 2 * limits.max_side))
        opened.load()
        flat = _on_white(opened)
        flat.thumbnail((limits.max_side, limits.max_side), Pillow.Resampling.LANCZOS, reducing_gap=2.0)
    if orientation in _TO_UPRIGHT:
        flat = flat.transpose(_TO_UPRIGHT[orientation])
    return _encode(flat, limits.max_image_bytes)


def _orientation(opened: Pillow.Image) -> int:
    """1 to 8; 1 when the metadata does not say or is broken, which is no reason to refuse it."""
    try:
        return int(opened.getexif().get(_ORIENTATION_TAG, 1))
    except Exception as error:  # noqa: BLE001 - broken metadata makes Pillow raise anything
        _log.info("EXIF not read: %s", type(error).__name__)
        return 1


def _on_white(opened: Pillow.Image) -> Pillow.Image:
    """The same picture in RGB, what is transparent drawn on white.

    A conversion copies, even to the same mode, and a copy may be 100 MB: it is made only if needed.
    """
    if opened.mode.startswith("I"):
        return _from_sixteen_bits(opened)
    if not opened.has_transparency_data:
        return opened if opened.mode == "RGB" else opened.convert("RGB")
    layered = opened if opened.mode == "RGBA" else opened.convert("RGBA")
    paper = Pillow.new("RGB", layered.size, "white")
    paper.paste(layered, mask=layered.getchannel("A"))
    return paper


def _from_sixteen_bits(opened: Pillow.Image) -> Pillow.Image:
    """Scaled down: a plain conversion would clip everything above 255 to white."""
    return opened.convert("I").point(lambda level: level * _SIXTEEN_TO_EIGHT_BITS + 0).convert("RGB")


def _encode(picture: Pillow.Image, max_bytes: int) -> Picture:
    """As JPEG, or as PNG where few colours (a drawing, a screenshot) make that the smaller one."""
    picture.info.clear()  # no comment, colour profile or place survives
    content = _jpeg(picture, max_bytes)
    mime = "image/jpeg"
    if picture.getcolors(_FEW_COLOURS) is not None:
        drawn = _saved(picture, "PNG")
        if len(drawn) <= len(content):
            content, mime = drawn, "image/png"
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
