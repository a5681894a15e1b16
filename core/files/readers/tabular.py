"""Rows of cells as a table: where it begins, what its columns are called, what they hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.files.document import Column, Table
from core.files.numerals import Style
from core.files.readers import columns
from core.files.readers.columns import RawCell
from core.files.text import clean

MAX_COLUMNS = 1_000

_SEARCHED = 10
_LOOKED_AT = 50
_MOST_OF_A_ROW = 0.6
_UNIQUE, _DOUBLED = 0.9, 0.4
_FEW_TEXTS, _SOME = 0.2, 2
_MAX_NAME = 60
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Found:
    """A table, and the texts that stand above its header, such as a title."""

    table: Table
    above: tuple[str, ...]


def as_table(
    name: str,
    rows: Sequence[Sequence[RawCell]],
    total: int,
    *,
    are_texts: bool,
    first_column: int = 0,
    style: Style | None = None,
) -> Found:
    """The table that the rows are; ``total`` is how many there are with those that were not read.

    ``are_texts`` says that types are to be found in the texts, in which numbers are written in that
    ``style`` unless they show another one. ``first_column`` counts the empty columns before the first,
    so that a column without a name has the letter that people see.
    """
    width = min(max(map(len, rows), default=0), MAX_COLUMNS)
    header = header_row(rows)
    body = rows[header + 1 :] if header is not None else rows
    above = tuple(_words(row) for row in rows[: header or 0])
    names = column_names(rows[header] if header is not None else (), width, first_column)
    raw = [[row[place] if place < len(row) else None for row in body] for place in range(width)]
    if are_texts:
        texts = [[str(cell or "") for cell in column] for column in raw]
        usual = columns.usual_style(column[: _LOOKED_AT * 10] for column in texts) or style
        typed = [columns.read(column, usual) for column in texts]
    else:
        typed = [columns.typed(column) for column in raw]
    kinds = tuple(Column(column, kind) for column, (kind, _) in zip(names, typed, strict=True))
    cells = tuple(zip(*(cells for _, cells in typed), strict=True))
    table = Table(name, kinds, cells, max(total - len(rows) + len(body), len(body)))
    return Found(table, tuple(filter(None, above)))


def header_row(rows: Sequence[Sequence[RawCell]]) -> int | None:
    """Which of the first rows names the columns, if one does: the first that is well filled decides."""
    width = max((_filled_width(row) for row in rows[:_LOOKED_AT]), default=0)
    for index, row in enumerate(rows[:_SEARCHED]):
        filled = [cell for cell in row if not _is_empty(cell)]
        if filled and len(filled) >= _MOST_OF_A_ROW * width:
            return index if _names_columns(row, rows[index + 1 : index + 1 + _LOOKED_AT]) else None
    return None


def column_names(header: Sequence[RawCell], width: int, first_column: int = 0) -> list[str]:
    """A name for each column, made unique; those without one are ``"column C"``."""
    taken: set[str] = set()
    names = []
    for place in range(width):
        cell = header[place] if place < len(header) else None
        name = _text(cell)[:_MAX_NAME]
        name = name or f"column {letters(first_column + place)}"
        unique, number = name, 2
        while unique.casefold() in taken:
            unique, number = f"{name} {number}", number + 1
        taken.add(unique.casefold())
        names.append(unique)
    return names


def letters(place: int) -> str:
    """What a spreadsheet calls a column: 0 is ``"A"``, 26 is ``"AA"``."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _names_columns(row: Sequence[RawCell], below: Sequence[Sequence[RawCell]]) -> bool:
    filled = [(place, _text(cell)) for place, cell in enumerate(row) if not _is_empty(cell)]
    if not below or not any(map(columns.is_plain_text, row)) or not all(map(_is_name, row)):
        return False
    if any(_stands_below(place, name, below) for place, name in filled):
        return False
    different = len({name.casefold() for _, name in filled})
    if different >= _UNIQUE * len(filled):
        return True
    # Tables side by side have the same names; figures below tell these from texts that are data.
    figures = sum(_are_figures(place, below) for place, _ in filled)
    return different >= _DOUBLED * len(filled) and figures >= _SOME


def _are_figures(place: int, below: Sequence[Sequence[RawCell]]) -> bool:
    """Whether it is mostly numbers and dates that stand there."""
    cells = [row[place] for row in below if place < len(row) and not _is_empty(row[place])]
    return sum(map(columns.is_plain_text, cells)) < _FEW_TEXTS * len(cells)


def _is_name(cell: RawCell) -> bool:
    """Words, or a year, as they stand above figures."""
    return _is_empty(cell) or columns.is_plain_text(cell) or bool(_YEAR.fullmatch(_text(cell)))


def _stands_below(place: int, name: str, below: Sequence[Sequence[RawCell]]) -> bool:
    return any(place < len(row) and _text(row[place]) == name for row in below)


def _filled_width(row: Sequence[RawCell]) -> int:
    return sum(1 for cell in row if not _is_empty(cell))


def _is_empty(cell: RawCell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _words(row: Sequence[RawCell]) -> str:
    return " ".join(filter(None, map(_text, row)))


def _text(cell: RawCell) -> str:
    """The cell on one line; spreadsheets keep the year 2026 as 2026.0."""
    if cell is None:
        return ""
    whole = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    return " ".join(clean(str(whole)).split())
