"""What goes wrong while a file is downloaded, as the person is told of it. One table."""

from http import HTTPStatus
from typing import Final

import httpcore

from core.errors import FileError
from core.files.notes import shown_size

NO_ADDRESS = "The file's address is not a valid one."
NOT_ALLOWED_THERE = "The file's address leads to a place that I don't download from."
LOGIN_PAGE = (
    "I got a login page instead of the file: the app may lack the permission to read files, "
    "or the file is not shared with it."
)
OTHER_TYPE = "What is kept at that address is of another kind than I expected."
TOO_MANY_REDIRECTS = "The file's address sent me from place to place without an end."
ENCODED = "The file came in a packing that I did not ask for."
CUT_OFF = "The download broke off before the file was complete."
TOOK_TOO_LONG = "The file took too long to download."
NOT_REACHED = "I can't reach the place where the file is kept."

FOREIGN: Final = (
    TimeoutError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
)
"""All that comes out of the network below a download."""

_BY_ERROR: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, TOOK_TOO_LONG),
    (httpcore.TimeoutException, TOOK_TOO_LONG),
    (httpcore.ConnectError, NOT_REACHED),
    (httpcore.RemoteProtocolError, CUT_OFF),
    (httpcore.ReadError, CUT_OFF),
    (httpcore.WriteError, CUT_OFF),
)

_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: "I am not allowed to download this file.",
    HTTPStatus.FORBIDDEN: "I am not allowed to download this file.",
    HTTPStatus.NOT_FOUND: "The file is no longer there.",
    HTTPStatus.GONE: "The file is no longer there.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many files are being asked for; please try again in a minute.",
}


def from_error(error: Exception) -> FileError:
    """The fault for one of ``FOREIGN``."""
    for kind, told in _BY_ERROR:
        if isinstance(error, kind):
            return FileError(told)
    return FileError("I could not download the file.")


def from_status(status: int) -> FileError:
    """The fault for an HTTP status that is not 200."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return FileError("The place where the file is kept is not working right now; please try again later.")
    told = _BY_STATUS.get(HTTPStatus(status)) if status in HTTPStatus._value2member_map_ else None
    return FileError(told or f"I could not download the file (HTTP {status}).")


def too_large(size: int | None, limit: int) -> FileError:
    """The fault for more bytes than are taken; ``size`` is the server's word, if it gave one."""
    if size is None:
        return FileError(f"The file is over my limit of {shown_size(limit)}.")
    return FileError(f"The file has {shown_size(size)}, over my limit of {shown_size(limit)}.")
