"""Honest pictures: every format, mode and turn that cameras, screens and programs make."""

from functools import partial

from PIL import Image

from tests.files.corpus_case import BLACK, BLUE, PICTURE, RED, WHITE, Case, Colour, Wanted, taken
from tests.pictures import (
    TURNED_HEIC,
    encoded,
    from_a_phone,
    gif_of_frames,
    gradient,
    halves,
    tiff_of_pages,
)

_TURNS = {3: Image.Transpose.ROTATE_180, 5: Image.Transpose.TRANSPOSE, 8: Image.Transpose.ROTATE_270}
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><text>a drawn word</text></svg>'


def seen(
    size: tuple[int, int] | None = (120, 80),
    looks: tuple[Colour, Colour] | None = (RED, BLUE),
    told: str = "",
) -> Wanted:
    """A picture of that size and these colours."""
    return Wanted(PICTURE, (told,), size=size, looks=looks, pictures=1)


def drawn(encoding: str, mode: str = "RGB", **options: object) -> bytes:
    """Red on the left, blue on the right, in that format and mode."""
    return encoded(halves("red", "blue", (120, 80)).convert(mode), encoding, **options)


def turned(orientation: int) -> bytes:
    """A JPEG that says how the camera was held; upright it is red on the left."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x0110] = "canary-camera"
    upright = halves("red", "blue", (120, 80))
    return encoded(upright.transpose(_TURNS[orientation]), "JPEG", exif=exif, quality=95)


def deep_grey() -> bytes:
    """A PNG of 16 bits for each pixel: black on the left, white on the right."""
    picture = Image.new("I;16", (120, 80))
    picture.paste(65_535, (60, 0, 120, 80))
    return encoded(picture, "PNG")


def see_through() -> bytes:
    """Red on the left, nothing at all on the right."""
    picture = Image.new("RGBA", (120, 80), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 60, 80))
    return encoded(picture, "PNG")


def moving(encoding: str) -> bytes:
    """Three frames, the first of which is red and blue."""
    frames = [halves(*pair, (120, 80)) for pair in (("red", "blue"), ("lime", "lime"), ("blue", "red"))]
    return encoded(frames[0], encoding, save_all=True, append_images=frames[1:], duration=100)


def large(encoding: str, size: tuple[int, int]) -> bytes:
    """A picture of many pixels."""
    return encoded(halves("red", "blue", size), encoding)


CASES: tuple[Case, ...] = (
    taken(
        "JPEG from a phone: on its side, with place and camera",
        "IMG_2041.JPG",
        partial(from_a_phone, halves("red", "blue", (80, 120))),
        seen((80, 120)),
    ),
    *(
        taken(f"JPEG turned, orientation {turn}", f"turn{turn}.jpg", partial(turned, turn), seen())
        for turn in _TURNS
    ),
    taken("JPEG for print (CMYK)", "print.jpg", partial(drawn, "JPEG", "CMYK"), seen()),
    taken("JPEG, progressive", "web.jpeg", partial(drawn, "JPEG", progressive=True, quality=95), seen()),
    taken("JPEG, grey", "grey.jpg", partial(drawn, "JPEG", "L"), seen(looks=None)),
    taken("JPEG of 12 megapixels", "DSC0001.JPG", partial(large, "JPEG", (4000, 3000)), seen((1344, 1008))),
    taken("JPEG panorama", "hills.jpg", partial(large, "JPEG", (8000, 500)), seen((1344, 84))),
    taken("PNG", "plain.png", partial(drawn, "PNG"), seen()),
    taken("PNG with a palette", "few.png", partial(drawn, "PNG", "P"), seen()),
    taken("PNG, see-through", "logo.png", see_through, seen(looks=(RED, WHITE))),
    taken("PNG of 16 bits", "microscope.png", deep_grey, seen(looks=(BLACK, WHITE))),
    taken(
        "PNG of one pixel", "dot.png", lambda: encoded(Image.new("RGB", (1, 1)), "PNG"), seen((1, 1), None)
    ),
    taken("PNG that moves", "dance.png", partial(moving, "PNG"), seen(told="only the first of its 3 frames")),
    taken("GIF", "old.gif", partial(drawn, "GIF"), seen()),
    taken("GIF that moves", "cat.gif", partial(moving, "GIF"), seen(told="only the first of its 3 frames")),
    taken(
        "GIF of 400 frames",
        "film.gif",
        partial(gif_of_frames, 400),
        seen((8, 8), None, told="only the first of its 400 frames"),
    ),
    taken("WebP", "shop.webp", partial(drawn, "WEBP", lossless=True), seen()),
    taken("WebP that moves", "wave.webp", partial(moving, "WEBP"), seen(told="only the first of its 3")),
    taken("BMP", "paint.bmp", partial(drawn, "BMP"), seen()),
    taken("TIFF, packed by LZW", "scan.tif", partial(drawn, "TIFF", compression="tiff_lzw"), seen()),
    taken(
        "TIFF of 12 pages",
        "fax.tiff",
        partial(tiff_of_pages, 12),
        seen((1, 1), None, told="holds 12 pictures: only the first"),
    ),
    taken("AVIF", "new.avif", partial(drawn, "AVIF", quality=95), seen()),
    taken(
        "HEIC, turned by its container and by EXIF", "IMG_0001.HEIC", lambda: TURNED_HEIC, seen(None, None)
    ),
    taken("ICO", "favicon.ico", lambda: encoded(gradient(64, 64), "ICO"), seen((64, 64), None)),
    taken(
        "SVG: its source is read, nothing is drawn",
        "logo.svg",
        lambda: _SVG,
        Wanted("SVG", ("is a drawing in SVG: I read its source",), ("a drawn word",)),
    ),
)
