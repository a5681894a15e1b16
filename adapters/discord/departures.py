"""What goes away: messages that are deleted, and places where nothing can be said any more."""

from collections.abc import Iterable

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.link import Link
from adapters.discord.order import Order, kept
from core.events import Closed, Withdrawn
from core.ports import Inbox

log = structlog.get_logger()


class Departures:
    """Tells the core. Discord does not say whose a deleted message was."""

    def __init__(self, link: Link, inbox: Inbox, order: Order) -> None:
        self._link = link
        self._inbox = inbox
        self._order = order

    async def withdraw(
        self,
        event: discord.RawMessageDeleteEvent | discord.RawBulkMessageDeleteEvent,
        message_ids: Iterable[int],
        remembered: Iterable[discord.Message],
    ) -> None:
        """Take a deletion, but for those messages that are remembered as no person's."""
        others = {message.id for message in remembered if inbound.not_a_person(message, self._link.me)}
        async with self._order.turn(event.channel_id):
            for message_id in sorted(set(message_ids) - others):
                await self._withdraw(event.guild_id, event.channel_id, message_id)

    async def _withdraw(self, guild_id: int | None, channel_id: int, message_id: int) -> None:
        gone = Withdrawn(
            platform=inbound.PLATFORM,
            account=inbound.account_of(guild_id),
            channel=str(channel_id),
            message_id=str(message_id),
            key=inbound.key_of(channel_id, message_id),
            sent_at=discord.utils.snowflake_time(message_id).timestamp(),
        )
        await kept(lambda: self._inbox.withdraw(gone), message_id)

    async def close(self, guild_id: int, channel_id: int) -> None:
        """Take that a channel or thread is gone."""
        closed = Closed(inbound.PLATFORM, inbound.account_of(guild_id), str(channel_id))
        async with self._order.turn(channel_id):
            await kept(lambda: self._inbox.close(closed), channel_id)

    async def leave(self, guild_id: int) -> None:
        """Take that we are no longer on a server."""
        closed = Closed(inbound.PLATFORM, inbound.account_of(guild_id))
        await kept(lambda: self._inbox.close(closed), guild_id)

    async def put_out(self, thread: discord.Thread) -> None:
        """Take that we are no member of a thread any more.

        A public one can be read all the same, and one that was only put away is told of in the same
        words: Discord is asked.
        """
        if not thread.is_private():
            return
        try:
            await self._link.connected().fetch_channel(thread.id)
        except faults.FOREIGN as error:
            log.info("discord.put_out_of_thread", thread=thread.id, code=faults.code_of(error))
            if faults.place_is_gone(error):
                await self.close(thread.guild.id, thread.id)
