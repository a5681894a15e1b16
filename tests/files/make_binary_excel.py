"""Workbooks in the binary format of Excel 2007 (MS-XLSB), made by ourselves."""

import struct
from collections.abc import Mapping, Sequence

from tests.files.make_old_office import ERRORS
from tests.files.make_tables import zipped

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = b"""<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"""


def xlsb(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook of texts, numbers, errors by their names, formulas as tuples of their result."""
    names = {name: f"worksheets/sheet{number}.bin" for number, name in enumerate(sheets, 1)}
    bundle = b"".join(
        _record(156, struct.pack("<II", 0, number) + _text(f"s{number}") + _text(name))
        for number, name in enumerate(sheets, 1)
    )
    targets = {f"s{number}": ("worksheet", target) for number, target in enumerate(names.values(), 1)}
    return zipped(
        {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _relations({"r1": ("officeDocument", "xl/workbook.bin")}),
            "xl/workbook.bin": _record(131) + _record(143) + bundle + _record(144) + _record(132),
            "xl/_rels/workbook.bin.rels": _relations(targets),
            **{f"xl/{target}": _sheet(sheets[name]) for name, target in names.items()},
        }
    )


def _sheet(rows: Sequence[Sequence[object]]) -> bytes:
    width = max(map(len, rows), default=0)
    size = _record(148, struct.pack("<IIII", 0, max(0, len(rows) - 1), 0, max(0, width - 1)))
    lines = b"".join(
        _record(0, struct.pack("<II", number, 0) + bytes(9)) + b"".join(map(_cell, range(len(row)), row))
        for number, row in enumerate(rows)
    )
    return _record(129) + size + _record(145) + lines + _record(146) + _record(130)


def _cell(column: int, cell: object) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(cell, tuple):
        return _record(11, place + bytes((ERRORS[str(cell[0])],)) + bytes(10))
    if isinstance(cell, str) and cell in ERRORS:
        return _record(3, place + bytes((ERRORS[cell],)))
    if isinstance(cell, str):
        return _record(6, place + _text(cell))
    return _record(5, place + struct.pack("<d", cell)) if isinstance(cell, int | float) else _record(1, place)


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes((kind,)) if kind < 128 else bytes((kind & 0x7F | 0x80, kind >> 7))
    size = len(content)
    return head + (bytes((size,)) if size < 128 else bytes((size & 0x7F | 0x80, size >> 7))) + content


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _relations(targets: Mapping[str, tuple[str, str]]) -> bytes:
    lines = "".join(
        f'<Relationship Id="{key}" Type="{_KIND}/{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'.encode()
