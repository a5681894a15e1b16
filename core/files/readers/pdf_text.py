"""The text of a PDF page, as people would read it."""

import re
from math import copysign

from core.files.readers.pdf_brackets import bracketed
from core.files.readers.pdf_columns import in_columns
from core.files.readers.pdf_meaning import has_meaning
from core.files.readers.pdf_signs import with_signs
from core.files.readers.pdf_words import spelled
from core.files.readers.pdfium import PageHandle, TextHandle, letter
from core.files.text import clean, one_newline

# PDFium writes one of these for a hyphen with which a word goes on in the next line.
_BROKEN_WORD = re.compile("[\x02\ufffe](?=[a-z\u00df-\u00f6\u00f8-\u00ff])")
_OTHER_HYPHEN = re.compile("[\x02\ufffe]")
_HALF_A_TURN = 180
_LETTERS_FOLLOWED = 400
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


def page_text(page: PageHandle) -> str:
    """What stands on the page, in the order of reading; empty when the glyphs have no meaning."""
    turned = page.get_rotation()
    written = _unturned(page) if turned else page.get_textpage()
    try:
        text = spelled(in_columns(written) or written.get_text_bounded(), written)
        text = with_signs(text, written)
        if not has_meaning(written, text):
            return ""
    finally:
        written.close()
        if turned:
            page.set_rotation(turned)
    text = _OTHER_HYPHEN.sub("-", _BROKEN_WORD.sub("", text))
    return bracketed(_TRAILING.sub("", clean(one_newline(text))).strip())


def _unturned(page: PageHandle) -> TextHandle:
    """The text of a turned page: PDFium has the right order where lines run from left to right."""
    page.set_rotation(0)
    written = page.get_textpage()
    if not _runs_backwards(written):
        return written
    written.close()
    page.set_rotation(_HALF_A_TURN)
    return page.get_textpage()


def _runs_backwards(written: TextHandle) -> bool:
    """Whether words follow each other against the way in which their letters do."""
    ahead, gap = 0.0, ""
    way = last = (0.0, 0.0)
    for index in range(min(written.count_chars(), _LETTERS_FOLLOWED)):
        sign = letter(written, index)
        if sign.isspace():
            gap += sign
            continue
        left, bottom, _, _ = written.get_charbox(index)
        move, last = (left - last[0], bottom - last[1]), (left, bottom)
        if not gap:
            way = move
        elif gap == " ":
            ahead += copysign(1, move[0] * way[0] + move[1] * way[1])
        gap = ""
    return ahead < 0
