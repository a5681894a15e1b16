"""The text of a PDF page, as people would read it."""

import re

from core.files.readers.pdf_columns import in_columns
from core.files.readers.pdf_meaning import has_meaning
from core.files.readers.pdf_words import spelled
from core.files.readers.pdfium import PageHandle
from core.files.text import clean, one_newline

# PDFium writes one of these for a hyphen with which a word goes on in the next line.
_BROKEN_WORD = re.compile("[\x02\ufffe](?=[a-z\u00df-\u00f6\u00f8-\u00ff])")
_OTHER_HYPHEN = re.compile("[\x02\ufffe]")
_TRAILING = re.compile(r"[ \t]+$", re.MULTILINE)


def page_text(page: PageHandle) -> str:
    """What stands on the page, in the order of reading; empty when the glyphs have no meaning.

    The page is upright afterwards: turned, PDFium would give its lines in the wrong order.
    """
    turned = page.get_rotation()
    if turned:
        page.set_rotation(0)
    written = page.get_textpage()
    try:
        text = spelled(in_columns(written) or written.get_text_bounded(), written)
        if not has_meaning(written, text):
            return ""
    finally:
        written.close()
        if turned:
            page.set_rotation(turned)
    text = _OTHER_HYPHEN.sub("-", _BROKEN_WORD.sub("", text))
    return _TRAILING.sub("", clean(one_newline(text))).strip()
