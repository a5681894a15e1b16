"""Attachments into parts of a message. A file that cannot be read becomes an honest note."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from core.errors import FileError
from core.files import notes
from core.files.images import prepare_picture
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.sniff import Family, sniff
from core.files.text import read_text
from core.message import Attachment
from core.transcript import FilePart, Image, ImagePart

_log = structlog.get_logger(__name__)

Fetch = Callable[[Attachment, int], Awaitable[bytes]]
"""Gets an attachment's bytes, at most so many. Raises ``FileError``."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One attachment as the model reads it; ``image`` holds the bytes of an ``ImagePart``."""

    part: ImagePart | FilePart
    image: Image | None = None


async def read_all(
    attachments: Sequence[Attachment], fetch: Fetch, limits: FileLimits = DEFAULT_LIMITS
) -> tuple[Prepared, ...]:
    """All attachments of one message, in order, some at a time, within one deadline.

    Those behind the first ``limits.max_files`` are not fetched; one note names them.
    """
    end = asyncio.get_running_loop().time() + limits.total_seconds
    gate = asyncio.Semaphore(limits.concurrency)

    async def read_in_turn(attachment: Attachment) -> Prepared:
        try:
            async with asyncio.timeout_at(end), gate:
                return await read_attachment(attachment, fetch, limits)
        except TimeoutError:
            name = notes.shown_name(attachment.name)
            return _noted(name, notes.out_of_time(name))

    taken, rest = attachments[: limits.max_files], attachments[limits.max_files :]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read_in_turn(attachment)) for attachment in taken]
    prepared = tuple(task.result() for task in tasks)
    if not rest:
        return prepared
    names = [notes.shown_name(attachment.name) for attachment in rest]
    return (*prepared, _noted("more files", notes.left_out(names, limits.max_files)))


async def read_attachment(
    attachment: Attachment, fetch: Fetch, limits: FileLimits = DEFAULT_LIMITS
) -> Prepared:
    """The attachment as a part, within ``limits.file_seconds``.

    Raises nothing for what a file or its fetching may be: a ``FilePart`` without text then says
    in its ``note`` why.
    """
    name = notes.shown_name(attachment.name)
    try:
        async with asyncio.timeout(limits.file_seconds):
            return await _read(attachment, name, fetch, limits)
    except FileError as error:
        return _noted(name, error.told)
    except TimeoutError:
        return _noted(name, notes.too_slow(name, limits.file_seconds))


async def _read(attachment: Attachment, name: str, fetch: Fetch, limits: FileLimits) -> Prepared:
    if attachment.size is not None and attachment.size > limits.max_bytes:
        raise FileError(notes.too_large(name, attachment.size, limits.max_bytes))
    content = await _fetched(attachment, name, fetch, limits.max_bytes)
    kind = await asyncio.to_thread(sniff, content)
    if kind.family is Family.PICTURE:
        return await _read_picture(content, kind.label, name, limits)
    if kind.family is not Family.UNKNOWN:
        raise FileError(notes.unreadable(name, kind))
    read = await asyncio.to_thread(read_text, content, name, limits.max_characters)
    return Prepared(FilePart(name, read.text, read.note))


async def _fetched(attachment: Attachment, name: str, fetch: Fetch, max_bytes: int) -> bytes:
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


async def _read_picture(content: bytes, label: str, name: str, limits: FileLimits) -> Prepared:
    picture = await prepare_picture(content, label, name, limits)
    part = ImagePart(picture.sha256, picture.mime, picture.width, picture.height, name)
    return Prepared(part, Image(picture.mime, picture.content))


def _noted(name: str, note: str) -> Prepared:
    return Prepared(FilePart(name, "", note))
