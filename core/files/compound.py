"""Compound files (MS-CFB), in which old Office programs keep everything: what stands at the top of one.

Names elsewhere in the bytes, and in storages, where documents keep the files inside of them, say nothing.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from core.files.containers import number_at

_SECTOR_SHIFT_AT, _DIRECTORY_AT, _CUTOFF_AT, _SHORT_TABLE_AT, _MORE_TABLES_AT = 30, 48, 56, 60, 68
_LARGE_SECTORS = 12
_FIRST_TABLES = range(76, 512, 4)
_LAST_SECTOR = 0xFFFFFFFA
_SHORT_SECTOR = 64
_ENTRY_BYTES = 128
_NAME_SIZE_AT, _KIND_AT, _LEFT_AT, _RIGHT_AT, _CHILD_AT, _START_AT, _SIZE_AT = 64, 66, 68, 72, 76, 116, 120
_STREAM = 2
_MAX_HOPS = 1_000


def compound_names(content: bytes) -> frozenset[str]:
    """The names at the top of the directory, in lower case: for old programs case does not count."""
    return frozenset(_at_the_top(content))


def compound_stream(content: bytes, name: str) -> bytes:
    """All of the stream of that name at the top, as far as it is there; nothing if there is none."""
    entry = _at_the_top(content).get(name.lower(), b"")
    if not entry or entry[_KIND_AT] != _STREAM:
        return b""
    size, start = number_at(entry, _SIZE_AT), number_at(entry, _START_AT)
    if size >= number_at(content, _CUTOFF_AT):
        return _joined(content, start)[:size]
    # Short streams share the one that the root has, in pieces of 64 bytes (MS-CFB 2.4).
    shared = _joined(content, number_at(_directory(content), _START_AT))
    table = _joined(content, number_at(content, _SHORT_TABLE_AT))
    pieces = islice(_following(start, table), size // _SHORT_SECTOR + 1)
    return b"".join(shared[piece * _SHORT_SECTOR :][:_SHORT_SECTOR] for piece in pieces)[:size]


def _at_the_top(content: bytes) -> Mapping[str, bytes]:
    """The root's entries by name: a tree, of which each entry names its two neighbours (MS-CFB 2.6.4)."""
    directory = _directory(content)
    found: dict[str, bytes] = {}
    seen = {0}
    ahead = [number_at(directory, _CHILD_AT)]
    while ahead:
        place = ahead.pop()
        entry = directory[place * _ENTRY_BYTES : (place + 1) * _ENTRY_BYTES]
        if place in seen or len(entry) < _ENTRY_BYTES:
            continue
        seen.add(place)
        length = min(number_at(entry, _NAME_SIZE_AT, 2), _NAME_SIZE_AT)
        found[entry[: max(0, length - 2)].decode("utf-16-le", "replace").lower()] = entry
        ahead += [number_at(entry, _LEFT_AT), number_at(entry, _RIGHT_AT)]
    return found


def _directory(content: bytes) -> bytes:
    return _joined(content, number_at(content, _DIRECTORY_AT))


def _joined(content: bytes, sector: int) -> bytes:
    """A sector and all that follow it; a chain that goes round ends where the file is used up."""
    most = len(content) // _sector_size(content)
    return b"".join(_sector(content, one) for one in islice(_chain(content, sector), most))


def _chain(content: bytes, sector: int) -> Iterator[int]:
    size = _sector_size(content)
    table, entries = -1, b""
    while sector < _LAST_SECTOR and (sector + 1) * size < len(content):
        yield sector
        wanted, place = divmod(sector, size // 4)
        if wanted != table:
            table, entries = wanted, _sector(content, _table_sector(content, wanted))
        sector = _next(entries, place)


def _following(sector: int, table: bytes) -> Iterator[int]:
    while sector < _LAST_SECTOR:
        yield sector
        sector = _next(table, sector)


def _next(table: bytes, place: int) -> int:
    return number_at(table, 4 * place) if 4 * place + 4 <= len(table) else _LAST_SECTOR


def _table_sector(content: bytes, table: int) -> int:
    """Where a part of the allocation table is: the header tells of 109, behind them is a list of others."""
    if table < len(_FIRST_TABLES):
        return number_at(content, _FIRST_TABLES[table])
    each = _sector_size(content) // 4 - 1
    hops, place = divmod(table - len(_FIRST_TABLES), each)
    more = number_at(content, _MORE_TABLES_AT)
    for _ in range(min(hops, _MAX_HOPS)):
        more = number_at(_sector(content, more), 4 * each)
    part = _sector(content, more)
    return number_at(part, 4 * place) if part else _LAST_SECTOR


def _sector(content: bytes, sector: int) -> bytes:
    size = _sector_size(content)
    return content[(sector + 1) * size : (sector + 2) * size] if sector < _LAST_SECTOR else b""


def _sector_size(content: bytes) -> int:
    return 4096 if number_at(content, _SECTOR_SHIFT_AT, 2) == _LARGE_SECTORS else 512
