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
