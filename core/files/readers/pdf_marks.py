"""What a PDF page says beside its text: form fields, text boxes, comments, links, and bookmarks to it."""

import ctypes
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice

from core.files.notes import shown_name
from core.files.readers.pdfium import PageHandle, PdfHandle, raw
from core.files.text import clean

_MAX_ANNOTATIONS = 500
_MAX_OPTIONS = 500
_MAX_BOOKMARKS = 2_000
_MAX_DEPTH = 6
_MAX_BYTES = 40_000
# The document counts "2.2 Naming", "Chapter 3: Parsing"; the bookmark often does not.
_NUMBER = re.compile(r"^(?:[a-z]+ )?(?:\d+|[a-zivx])(?:\.\d+)*[.:]? ")
_COMMENTS = frozenset(
    {
        raw.FPDF_ANNOT_TEXT,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_SQUIGGLY,
        raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_CARET,
        raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_INK,
        raw.FPDF_ANNOT_SQUARE,
        raw.FPDF_ANNOT_CIRCLE,
        raw.FPDF_ANNOT_LINE,
        raw.FPDF_ANNOT_POLYGON,
        raw.FPDF_ANNOT_POLYLINE,
    }
)
_TICKED = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
_CHOICES = frozenset({raw.FPDF_FORMFIELD_LISTBOX, raw.FPDF_FORMFIELD_COMBOBOX})
_SILENT = frozenset({raw.FPDF_FORMFIELD_PUSHBUTTON, raw.FPDF_FORMFIELD_SIGNATURE})


@dataclass(frozen=True, slots=True)
class Outline:
    """Bookmarks by the page that they lead to, from 0: their level, from 1, and their title."""

    by_page: Mapping[int, tuple[tuple[int, str], ...]]

    @classmethod
    def of(cls, pdf: PdfHandle) -> "Outline":
        """The document's bookmarks, the first two thousand."""
        found: dict[int, tuple[tuple[int, str], ...]] = {}
        for bookmark in islice(pdf.get_toc(max_depth=_MAX_DEPTH), _MAX_BOOKMARKS):
            target = bookmark.get_dest()
            page = target.get_index() if target else None
            title = _line(bookmark.get_title())
            if page is not None and title:
                found[page] = (*found.get(page, ()), (bookmark.level + 1, title))
        return cls(found)

    def of_page(self, index: int) -> tuple[tuple[int, str], ...]:
        """Those that lead to this page."""
        return self.by_page.get(index, ())


def headed(text: str, bookmarks: tuple[tuple[int, str], ...]) -> str:
    """The text with its bookmarks as headings: on the line that has the title, else in front."""
    lines = text.split("\n")
    places: dict[str, int] = {}
    for place, line in enumerate(lines):
        whole = _line(line).casefold()
        places.setdefault(whole, place)
        places.setdefault(_NUMBER.sub("", whole), place)
    missing: list[str] = []
    for level, title in bookmarks:
        if title.casefold() in places:
            place = places.pop(title.casefold())
            lines[place] = f"{'#' * level} {_line(lines[place])}"
        else:
            missing.append(f"{'#' * level} {title}")
    return "\n".join([*missing, *lines]).strip()


def page_marks(pdf: PdfHandle, page: PageHandle) -> str:
    """Form fields, what was typed onto the page, comments and links as Markdown lists; empty without any."""
    fields: list[str] = []
    typed: list[str] = []
    comments: list[str] = []
    files: list[str] = []
    links: dict[str, None] = {}
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MAX_ANNOTATIONS)):
        with _annotation(page, index) as annotation:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind == raw.FPDF_ANNOT_WIDGET and pdf.formenv:
                fields += _field(pdf.formenv, annotation)
            elif kind == raw.FPDF_ANNOT_LINK:
                links.update(dict.fromkeys(_link(pdf, annotation)))
            elif kind == raw.FPDF_ANNOT_FREETEXT:
                # Its author wrote on the page, as on paper, and did not comment on it.
                typed += _comment(annotation, author="")
            elif kind == raw.FPDF_ANNOT_FILEATTACHMENT:
                files += _attached(annotation)
            elif kind in _COMMENTS:
                comments += _comment(annotation, author=_value(annotation, b"T"))
    lists = (
        ("Form fields", fields),
        ("Typed onto the page", typed),
        ("Comments", comments),
        ("Files attached here, which were not opened", files),
        ("Links", links),
    )
    return "\n\n".join(f"{title}:\n" + "\n".join(items) for title, items in lists if items)


@contextmanager
def _annotation(page: PageHandle, index: int) -> Iterator[object]:
    annotation = raw.FPDFPage_GetAnnot(page, index)
    try:
        yield annotation
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _field(form: object, annotation: object) -> Iterator[str]:
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _wide(lambda buffer, size: raw.FPDFAnnot_GetFormFieldName(form, annotation, buffer, size))
    if kind in _TICKED:
        # Of a group of buttons only the pressed one says anything.
        ticked = raw.FPDFAnnot_IsChecked(form, annotation)
        choice = _wide(
            lambda buffer, size: raw.FPDFAnnot_GetFormFieldExportValue(form, annotation, buffer, size)
        )
        if ticked or kind == raw.FPDF_FORMFIELD_CHECKBOX:
            yield f"- {name}: {(choice or 'yes') if ticked else 'not ticked'}"
    elif kind not in _SILENT:
        value = ", ".join(_chosen(form, annotation)) if kind in _CHOICES else ""
        value = value or _wide(
            lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)
        )
        yield f"- {name}: {value or '(empty)'}"


def _chosen(form: object, annotation: object) -> Iterator[str]:
    """Of a list what is chosen, as people see it: the field's value holds one only, by its inner name."""
    for index in range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), _MAX_OPTIONS)):
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, index):
            yield _wide(partial(raw.FPDFAnnot_GetOptionLabel, form, annotation, index))


def _comment(annotation: object, author: str) -> Iterator[str]:
    said = _value(annotation, b"Contents")
    if said:
        yield f"- {author}: {said}" if author else f"- {said}"


def _attached(annotation: object) -> Iterator[str]:
    file = raw.FPDFAnnot_GetFileAttachment(annotation)
    if file:
        yield f"- {shown_name(_wide(partial(raw.FPDFAttachment_GetName, file)))}"


def _link(pdf: PdfHandle, annotation: object) -> Iterator[str]:
    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if action and raw.FPDFAction_GetType(action) == raw.PDFACTION_URI:
        address = _bytes(
            lambda buffer, size: raw.FPDFAction_GetURIPath(pdf, action, buffer, size), ctypes.c_char
        )
        shown = _line(address.rstrip(b"\0").decode("utf-8", "replace"))
        if shown:
            yield f"- {shown}"


def _value(annotation: object, key: bytes) -> str:
    return _wide(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _wide(ask: Callable[[object, int], int]) -> str:
    """A string of PDFium, asked for as its API has it: first the size, then the UTF-16 itself."""
    return _line(_bytes(ask, raw.FPDF_WCHAR).decode("utf-16-le", "replace"))


def _bytes(ask: Callable[[object, int], int], unit: type[ctypes.c_char | ctypes.c_ushort]) -> bytes:
    size = ask(None, 0)
    if not 0 < size <= _MAX_BYTES:
        return b""
    buffer = (unit * (size // ctypes.sizeof(unit)))()
    ask(buffer, size)
    return bytes(buffer)


def _line(text: str) -> str:
    return " ".join(clean(text.replace("\r", " ")).split())
