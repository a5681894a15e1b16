"""Pictures for tests, made as cameras, screens and hostile people make them."""

import base64
import io
import os
import struct
import zlib
from typing import Any

from PIL import Image as Pillow

RED = (255, 0, 0)

# 80 x 40, a red corner, to be turned by a quarter to the right: by the container ("irot") and by EXIF.
TURNED_HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAEEAAgAAAAACLQABAAAAAAAAAFwAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAA"
    "AAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAA"
    "kAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCiBBZbq"
    "5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwYkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAUAAAAEAAAAAoY2xh"
    "cAAAAFAAAAABAAAAKAAAAAEAAAAAAAAAAv///+gAAAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEA"
    "AQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAKVtZGF0AAAAPSgBrwnRroAhOTQf//I7v//ysHZfvEebwt/LS73f"
    "Uvf/+BWm9f/2BUQHtiZf+Z+iv5znl6LPQOuQS8Gou7AAAAAGRXhpZgAATU0AKgAAAAgAAwEQAAIAAAAOAAAAMgESAAMAAAABAAYA"
    "AIglAAQAAAABAAAAQAAAAABjYW5hcnktY2FtZXJhAAABAAEAAgAAAAJOAAAAAAAAAA=="
)


def encoded(picture: Pillow.Image, encoding: str, **options: Any) -> bytes:
    """The picture in a file of a format that Pillow writes."""
    target = io.BytesIO()
    picture.save(target, encoding, **options)
    return target.getvalue()


def decoded(content: bytes, mime: str = "") -> Pillow.Image:
    """A whole picture, in RGB; ``mime`` is what it must be."""
    with Pillow.open(io.BytesIO(content)) as opened:
        opened.load()
        assert mime in {"", opened.get_format_mimetype()}
        return opened.convert("RGB")


def gradient(width: int, height: int) -> Pillow.Image:
    """Many colours, little to store."""
    across = Pillow.linear_gradient("L").resize((width, height))
    return Pillow.merge(
        "RGB", (across, across.rotate(180), across.transpose(Pillow.Transpose.FLIP_TOP_BOTTOM))
    )


def noise(side: int) -> Pillow.Image:
    """As much to store as there can be."""
    return Pillow.frombytes("RGB", (side, side), os.urandom(3 * side * side))


def cornered(width: int = 80, height: int = 40) -> Pillow.Image:
    """White, with red in the upper left corner."""
    picture = Pillow.new("RGB", (width, height), "white")
    picture.paste(RED, (0, 0, width // 5, height * 2 // 5))
    return picture


def near(pixel: Any, wanted: tuple[int, int, int], within: int = 24) -> bool:
    """Whether two colours look alike."""
    return all(abs(have - want) <= within for have, want in zip(pixel, wanted, strict=True))


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def png_of_zeros(width: int, height: int) -> bytes:
    """A picture of one colour, written row by row: it costs its maker nothing."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + 3 * width)) for _ in range(height)) + packer.flush()
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def behind_the_header(png: bytes, more: bytes) -> bytes:
    """The PNG with chunks between its header and its pixels."""
    return png[:33] + more + png[33:]


def gif_of_frames(count: int) -> bytes:
    """As many frames as wanted, all of them one small square."""
    content = encoded(Pillow.new("P", (8, 8), 3), "GIF")
    start = content.index(b"\x2c")
    return content[:start] + content[start:-1] * count + b";"


def tiff_of_pages(count: int, *, endless: bool = False) -> bytes:
    """Pages of one grey pixel each; the last leads back to the first if they are to be ``endless``."""
    content = bytearray(b"II*\x00" + struct.pack("<I", 8))
    numbers = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (278, 1), (279, 1))
    for page in range(1, count + 1):
        content += struct.pack("<H", len(numbers))
        content += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in numbers)
        after = 8 if endless else 0
        content += struct.pack("<I", len(content) + 4 if page < count else after)
    return bytes(content)


def of_a_url(url: str) -> Pillow.Image:
    """The picture of a data URL, as a model reads it: whole, of the type that it says it is."""
    head, _, body = url.partition(",")
    assert head.startswith("data:")
    assert head.endswith(";base64")
    content = base64.b64decode(body, validate=True)
    assert not any(word in content for word in (b"Exif", b"eXIf", b"GPS", b"canary"))
    return decoded(content, head.removeprefix("data:").removesuffix(";base64"))


def halves(left: str, right: str, size: tuple[int, int]) -> Pillow.Image:
    """Two colours beside each other: which way up and round a picture came can be told from it."""
    picture = Pillow.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def from_a_phone(upright: Pillow.Image) -> bytes:
    """A JPEG that lies on its side and says so, with the place and the camera."""
    exif = Pillow.Exif()
    exif[0x0112] = 6
    exif[0x0110] = "canary-camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0), 29: "canary-gps"})
    return encoded(upright.transpose(Pillow.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95)


SEVERAL = (
    ("photo.jpg", from_a_phone(halves("red", "blue", (80, 120))), "image/jpeg"),
    (
        "scan.tif",
        encoded(halves("lime", "black", (4000, 1000)), "TIFF", compression="tiff_lzw"),
        "image/tiff",
    ),
    ("drawn.txt", encoded(halves("white", "red", (300, 200)), "WEBP", lossless=True), "text/plain"),
    ("tiny.avif", encoded(halves("blue", "white", (64, 64)), "AVIF", quality=95), "image/avif"),
)
"""Files of four formats, one of which has a name that lies."""

_SEEN = (
    ((80, 120), (255, 0, 0), (0, 0, 255)),
    ((1344, 336), (0, 255, 0), (0, 0, 0)),
    ((300, 200), (255, 255, 255), (255, 0, 0)),
    ((64, 64), (0, 0, 255), (255, 255, 255)),
)


def assert_several(urls: tuple[str, ...], text: str) -> None:
    """Exactly :data:`SEVERAL` reached the model: in order, upright, at their sizes, by their names."""
    assert len(urls) == len(_SEEN)
    for url, (size, left, right) in zip(urls, _SEEN, strict=True):
        picture = of_a_url(url)
        assert picture.size == size
        for share, colour in ((0.1, left), (0.4, left), (0.6, right), (0.9, right)):
            for height in (0.1, 0.9):
                spot = (int(size[0] * share), int(size[1] * height))
                assert near(picture.getpixel(spot), colour, 40), f"{spot} of {size}"
    places = [text.index(f"Picture {name}:") for name, _, _ in SEVERAL]
    assert places == sorted(places)
