"""Files that a Word document shows among its own text: pages, texts and other Word documents.

ECMA-376 part 1, 17.17.2.1: Word takes them in when it opens the document. Programs that make documents out
of web pages, or one out of several, write nothing else.
"""

from collections.abc import Callable, Iterator

from core.errors import FileError
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.notes import binary
from core.files.readers import html, plain_pages, web_archive
from core.files.readers.encodings import decoded
from core.files.readers.office import Package
from core.files.sniff import sniff
from core.files.text import clean

_PAGES = frozenset(("htm", "html", "xhtml"))
_ARCHIVES = frozenset(("mht", "mhtml"))
_DOCUMENT = "Word"
_HEADING = "#"

Read = Callable[[bytes], Document]
"""Reads a Word document, without the files that it shows itself."""


def blocks(package: Package, part: str, limits: FileLimits, read_word: Read) -> Iterator[tuple[int, str]]:
    """Each block of the file: the level of a heading or 0, and its Markdown. Raises ``FileError``."""
    found = _read(package.read(part), part, limits, read_word)
    for page in found.pages:
        for block in page.text.split("\n\n"):
            signs, _, _ = block.partition(" ")
            is_heading = signs.startswith(_HEADING) and not signs.strip(_HEADING)
            yield (len(signs) if is_heading else 0), block


def _read(content: bytes, part: str, limits: FileLimits, read_word: Read) -> Document:
    ending = part.rpartition(".")[2].lower()
    found = sniff(content)
    if found.label == _DOCUMENT:
        return read_word(content)
    if ending in _ARCHIVES and (page := web_archive.read(content, part, limits)) is not None:
        return page
    if ending in _PAGES or found.label == "HTML":
        return html.read(content, part, limits)
    if ending == "txt":
        return plain_pages.as_document("text", clean(decoded(content, part)), part, limits)
    raise FileError(binary(part))
