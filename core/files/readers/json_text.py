"""JSON as text that can be read, and as a table where it is rows of records."""

import json
import re
from collections.abc import Sequence

from core.files.document import Cell, Column, ColumnKind, Document, Page, Table
from core.files.limits import FileLimits
from core.files.readers import columns, plain_pages, tabular
from core.files.readers.preview import preview

_LONG_LINE = 2_000
_MAX_FIELDS = 200
_DEEPEST_INDENT = 20
_FEWEST = 2
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)


def read_text(text: str, name: str, limits: FileLimits) -> Document | None:
    """The document that the text is, if it is JSON or lines of JSON; one endless line is laid out."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    value = _parsed(text)
    records = value if isinstance(value, list) else None
    if value is None:
        records = _lines(text)
        if records is None:
            return None
    laid_out = text
    if value is not None and max(map(len, text.split("\n"))) > _LONG_LINE:
        laid_out = indented(text)
    table = _table(records, name, limits) if records else None
    document = plain_pages.as_document("JSON", laid_out, name, limits)
    if table is None:
        return document
    pages = (Page("table", preview(table, limits)), *document.pages)
    return Document("JSON", pages[: limits.max_pages], (table,), notes=document.notes)


def indented(text: str) -> str:
    """JSON on lines of its own, every number and name as it is written."""
    pieces: list[str] = []
    depth = 0
    before = ""
    for found in _TOKEN.finditer(text):
        sign = found[0]
        if sign in "}]":
            depth = max(0, depth - 1)
            pieces.append(sign if before in "{[" and before else _newline(depth) + sign)
        elif before and before in "{[,":
            pieces.append(_newline(depth) + sign)
        else:
            pieces.append(" " + sign if before == ":" else sign)
        depth += sign in "{["
        before = sign
    return "".join(pieces)


def _newline(depth: int) -> str:
    return "\n" + "  " * min(depth, _DEEPEST_INDENT)


def _parsed(text: str) -> object | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _lines(text: str) -> list[object] | None:
    """One value a line, as in JSON Lines."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < _FEWEST or not all(line.lstrip().startswith("{") for line in lines):
        return None
    values = [_parsed(line) for line in lines]
    return None if None in values else values


def _table(records: Sequence[object], name: str, limits: FileLimits) -> Table | None:
    """Records with the same fields as rows, or nothing when they are not alike."""
    if len(records) < _FEWEST:
        return None
    fields: dict[str, None] = {}
    filled = 0
    for record in records:
        if not isinstance(record, dict):
            return None
        filled += len(record)
        fields.update(dict.fromkeys(record))
        if len(fields) > _MAX_FIELDS:
            return None
    if not fields or filled * 2 < len(fields) * len(records):
        return None
    rows = min(len(records), limits.max_rows, limits.max_cells // len(fields))
    kept = [record for record in records[:rows] if isinstance(record, dict)]
    typed = [_column([_cell(record.get(field)) for record in kept]) for field in fields]
    names = tabular.column_names(list(fields), len(fields))
    heads = tuple(Column(name, kind) for name, (kind, _) in zip(names, typed, strict=True))
    cells = tuple(zip(*(column for _, column in typed), strict=True))
    return Table(name.rpartition(".")[0] or name, heads, cells, len(records))


def _column(cells: list[Cell]) -> tuple[ColumnKind, list[Cell]]:
    """Dates are texts in JSON; a number in quotes is one on purpose."""
    kind, typed = columns.typed(cells)
    filled = [cell for cell in typed if cell is not None]
    if kind is ColumnKind.TEXT and all(isinstance(cell, str) and columns.is_date(cell) for cell in filled):
        return ColumnKind.DATE, typed
    return kind, typed


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)
