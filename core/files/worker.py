"""A process that reads one file and ends. It is started by the workshop: see ``core.files.workshop``."""

import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, Protocol, cast

from core.errors import FileError
from core.files import images, notes
from core.files.confinement import confine
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.picture import Picture
from core.files.sniff import Family, Kind, sniff
from core.files.wire import Request, Result, request_from, written

_IMAGES: Final = "core.files.images"
_ROOM: Final = "core.files.readers"

READERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": f"{_ROOM}.plain",
        "PDF": f"{_ROOM}.pdf",
        "Word": f"{_ROOM}.word",
        "PowerPoint": f"{_ROOM}.slides",
        "Excel": f"{_ROOM}.sheets",
        "old Microsoft Office": f"{_ROOM}.office_old",
        "OpenDocument spreadsheet": f"{_ROOM}.sheets",
        "HTML": f"{_ROOM}.html",
        "ZIP": f"{_ROOM}.archive",
        "TAR": f"{_ROOM}.archive",
        "gzip": f"{_ROOM}.archive",
        "bzip2": f"{_ROOM}.archive",
        "xz": f"{_ROOM}.archive",
        "SVG": f"{_ROOM}.svg",
    }
)
"""Which module reads a kind of document, by the label that its bytes were recognised as."""


class ReadFile(Protocol):
    """``read`` of a module of the table."""

    def __call__(self, content: bytes, name: str, limits: FileLimits) -> Document | Picture:
        """What the bytes hold. Raises ``FileError``."""


def work(readers: Mapping[str, str] = READERS) -> None:
    """Read one file from standard input and write the response to standard output."""
    serve(partial(result, readers=readers), images.warm_up)


def serve(answer: Callable[[Request], Result], warm_up: Callable[[], None] | None = None) -> None:
    """Answer one request from standard input, confined as whoever started this wants it, and end."""
    parent, memory_bytes, cpu_seconds = map(int, sys.argv[1:])
    confine(parent, memory_bytes, cpu_seconds)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    # Whatever a library prints is no part of the response.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if warm_up is not None:
        warm_up()
    request = request_from(sys.stdin.buffer)
    if request is not None:
        for piece in written(answer(request)):
            answers.write(piece)
        answers.flush()
    # Nothing that a library does at its end is worth a wait, or a crash.
    os._exit(0)


def result(request: Request, readers: Mapping[str, str] = READERS) -> Result:
    """What the file holds, or why it cannot be read."""
    try:
        kind = sniff(request.content)
        return _reader(kind, request.name, readers)(request.content, request.name, request.limits)
    except FileError as refusal:
        return refusal
    except MemoryError:
        return FileError(notes.too_large_to_open(request.name))
    except Exception:  # a damaged file makes a reader raise anything
        logging.getLogger(__name__).info("not read", exc_info=True)
        return FileError(notes.damaged(request.name))


def _reader(kind: Kind, name: str, readers: Mapping[str, str]) -> ReadFile:
    path = _IMAGES if kind.family is Family.PICTURE else readers.get(kind.label)
    if path is None:
        raise FileError(notes.unreadable(name, kind))
    try:
        return cast("ReadFile", importlib.import_module(path).read)
    except ModuleNotFoundError as error:
        raise FileError(notes.unreadable(name, kind)) from error


if __name__ == "__main__":
    work()
