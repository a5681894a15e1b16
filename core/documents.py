"""Documents that are kept for a thread, and found again there."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol

from core.address import Address
from core.events import Asked
from core.files.document import Cell, Column, Document, Page, Table
from core.naming import free_name, numbered_names
from core.storage import Turn

MOST_DOCUMENTS: Final = 20
MOST_CHARACTERS: Final = 20_000_000
UNUSED_S: Final = 30 * 86_400.0
# The tools that repeat what stands in them: in the journal it is kept no longer than the turn needs it.
TOOLS: Final = ("read_pages", "search_documents", "query_tables")
# A page that is longer than this is kept in parts of about that size.
LONG_PAGE: Final = 6_000
PART: Final = 4_000


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table without its rows, of which the file has ``total``."""

    name: str
    columns: tuple[Column, ...]
    total: int


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document of a thread, as it was brought last: by whom (a name), and when (unix seconds).

    ``pages`` counts them as people do, ``parts`` what is kept and found by number, from 1: a long page
    is kept in several. ``characters`` are those of all parts.
    """

    id: int
    name: str
    kind: str
    pages: int
    parts: int
    characters: int
    tables: tuple[KeptTable, ...]
    notes: tuple[str, ...]
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page of a document, or a part of a long one."""

    number: int
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A page without its text, of which there are so many characters."""

    number: int
    label: str
    characters: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page that fits a question; the best has the highest ``rank``.

    ``share`` is how much of what the question asks for stands there, from 0 to 1.
    """

    document: int
    number: int
    label: str
    rank: float
    share: float


class DocumentStore(Protocol):
    """Documents of threads. Nothing of one thread is found from another, nor what stood there before a reset.

    Of a thread at most ``MOST_DOCUMENTS`` are kept with ``MOST_CHARACTERS`` together, those that were not
    used for the longest time go first; each for ``UNUSED_S`` after its last use. A document goes with the
    last of the questions that brought it. Each method raises ``StoreError``.
    """

    async def keep_document(
        self, turn: Turn, question: Asked, name: str, sha256: str, document: Document, now: float
    ) -> int | None:
        """Keep a document that a question brought, under the hash of its file; its number.

        One that the thread has already is kept once. ``None`` when the question has other files meanwhile,
        or was deleted. It is found once it is whole. Raises ``LeaseLost`` when the turn's fence is old.
        """

    async def documents_used(self, turn: Turn, documents: tuple[int, ...], now: float) -> None:
        """Note that documents of the turn's thread were read from. Raises ``LeaseLost``."""

    async def documents(self, address: Address) -> tuple[KeptDocument, ...]:
        """List a thread's documents, the one that was brought last at the end."""

    async def headings(self, address: Address, document: int) -> tuple[Heading, ...]:
        """List a document's pages; none when it is not one of this thread."""

    async def pages(self, address: Address, document: int, numbers: tuple[int, ...]) -> tuple[KeptPage, ...]:
        """Read pages in their order; those that there are."""

    async def search(self, address: Address, query: str, limit: int) -> tuple[Found, ...]:
        """Find pages by any of the words of a question, the best first; none for one without words."""

    async def table(self, address: Address, document: int, name: str) -> Table | None:
        """Read a table with its rows."""


def parts_of(document: Document) -> tuple[KeptPage, ...]:
    """Divide what is too long, between lines where there are some; numbered from 1."""
    parts = (part for page in document.pages for part in _parts(page))
    return tuple(KeptPage(number, label, text) for number, (label, text) in enumerate(parts, start=1))


def told_apart(documents: Sequence[KeptDocument]) -> tuple[KeptDocument, ...]:
    """Give each a name of its own: of those that share one, the second is ``"report (2).pdf"``."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for document in sorted(documents, key=lambda one: one.id):
        names[document.id] = free_name(document.name, taken)
    return tuple(replace(document, name=names[document.id]) for document in documents)


def unnamed(notes: Sequence[str], name: str) -> tuple[str, ...]:
    """Leave a file's name out of what is noted of it: others may have sent it under another one."""
    plain = (note.removeprefix(f"{name}: ") for note in notes)
    return tuple(
        note.replace(name, "This file", 1) if note.startswith(f"{name} ") else note for note in plain
    )


def is_of(came_as: str, name: str) -> bool:
    """Whether a file that came under a name may be the document that is told apart by another."""
    return name in islice(numbered_names(came_as), MOST_DOCUMENTS)


def storable(text: str) -> str:
    """Leave out what no database takes: half characters, and the one that ends a text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def storable_cell(cell: Cell) -> Cell:
    """Write as a text what JSON has no number for."""
    if isinstance(cell, str):
        return storable(cell)
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell


def _parts(page: Page) -> Iterator[tuple[str, str]]:
    label, text = storable(page.label), storable(page.text)
    if len(text) <= LONG_PAGE:
        yield label, text
        return
    pieces = list(_pieces(text))
    for number, piece in enumerate(pieces, start=1):
        part = f"part {number} of {len(pieces)}"
        yield f"{label}, {part}" if label else part, piece


def _pieces(text: str) -> Iterator[str]:
    """Pieces of about the same size, which end with a line, or a word, where one ends late enough."""
    size = math.ceil(len(text) / round(len(text) / PART))
    begin = 0
    while len(text) - begin > size:
        latest = begin + size
        ends = (text.rfind(mark, begin + size // 2, latest) for mark in ("\n", " "))
        end = next((at + 1 for at in ends if at >= 0), latest)
        yield text[begin:end]
        begin = end
    yield text[begin:]
