"""The beginning of a document, as much of it as the model is shown at once."""

from typing import Final

from core.files import notes
from core.files.document import Document, Page
from core.files.text import beginning
from core.transcript import FilePart

# Less of a page than this tells nothing.
_LEAST_OF_A_PAGE: Final = 200


def excerpt(document: Document, name: str, max_characters: int) -> FilePart:
    """Its pages under their labels, at most ``max_characters`` long, and in the note what is not there."""
    pages = [page for page in document.pages if page.text.strip()]
    shown: list[str] = []
    left, last = max_characters, 0
    for page in pages:
        text = _headed(page)
        if shown and len(text) > left and left < _LEAST_OF_A_PAGE:
            break
        shown.append(beginning(text, left))
        left -= len(shown[-1]) + 2  # an empty line between pages
        last = len(text)
        if left <= 0 or shown[-1] != text:
            break
    told = (*document.notes, *_cut(name, pages, shown, last))
    return FilePart(name, "\n\n".join(shown), " ".join(told))


def _headed(page: Page) -> str:
    return f"## {page.label}\n\n{page.text}" if page.label else page.text


def _cut(name: str, pages: list[Page], shown: list[str], total: int) -> tuple[str, ...]:
    """The note when there are more pages, or more of the last one: ``total`` characters."""
    is_whole = not shown or len(shown[-1]) == total
    if is_whole and len(shown) == len(pages):
        return ()
    if len(pages) == 1:
        return (notes.cut(name, len(shown[-1]), total),)
    label = pages[len(shown) - 1].label
    return (notes.cut_at(name, label, is_whole=is_whole, last=pages[-1].label),)
