"""What a spreadsheet library does not tell of an old Excel file (MS-XLS): its errors, its reach, its lock.

python-calamine gives ``#REF!`` as an empty cell, lays every sheet out as a full rectangle, and takes a
file that opens with a password only for one of no known format.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.files.compound import compound_stream
from core.files.containers import number_at
from core.files.readers.sheet_hidden import Hidden
from core.files.readers.sheet_parts import Errors, SheetPart

_BEGIN, _END, _SHEET, _LOCK = 0x0809, 0x000A, 0x0085, 0x002F
_ROW, _COLUMNS, _HIDES_ROW, _HIDES_COLUMNS, _LAST_COLUMN = 0x0208, 0x007D, 0x20, 0x01, 255
_FORMULA, _YES_NO_OR_ERROR = 0x0006, 0x0205
_NUMBER, _TEXT, _RICH_TEXT, _SHARED_TEXT, _SHORT_NUMBER, _SHORT_NUMBERS = (
    0x203,
    0x204,
    0xD6,
    0xFD,
    0x27E,
    0xBD,
)
_VALUES = frozenset(
    (_FORMULA, _YES_NO_OR_ERROR, _NUMBER, _TEXT, _RICH_TEXT, _SHARED_TEXT, _SHORT_NUMBER, _SHORT_NUMBERS)
)
_NEWEST = 0x0600
_IS_WIDE = 0x01
_IS_ERROR = 2
_SHORT_BYTES = 6
_SHEET_BYTES = 8
_HEAD = struct.Struct("<HH")
# MS-XLS 2.5.10; XLSB has the same.
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
"""Errors by their numbers."""


def workbook_stream(content: bytes) -> bytes:
    """The records of an old Excel file; of one for two versions, those of the newer."""
    return compound_stream(content, "Workbook") or compound_stream(content, "Book")


def is_locked(stream: bytes) -> bool:
    """Whether the records are encrypted: one that says so stands before the first sheet's name."""
    return any(kind == _LOCK for kind, _ in _globals(stream))


def old_sheet_parts(stream: bytes) -> dict[str, SheetPart]:
    """What the records tell of each sheet, by its name."""
    return {name: _examine(records) for name, records in sheet_records(stream)}


def sheet_records(stream: bytes) -> Iterator[tuple[str, Iterator[tuple[int, bytes]]]]:
    """Each sheet's name, and its records: kinds and contents."""
    version = 0
    for kind, record in _globals(stream):
        if kind == _BEGIN and not version:
            version = short_at(record, 0)
        elif kind == _SHEET and len(record) >= _SHEET_BYTES:
            yield _name(record, version), _substream(stream, number_at(record, 0, 4))


def _name(record: bytes, version: int) -> str:
    """MS-XLS 2.4.28: letters of two bytes, or of one; before Excel 97 of one always."""
    if version < _NEWEST:
        return record[7 : 7 + record[6]].decode("latin-1")
    if record[7] & _IS_WIDE:
        return record[8 : 8 + 2 * record[6]].decode("utf-16-le", "replace")
    return record[8 : 8 + record[6]].decode("latin-1")


def _examine(records: Iterator[tuple[int, bytes]]) -> SheetPart:
    rows = columns = 0
    errors = Errors()
    hidden = _HiddenRecords()
    for kind, record in records:
        if kind not in _VALUES:
            hidden.note(kind, record)
            continue
        row, column = _HEAD.unpack(record[:4].ljust(4, b"\x00"))
        last = column if kind != _SHORT_NUMBERS else column + (len(record) - _SHORT_BYTES) // _SHORT_BYTES - 1
        rows, columns = max(rows, row + 1), max(columns, last + 1)
        if error := _error(kind, record):
            errors.note(row, column, error)
        hidden.values.add(row)
    return SheetPart(rows, columns, errors.found, hidden=hidden.found())


@dataclass(slots=True)
class _HiddenRecords:
    """Rows and columns that their records call hidden (MS-XLS 2.4.53, 2.4.221), and rows with values."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    values: set[int] = field(default_factory=set)

    def note(self, kind: int, record: bytes) -> None:
        if kind == _ROW and short_at(record, 12) & _HIDES_ROW:
            self.rows.add(short_at(record, 0))
        elif kind == _COLUMNS and short_at(record, 8) & _HIDES_COLUMNS:
            self.columns.update(range(short_at(record, 0), min(short_at(record, 2), _LAST_COLUMN) + 1))

    def found(self) -> Hidden:
        return Hidden(len(self.rows & self.values), frozenset(self.columns))


def _error(kind: int, record: bytes) -> str:
    """The error in a cell, if it is one: a value, or the result of a formula (MS-XLS 2.4.24, 2.5.133)."""
    if kind == _YES_NO_OR_ERROR and record[7:8] == b"\x01":
        return ERRORS.get(record[6], "")
    if kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == _IS_ERROR:
        return ERRORS.get(record[8], "")
    return ""


def _globals(stream: bytes) -> Iterator[tuple[int, bytes]]:
    return _substream(stream, 0)


def _substream(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place to the end of what begins there, without those of charts inside."""
    depth = 0
    while at + _HEAD.size <= len(stream):
        kind, size = _HEAD.unpack_from(stream, at)
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
        if depth < 1:
            return
        at += _HEAD.size
        if depth == 1:
            yield kind, stream[at : at + size]
        at += size


def short_at(record: bytes, at: int) -> int:
    """One of the numbers that most fields are: of two bytes."""
    return number_at(record, at, 2)
