"""Pages of a PDF that are pictures: which they are, and how they are drawn."""

import io
from collections.abc import Iterator
from itertools import islice

from PIL.Image import Image

from core.files.document import Drawing
from core.files.limits import FileLimits
from core.files.readers.pdfium import ObjectHandle, PageHandle, raw

_FEW_LETTERS = 10
_CAPTION_LETTERS = 200
_LARGE_SHARE = 0.5
_OBJECTS_SEARCHED = 500
_MANY_STROKES = 500
"""Lines and curves of a plan, a map or a chart; the rules of a table with as little text are far fewer."""

_MAX_SCALE = 4.0
"""Pixels a point: 288 dots an inch, more than any scan of small print needs."""

_WHITE = 255
_QUALITIES = (80, 60, 40)


def is_picture(page: PageHandle, text: str) -> bool:
    """Whether what is to be seen there is not in its text, a caption at most."""
    letters = len("".join(text.split()))
    if letters < _FEW_LETTERS:
        return bool(raw.FPDFPage_CountObjects(page) > 0 and (letters == 0 or _has_much_to_see(page)))
    return letters < _CAPTION_LETTERS and _has_much_to_see(page)


def draw(page: PageHandle, label: str, limits: FileLimits) -> Drawing | None:
    """The page in the size of a picture for the model, whatever size it says that it has.

    Nothing of a page that is white; letters that could not be drawn are more than that.
    """
    width, height = page.get_size()
    scale = min((limits.max_side - 1) / max(width, height, 1.0), _MAX_SCALE)
    bitmap = page.render(scale=scale, limit_image_cache=True)
    try:
        picture = bitmap.to_pil()
        if _is_white(picture) and not _has_letters(page):
            return None
        content = b""
        for quality in _QUALITIES:
            target = io.BytesIO()
            picture.save(target, "JPEG", quality=quality)
            content = target.getvalue()
            if len(content) <= limits.max_image_bytes:
                break
        return Drawing(label, "image/jpeg", content, picture.width, picture.height)
    finally:
        bitmap.close()


def _is_white(picture: Image) -> bool:
    return picture.convert("L").getcolors(1) == [(picture.width * picture.height, _WHITE)]


def _has_letters(page: PageHandle) -> bool:
    written = page.get_textpage()
    try:
        return written.count_chars() > 0
    finally:
        written.close()


def _has_much_to_see(page: PageHandle) -> bool:
    """Whether the first lines and curves are many, or the first images together cover half of the page."""
    strokes = 0
    for path in _first(page, raw.FPDF_PAGEOBJ_PATH):
        strokes += raw.FPDFPath_CountSegments(path)
        if strokes >= _MANY_STROKES:
            return True
    width, height = page.get_size()
    covered = 0.0
    for image in _first(page, raw.FPDF_PAGEOBJ_IMAGE):
        left, bottom, right, top = image.get_bounds()
        # Scanners cut a page into strips; what hangs over the edge is not seen.
        covered += min(right - left, width) * min(top - bottom, height)
    return covered >= _LARGE_SHARE * width * height


def _first(page: PageHandle, kind: int) -> Iterator[ObjectHandle]:
    return islice(page.get_objects([kind], max_depth=3), _OBJECTS_SEARCHED)
