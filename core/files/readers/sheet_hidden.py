"""Rows and columns that people do not see because they are hidden, often by a filter. They still count."""

import re
from dataclasses import dataclass
from itertools import islice

from core.files.readers.tabular import letters

_YES = rb"\bhidden\s*=\s*[\"'](?:1|true|on)[\"']"
# What is longer than this is no tag that a program wrote, and no search goes on in it.
_ROW = re.compile(rb"<(?:\w{1,20}:)?row\b(?=[^<>]{0,500}" + _YES + rb")[^<>]{0,1000}[^/<>]>")
_NEXT_TAG = b"row"
_VALUE = re.compile(rb"<(?:\w{1,20}:)?(?:v|is)>")
_COLUMNS = re.compile(rb"<(?:\w{1,20}:)?col\b(?=[^<>]{0,500}" + _YES + rb")([^<>]{0,1000})>")
_FROM_TO = re.compile(rb"\b(min|max)\s*=\s*[\"'](\d{1,6})[\"']")
_MAX_COLUMNS = 16_384
_SEARCHED, _MOST_COLUMNS = 10_000, 500
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Hidden:
    """How many rows with values are hidden, and which columns, counted from 0."""

    rows: int = 0
    columns: frozenset[int] = frozenset()


def hidden_in(xml: bytes) -> Hidden:
    """What is hidden by a sheet's XML."""
    if b"hidden" not in xml:
        return Hidden()
    rows = sum(1 for row in _ROW.finditer(xml) if _has_value(xml, row.end()))
    columns: set[int] = set()
    for found in islice(_COLUMNS.finditer(xml), _MOST_COLUMNS):
        places = {name: int(place) for name, place in _FROM_TO.findall(found[1])}
        columns.update(range(places.get(b"min", 1) - 1, min(places.get(b"max", 0), _MAX_COLUMNS)))
    return Hidden(rows, frozenset(columns))


def told(hidden: Hidden, label: str, first: int, width: int) -> str:
    """A sentence on it, empty where all is seen; of columns only those of the table count."""
    named = [letters(place) for place in sorted(hidden.columns) if first <= place < first + width]
    things = []
    if hidden.rows:
        things.append("1 row" if hidden.rows == 1 else f"{hidden.rows:,} rows")
    if named:
        more = f" and {len(named) - _MOST_NAMED:,} more" if len(named) > _MOST_NAMED else ""
        things.append(f"column{'' if len(named) == 1 else 's'} {', '.join(named[:_MOST_NAMED])}{more}")
    if not things:
        return ""
    is_one = hidden.rows + len(named) == 1
    verbs = "is hidden; it was" if is_one else "are hidden; they were"
    return f"In the {label} {' and '.join(things)} {verbs} read and counted like the others."


def _has_value(xml: bytes, start: int) -> bool:
    """Whether the row has one near its beginning."""
    end = xml.find(_NEXT_TAG, start, start + _SEARCHED)
    return bool(_VALUE.search(xml, start, end if end >= 0 else start + _SEARCHED))
