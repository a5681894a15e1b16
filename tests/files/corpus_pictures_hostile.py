"""Pictures that claim, grow, repeat, break off, or are something else as well."""

import re
import struct
import zlib
from functools import partial

from PIL import Image

from tests.files.corpus_case import PICTURE, Case, Wanted, hostile, refused
from tests.files.make_archives import zip_of
from tests.pictures import (
    TURNED_HEIC,
    behind_the_header,
    chunk,
    cornered,
    encoded,
    gradient,
    noise,
    png_of_zeros,
    tiff_of_pages,
)

_SIDE = 60_000
_TOO_MANY = refused("more pixels than my limit of 25 million")
_DAMAGED = refused("is damaged or incomplete")
_SCRIPT = b"*/=1;alert('canary');<script>alert('canary')</script>"


def jpeg_claiming(side: int) -> bytes:
    """Its frame header (ITU T.81, B.2.2) says so many pixels."""
    content = encoded(gradient(16, 16), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", side, side) + content[at + 4 :]


def png_claiming(side: int) -> bytes:
    """The header says so many pixels, for a few hundred bytes of them."""
    head = chunk(b"IHDR", struct.pack(">II", side, side) + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


def gif_claiming(side: int) -> bytes:
    """The screen is said to be so large."""
    content = encoded(Image.new("P", (8, 8)), "GIF")
    return content[:6] + struct.pack("<HH", side, side) + content[10:]


def gif_with_a_large_frame() -> bytes:
    """A small screen, and a frame that is larger than it by far."""
    content = bytearray(encoded(Image.new("P", (8, 8)), "GIF"))
    frame = content.index(b"\x2c")
    content[frame + 5 : frame + 9] = b"\xff\x7f\xff\x7f"
    return bytes(content)


def bmp_claiming(side: int) -> bytes:
    """A header and nothing behind it."""
    return b"BM" + bytes(12) + struct.pack("<IiiHH", 40, side, side, 1, 24) + bytes(24)


def tiff_claiming(side: int) -> bytes:
    """One page that is said to be so large."""
    page = bytearray(tiff_of_pages(1))
    for tag in (256, 257):
        at = page.index(struct.pack("<HHII", tag, 4, 1, 1)) + 8
        page[at : at + 4] = struct.pack("<I", side)
    return bytes(page)


def boxes_claiming(content: bytes, side: int) -> bytes:
    """An AVIF or HEIC with all of its pictures said to be so large (ISO/IEC 23008-12, "ispe")."""
    size = struct.pack(">II", side, side)
    return re.sub(rb"(ispe....)........", lambda found: found[1] + size, content, flags=re.DOTALL)


def icon_holding(png: bytes) -> bytes:
    """An icon that says it is small and holds any PNG."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(png), 22) + png


def words_of(kind: bytes, megabytes: int) -> bytes:
    """A PNG with words or a colour profile that unpack to so much."""
    packed = zlib.compress(bytes(megabytes * 1_000_000), 9)
    return behind_the_header(encoded(cornered(), "PNG"), chunk(kind, b"it\x00\x00" + packed))


def endless_scans() -> bytes:
    """A JPEG that is drawn five thousand times over itself."""
    content = encoded(gradient(400, 400), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * 5000 + b"\xff\xd9"


def part_of(encoding: str, share: float) -> bytes:
    """A download that broke off."""
    content = encoded(noise(200), encoding)
    return content[: int(len(content) * share)]


def crashing_heic() -> bytes:
    """An item is of no kind that is text: on this the library that reads HEIC dies."""
    content = TURNED_HEIC.replace(b"\x00Exif\x00", b"\x00Exi\x80\x00", 1)
    assert content != TURNED_HEIC
    return content


def gif_and_script() -> bytes:
    """A GIF that a browser would take for a script: its width begins a comment."""
    gif = bytearray(encoded(noise(32), "GIF"))
    gif[6:8] = b"/*"
    return bytes(gif) + _SCRIPT


def _seen(told: str = "") -> Wanted:
    return Wanted(PICTURE, (told,), absent=("canary", "PK\x03\x04"), pictures=1)


CASES: tuple[Case, ...] = (
    hostile("JPEG that claims 60,000 x 60,000 pixels", "wall.jpg", partial(jpeg_claiming, _SIDE), _TOO_MANY),
    hostile("PNG that claims 60,000 x 60,000 pixels", "wall.png", partial(png_claiming, _SIDE), _TOO_MANY),
    hostile("GIF that claims 60,000 x 60,000 pixels", "wall.gif", partial(gif_claiming, _SIDE), _TOO_MANY),
    hostile("GIF that grows behind its header", "grow.gif", gif_with_a_large_frame, _TOO_MANY),
    hostile("BMP that claims 60,000 x 60,000 pixels", "wall.bmp", partial(bmp_claiming, _SIDE), _TOO_MANY),
    hostile("TIFF that claims 60,000 x 60,000 pixels", "wall.tif", partial(tiff_claiming, _SIDE), _TOO_MANY),
    hostile(
        "AVIF that claims 60,000 x 60,000 pixels",
        "wall.avif",
        lambda: boxes_claiming(encoded(cornered(), "AVIF"), _SIDE),
        refused("wall.avif"),
    ),
    hostile(
        "HEIC that claims 60,000 x 60,000 pixels",
        "wall.heic",
        lambda: boxes_claiming(TURNED_HEIC, _SIDE),
        refused("wall.heic"),
    ),
    hostile(
        "PNG of 60,000 x 60,000 real pixels, packed small",
        "night.png",
        partial(png_of_zeros, _SIDE, _SIDE),
        _TOO_MANY,
        small=partial(png_of_zeros, 6_000, 6_000),
    ),
    hostile(
        "ICO that holds a PNG of 60,000 x 60,000",
        "x.ico",
        lambda: icon_holding(png_claiming(_SIDE)),
        _TOO_MANY,
    ),
    hostile(
        "PNG with words of 200 MB (zTXt)",
        "talk.png",
        partial(words_of, b"zTXt", 200),
        refused("talk.png"),
        small=partial(words_of, b"zTXt", 50),
    ),
    hostile(
        "PNG with a profile of 200 MB (iCCP)",
        "hue.png",
        partial(words_of, b"iCCP", 200),
        refused("hue.png"),
        small=partial(words_of, b"iCCP", 50),
    ),
    hostile("JPEG drawn 5,000 times over", "again.jpg", endless_scans, _DAMAGED),
    hostile(
        "TIFF of 100,000 pages",
        "fax.tif",
        partial(tiff_of_pages, 100_000),
        _seen("holds more than 1,000 pictures: only the first"),
    ),
    hostile(
        "TIFF whose last page is its first", "ring.tif", partial(tiff_of_pages, 2, endless=True), _seen()
    ),
    hostile("JPEG that broke off", "half.jpg", partial(part_of, "JPEG", 0.4), _DAMAGED),
    hostile("PNG that broke off", "half.png", partial(part_of, "PNG", 0.4), _DAMAGED),
    hostile("WebP that broke off", "half.webp", partial(part_of, "WEBP", 0.4), _DAMAGED),
    hostile("HEIC on which its library crashes", "crash.heic", crashing_heic, _DAMAGED),
    hostile("HEIC that broke off", "half.heic", lambda: TURNED_HEIC[:400], _DAMAGED),
    hostile(
        "PNG and a ZIP behind it",
        "stego.png",
        lambda: encoded(noise(32), "PNG") + zip_of({"canary": b"x"}),
        _seen(),
    ),
    hostile(
        "JPEG and a PDF behind it",
        "two.jpg",
        lambda: encoded(noise(32), "JPEG") + b"%PDF-1.7 canary",
        _seen(),
    ),
    hostile("GIF and a script at once", "gifar.gif", gif_and_script, _seen()),
    hostile(
        "Photoshop's format",
        "art.psd",
        lambda: b"8BPS\x00\x01" + bytes(40),
        refused("this kind of picture (PSD)"),
    ),
    hostile(
        "JPEG XL", "next.jxl", lambda: b"\xff\x0a" + bytes(40), refused("this kind of picture (JPEG XL)")
    ),
)
