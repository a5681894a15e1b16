"""A worker's response, checked.

The worker has read a stranger's file and may do by now what the stranger wants. So each type, each length
and each number is checked before anything is made of it, and no response makes more objects than the limits
allow.
"""

import json
import math
from dataclasses import dataclass, field

from core.errors import FileError
from core.files import text
from core.files.document import Cell, Column, ColumnKind, Document, Drawing, Page, Table
from core.files.limits import FileLimits
from core.files.picture import Picture
from core.files.wire import MOST_LINE, MOST_SHORT

_MOST_NOTES = 200
_MOST_TABLES = 2_000
_MOST_COLUMNS = 20_000
_SIXTY_FOUR_BITS = 1 << 63
_SIGNATURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}

_Record = dict[str, object]
_Line = _Record | list[object]


class Malformed(ValueError):
    """What no worker of ours would say."""


def read_response(content: bytes, limits: FileLimits) -> Document | Picture:
    """What a worker made of a file. Takes a while for a large one: call it off the loop.

    Raises the ``FileError`` that it told, or ``Malformed``.
    """
    reading = _Reading(content)
    first = _record(reading.line())
    match first.get("is"):
        case "refused":
            raise FileError(_short(first, "told"))
        case "picture":
            mime, blob, width, height = _drawn(reading, first, limits)
            return Picture(mime, blob, width, height, tuple(_rest(reading, limits).notes))
        case "document":
            found = _rest(reading, limits)
            return Document(
                _short(first, "kind"),
                tuple(found.pages),
                tuple(
                    Table(one.name, tuple(one.columns), tuple(one.rows), one.total) for one in found.tables
                ),
                tuple(found.drawings),
                tuple(found.notes),
            )
    raise Malformed("neither a document nor a picture nor a refusal")


class _Reading:
    """A response from its beginning on."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def line(self) -> _Line:
        """The next line."""
        end = self._content.find(b"\n", self._at, self._at + MOST_LINE)
        if end < 0:
            raise Malformed("a line without an end")
        try:
            value = json.loads(self._content[self._at : end])
        except (ValueError, RecursionError) as error:
            raise Malformed("a line that is not JSON") from error
        if not isinstance(value, dict | list):
            raise Malformed("a line that is no record")
        self._at = end + 1
        return value

    def blob(self, record: _Record, most: int) -> bytes:
        """The bytes that the record announces."""
        size = _number(record, "bytes", most)
        blob = self._content[self._at : self._at + size]
        if len(blob) != size:
            raise Malformed("bytes are missing")
        self._at += size
        return blob


@dataclass(slots=True)
class _Sheet:
    name: str
    total: int
    columns: list[Column] = field(default_factory=list)
    rows: list[tuple[Cell, ...]] = field(default_factory=list)


class _Found:
    """What has been read so far."""

    def __init__(self, reading: _Reading, limits: FileLimits) -> None:
        self.pages: list[Page] = []
        self.tables: list[_Sheet] = []
        self.drawings: list[Drawing] = []
        self.notes: list[str] = []
        self._reading = reading
        self._limits = limits
        self._characters_left = limits.max_document_characters
        self._cells_left = limits.max_cells

    def take(self, record: _Record) -> None:
        """Add what the record says."""
        match record.get("is"):
            case "page":
                _bound(self.pages, self._limits.max_pages)
                self.pages.append(self._page(record))
            case "table":
                _bound(self.tables, _MOST_TABLES)
                self.tables.append(_Sheet(_short(record, "name"), _number(record, "total", _SIXTY_FOUR_BITS)))
            case "column":
                columns = self._sheet().columns
                _bound(columns, _MOST_COLUMNS)
                columns.append(Column(_short(record, "name"), _kind(record)))
            case "drawing":
                _bound(self.drawings, self._limits.max_drawn)
                mime, blob, width, height = _drawn(self._reading, record, self._limits)
                self.drawings.append(Drawing(_short(record, "label"), mime, blob, width, height))
            case "note":
                _bound(self.notes, _MOST_NOTES)
                self.notes.append(_short(record, "told"))
            case _:
                raise Malformed("no such record")

    def take_row(self, cells: list[object]) -> None:
        """Add a row to the last table."""
        sheet = self._sheet()
        self._cells_left -= len(cells)
        if self._cells_left < 0 or len(sheet.rows) >= self._limits.max_rows:
            raise Malformed("too many cells")
        if len(cells) != len(sheet.columns) or not cells:
            raise Malformed("a row that does not fit its table")
        sheet.rows.append(tuple(map(_cell, cells)))

    def _sheet(self) -> _Sheet:
        if not self.tables:
            raise Malformed("there is no table yet")
        return self.tables[-1]

    def _page(self, record: _Record) -> Page:
        label = _short(record, "label")
        try:
            words = self._reading.blob(record, 4 * self._characters_left).decode()
        except UnicodeDecodeError as error:
            raise Malformed("a page that is not UTF-8") from error
        self._characters_left -= len(words)
        if self._characters_left < 0:
            raise Malformed("too much text")
        return Page(label, text.clean(words))


def _rest(reading: _Reading, limits: FileLimits) -> _Found:
    found = _Found(reading, limits)
    while (line := reading.line()) != {"is": "end"}:
        if isinstance(line, list):
            found.take_row(line)
        else:
            found.take(line)
    return found


def _record(line: _Line) -> _Record:
    if isinstance(line, list):
        raise Malformed("a row where a record belongs")
    return line


def _drawn(reading: _Reading, record: _Record, limits: FileLimits) -> tuple[str, bytes, int, int]:
    mime = _short(record, "mime")
    width, height = (_number(record, side, limits.max_side) for side in ("width", "height"))
    blob = reading.blob(record, limits.max_image_bytes)
    if mime not in _SIGNATURES or not blob.startswith(_SIGNATURES[mime]) or not width or not height:
        raise Malformed("no picture that a model gets")
    return mime, blob, width, height


def _short(record: _Record, key: str) -> str:
    """A name or a sentence, on one line."""
    value = record.get(key)
    if not isinstance(value, str) or len(value) > MOST_SHORT:
        raise Malformed(f"{key} is no short text")
    return " ".join(_clean(value).split())


def _number(record: _Record, key: str, most: int) -> int:
    value = record.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Malformed(f"{key} is no such number")
    return value


def _kind(record: _Record) -> ColumnKind:
    try:
        return ColumnKind(_short(record, "kind"))
    except ValueError as error:
        raise Malformed("no such kind of column") from error


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value if value.isprintable() else _clean(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and -_SIXTY_FOUR_BITS <= value < _SIXTY_FOUR_BITS:
        return value
    if value is None:
        return None
    raise Malformed("no such cell")


def _clean(value: str) -> str:
    """Also without halves of characters, which JSON can write and nothing else can."""
    return text.clean(value.encode("utf-8", "replace").decode())


def _bound(found: list[Page] | list[_Sheet] | list[Column] | list[Drawing] | list[str], most: int) -> None:
    if len(found) >= most:
        raise Malformed("too many of a kind")
