"""HTML pages: what a person sees of them, as Markdown. Nothing that a page names is ever fetched."""

import codecs
import re

from selectolax.lexbor import LexborHTMLParser

from core.errors import FileError
from core.files import notes
from core.files.document import Document, Page
from core.files.limits import FileLimits
from core.files.readers import faults
from core.files.readers.encodings import decoded
from core.files.readers.html_depth import flattened
from core.files.readers.html_markdown import markdown
from core.files.readers.sections import sections
from core.files.text import clean, one_newline

_HEAD = 4_096
_CHARSET = re.compile(rb"<meta[^<>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# WHATWG Encoding Standard: what pages call Latin 1 is read as Windows-1252, by every browser.
_SAME = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-9": "cp1254",
}
_MAX_TITLE = 200


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The visible text with its headings, lists, tables, code and links, in sections by its headings.

    Scripts, styles and what is hidden are left out. Raises ``FileError``.
    """
    html, is_flattened = flattened(_html(content, name))
    with faults.as_file_errors(name):
        tree = LexborHTMLParser(html)
        title = _title(tree)
        text, is_cut = markdown(tree.root, limits.max_document_characters)
    text = clean(text).strip()
    if not text and not title:
        raise FileError(f"{name} is a page on which no text can be seen.")
    told = []
    if is_flattened:
        told.append(f"{name} is nested unusually deep: its text is here without some of its structure.")
    if is_cut:
        told.append(f"{name}: only the first {len(text):,} characters of the page are here.")
    pages, rest = sections(text, title or "page", limits.max_pages)
    if rest:
        told.append(f"{name}: only the first {len(pages):,} sections of the page are here.")
    return Document("HTML", pages or (Page(title, ""),), notes=tuple(told))


def _html(content: bytes, name: str) -> str:
    """The page's source: by its mark, by what it says in its head, or as any text."""
    if not content.startswith(_MARKS):
        declared = _declared(content)
        if declared:
            return declared
    return decoded(content, name)


def _declared(content: bytes) -> str | None:
    found = _CHARSET.search(content[:_HEAD])
    if found is None:
        return None
    try:
        encoding = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
    if encoding.startswith(("utf-16", "utf-32")) or b"\x00" in content:
        return None
    errors = "strict" if encoding == "utf-8" else "replace"
    try:
        return one_newline(content.decode(_SAME.get(encoding, encoding), errors))
    except (LookupError, ValueError):  # also what is no encoding of texts, such as "hex"
        return None


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("head > title")
    return (
        " ".join(notes.shown_name(node.text()).split())[:_MAX_TITLE] if node and node.text().strip() else ""
    )
