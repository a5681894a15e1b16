"""What goes between the main process and a worker, as it is written down.

A request is the length of its head, the head in JSON, and the file's bytes. A response is lines of JSON; what
``"bytes"`` of a line counts follows it as it is. The last line says that it is the end.
"""

import json
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO, Final

from core.errors import FileError
from core.files.document import Cell, Document, Table
from core.files.limits import FileLimits
from core.files.picture import Picture

_LENGTH = struct.Struct(">I")
_SIXTY_FOUR_BITS = 1 << 63

MOST_SHORT: Final = 1_000
"""Characters of a name or a sentence."""

MOST_LINE: Final = 1 << 20
"""Bytes of a line, its end included."""

Result = Document | Picture | FileError


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be read. ``name`` is one safe line."""

    name: str
    content: bytes
    limits: FileLimits

    def written(self) -> Iterator[bytes]:
        """As a worker reads it."""
        head = {"name": self.name, "bytes": len(self.content), "limits": asdict(self.limits)}
        line = json.dumps(head).encode()
        yield _LENGTH.pack(len(line)) + line
        yield self.content


def request_from(stream: BinaryIO) -> Request | None:
    """The request, or nothing when the stream ends before there is one."""
    length = stream.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        return None
    head = json.loads(stream.read(_LENGTH.unpack(length)[0]))
    content = stream.read(head["bytes"])
    if len(content) < head["bytes"]:
        return None
    return Request(head["name"], content, FileLimits(**head["limits"]))


def written(result: Result) -> Iterator[bytes]:
    """A response, piece by piece."""
    if isinstance(result, FileError):
        yield _line({"is": "refused", "told": result.told[:MOST_SHORT]})
    elif isinstance(result, Picture):
        yield from _picture(result)
    else:
        yield from _document(result)
    yield _line({"is": "end"})


def _picture(picture: Picture) -> Iterator[bytes]:
    head = {"is": "picture", "mime": picture.mime, "width": picture.width, "height": picture.height}
    yield _line({**head, "bytes": len(picture.content)})
    yield picture.content
    yield from _notes(picture.notes)


def _document(document: Document) -> Iterator[bytes]:
    yield _line({"is": "document", "kind": document.kind[:MOST_SHORT]})
    for page in document.pages:
        text = page.text.encode("utf-8", "replace")
        yield _line({"is": "page", "label": page.label[:MOST_SHORT], "bytes": len(text)})
        yield text
    for table in document.tables:
        yield from _table(table)
    for drawing in document.drawings:
        size = {"width": drawing.width, "height": drawing.height, "bytes": len(drawing.content)}
        yield _line({"is": "drawing", "label": drawing.label[:MOST_SHORT], "mime": drawing.mime, **size})
        yield drawing.content
    yield from _notes(document.notes)


def _table(table: Table) -> Iterator[bytes]:
    yield _line({"is": "table", "name": table.name[:MOST_SHORT], "total": table.total})
    for column in table.columns:
        yield _line({"is": "column", "name": column.name[:MOST_SHORT], "kind": column.kind.value})
    for row in table.rows:
        yield _row(row)


def _row(row: tuple[Cell, ...]) -> bytes:
    cells = [_plain(cell) for cell in row]
    line = _line(cells)
    if len(line) <= MOST_LINE:
        return line
    longest = MOST_LINE // (8 * len(cells))  # a character takes up to six bytes
    return _line([cell[:longest] if isinstance(cell, str) else cell for cell in cells])


def _plain(cell: Cell) -> Cell:
    """A cell that JSON and a database can hold."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    if isinstance(cell, int) and not -_SIXTY_FOUR_BITS <= cell < _SIXTY_FOUR_BITS:
        return str(cell) if cell.bit_length() < MOST_SHORT else "a number too large to show"
    return cell


def _notes(notes: Iterable[str]) -> Iterator[bytes]:
    return (_line({"is": "note", "told": note[:MOST_SHORT]}) for note in notes)


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
