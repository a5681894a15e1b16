"""What a spreadsheet library does not tell of an XLSB file (MS-XLSB): the reach of its cells, its errors."""

from collections.abc import Iterator

from core.files.containers import number_at
from core.files.readers.office import Package
from core.files.readers.sheet_parts import Errors, SheetPart
from core.files.readers.sheet_records import ERRORS

_ROW, _SHEET = 0, 156
_ERROR, _FORMULA_ERROR = 3, 11
# MS-XLSB 2.5.9: what has a value; a cell of kind 1 has a format only.
_FIRST_VALUE, _LAST_VALUE = 2, 11
_ERROR_AT = 8
_MORE = 0x80


def binary_sheet_parts(package: Package) -> dict[str, SheetPart]:
    """What the records tell of each sheet, by its name; nothing of a file in XML. Raises ``FileError``."""
    book = package.main()
    if book not in package or not book.endswith(".bin"):
        return {}
    relations = package.relations(book)
    found = {}
    for kind, record in _records(package.read(book)):
        if kind == _SHEET:
            key, at = _text(record, 8)
            name, _ = _text(record, at)
            relation = relations.get(key)
            if relation and relation.target in package:
                found[name] = _examine(package.read(relation.target))
    return found


def _examine(content: bytes) -> SheetPart:
    row = rows = columns = 0
    errors = Errors()
    for kind, record in _records(content):
        if kind == _ROW:
            row = number_at(record, 0)
        elif _FIRST_VALUE <= kind <= _LAST_VALUE:
            column = number_at(record, 0)
            rows, columns = row + 1, max(columns, column + 1)
            if kind in {_ERROR, _FORMULA_ERROR} and len(record) > _ERROR_AT:
                errors.note(row, column, ERRORS.get(record[_ERROR_AT], ""))
    return SheetPart(rows, columns, errors.found)


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each (MS-XLSB 2.1.4): both are told in bytes of seven bits."""
    at, end = 0, len(content)
    while at + 1 < end:
        kind = content[at]
        at += 1
        if kind & _MORE:
            kind = kind & ~_MORE | (content[at] & ~_MORE) << 7
            at += 1
        size = shift = 0
        while at < end and shift <= 21:  # noqa: PLR2004 - a size has four such bytes at the most
            byte = content[at]
            at += 1
            size |= (byte & ~_MORE) << shift
            shift += 7
            if not byte & _MORE:
                break
        yield kind, content[at : at + size]
        at += size


def _text(record: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it, and the place behind it (MS-XLSB 2.5.169)."""
    end = at + 4 + 2 * min(number_at(record, at), len(record))
    return record[at + 4 : end].decode("utf-16-le", "replace"), end
