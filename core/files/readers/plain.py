"""Text of all sorts: prose, code, logs, Markdown, JSON; tables and pages that only their names tell."""

from core.errors import FileError
from core.files import notes
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers import delimited, html, json_text, mail, notebook, plain_pages, web_archive
from core.files.readers.encodings import decoded
from core.files.readers.sections import sections
from core.files.text import clean

_BY_ENDING = {
    **dict.fromkeys(("csv", "tsv", "tab", "psv"), delimited.read),
    **dict.fromkeys(("html", "htm", "xhtml"), html.read),
    **dict.fromkeys(("mht", "mhtml"), web_archive.read),
    "eml": mail.read,
}
_MARKDOWN = frozenset(("md", "markdown", "mdown", "mkd"))


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The text, in pages of 400 lines where it is long; of a log too long to be kept, both ends.

    A name that ends as those of tables, pages, e-mails, notebooks or JSON do is believed if the text bears
    it out. Raises ``FileError``.
    """
    ending = name.rpartition(".")[2].lower()
    by_ending = _BY_ENDING.get(ending)
    if by_ending is not None and (known := by_ending(content, name, limits)) is not None:
        return known
    text = clean(decoded(content, name))
    if not text.strip():
        raise FileError(notes.blank(name))
    if ending == "ipynb" and (found := notebook.read_text(text, name, limits)):
        return found
    if found := json_text.read_text(text, name, limits):
        return found
    if ending in _MARKDOWN and len(text) <= limits.max_document_characters:
        pages, rest = sections(text, "", limits.max_pages)
        told = (f"{name}: {rest:,} sections at the end were left out.",) if rest else ()
        return Document("Markdown", pages, notes=told)
    return plain_pages.as_document("text", text, name, limits)
