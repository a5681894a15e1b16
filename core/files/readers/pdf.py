"""PDF by PDFium: the text of each page, and pages that are pictures drawn for a model that sees.

PDFium comes without its script engine, so nothing that a file wants to run can run. It is C++: where memory
ends it ends the process, which costs this one file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from core.errors import FileError
from core.files.document import Document, Drawing, Page
from core.files.limits import FileLimits
from core.files.notes import damaged
from core.files.readers import faults, pdf_notes
from core.files.readers.pdf_drawing import draw, is_picture
from core.files.readers.pdf_forms import filled_in, is_made_anew
from core.files.readers.pdf_marks import Outline, headed, page_marks
from core.files.readers.pdf_repair import repaired
from core.files.readers.pdf_text import page_text
from core.files.readers.pdfium import PdfHandle, PdfiumError, needs_password, open_page, open_pdf, raw

_MAX_BLANK = 12
"""Pages that are drawn in vain, as nothing is to be seen there."""


@dataclass(slots=True)
class _Reading:
    """What was found so far; numbers are of pages, from 1."""

    total: int
    pages: list[Page] = field(default_factory=list)
    characters: int = 0
    reached: int = 0
    damaged: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    drawings: list[Drawing] = field(default_factory=list)


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The pages with text as ``"page 3"``; those without, as far as ``limits`` go, as drawings.

    Where the document numbers its pages otherwise, its own number follows: ``"page 3 (iii)"``.
    Raises ``FileError`` when it is damaged, locked, or has no page that can be opened.
    """
    with faults.as_file_errors(name), _opened(content, name) as pdf:
        reading = _Reading(len(pdf))
        outline = Outline.of(pdf)
        end = monotonic() + limits.read_seconds
        for index in range(min(reading.total, limits.max_pages)):
            if reading.characters >= limits.max_document_characters or monotonic() > end:
                break
            _read_page(pdf, index, outline, reading, limits.max_document_characters)
            reading.reached = index + 1
        if len(reading.damaged) == reading.reached:
            raise FileError(damaged(name))
        if is_made_anew(pdf) and (form := filled_in(pdf)):
            reading.pages.append(Page("form", form[: limits.max_document_characters - reading.characters]))
        _draw_pictures(pdf, reading, limits, end)
        return Document(
            "PDF", tuple(reading.pages), (), tuple(reading.drawings), tuple(_notes(pdf, name, reading))
        )


@contextmanager
def _opened(content: bytes, name: str) -> Iterator[PdfHandle]:
    pdf = _open(content, name)
    try:
        pdf.init_forms()
        yield pdf
    finally:
        pdf.close()


def _open(content: bytes, name: str) -> PdfHandle:
    try:
        return open_pdf(content)
    except PdfiumError as error:
        if needs_password(error):
            raise FileError(faults.locked(name)) from error
        again = repaired(content)
        if again is None:
            raise
    return open_pdf(again)


def _read_page(pdf: PdfHandle, index: int, outline: Outline, reading: _Reading, most: int) -> None:
    try:
        page = open_page(pdf, index)
    except PdfiumError:
        reading.damaged.append(index + 1)
        return
    try:
        text = page_text(page)
        if is_picture(page, text):
            reading.pictures.append(index)
        marks = page_marks(pdf, page)
    finally:
        page.close()
    whole = "\n\n".join(part for part in (headed(text, outline.of_page(index)), marks) if part)
    whole = whole[: most - reading.characters]
    reading.characters += len(whole)
    if whole:
        reading.pages.append(Page(_label(pdf, index), whole))


def _label(pdf: PdfHandle, index: int) -> str:
    own = pdf.get_page_label(index).strip()
    return f"page {index + 1}" + (f" ({own[:20]})" if own and own != str(index + 1) else "")


def _draw_pictures(pdf: PdfHandle, reading: _Reading, limits: FileLimits, end: float) -> None:
    blank: set[int] = set()
    for index in reading.pictures[: limits.max_drawn + _MAX_BLANK]:
        if monotonic() > end or len(reading.drawings) == limits.max_drawn:
            break
        page = open_page(pdf, index)
        try:
            drawing = draw(page, _label(pdf, index), limits)
        finally:
            page.close()
        if drawing:
            reading.drawings.append(drawing)
        else:
            blank.add(index)
    reading.pictures = [index for index in reading.pictures if index not in blank]


def _notes(pdf: PdfHandle, name: str, reading: _Reading) -> Iterator[str]:
    if reading.reached < reading.total:
        yield pdf_notes.pages_left(name, reading.reached, reading.total)
    if reading.damaged:
        yield pdf_notes.pages_damaged(name, reading.damaged)
    if reading.pictures:
        yield pdf_notes.pictures(name, [index + 1 for index in reading.pictures], len(reading.drawings))
    held = [pdf.get_attachment(index).get_name() for index in range(min(pdf.count_attachments(), 10))]
    if held:
        yield pdf_notes.attached(name, held, pdf.count_attachments())
    if raw.FPDFDoc_GetJavaScriptActionCount(pdf) > 0:
        yield pdf_notes.scripts(name)
    if is_made_anew(pdf):
        yield pdf_notes.made_anew(name)
    if not reading.pages and not reading.pictures:
        yield pdf_notes.blank(name)
