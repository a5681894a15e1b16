"""Decompression bombs, in a process of their own whose memory is measured."""

import io
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image as Pillow

ROOT = Path(__file__).parents[2]

# Linux counts ru_maxrss in KB, the highest that the process ever held.
_READ_AND_MEASURE = """
import asyncio, resource, sys
from pathlib import Path
from PIL import BmpImagePlugin, GifImagePlugin, PngImagePlugin, WebPImagePlugin
from core.files.reader import read_attachment
from core.message import Attachment

async def read(name):
    async def fetch(attachment, max_bytes):
        return Path(name).read_bytes()
    return await read_attachment(Attachment("F1", "bomb", "image/png", None, ""), fetch)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = peak()
part = asyncio.run(read(sys.argv[1])).part
print(peak() - before)
print(getattr(part, "note", "read"))
"""


def png_of_zeros(side: int) -> bytes:
    """A grey PNG of one colour, written row by row: it costs its maker nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + 3 * side)) for _ in range(side)) + packer.flush()
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif_with_a_frame_larger_than_its_screen() -> bytes:
    target = io.BytesIO()
    Pillow.new("P", (8, 8)).save(target, "GIF")
    content = bytearray(target.getvalue())
    frame = content.index(b"\x2c")
    content[frame + 5 : frame + 9] = b"\xff\x7f\xff\x7f"
    return bytes(content)


def measured(content: bytes, folder: Path) -> tuple[int, str]:
    """The memory that reading it took at the most, in MB, and what was said."""
    bomb = folder / "bomb"
    bomb.write_bytes(content)
    ran = subprocess.run(
        [sys.executable, "-c", _READ_AND_MEASURE, str(bomb)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
        timeout=60,
    )
    assert ran.stderr == ""
    *_, growth, note = ran.stdout.splitlines()
    return int(growth), note


@pytest.mark.parametrize("side", [9000, 12_000, 20_000])
def test_a_png_bomb_is_refused_before_it_is_decoded(side: int, tmp_path: Path) -> None:
    content = png_of_zeros(side)
    assert len(content) < 1_500_000
    growth, note = measured(content, tmp_path)
    assert note == "bomb has more pixels than my limit of 25 million; please send a smaller version."
    assert growth < 64


def test_a_gif_that_grows_after_its_header(tmp_path: Path) -> None:
    growth, note = measured(gif_with_a_frame_larger_than_its_screen(), tmp_path)
    assert "more pixels" in note
    assert growth < 64


def test_a_png_whose_comment_is_a_bomb(tmp_path: Path) -> None:
    content = png_of_zeros(8)
    body = b"Comment\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    chunk = len(body).to_bytes(4, "big") + b"zTXt" + body
    bomb = content[:33] + chunk + zlib.crc32(b"zTXt" + body).to_bytes(4, "big") + content[33:]
    growth, note = measured(bomb, tmp_path)
    assert note in {"read", "bomb is damaged or incomplete: I can't open it."}
    assert growth < 64


def test_the_largest_picture_that_is_taken_stays_bounded(tmp_path: Path) -> None:
    target = io.BytesIO()
    Pillow.new("RGBA", (5000, 5000), (9, 9, 9, 90)).save(target, "PNG")
    growth, note = measured(target.getvalue(), tmp_path)
    assert note == "read"
    assert growth < 300
