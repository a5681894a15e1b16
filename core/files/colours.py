"""Any picture's colours as those of a screen: RGB by the sRGB standard, nothing transparent."""

import io
import logging
import math
from typing import Final

from PIL import Image as Pillow
from PIL import ImageCms, ImageStat

_log = logging.getLogger(__name__)

_SIXTEEN_TO_EIGHT_BITS: Final = 1 / 257
_MOST_PROFILE_BYTES: Final = 4_000_000
# Drawn on white, what is lighter than this could not be seen.
_NEARLY_WHITE: Final = 235
_SRGB: Final = ImageCms.createProfile("sRGB")


def workable(opened: Pillow.Image) -> Pillow.Image:
    """The picture in a mode that can be scaled: RGB, RGBA or CMYK.

    A conversion copies, even to the same mode, and a copy may be 100 MB: it is made only if needed.
    """
    if opened.mode.startswith("I"):
        return _from_sixteen_bits(opened)
    if opened.mode == "F":
        return _from_fractions(opened)
    if opened.mode == "LAB":
        return (
            ImageCms.profileToProfile(opened, ImageCms.createProfile("LAB"), _SRGB, outputMode="RGB")
            or opened
        )
    wanted = "RGBA" if opened.has_transparency_data else "CMYK" if opened.mode == "CMYK" else "RGB"
    return opened if opened.mode == wanted else opened.convert(wanted)


def on_a_screen(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    """The same in RGB: by its colour profile, if that can be used, and on paper where it is transparent."""
    flat = _on_paper(picture) if picture.mode == "RGBA" else picture
    if profile and len(profile) <= _MOST_PROFILE_BYTES:
        flat = _by_profile(flat, profile)
    return flat if flat.mode == "RGB" else flat.convert("RGB")


def _from_sixteen_bits(opened: Pillow.Image) -> Pillow.Image:
    """Scaled down: a plain conversion would clip everything above 255 to white."""
    return opened.convert("I").point(lambda level: level * _SIXTEEN_TO_EIGHT_BITS + 0).convert("RGB")


def _from_fractions(opened: Pillow.Image) -> Pillow.Image:
    """Numbers without a usual range: the smallest is black, the largest white."""
    low, high = opened.getextrema()
    if not isinstance(low, float) or not isinstance(high, float) or not math.isfinite(high - low):
        raise ValueError("numbers that are no levels of grey")
    scale = 255 / (high - low) if high > low else 0.0
    offset = -low * scale
    return opened.point(lambda level: level * scale + offset).convert("L").convert("RGB")


def _on_paper(layered: Pillow.Image) -> Pillow.Image:
    """On white, as on a page; but white writing without a ground of its own on dark grey."""
    alpha = layered.getchannel("A")
    seen = ImageStat.Stat(layered.convert("L"), mask=alpha.point(lambda level: 255 if level else 0))
    is_light = alpha.getextrema()[0] == 0 and seen.count[0] > 0 and seen.mean[0] > _NEARLY_WHITE
    paper = Pillow.new("RGB", layered.size, "dimgrey" if is_light else "white")
    paper.paste(layered, mask=alpha)
    return paper


def _by_profile(picture: Pillow.Image, profile: bytes) -> Pillow.Image:
    """In the colours that were meant. A profile that cannot be used is as good as none."""
    try:
        converted = ImageCms.profileToProfile(picture, io.BytesIO(profile), _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        _log.info("colour profile not used: %s", type(error).__name__)
        return picture
    return converted or picture
