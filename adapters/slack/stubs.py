"""Files of which Slack tells nothing but the id: it has to be asked what they are.

Slack Connect sends ``file_access: check_file_info`` (https://docs.slack.dev/reference/objects/file-object).
"""

import asyncio
from collections.abc import Iterable

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.inbound import attachment as read_file_object
from core.errors import FileError
from core.message import Attachment

ASK_S = 1.5
NOT_OPENED = "Slack did not let me open it; an admin may need to add the files:read scope."
NO_COPY = "Slack keeps no copy of it that I could read."
NOT_NOW = "Slack could not say where it is; please try again."
_TOLD = {
    "file_deleted": "It was deleted in Slack.",
    "file_not_found": "Slack does not have it any more, or does not show it to me.",
    "missing_scope": NOT_OPENED,
}

_log = structlog.get_logger(__name__)


async def described(client: AsyncWebClient, files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """The files with name, kind and address as far as Slack tells them soon; others as they came."""
    given = tuple(files)
    known: dict[str, Attachment] = {}

    async def ask(stub: Attachment) -> None:
        try:
            known[stub.id] = await asked(client, stub)
        except FileError as error:
            _log.info("slack_file_not_described", reason=error.told)

    try:
        async with asyncio.timeout(ASK_S), asyncio.TaskGroup() as tasks:
            for stub in given:
                if not stub.locator:
                    tasks.create_task(ask(stub))
    except TimeoutError:
        _log.info("slack_files_described_in_part", files=len(known))
    return tuple(known.get(file.id, file) for file in given)


async def asked(client: AsyncWebClient, stub: Attachment) -> Attachment:
    """What Slack says of a file. Raises ``FileError`` where it keeps it from us."""
    try:
        answer = await client.files_info(file=stub.id)
    except CALL_ERRORS as error:
        raise FileError(_TOLD.get(code_of(error), NOT_NOW)) from None
    found = read_file_object(answer["file"])
    if not found.locator:
        raise FileError(NO_COPY)
    return found
