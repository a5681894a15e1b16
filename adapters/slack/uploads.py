"""Files of ours on their way to Slack: an address, the bytes, and the message that shows them.

https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from http import HTTPStatus

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, code_of, of_edit, of_post
from core.delivery import FileDraft, Outcome, Rejected, Retry, Sent
from core.outgoing import ALT_MOST, plain_name, posted_name

UPLOAD_S = 60.0
AGAIN_S = 2.0
# Of files.delete: there is nothing to take away any more.
FILE_GONE = frozenset({"file_not_found", "file_deleted"})

_log = structlog.get_logger(__name__)


class Uploads:
    """Uploads a file and shares it into a thread. Nobody sees it before the last step.

    The id of the outcome is the file's, ``F...``: Slack shares it a moment after it has said yes,
    and does not tell the id of the message.
    """

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def post(self, draft: FileDraft, thread: str | None) -> Outcome:
        """Post once. What fails before the file is shared has done nothing, and is tried again anew."""
        try:
            file_id, address = await self._place(draft)
            refusal = await self._send(address, draft.file.content)
        except CALL_ERRORS as error:
            _log.warning("slack_file_not_uploaded", turn=draft.turn, code=code_of(error))
            return of_edit(error)
        return refusal or await self._share(draft, file_id, thread)

    async def delete(self, file_id: str) -> Outcome:
        """Take a file away; what showed it goes, or says that it was deleted."""
        try:
            await self._client.files_delete(file=file_id)
        except CALL_ERRORS as error:
            return Sent(file_id) if code_of(error) in FILE_GONE else of_edit(error)
        return Sent(file_id)

    async def _place(self, draft: FileDraft) -> tuple[str, str]:
        """A new file's id, and the address for its bytes, which is good once and for a short time."""
        file = draft.file
        answer = await self._client.files_getUploadURLExternal(
            filename=posted_name(file.name, draft.key),
            length=len(file.content),
            alt_txt=file.alt[:ALT_MOST] or None,
        )
        return str(answer["file_id"]), str(answer["upload_url"])

    async def _send(self, address: str, content: bytes) -> Outcome | None:
        """Send the bytes; an outcome when they were not taken. The address is secret and needs no token."""
        session = self._client.session
        if session is None:
            return Retry(AGAIN_S)
        limit = aiohttp.ClientTimeout(total=UPLOAD_S)
        request = session.post(address, data=content, proxy=self._client.proxy, timeout=limit)
        async with request as answer:
            status = answer.status
        if status == HTTPStatus.OK:
            return None
        _log.warning("slack_file_not_taken", status=status)
        # An address that has expired is answered with some other 4xx: the next try gets a new one.
        return Rejected("too_large") if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else Retry(AGAIN_S)

    async def _share(self, draft: FileDraft, file_id: str, thread: str | None) -> Outcome:
        try:
            await self._client.files_completeUploadExternal(
                files=[{"id": file_id, "title": plain_name(draft.file.name)}],
                channel_id=draft.address.channel,
                thread_ts=thread,
            )
        except CALL_ERRORS as error:
            _log.warning("slack_file_not_shared", turn=draft.turn, code=code_of(error))
            if isinstance(error, SlackApiError) and code_of(error) in FILE_GONE:
                return Retry(AGAIN_S)
            return of_post(error)
        return Sent(file_id)
