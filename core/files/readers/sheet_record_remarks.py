"""What stands on the sheets of an old Excel file (MS-XLS) beside its cells: comments, and texts in boxes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.files.readers.sheet_records import sheet_records, short_at
from core.files.readers.sheet_remarks import LONGEST, Remarks, comment_at, remarks, text_box
from core.files.readers.tabular import letters
from core.files.text import clean

_OBJECT, _TEXT, _CONTINUED, _NOTE = 0x005D, 0x01B6, 0x003C, 0x001C
_COMMON = b"\x15\x00\x12\x00"
_COMMON_BYTES = 22
# MS-XLS 2.5.143: buttons, lists and other controls, whose words are no text to read.
_CONTROLS = frozenset((0x07, *range(0x0B, 0x15)))
_PICTURE, _COMMENT = 0x08, 0x19
_IS_EMBEDDED = 0x09
_NOTE_BYTES = 11


@dataclass(slots=True)
class _Drawn:
    """What is drawn on a sheet: kinds and texts of objects by their numbers, and comments of cells."""

    kinds: dict[int, int] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    notes: list[bytes] = field(default_factory=list)
    pictures: int = 0


def old_remarks(stream: bytes) -> dict[str, Remarks]:
    """What stands beside the cells, by the sheet's name, as Excel 97 and later write it."""
    return {name: _remarks(_drawn(records)) for name, records in sheet_records(stream)}


def _drawn(records: Iterator[tuple[int, bytes]]) -> _Drawn:
    """The text of an object comes behind it, in pieces that each say how wide its letters are."""
    drawn = _Drawn()
    current = left = 0
    for kind, record in records:
        if kind == _CONTINUED and left and record:
            width = 1 + (record[0] & 1)
            piece = record[1 : 1 + left * width].decode("utf-16-le" if width > 1 else "latin-1", "replace")
            drawn.texts[current] = drawn.texts.get(current, "") + piece
            left -= len(piece)
        elif kind == _OBJECT and record.startswith(_COMMON):
            current = short_at(record, 6)
            drawn.kinds[current] = short_at(record, 4)
            drawn.pictures += drawn.kinds[current] == _PICTURE and not _is_embedded(record)
        elif kind == _TEXT:
            left = short_at(record, 10)
        elif kind == _NOTE and len(record) >= _NOTE_BYTES:
            drawn.notes.append(record)
    return drawn


def _is_embedded(record: bytes) -> bool:
    """Whether an object that looks like a picture is a file or a control inside the file."""
    at = _COMMON_BYTES
    while at + 4 <= len(record):
        if short_at(record, at) == _IS_EMBEDDED:
            return True
        at += 4 + short_at(record, at + 2)
    return False


def _remarks(drawn: _Drawn) -> Remarks:
    told = [_comment(note, drawn.texts.get(short_at(note, 6), "")) for note in drawn.notes]
    for number, text in drawn.texts.items():
        kind = drawn.kinds.get(number, _COMMENT)
        if kind != _COMMENT and kind not in _CONTROLS and (words := _words(text)):
            told.append(text_box(words))
    return remarks(told, drawn.pictures)


def _comment(note: bytes, text: str) -> str:
    words = _words(text)
    if not words:
        return ""
    size, is_wide = short_at(note, 8), note[10] & 1
    raw = note[_NOTE_BYTES : _NOTE_BYTES + size * (1 + is_wide)]
    author = clean(raw.decode("utf-16-le" if is_wide else "latin-1", "replace")).strip()
    return comment_at(f"{letters(short_at(note, 2))}{short_at(note, 0) + 1}", author, words)


def _words(text: str) -> str:
    return " ".join(clean(text).split())[:LONGEST]
