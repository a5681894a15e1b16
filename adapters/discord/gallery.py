"""Pictures that stand in a channel already."""

import discord

from adapters.discord import faults, inbound
from adapters.discord.link import Link
from adapters.discord.looking import is_picture
from core.events import Asked
from core.message import PastPicture

MESSAGES_MOST = 100


class Gallery:
    """Looks through the newest messages of a channel or thread."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def newest(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        """The newest pictures before a question, our own left out. Raises ``PlatformError``."""
        found: list[PastPicture] = []
        server = question.address.account
        try:
            channel = self._link.channel(question.address.channel)
            before = discord.Object(int(question.message_id))
            async for message in channel.history(limit=MESSAGES_MOST, before=before):
                if message.author.id != self._link.me:
                    found += _pictures(message, server)
                if len(found) >= limit:
                    break
        except faults.FOREIGN as error:
            raise faults.unasked(error, "which pictures there are") from error
        return tuple(found[:limit])


def _pictures(message: discord.Message, server: str) -> list[PastPicture]:
    # What history brings does not know its server, and would name none in its own address.
    place = "@me" if server == inbound.DIRECT else server
    link = f"https://discord.com/channels/{place}/{message.channel.id}/{message.id}"
    return [
        PastPicture(inbound.attachment_of(file, message.channel.id, message.id), link)
        for file in message.attachments
        if is_picture(file)
    ]
