"""The names of a ZIP archive's members, whatever program wrote them.

ZIP APPNOTE, appendix D: a name is in UTF-8 if its flag says so, else in the first IBM PC's letters. macOS
writes UTF-8 without the flag, and Windows whatever its country used under DOS.
"""

import zipfile
from collections.abc import Sequence

from core.files.readers.encodings import code_page

_UTF_8 = 0x800
_WRITTEN = "cp437"


def true_names(infos: Sequence[zipfile.ZipInfo]) -> list[str]:
    """A name for each, as its sender would read it."""
    raw = [_raw(info) for info in infos]
    page = code_page([name for name in raw if name is not None and _utf_8(name) is None])
    return [
        _name(info) if name is None else _utf_8(name) or name.decode(page, "replace")
        for info, name in zip(infos, raw, strict=True)
    ]


def _name(info: zipfile.ZipInfo) -> str:
    return info.orig_filename or info.filename


def _raw(info: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name that does not say how it is written; nothing where that makes no difference."""
    name = _name(info)
    if info.flag_bits & _UTF_8 or name.isascii():
        return None
    try:
        return name.encode(_WRITTEN)
    except UnicodeEncodeError:
        return None


def _utf_8(name: bytes) -> str | None:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None
