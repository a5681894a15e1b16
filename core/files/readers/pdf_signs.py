"""Bullets, boxes, arrows and Greek of fonts like Symbol and Wingdings, as programs write them into a PDF.

The file then says of a glyph only its number in the font, as a letter from U+F020 on.
"""

import ctypes
import re
from functools import partial

from core.files.readers.office_symbols import readable
from core.files.readers.pdfium import TextHandle, letter, raw

_PRIVATE = re.compile("[\uf020-\uf0ff]")
_MAX_NAME = 120
# "BCDEEE+Wingdings-Regular", "SymbolMT", "Wingdings2": a part of the font, and its name as programs know it.
_NAME = re.compile(r"^(?:[A-Z]{6}\+)?(Symbol|Wingdings)[ -]?([23]?)(?:MT|PS|PSMT|-?Regular)?(?:,.*)?$")


def with_signs(text: str, written: TextHandle) -> str:
    """The text with those signs as characters that can be read, as far as their fonts are known."""
    wanted = set(_PRIVATE.findall(text))
    signs: dict[str, str] = {}
    for index in range(written.count_chars() if wanted else 0):
        found = letter(written, index)
        if found in wanted and found not in signs:
            signs[found] = readable(found, partial(_font, written, index))
            if len(signs) == len(wanted):
                break
    return _PRIVATE.sub(lambda found: signs.get(found[0], found[0]), text)


def _font(written: TextHandle, index: int) -> str:
    name = ctypes.create_string_buffer(_MAX_NAME)
    raw.FPDFText_GetFontInfo(written, index, name, _MAX_NAME, None)
    known = _NAME.match(name.value.decode("utf-8", "replace"))
    return f"{known[1]} {known[2]}".strip() if known else ""
