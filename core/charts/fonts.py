"""Fonts at hand: for each text one that has its characters, as far as there is one."""

import io
import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import ImageFont

_PLACES = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/run/current-system/sw/share/X11/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
)
# In this order: what is nice and has many scripts first, then what has those that are left.
_NAMES = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "Arial.ttf",
    "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
)
_MOST_LOOKED_AT = 5_000
_PROBE = 20
# No character: what a font shows for it, it shows for all that it does not have.
_NONE = "\uffff"
_UNDRAWN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp", "Cs", "Co", "Cn"})

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@contextmanager
def open_fonts() -> Iterator[tuple[BinaryIO, ...]]:
    """Open the fonts that are there. They are read later, when this process may open nothing any more."""
    found = {path.name: path for path in _files()}
    with ExitStack() as stack:
        yield tuple(stack.enter_context(found[name].open("rb")) for name in _NAMES if name in found)


class Fonts:
    """Chooses among open fonts. ``missing`` are characters that none of those that were asked for has."""

    def __init__(self, files: Sequence[BinaryIO]) -> None:
        self._files = files
        self._read: dict[int, bytes] = {}
        self._made: dict[tuple[int, int], ImageFont.FreeTypeFont] = {}
        self.missing: set[str] = set()

    def of(self, text: str, size: int) -> Font:
        """Choose the first font that has the most of a text's characters; ``size`` is in pixels."""
        wanted = {sign for sign in text if unicodedata.category(sign) not in _UNDRAWN}
        best, lacks = -1, wanted
        for number in range(len(self._files)):
            absent = {sign for sign in wanted if not self._has(number, sign)}
            if best < 0 or len(absent) < len(lacks):
                best, lacks = number, absent
            if not absent:
                break
        self.missing |= lacks if best >= 0 else {sign for sign in wanted if not sign.isascii()}
        return self._font(best, size) if best >= 0 else ImageFont.load_default(size)

    def _has(self, number: int, sign: str) -> bool:
        return _shape(self._font(number, _PROBE), sign) != _shape(self._font(number, _PROBE), _NONE)

    def _font(self, number: int, size: int) -> ImageFont.FreeTypeFont:
        if number not in self._read:
            self._read[number] = self._files[number].read()
        if (number, size) not in self._made:
            self._made[number, size] = ImageFont.truetype(io.BytesIO(self._read[number]), size)
        return self._made[number, size]


def _shape(font: ImageFont.FreeTypeFont, sign: str) -> bytes:
    mask = font.getmask(sign)
    return bytes(mask) + repr(mask.size).encode()


def _files() -> Iterator[Path]:
    looked_at = 0
    for place in _PLACES:
        for folder, _, names in os.walk(place):
            looked_at += len(names)
            if looked_at > _MOST_LOOKED_AT:
                return
            yield from (Path(folder, name) for name in names if name in _NAMES)
