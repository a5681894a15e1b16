"""Attachments into parts of a message. A file that cannot be read becomes an honest note."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from core.errors import FileError
from core.files import notes
from core.files.document import Document
from core.files.excerpt import excerpt
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.picture import Picture
from core.message import Attachment
from core.naming import free_name
from core.transcript import FilePart, Image, ImagePart

_log = structlog.get_logger(__name__)

Fetch = Callable[[Attachment, int], Awaitable[bytes]]
"""Gets an attachment's bytes, at most so many. Raises ``FileError``."""


class Reader(Protocol):
    """Reads a file's bytes where they can do no harm."""

    async def read(self, content: bytes, name: str, limits: FileLimits) -> Document | Picture:
        """What the bytes are and hold. Raises ``FileError``."""


class _InTurn:
    """Reads one file of a message at a time, so that a message of slow ones leaves others their turn."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turn = asyncio.Lock()

    async def read(self, content: bytes, name: str, limits: FileLimits) -> Document | Picture:
        async with self._turn:
            return await self._reader.read(content, name, limits)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One attachment as the model reads it, under the ``name`` that is shown.

    ``parts`` are in order; ``images`` hold the bytes of those that are pictures, by their hash. A
    ``document`` is all that was read of it, of which the model gets the beginning; ``sha256`` is the file's.
    """

    name: str
    parts: tuple[ImagePart | FilePart, ...]
    images: tuple[tuple[str, Image], ...] = ()
    document: Document | None = None
    sha256: str = ""


async def read_all(
    attachments: Sequence[Attachment], fetch: Fetch, reader: Reader, limits: FileLimits = DEFAULT_LIMITS
) -> tuple[Prepared, ...]:
    """All attachments of one message, in order, some at a time, within one deadline.

    They are fetched beside each other and read one after the other. Of pictures with one name the second
    is called ``"image (2).png"``. Those behind the first
    ``limits.max_files`` are not fetched; one note names them.
    """
    end = asyncio.get_running_loop().time() + limits.total_seconds
    gate = asyncio.Semaphore(limits.concurrency)
    in_turn = _InTurn(reader)

    async def read_in_turn(attachment: Attachment) -> Prepared:
        try:
            async with asyncio.timeout_at(end), gate:
                return await read_attachment(attachment, fetch, in_turn, limits)
        except TimeoutError:
            name = notes.shown_name(attachment.name)
            return _noted(name, notes.out_of_time(name))

    taken, rest = attachments[: limits.max_files], attachments[limits.max_files :]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read_in_turn(attachment)) for attachment in taken]
    prepared = _told_apart([task.result() for task in tasks])
    if not rest:
        return prepared
    names = [notes.shown_name(attachment.name) for attachment in rest]
    return (*prepared, _noted("more files", notes.left_out(names, limits.max_files)))


async def read_attachment(
    attachment: Attachment, fetch: Fetch, reader: Reader, limits: FileLimits = DEFAULT_LIMITS
) -> Prepared:
    """The attachment as parts, within ``limits.file_seconds``.

    Raises nothing for what a file or its fetching may be: a ``FilePart`` without text then says
    in its ``note`` why.
    """
    name = notes.shown_name(attachment.name)
    try:
        async with asyncio.timeout(limits.file_seconds):
            content = await _content(attachment, name, fetch, limits.max_bytes)
            found = await reader.read(content, name, limits)
    except FileError as error:
        # Who fetched it may not have said which file that is.
        return _noted(name, error.told if name in error.told else f"{name}: {error.told}")
    except TimeoutError:
        return _noted(name, notes.too_slow(name, limits.file_seconds))
    if isinstance(found, Picture):
        return _of_picture(found, name)
    return replace(_of_document(found, name, limits), sha256=hashlib.sha256(content).hexdigest())


async def _content(attachment: Attachment, name: str, fetch: Fetch, max_bytes: int) -> bytes:
    if attachment.size is not None and attachment.size > max_bytes:
        raise FileError(notes.too_large(name, attachment.size, max_bytes))
    try:
        content = await fetch(attachment, max_bytes)
    except (FileError, TimeoutError):
        raise
    except Exception as error:  # a fault of a fetch must not cost the person the whole answer
        _log.exception("attachment_not_fetched", attachment=attachment.id)
        raise FileError(notes.not_fetched(name)) from error
    if not content:
        raise FileError(notes.empty(name))
    if len(content) > max_bytes:
        raise FileError(notes.too_large(name, len(content), max_bytes))
    return content


def _told_apart(prepared: Sequence[Prepared]) -> tuple[Prepared, ...]:
    """Give each picture a name of its own: what is pasted is always called the same."""
    taken = {item.name.casefold() for item in prepared if item.document is not None}
    told: list[Prepared] = []
    for item in prepared:
        name = item.name
        if item.document is None and item.images:
            name = free_name(item.name, taken)
        told.append(item if name == item.name else _renamed(item, name))
    return tuple(told)


def _renamed(item: Prepared, name: str) -> Prepared:
    return replace(item, name=name, parts=tuple(replace(part, name=name) for part in item.parts))


def _of_picture(picture: Picture, name: str) -> Prepared:
    part, image = _shown(picture, name)
    told = (FilePart(name, "", " ".join(picture.notes)),) if picture.notes else ()
    return Prepared(name, (part, *told), (image,))


def _of_document(document: Document, name: str, limits: FileLimits) -> Prepared:
    """Its text, as much as is shown at once, and the pages that could only be drawn."""
    shown = [
        _shown(Picture(one.mime, one.content, one.width, one.height), f"{name} {one.label}")
        for one in document.drawings
    ]
    file = excerpt(document, name, limits.max_characters)
    return Prepared(name, (file, *[part for part, _ in shown]), tuple(image for _, image in shown), document)


def _shown(picture: Picture, name: str) -> tuple[ImagePart, tuple[str, Image]]:
    part = ImagePart(picture.sha256, picture.mime, picture.width, picture.height, name)
    return part, (part.sha256, Image(picture.mime, picture.content))


def _noted(name: str, note: str) -> Prepared:
    return Prepared(name, (FilePart(name, "", note),))
