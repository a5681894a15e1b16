"""Jupyter notebooks: cells as pages, outputs shortened, pictures named."""

import json
from collections.abc import Iterator

from core.files.document import Document, Page
from core.files.limits import FileLimits
from core.files.text import clean

_MAX_OUTPUT = 2_000


def read_text(text: str, name: str, limits: FileLimits) -> Document | None:
    """The notebook that the text is, or nothing when it is none. nbformat 4: ``cells`` with a ``source``."""
    try:
        book = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = book.get("cells") if isinstance(book, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return None
    language = _language(book)
    pages: list[Page] = []
    left = limits.max_document_characters
    for number, cell in enumerate(cells, 1):
        page = Page(f"cell {number}", clean("\n\n".join(_cell(cell, language))))
        left -= len(page.text)
        if len(pages) == limits.max_pages or left < 0:
            told = f"{name}: only the first {len(pages):,} of {len(cells):,} cells are here."
            return Document("notebook", tuple(pages), notes=(told,))
        if page.text.strip():
            pages.append(page)
    return Document("notebook", tuple(pages)) if pages else None


def _language(book: dict[str, object]) -> str:
    metadata = book.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    language = info.get("name") if isinstance(info, dict) else ""
    return language if isinstance(language, str) and language.isalnum() else ""


def _cell(cell: dict[str, object], language: str) -> Iterator[str]:
    source = _joined(cell.get("source"))
    if cell.get("cell_type") != "code":
        yield source
        return
    yield f"```{language}\n{source}\n```"
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        if isinstance(output, dict) and (shown := _output(output)):
            yield f"Output:\n\n```\n{shown}\n```"


def _output(output: dict[str, object]) -> str:
    """A text in full or shortened; of anything else only what it is."""
    if output.get("output_type") == "error":
        return f"{output.get('ename')}: {output.get('evalue')}"[:_MAX_OUTPUT]
    data = output.get("data")
    kinds = data if isinstance(data, dict) else {"text/plain": output.get("text")}
    pictures = [str(kind) for kind in kinds if str(kind).startswith("image/")]
    if pictures:
        return f"(a picture, {pictures[0]}, not read)"
    text = _joined(kinds.get("text/plain")).strip("\n")
    if len(text) > _MAX_OUTPUT:
        half = _MAX_OUTPUT // 2
        return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"
    return text


def _joined(source: object) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""
