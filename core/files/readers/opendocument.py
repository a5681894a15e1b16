"""OpenDocument spreadsheets, made ready for a library that reads less of them than there is.

python-calamine gives a formula's error as an empty cell, because its ``string-value`` is empty; lines of
one cell run together; and a span of more than a day is the text ``PT36H00M00S``.
"""

import datetime as dt
import re

from core.errors import FileError
from core.files.readers import faults
from core.files.readers.office import Package

_TYPE, _CONTENT, _MANIFEST = "mimetype", "content.xml", "META-INF/manifest.xml"
# OpenDocument 1.2 part 3, 4: what the manifest says of a part that is encrypted.
_ENCRYPTED = b"encryption-data"
# The library asks for a manifest; those of old programs declare a document type.
_ANY_MANIFEST = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
_EMPTY_TEXT = re.compile(rb"\soffice:string-value=(?:\"\"|'')")
_BREAK = re.compile(rb"<text:(?:line-break|tab)\s*/>")
# XML Schema 3.2.6, as OpenDocument programs write it.
_SPAN = re.compile(r"(-?)PT(\d{1,9})H(\d{1,2})M(\d{1,2}(?:[.,]\d+)?)S")


def is_one(package: Package) -> bool:
    """Whether it is OpenDocument, by its parts."""
    return _TYPE in package and _CONTENT in package


def repacked(package: Package) -> bytes:
    """The parts with cells in them, of which nothing is hidden from the library. Raises ``FileError``."""
    if _MANIFEST in package and _ENCRYPTED in package.read(_MANIFEST):
        raise FileError(faults.locked(package.name))
    return package.repacked({_TYPE, _CONTENT, _MANIFEST}.__contains__, _changed)


def span(text: str) -> str | dt.timedelta:
    """The span of time that the text is, or the text."""
    found = _SPAN.fullmatch(text) if text.endswith("S") else None
    if not found:
        return text
    sign, hours, minutes, seconds = found.groups()
    time = dt.timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds.replace(",", ".")))
    return -time if sign else time


def _changed(part: str, content: bytes) -> bytes:
    if part == _MANIFEST:
        return _ANY_MANIFEST
    return _BREAK.sub(b"\n", _EMPTY_TEXT.sub(b"", content)) if part == _CONTENT else content
