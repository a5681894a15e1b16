"""Decompression bombs: what they take of the bot's memory, and of the process that reads them."""

import io
import subprocess
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.pictures import behind_the_header, chunk, encoded, png_of_zeros

ROOT = Path(__file__).parents[2]

# Linux counts ru_maxrss in KB, the highest that the process, or one of its children, ever held.
_READ_AND_MEASURE = """
import asyncio, resource, sys
from pathlib import Path
from core.files.reader import read_attachment
from core.files.workshop import Workshop
from core.message import Attachment

async def read(workshop, content):
    async def fetch(attachment, max_bytes):
        return content
    return await read_attachment(Attachment("F1", "bomb", "image/png", None, ""), fetch, workshop)

def peak(whose):
    return resource.getrusage(whose).ru_maxrss // 1024

async def main():
    async with Workshop() as workshop:
        await read(workshop, b"a text")
        content = Path(sys.argv[1]).read_bytes()
        before = peak(resource.RUSAGE_SELF)
        prepared = await read(workshop, content)
        print(peak(resource.RUSAGE_SELF) - before)
    print(peak(resource.RUSAGE_CHILDREN))
    print(getattr(prepared.parts[0], "note", "read"))

asyncio.run(main())
"""


def gif_with_a_frame_larger_than_its_screen() -> bytes:
    target = io.BytesIO()
    Pillow.new("P", (8, 8)).save(target, "GIF")
    content = bytearray(target.getvalue())
    frame = content.index(b"\x2c")
    content[frame + 5 : frame + 9] = b"\xff\x7f\xff\x7f"
    return bytes(content)


@dataclass(frozen=True)
class Measured:
    """What a file took at the most, in MB: ``ours`` beside its bytes, ``workers`` in all. What was said."""

    ours: int
    workers: int
    note: str


def measured(content: bytes, folder: Path) -> Measured:
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
    *_, ours, workers, note = ran.stdout.splitlines()
    return Measured(int(ours), int(workers), note)


@pytest.mark.parametrize("side", [9000, 20_000])
def test_a_png_bomb_is_refused_before_it_is_decoded(side: int, tmp_path: Path) -> None:
    content = png_of_zeros(side, side)
    assert len(content) < 1_500_000
    taken = measured(content, tmp_path)
    assert taken.note == "bomb has more pixels than my limit of 25 million; please send a smaller version."
    assert taken.ours < 16
    assert taken.workers < 96


def test_a_gif_that_grows_after_its_header(tmp_path: Path) -> None:
    taken = measured(gif_with_a_frame_larger_than_its_screen(), tmp_path)
    assert "more pixels" in taken.note
    assert taken.workers < 96


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP"])
def test_a_png_whose_words_are_a_bomb(kind: bytes, tmp_path: Path) -> None:
    packed = chunk(kind, b"it\x00\x00" + zlib.compress(bytes(200_000_000), 9))
    taken = measured(behind_the_header(png_of_zeros(8, 8), packed), tmp_path)
    assert taken.note in {"read", "bomb is damaged or incomplete: I can't open it."}
    assert taken.ours < 16
    assert taken.workers < 96


@pytest.mark.parametrize(("encoding", "mode"), [("PNG", "RGBA"), ("TIFF", "CMYK"), ("WEBP", "RGBA")])
def test_the_largest_picture_that_is_taken_stays_bounded(encoding: str, mode: str, tmp_path: Path) -> None:
    packing = {"compression": "tiff_lzw"} if encoding == "TIFF" else {}
    content = encoded(Pillow.new(mode, (5000, 5000), (9, 9, 9, 90)), encoding, **packing)
    taken = measured(content, tmp_path)
    assert taken.note == "read"
    assert taken.ours < 64
    assert taken.workers < 700


def test_twenty_megabytes_of_text_stay_bounded(tmp_path: Path) -> None:
    taken = measured("a line of text, and another ñ\n".encode() * 640_000, tmp_path)
    assert "left out" in taken.note
    assert taken.ours < 100
