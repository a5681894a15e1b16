"""Files that belong to an answer, on their way out."""

import re
from dataclasses import dataclass

# At the most for one answer: what is more stays where it was made.
FILES_MOST = 4
FILE_BYTES_MOST = 8 * 2**20
ALT_MOST = 1000
# An answer's messages that are files are counted from here on, each edition's from a hundred of its own.
FILES_FROM = 1_000_000
FILES_OF_EDITION = 100
# Of a post's key in a file's name: enough that no other file has it by chance.
TAG_LENGTH = 8

_STEM_MOST = 60
_ENDING = re.compile(r"[a-z0-9]{1,8}")
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")
_KILO = 1000


@dataclass(frozen=True, slots=True)
class OutFile:
    """A file that an answer brings.

    ``name`` has the ending that ``mime`` has. ``alt`` says what a picture shows, for those who do
    not see it; it is empty for what is no picture.
    """

    name: str
    mime: str
    content: bytes
    alt: str = ""


def described(name: str, size: int) -> str:
    """What is kept of a file once it is out: its name and its size, such as ``[file: chart.png (12 kB)]``."""
    return f"[file: {plain_name(name)} ({-(-size // _KILO)} kB)]"


def plain_name(name: str) -> str:
    """A name that every platform takes as it is: letters of any script, digits, ``-``, ``_``, one ending."""
    stem, ending = _split(name)
    return stem + ending


def posted_name(name: str, key: str) -> str:
    """The name under which a file is posted: it carries a part of its post's key, by which it is found."""
    stem, ending = _split(name)
    return f"{stem}-{tag(key)}{ending}"


def tag(key: str) -> str:
    """The part of a post's key that stands in the name of its file; no platform changes its letters."""
    return key[:TAG_LENGTH]


def _split(name: str) -> tuple[str, str]:
    """The stem and the ending with its dot, if it has one; a dot elsewhere becomes a dash."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not _ENDING.fullmatch(ending.lower()):
        stem, ending = name, ""
    stem = _NOT_IN_NAMES.sub("-", stem).replace(".", "-").strip("-_")[:_STEM_MOST]
    return stem or "file", f".{ending.lower()}" if ending else ""
