"""Files with a few wrong bytes: each is read or refused, in time, and the next one is read."""

import io
import random
import time
import zipfile

import pytest

from core.errors import FileError
from core.files.document import Document
from core.files.limits import DEFAULT_LIMITS, WorkerLimits
from core.files.workshop import Workshop
from tests.pictures import TURNED_HEIC, encoded, gif_of_frames, gradient, tiff_of_pages

SECONDS = 5.0
ROUNDS = 8


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(5):
            made.writestr(f"{number}.txt", f"the text of {number}\n" * 50)
    return target.getvalue()


PICTURE = gradient(120, 90)
HONEST = {
    **{kind: encoded(PICTURE, kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "ICO", "PDF")},
    "frames": gif_of_frames(20),
    "pages": tiff_of_pages(20),
    "HEIC": TURNED_HEIC,
    "ZIP": archive(),
    "CSV": "name,price\nllama,3.50\nñandú,4\n".encode() * 20,
    "HTML": b"<!doctype html><html><body><table><tr><td>1</td></tr></table></body></html>",
    "JSON": b'{"llamas": [1, 2, {"names": ["a", "b"]}]}',
}


def broken(content: bytes, dice: random.Random) -> bytes:
    """The file with bytes changed, taken out, repeated or cut off."""
    wrong = bytearray(content)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(wrong))
        match dice.randrange(5):
            case 0:
                wrong[at] = dice.randrange(256)
            case 1:
                wrong[at : at + 4] = dice.choice(
                    (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff")
                )
            case 2:
                del wrong[at : at + dice.randint(1, 40)]
            case 3:
                wrong[at:at] = wrong[at : at + 200] * dice.randint(1, 20)
            case _:
                del wrong[max(at, 12) :]
    return bytes(wrong)


@pytest.mark.parametrize("kind", HONEST)
async def test_broken_files_are_read_or_refused_in_time(kind: str) -> None:
    dice = random.Random(kind)
    refusals: list[str] = []
    async with Workshop(WorkerLimits(seconds=SECONDS)) as workshop:
        for _ in range(ROUNDS):
            content, before = broken(HONEST[kind], dice), time.monotonic()
            try:
                await workshop.read(content, "it", DEFAULT_LIMITS)
            except FileError as error:
                refusals.append(error.told)
            assert time.monotonic() - before < SECONDS + 5
        assert isinstance(await workshop.read(b"a text", "it", DEFAULT_LIMITS), Document)
    assert all(told.startswith("it") for told in refusals)
