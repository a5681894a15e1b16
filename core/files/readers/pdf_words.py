"""Words of Arabic scripts, which PDFium at times spells from left to right.

It turns letters around where a file has them in the order of sight. Of joined letters, as Skia writes them
(Chrome, Google Docs), it leaves some words as they are: there the places of the letters tell.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby, pairwise

from core.files.readers.pdfium import TextHandle, letters

# Letters of Arabic scripts and their signs, without digits.
_WORD = re.compile("[\u0610-\u065f\u066e-\u06ef\u06fa-\u08ff\ufb50-\ufdfb\ufe70-\ufefc]+")


def spelled(text: str, written: TextHandle) -> str:
    """The text with those words turned that stand the other way round on the page."""
    if not _WORD.search(text):
        return text
    turned: dict[str, str] = {}
    kept: set[str] = set()
    for word in _words(written):
        places = [left for _, left in word]
        rising = sum(1 for before, behind in pairwise(places) if behind > before)
        shown = "".join(letter for letter, _ in word)
        if 2 * rising > len(places) - 1:
            turned[shown] = "".join(letter for letter, _ in sorted(word, key=lambda one: -one[1]))
        else:
            kept.add(shown)
    # What once is spelled rightly is a word of its own.
    return _WORD.sub(lambda found: found[0] if found[0] in kept else turned.get(found[0], found[0]), text)


def _words(written: TextHandle) -> Iterator[list[tuple[str, float]]]:
    """Words as letters, each with the signs above and below it, and where these stand."""
    for is_word, run in groupby(letters(written), key=lambda letter: bool(_WORD.fullmatch(letter[0]))):
        word: list[tuple[str, float]] = []
        for letter, left in run if is_word else ():
            if word and unicodedata.combining(letter):
                word[-1] = (word[-1][0] + letter, word[-1][1])
            else:
                word.append((letter, left))
        if len(word) > 1:
            yield word
