"""CSV and its relatives: what separates the cells is found out from the text itself.

The standard library's ``csv.Sniffer`` is not asked: it gives up on some ragged tables and on single
columns, and knows neither a declared separator nor a quote that is never closed.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from core.errors import FileError
from core.files import notes
from core.files.document import Document, Page
from core.files.limits import FileLimits
from core.files.numerals import Style
from core.files.readers import tabular
from core.files.readers.encodings import decoded
from core.files.readers.preview import preview
from core.files.text import clean

DELIMITERS = "\t;|,"
"""In the order in which equals are preferred: a comma is in numbers and sentences, too."""

_SAMPLE_CHARACTERS = 200_000
_SAMPLE_ROWS = 300
_MAX_CELL = 200_000
_STRAY_NUL_SHARE = 0.02
# A cell with so many lines is one whose closing quote is missing.
_MAX_LINES_IN_CELL = 1_000
_BEHIND = "end"
_DECLARED = re.compile(r'"?sep=(.)"?[ \t]*(?:\n|$)', re.IGNORECASE)


def read(content: bytes, name: str, limits: FileLimits) -> Document:
    """The table in ``content``, and one page that shows what is in it. Raises ``FileError``."""
    text = decoded(_without_stray_zeros(content), name)
    if not text.strip():
        raise FileError(notes.blank(name))
    delimiter, text = found_delimiter(text)
    rows, total = _bounded(split(text, delimiter), limits)
    # Who separates cells by semicolons mostly needs the comma for decimals.
    style = Style.EITHER if delimiter == ";" else None
    found = tabular.as_table(_table_name(name), rows, total, are_texts=True, style=style)
    told = []
    if total > len(rows):
        counts = f"{len(found.table.rows):,} of {found.table.total:,}"
        told.append(f"{name}: only the first {counts} rows were read.")
    if max(map(len, rows), default=0) > tabular.MAX_COLUMNS:
        told.append(f"{name}: only the first {tabular.MAX_COLUMNS:,} columns were read.")
    page = Page("table", "\n\n".join((*found.above, preview(found.table, limits))))
    return Document("CSV", (page,), (found.table,), notes=tuple(told))


def found_delimiter(text: str) -> tuple[str, str]:
    """What separates the cells, and the text without a line that only declares it."""
    declared = _DECLARED.match(text)
    if declared:
        return declared[1], text[declared.end() :]
    sample = text[:_SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter)), text


def split(text: str, delimiter: str) -> Iterator[list[str]]:
    """The rows, as they are written: quoted cells with their line breaks, ragged rows as long as they are.

    Where a quote is never closed, quotes are read as any other sign.
    """
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        has_quotes = '"' in text and _are_quotes_sound(text, delimiter)
        if has_quotes:
            rows = csv.reader(_lines(text), delimiter=delimiter)
        else:
            short = (line[:_MAX_CELL] for line in _lines(text))
            rows = csv.reader(short, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        yield from filter(None, rows)
    finally:
        csv.field_size_limit(limit)


def _bounded(rows: Iterator[list[str]], limits: FileLimits) -> tuple[list[list[str]], int]:
    """The rows that are read, without empty ones, and how many there are in all."""
    kept: list[list[str]] = []
    cells = total = 0
    for row in rows:
        if not any(map(str.strip, row)):
            continue
        total += 1
        cells += len(row)
        if len(kept) < limits.max_rows and cells <= limits.max_cells:
            kept.append([clean(cell) if not cell.isprintable() else cell for cell in row])
    return kept, total


def _lines(text: str) -> Iterator[str]:
    """Lines by line feeds only: ``str.splitlines`` would split at signs that are part of a cell."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _are_quotes_sound(text: str, delimiter: str) -> bool:
    """Whether every quoted cell ends, and within a bounded number of lines."""
    # One more line behind the end: where a quote is open, it becomes part of the last cell.
    reader = csv.reader(chain(_lines(text.rstrip("\n") + "\n"), [_BEHIND]), delimiter=delimiter)
    before = 0
    last: list[str] = []
    try:
        for row in reader:
            last = row
            if reader.line_num - before > _MAX_LINES_IN_CELL:
                return False
            before = reader.line_num
    except csv.Error:
        return False
    return last == [_BEHIND]


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """How well the delimiter explains the text: how many rows are equally wide, and fewer others left."""
    try:
        rows = [row for row in islice(split(text, delimiter), _SAMPLE_ROWS) if row]
    except csv.Error:
        return (0.0, 0)
    widths = Counter(map(len, rows))
    width, count = max(widths.items(), key=lambda found: (found[1], found[0]), default=(0, 0))
    if width < 2:  # noqa: PLR2004 - one column needs nothing to separate it
        return (0.0, 0)
    others = sum(_count_others(cell, delimiter) for row in rows for cell in row)
    return (count / len(rows), -others)


def _count_others(cell: str, delimiter: str) -> int:
    return sum(map(cell.count, DELIMITERS.replace(delimiter, "")))


def _without_stray_zeros(content: bytes) -> bytes:
    """Some exports fill cells up with zero bytes; in UTF-16 they are half of the text."""
    zeros = content.count(b"\x00")
    return content.replace(b"\x00", b"") if 0 < zeros < _STRAY_NUL_SHARE * len(content) else content


def _table_name(name: str) -> str:
    return name.rpartition(".")[0] or name
