"""Whether the letters of a PDF page mean what they say: some fonts do not tell what their glyphs are.

PDFium then gives a glyph's code for its letter, and marks it. In old typesetting the code is the letter; in a
font of which only the used glyphs are in the file it is a number in a row, and the text is nonsense.
"""

import re
import unicodedata

from core.files.readers.pdfium import TextHandle, letter, raw

# Fonts that do not say what their glyphs mean come out as these.
_MEANINGLESS = re.compile("[\ufffd\ue000-\uf8ff]")
_MAX_MEANINGLESS = 0.3
_ASKED = 200
_MAX_UNSURE = 0.5
_MAX_ODD = 0.05
"""Nonsense has more of them; in old typesetting ligatures have such codes, one letter in seventy."""

_NO_LETTERS = frozenset({"Cc", "Cn", "Co", "Cs"})
_RARE = ("\u0180", "\u02af")
"""Latin letters that next to no language writes with: as numbers, the glyphs 384 to 687."""


def has_meaning(written: TextHandle, text: str) -> bool:
    """Whether the page's text can be read; a few signs that mean nothing do not matter."""
    if len(_MEANINGLESS.findall(text)) > _MAX_MEANINGLESS * len(text):
        return False
    count = written.count_chars()
    places = range(0, count, max(1, count // _ASKED))
    asked = [index for index in places if raw.FPDFText_IsGenerated(written, index) != 1]
    unsure = [
        letter(written, index) for index in asked if raw.FPDFText_HasUnicodeMapError(written, index) == 1
    ]
    odd = sum(map(_is_odd, unsure))
    return len(unsure) <= _MAX_UNSURE * len(asked) or odd <= _MAX_ODD * len(unsure)


def _is_odd(sign: str) -> bool:
    if sign in "\t\r\n":
        return False
    return unicodedata.category(sign) in _NO_LETTERS or _RARE[0] <= sign <= _RARE[1]
