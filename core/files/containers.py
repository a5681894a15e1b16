"""What is in a ZIP archive, by its own directory.

Names elsewhere in the bytes, in a comment or in another file inside, say nothing.
"""

import zlib
from collections.abc import Iterator
from itertools import islice

_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_END_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 46, 30
_MAX_COMMENT = 65_535
_MAX_ENTRIES = 10_000
_MAX_TYPES = 1 << 20
_DEFLATED = 8


def part_name(name: str) -> str:
    """A member's name as a part of an Office file is called: some programs write backslashes."""
    return name.replace("\\", "/")


def zip_names(content: bytes) -> frozenset[str]:
    """The names in the archive's directory (ZIP APPNOTE 4.3.12), of the first 10,000 members."""
    return frozenset(name for name, _ in islice(_entries(content), _MAX_ENTRIES))


def zip_member(content: bytes, wanted: str) -> bytes:
    """The first megabyte of a member, or nothing if there is none or it cannot be unpacked."""
    for name, at in islice(_entries(content), _MAX_ENTRIES):
        if name != wanted:
            continue
        method = number_at(content, at + 10, 2)
        size = number_at(content, at + 20, 4)
        local = number_at(content, at + 42, 4)
        start = local + _LOCAL_BYTES + number_at(content, local + 26, 2) + number_at(content, local + 28, 2)
        packed = content[start : start + size]
        if method != _DEFLATED:
            return packed[:_MAX_TYPES]
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, _MAX_TYPES)
        except zlib.error:
            return b""
    return b""


def first_member(content: bytes) -> tuple[str, bytes]:
    """Name and stored bytes of the member that the archive begins with (ZIP APPNOTE 4.3.7)."""
    name_size, extra_size = number_at(content, 26, 2), number_at(content, 28, 2)
    start = _LOCAL_BYTES + name_size + extra_size
    size = min(number_at(content, 18, 4), 200)
    name = content[_LOCAL_BYTES : _LOCAL_BYTES + name_size].decode("ascii", "replace")
    return name, content[start : start + size]


def _entries(content: bytes) -> Iterator[tuple[str, int]]:
    """Each entry's name and place. Junk before the archive moves all places by its length."""
    end = content.rfind(_END, max(0, len(content) - _END_BYTES - _MAX_COMMENT))
    if end < 0:
        return
    at = end - number_at(content, end + 12, 4)
    while 0 <= at < end and content[at : at + 4] == _ENTRY:
        name_size, extra_size, comment_size = (number_at(content, at + offset, 2) for offset in (28, 30, 32))
        name = content[at + _ENTRY_BYTES : at + _ENTRY_BYTES + name_size]
        yield part_name(name.decode("utf-8", "replace")), at
        at += _ENTRY_BYTES + name_size + extra_size + comment_size


def number_at(content: bytes, at: int, size: int = 4) -> int:
    """A number of so many bytes, the lowest first; missing ones count as zeros."""
    return int.from_bytes(content[at : at + size], "little")
