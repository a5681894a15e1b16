"""The part of pypdfium2 that is used here, with types: it comes without them.

``raw`` holds PDFium's own C functions, for what the library has no method for.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pypdfium2  # type: ignore[import-untyped] # see above
from PIL.Image import Image

raw: Any = pypdfium2.raw
PdfiumError: type[Exception] = pypdfium2.PdfiumError


class TextHandle(Protocol):
    """The text of an opened page."""

    def get_text_bounded(
        self,
        left: float | None = None,
        bottom: float | None = None,
        right: float | None = None,
        top: float | None = None,
    ) -> str:
        """What stands within these bounds, in points; without them, within the page."""

    def count_chars(self) -> int:
        """How many letters and signs there are."""

    def get_charbox(self, index: int) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of one, in points."""

    def count_rects(self) -> int:
        """How many runs of text there are, each on one line."""

    def get_rect(self, index: int) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of a run, in points; after :meth:`count_rects`."""

    def close(self) -> None:
        """Free it."""


class BitmapHandle(Protocol):
    """A drawn page."""

    def to_pil(self) -> Image:
        """The same pixels for Pillow, not copied."""

    def close(self) -> None:
        """Free it."""


class ObjectHandle(Protocol):
    """Something drawn on a page."""

    def get_bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top, in points."""


class PageHandle(Protocol):
    """An opened page."""

    def get_rotation(self) -> int:
        """By how many degrees it is turned when shown."""

    def set_rotation(self, rotation: int) -> None:
        """Turn it, in memory."""

    def get_size(self) -> tuple[float, float]:
        """Width and height in points."""

    def get_mediabox(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of its paper, in points."""

    def set_cropbox(self, left: float, bottom: float, right: float, top: float, /) -> None:
        """Set what is to be shown of the paper, in memory; it holds when the page is opened again."""

    def get_textpage(self) -> TextHandle:
        """Its text. Raises ``PdfiumError``."""

    def get_objects(self, filter: Sequence[int], max_depth: int) -> Iterator[ObjectHandle]:  # noqa: A002 - theirs
        """What is drawn there, of these types."""

    def render(self, *, scale: float, limit_image_cache: bool) -> BitmapHandle:
        """Draw it, with ``scale`` pixels a point."""

    def close(self) -> None:
        """Free it."""


class TargetHandle(Protocol):
    """Where a bookmark leads."""

    def get_index(self) -> int | None:
        """The page, from 0."""


class BookmarkHandle(Protocol):
    """An entry of the outline."""

    level: int

    def get_title(self) -> str:
        """What it is called."""

    def get_dest(self) -> TargetHandle | None:
        """Where it leads."""


class AttachmentHandle(Protocol):
    """A file packed into the document."""

    def get_name(self) -> str:
        """Its name."""


class PdfHandle(Protocol):
    """An opened document."""

    formenv: object | None

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> PageHandle: ...

    def init_forms(self) -> bool:
        """Load the form, if there is one: before any page."""

    def get_page_label(self, index: int) -> str:
        """What the document itself calls the page; may be empty."""

    def get_toc(self, max_depth: int) -> Iterator[BookmarkHandle]:
        """The outline, each bookmark before those below it; loops are ended."""

    def count_attachments(self) -> int:
        """How many files are packed into it."""

    def get_attachment(self, index: int) -> AttachmentHandle:
        """One of them."""

    def close(self) -> None:
        """Free it."""


def open_pdf(content: bytes) -> PdfHandle:
    """The document in these bytes, which must outlive it. Raises ``PdfiumError``."""
    # PDFium sets no fault where it opens a document without a page: the fault of the file before would stand.
    raw.FPDF_LoadMemDocument64(b"", 0, None)
    opened: PdfHandle = pypdfium2.PdfDocument(content)
    return opened


def open_page(pdf: PdfHandle, index: int) -> PageHandle:
    """The page, counted from 0. Raises ``PdfiumError``.

    Where what is to be shown of it lies beside its paper, the whole paper is shown, as viewers do.
    """
    page = pdf[index]
    if min(page.get_size()) > 0:
        return page
    page.set_cropbox(*page.get_mediabox())
    page.close()
    return pdf[index]


def letters(written: TextHandle) -> Iterator[tuple[str, float]]:
    """Each letter or sign, and how far from the left it stands, in points."""
    for index in range(written.count_chars()):
        yield letter(written, index), written.get_charbox(index)[0]


def letter(written: TextHandle, index: int) -> str:
    """A letter or sign, counted from 0; U+FFFD for a number that is none."""
    code: int = raw.FPDFText_GetUnicode(written, index)
    return chr(code) if code <= sys.maxunicode else "\ufffd"


def needs_password(error: Exception) -> bool:
    """Whether it could not be opened for want of a password."""
    return bool(getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD)
