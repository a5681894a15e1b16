"""Files of ours on their way to Discord: a message for each, with words for those who do not see it.

https://discord.com/developers/docs/reference#uploading-files
"""

import asyncio
import io

import discord
import structlog

from adapters.discord import faults
from adapters.discord.attempts import Attempts
from adapters.discord.faults import Request
from adapters.discord.link import Link
from core.delivery import FileDraft, Outcome, Rejected, Retry, Sent
from core.outgoing import ALT_MOST, posted_name

UPLOAD_S = 110.0

log = structlog.get_logger()


class Uploads:
    """Posts files. A repeated one is the message that is there: Discord enforces the nonce."""

    def __init__(self, link: Link, attempts: Attempts) -> None:
        self._link = link
        self._attempts = attempts

    async def post(self, draft: FileDraft) -> Outcome:
        """Post once."""
        if self._link.client is None:
            return Retry(1.0)
        with self._attempts.sending(draft.key, ""):
            try:
                async with asyncio.timeout(UPLOAD_S):
                    channel = self._link.channel(draft.address.channel)
                    message = await channel.send(file=_upload(draft), nonce=draft.key)
            except faults.FOREIGN as error:
                code = faults.code_of(error)
                log.warning("discord.file_not_posted", turn=draft.turn, code=code)
                return Rejected(code) if faults.may_not(error) else faults.outcome(error, Request.POST)
        return Sent(str(message.id))


def _upload(draft: FileDraft) -> discord.File:
    file = draft.file
    name = posted_name(file.name, draft.key)
    return discord.File(io.BytesIO(file.content), filename=name, description=file.alt[:ALT_MOST] or None)
