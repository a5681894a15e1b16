"""Files of old Office programs, made by ourselves from MS-CFB and MS-XLS."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _SHORT, _CUTOFF = 512, 64, 4096
_STORAGE, _STREAM, _ROOT = 1, 2, 5

Tree: TypeAlias = Mapping[str, "bytes | Tree"]

ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#N/A": 0x2A}


@dataclass(slots=True)
class _Writing:
    """A compound file on its way: its directory, its sectors behind the directory, its short sectors."""

    entries: list[bytes] = field(default_factory=list)
    sectors: list[bytes] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    short: bytes = b""
    short_chains: list[list[int]] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        """Put something into sectors of its own; the first of them."""
        first = len(self.sectors)
        pieces = [content[at : at + _SECTOR] for at in range(0, len(content), _SECTOR)]
        self.sectors += [piece.ljust(_SECTOR, b"\x00") for piece in pieces]
        self.chains.append(list(range(first, len(self.sectors))))
        return first

    def add_stream(self, content: bytes) -> int:
        """As MS-CFB 2.4 says: what is short shares sectors."""
        if len(content) >= _CUTOFF:
            return self.add(content)
        first = len(self.short) // _SHORT
        self.short += content + bytes(-len(content) % _SHORT)
        self.short_chains.append(list(range(first, len(self.short) // _SHORT)))
        return first

    def add_entries(self, tree: Tree) -> int:
        """The entries of a storage, each the right neighbour of the one before; the first of them."""
        places = list(range(len(self.entries), len(self.entries) + len(tree)))
        self.entries += [b""] * len(tree)
        for place, (name, what) in zip(places, tree.items(), strict=True):
            right = place + 1 if place != places[-1] else _FREE
            if isinstance(what, bytes):
                entry = _entry(name, _STREAM, right, _FREE, self.add_stream(what), len(what))
            else:
                entry = _entry(name, _STORAGE, right, self.add_entries(what), 0, 0)
            self.entries[place] = entry
        return places[0] if places else _FREE


def compound(tree: Tree) -> bytes:
    """A compound file with these streams and, as trees, storages; of at most some 60,000 bytes."""
    writing = _Writing(entries=[b""])
    child = writing.add_entries(tree)
    shared, size = writing.add(writing.short) if writing.short else _END, len(writing.short)
    short_table = writing.add(_table(writing.short_chains)) if writing.short else _END
    writing.entries[0] = _entry("Root Entry", _ROOT, _FREE, child, shared, size)
    directory = writing.add(b"".join(writing.entries))
    table = _table(writing.chains, [_TABLE])
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6)
    places = (0, 0, 1, directory, 0, _CUTOFF, short_table, int(size > 0), _END, 0)
    header += bytes(2) + struct.pack("<11I", 0, *places[1:], len(writing.sectors))
    return header.ljust(_SECTOR, b"\xff") + b"".join(writing.sectors) + table


def xls(
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    stream: str = "Workbook",
    lock: bytes = b"",
    beside: bytes = b"",
    more: Tree | None = None,
) -> bytes:
    """A workbook of Excel 97: texts, numbers, errors by their names, formulas as tuples of their result.

    With ``lock`` its records say that they are encrypted; those of ``beside`` are on each sheet, too.
    """
    return compound({stream: _workbook(sheets, lock, beside), **(more or {})})


def _workbook(sheets: Mapping[str, Sequence[Sequence[object]]], lock: bytes, beside: bytes) -> bytes:
    """The records of the workbook (MS-XLS 2.1.7)."""
    opening = _begin(0x0005) + (_record(0x002F, lock) if lock else b"")
    bodies = [_sheet(rows, beside) for rows in sheets.values()]
    at = len(opening) + sum(4 + 8 + len(name) for name in sheets) + 4
    named = b""
    for name, body in zip(sheets, bodies, strict=True):
        named += _record(0x0085, struct.pack("<IHBB", at, 0, len(name), 0) + name.encode("latin-1"))
        at += len(body)
    return opening + named + _record(0x000A) + b"".join(bodies)


def drawn(kind: int, number: int, *pieces: str) -> bytes:
    """An object on a sheet, with a text in pieces of its own if it has one (MS-XLS 2.4.181, 2.4.329)."""
    common = struct.pack("<HHHHH", 0x15, 0x12, kind, number, 0) + bytes(12)
    thing = _record(0x005D, common + bytes(4))
    if not pieces:
        return thing
    size = sum(map(len, pieces))
    parts = (_record(0x003C, _letters(piece)) for piece in pieces)
    return thing + _record(0x01B6, struct.pack("<HHIHHHI", 0, 0, 0, 0, size, 16, 0)) + b"".join(parts)


def comment(row: int, column: int, number: int, author: str) -> bytes:
    """The comment of a cell, whose text is that of the object of this number (MS-XLS 2.4.179)."""
    return _record(0x001C, struct.pack("<4HH", row, column, 0, number, len(author)) + _letters(author))


def hidden_row(row: int) -> bytes:
    """What says that a row is hidden (MS-XLS 2.4.221)."""
    return _record(0x0208, struct.pack("<HHHHIHH", row, 0, 9, 255, 0, 0x0120, 0))


def hidden_columns(first: int, last: int) -> bytes:
    """What says that columns are hidden (MS-XLS 2.4.53)."""
    return _record(0x007D, struct.pack("<6H", first, last, 0, 15, 1, 0))


def _letters(text: str) -> bytes:
    return b"\x00" + text.encode("latin-1") if text.isascii() else b"\x01" + text.encode("utf-16-le")


def _sheet(rows: Sequence[Sequence[object]], beside: bytes = b"") -> bytes:
    cells = [(row, column, cell) for row, line in enumerate(rows) for column, cell in enumerate(line)]
    width = max(map(len, rows), default=0)
    size = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    return _begin(0x0010) + size + b"".join(_cell(*cell) for cell in cells) + beside + _record(0x000A)


def _cell(row: int, column: int, cell: object) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(cell, tuple):
        result = struct.pack("<BBBBHH", 2, 0, ERRORS[str(cell[0])], 0, 0, 0xFFFF)
        return _record(0x0006, place + result + bytes(6) + struct.pack("<HBH", 3, 0x1E, 1))
    if isinstance(cell, str) and cell in ERRORS:
        return _record(0x0205, place + bytes((ERRORS[cell], 1)))
    if isinstance(cell, str):
        return _record(0x0204, place + struct.pack("<HB", len(cell), 0) + cell.encode("latin-1"))
    return _record(0x0203, place + struct.pack("<d", cell)) if isinstance(cell, int | float) else b""


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0))


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\x00\x00"
    named = raw.ljust(64, b"\x00") + struct.pack("<HBB", len(raw), kind, 1)
    return named + struct.pack("<III", _FREE, right, child) + bytes(36) + struct.pack("<IQ", start, size)


def _table(chains: Sequence[Sequence[int]], more: Sequence[int] = ()) -> bytes:
    """What follows each sector (MS-CFB 2.3)."""
    entries = [following for chain in chains for following in (*chain[1:], _END)]
    raw = struct.pack(f"<{len(entries) + len(more)}I", *entries, *more)
    return raw + b"\xff" * (-len(raw) % _SECTOR)
