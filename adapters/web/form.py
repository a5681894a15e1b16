"""A message as the page sends it: text and files within limits, or the sentence that says which."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from adapters.web.place import AUTHOR, PLATFORM, address_of, is_id
from core.events import Addressing, Asked
from core.extraction import checked_schema
from core.message import Attachment, Upload
from core.picture_phrases import too_few
from core.presets import ASK, JSON, Preset, named, question

MAX_FILES = 8
MAX_FILE = 20 * 2**20
MAX_FILES_TOTAL = 40 * 2**20
MAX_TEXT = 200_000
# Text, boundaries and part headers around the files.
_MAX_BODY = MAX_FILES_TOTAL + 2 * 2**20
_MAX_PARTS = 64
_DEADLINE = 120.0
_NAME_LENGTH = 200
_DISCARDED = 4 * _MAX_BODY


class Refused(Exception):
    """The message cannot be taken; the text is a sentence for the person."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Sending:
    """One message of the page with the bytes of its files."""

    event: Asked
    uploads: tuple[Upload, ...]


async def read_message(request: Request, conversation: str) -> Sending:
    """Read the multipart body of a message. Raises ``Refused``.

    The id was made by the page, so that the same message sent twice (no answer came the first
    time) is one message.
    """
    try:
        async with asyncio.timeout(_DEADLINE):
            form = await _parse(request)
            try:
                return await _sending(form, conversation)
            finally:
                await form.close()
    except TimeoutError as error:
        raise Refused(
            HTTPStatus.REQUEST_TIMEOUT, "The message took too long to arrive. Try again."
        ) from error
    except ClientDisconnect as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "The message did not arrive whole. Try again.") from error
    except MultiPartException as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "The message could not be read. Reload the page.") from error


async def _parse(request: Request) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The message could not be read. Reload the page.")
    parser = MultiPartParser(
        request.headers,
        _within(request, _MAX_BODY),
        max_files=_MAX_PARTS,
        max_fields=_MAX_PARTS,
        max_part_size=4 * MAX_TEXT + 1,
    )
    return await parser.parse()


async def _within(request: Request, most: int) -> AsyncGenerator[bytes]:
    """The body, up to ``most`` bytes.

    A browser shows an answer only after it has sent everything, so what is too much is read and
    thrown away, up to a bound of its own, before it is refused.
    """
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > _DISCARDED:
            break
        if received <= most:
            yield chunk
    if received > most:
        raise _too_much()


async def _sending(form: FormData, conversation: str) -> Sending:
    key, text = form.get("id"), form.get("text", "")
    if not isinstance(key, str) or not is_id(key) or not isinstance(text, str):
        raise Refused(HTTPStatus.BAD_REQUEST, "The message could not be read. Reload the page.")
    files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
    _check(text, files)
    preset, schema = _preset(form, files)
    words = text.replace("\r\n", "\n").strip()
    attachments: list[Attachment] = []
    uploads: list[Upload] = []
    for number, file in enumerate(files):
        content = await file.read()
        name, mime = _name(file.filename), file.content_type or ""
        attachments.append(Attachment(f"{key}.{number}", name, mime, len(content), PLATFORM))
        uploads.append(Upload(f"{key}.{number}", content))
    event = Asked(
        key=key,
        address=address_of(conversation),
        author=AUTHOR,
        text=words if preset is ASK else question(preset, words),
        message_id=key,
        sent_at=time.time(),
        addressing=Addressing.DIRECT,
        attachments=tuple(attachments),
        preset="" if preset is ASK else preset.name,
        schema=schema,
    )
    return Sending(event, tuple(uploads))


def _preset(form: FormData, files: list[UploadFile]) -> tuple[Preset, str]:
    """What is to be done with the pictures, and the schema for it."""
    preset = named(str(form.get("preset", "")))
    pictures = sum((file.content_type or "").startswith("image/") for file in files)
    if files and (few := too_few(preset, pictures)):
        raise Refused(HTTPStatus.BAD_REQUEST, few)
    try:
        schema = checked_schema(str(form.get("schema", ""))) if preset is JSON else ""
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
    return preset, schema


def _check(text: str, files: list[UploadFile]) -> None:
    if not text.strip() and not files:
        raise Refused(HTTPStatus.BAD_REQUEST, "Write something or attach a file first.")
    if len(text) > MAX_TEXT:
        sentence = f"That is {len(text):,} characters; {MAX_TEXT:,} is the most. Attach it as a text file."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    if len(files) > MAX_FILES:
        sentence = f"{len(files)} files at once are too many: send at most {MAX_FILES}."
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    for file in files:
        if (file.size or 0) > MAX_FILE:
            sentence = f"{_name(file.filename)} is larger than {MAX_FILE // 2**20} MB, the most for one file."
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    if sum(file.size or 0 for file in files) > MAX_FILES_TOTAL:
        raise _too_much()


def _too_much() -> Refused:
    sentence = f"The files are larger than {MAX_FILES_TOTAL // 2**20} MB together. Send fewer at once."
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)


def _name(claimed: str | None) -> str:
    """A file's name without folders and control characters."""
    last = (claimed or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(mark for mark in last if mark.isprintable()).strip()
    return name[-_NAME_LENGTH:] or "file"
