"""The beginning of a document, as much of it as the model is shown at once."""

from core.files import notes
from core.files.document import Document, Page
from core.files.text import beginning
from core.transcript import FilePart


def excerpt(document: Document, name: str, max_characters: int) -> FilePart:
    """Its pages under their labels, at most ``max_characters`` long, and in the note what is not there."""
    pages = [page for page in document.pages if page.text.strip()]
    whole = [_headed(page) for page in pages]
    shown: list[str] = []
    left, cut = max_characters, ""
    for page, text in zip(pages, whole, strict=True):
        part = beginning(text, left)
        shown.append(part)
        left -= len(part) + 2
        if part != text or left <= 0:
            cut = _cut(name, pages, page, kept=len(part), total=len(text))
            break
    told = (*document.notes, cut) if cut else document.notes
    return FilePart(name, "\n\n".join(shown), " ".join(told))


def _headed(page: Page) -> str:
    return f"## {page.label}\n\n{page.text}" if page.label else page.text


def _cut(name: str, pages: list[Page], last: Page, *, kept: int, total: int) -> str:
    """The note when the pages end with ``last``, of whose characters so many were kept."""
    if len(pages) == 1:
        return notes.cut(name, kept, total) if kept < total else ""
    if last is pages[-1] and kept == total:
        return ""
    return notes.cut_at(name, last.label, is_whole=kept == total, last=pages[-1].label)
