"""What readers make of a document. Plain values: they come out of another process."""

from dataclasses import dataclass
from enum import StrEnum

Cell = str | int | float | bool | None
"""What stands in a cell; dates and times are ISO 8601 texts."""


class ColumnKind(StrEnum):
    """What the cells of a column are, empty ones aside."""

    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    YES_NO = "yes or no"
    TEXT = "text"
    MIXED = "mixed"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, a slide, a sheet, a chapter, a member of an archive: what people would point at.

    ``label`` names it as they would: ``"page 3"``, ``"slide 2"``, ``"sheet Costs"``. ``text`` is Markdown
    where there is structure.
    """

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, under the name that it has there, made unique."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, as many as there are columns. ``total`` counts all rows of the file, read or not."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A page of which there is no text, drawn: encoded bytes (JPEG or PNG) and their size in pixels."""

    label: str
    mime: str
    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was read. ``kind`` is the format's usual name.

    ``notes`` are whole sentences on what is not here: for people, and for the model.
    """

    kind: str
    pages: tuple[Page, ...]
    tables: tuple[Table, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    notes: tuple[str, ...] = ()
