"""What a spreadsheet library does not tell of an XLSX file: how far its cells reach, and its errors.

python-calamine lays every sheet out as a full rectangle, so two cells in opposite corners would take
gigabytes; and it gives ``#DIV/0!`` as an empty cell. Both are found in the sheet's XML beforehand. What
is hidden from these searches by odd writing costs the reader's process its memory, and no more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from core.files.readers.sheet_hidden import Hidden, hidden_in

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br\s*=\s*[\"'](\d{1,10})[\"']")
# A cell whose tag ends with a slash holds a format only, and no library counts it.
_CELL = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,7})(\d{1,10})[\"'](?:[^<>]*[^/<>])?>")
_WIDE = re.compile(rb"\br\s*=\s*[\"'][A-Za-z]{3,7}\d")
_WIDER_THAN_Z = re.compile(rb"\br\s*=\s*[\"'][A-Za-z]{2}\d")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt\s*=\s*[\"']e[\"'])[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,7})(\d{1,10})[\"'][^>]*>"
    rb"(?:(?!</(?:\w+:)?c>).){0,4000}?<(?:\w+:)?v>([^<]{1,20})",
    re.DOTALL,
)
# A formula whose result is an empty text is saved as such a text, with nothing in it.
_UNCOUNTED = re.compile(
    rb"<(?:\w+:)?c\b(?![^<>]*\bt\s*=\s*[\"']str)[^<>]*>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*(?:/>|></(?:\w+:)?v>))?\s*</(?:\w+:)?c>"
)
_NOTHING = Hidden()
_PIECE = 1 << 20
_OVERLAP = 256
_MAX_ERRORS = 10_000
_TWO_LETTERS, _SEVEN_LETTERS = 26 + 26**2, 27**7


@dataclass(slots=True)
class Errors:
    """The first 10,000 errors of a sheet: ``found`` by row and column, both from 0."""

    found: dict[int, dict[int, str]] = field(default_factory=dict)
    _count: int = 0

    def note(self, row: int, column: int, error: str) -> None:
        """Take an error, unless there are so many."""
        if self._count < _MAX_ERRORS:
            self.found.setdefault(row, {})[column] = error
            self._count += 1


@dataclass(frozen=True, slots=True)
class SheetPart:
    """How far cells with values reach; ``errors`` by row and column, both from 0.

    ``uncounted`` is how many formulas were saved without their results; ``hidden`` is what people do not see.
    """

    rows: int
    columns: int
    errors: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    uncounted: int = 0
    hidden: Hidden = _NOTHING

    def errors_in(self, row: int) -> Mapping[int, str]:
        """The errors of a row by column."""
        return self.errors.get(row, {})


def examine(xml: bytes, most_cells: int) -> SheetPart:
    """What a sheet's XML tells. Columns are counted one by one only where a bound is not enough."""
    rows = max(map(int, _ROW.findall(xml)), default=0)
    columns = _SEVEN_LETTERS if _WIDE.search(xml) else _TWO_LETTERS if _WIDER_THAN_Z.search(xml) else 26
    if rows * columns > most_cells or not rows:
        rows, columns = _reach(xml)
    errors = Errors()
    if b'"e"' in xml or b"'e'" in xml:
        for found in islice(_ERROR.finditer(xml), _MAX_ERRORS):
            errors.note(int(found[2]) - 1, column_number(found[1]), found[3].decode("ascii", "replace"))
    uncounted = sum(1 for _ in _UNCOUNTED.finditer(xml))
    return SheetPart(rows, columns, errors.found, uncounted, hidden_in(xml))


def column_number(letters: bytes) -> int:
    """``b"A"`` is 0."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number - 1


def _reach(xml: bytes) -> tuple[int, int]:
    """The last row and the last column with a value, counted from 1."""
    rows = 0
    columns: set[bytes] = set()
    for start in range(0, len(xml), _PIECE):
        found = _CELL.findall(xml, max(0, start - _OVERLAP), start + _PIECE)
        if found:
            rows = max(rows, *(int(row) for _, row in found))
            columns.update(letters for letters, _ in found)
    return rows, max(map(column_number, columns), default=-1) + 1
