"""Messages as they arrive and as they are edited: in their order, durable before anything else."""

import asyncio
from collections import OrderedDict

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.history import History
from adapters.discord.inbound import Ignored, Place
from adapters.discord.link import Link
from adapters.discord.members import Members
from adapters.discord.order import Order, kept
from core.address import Address
from core.errors import StoreError
from core.events import Addressing, Asked, Revised
from core.message import Attachment
from core.ports import Inbox

APOLOGY_S = 10.0
REMEMBERED_CHANNELS = 500

log = structlog.get_logger()


class Arrivals:
    """Takes what people write, from the gateway or from what was missed of it."""

    def __init__(self, link: Link, inbox: Inbox, history: History, order: Order, members: Members) -> None:
        self._link = link
        self._members = members
        self._inbox = inbox
        self._history = history
        self._order = order
        self._channels: OrderedDict[int, inbound.MessageChannel] = OrderedDict()

    async def receive(self, message: discord.Message) -> Ignored | None:
        """Take a message; the reason when it is left alone. A channel's are taken in their order."""
        reason = inbound.unwanted(message, self._link.me)
        if reason is None:
            async with self._order.turn(message.channel.id):
                reason = await self._take(message)
        if reason is not None:
            log.debug("discord.ignored", message=message.id, reason=reason)
        return reason

    async def revise(self, update: discord.RawMessageUpdateEvent) -> None:
        """Take an edit, in the order of the messages."""
        await self.reread(update.message, update.cached_message)

    async def reread(self, message: discord.Message, before: discord.Message | None = None) -> None:
        """Take a message as it stands now, if it was edited. ``before`` is how it is remembered."""
        reason = inbound.unwanted(message, self._link.me) or inbound.unedited(message, before)
        if reason is None:
            async with self._order.turn(message.channel.id):
                reason = await self._take_edit(message)
        if reason is not None:
            log.debug("discord.edit_ignored", message=message.id, reason=reason)

    async def _take(self, message: discord.Message) -> Ignored | None:
        message.channel = await self._known_channel(message)
        answered = await self._history.answered(message)
        how = inbound.addressing(message, self._link.me, answered)
        if how is None:
            return Ignored.NOT_ADDRESSED

        async def keep() -> None:
            await self._inbox.accept(await self._asked(message, how, answered))

        if not await kept(keep, message.id):
            await self._apologise(message, how)
        return None

    async def _take_edit(self, message: discord.Message) -> Ignored | None:
        """An edit of what we were never told is none of ours, unless it turns to us now."""
        message.channel = await self._known_channel(message)
        answered = await self._history.answered(message)
        how = inbound.addressing(message, self._link.me, answered)
        revision = message.edited_at.timestamp() if message.edited_at else 0.0
        reason: Ignored | None = None

        async def keep() -> None:
            nonlocal reason
            known = await self._located(message, message.id)
            if how is None and known is None:
                reason = Ignored.NOT_ADDRESSED
                return
            asked = await self._asked(message, how or Addressing.ELSEWHERE, answered, known)
            await self._inbox.revise(Revised(asked, revision))

        if not await kept(keep, message.id) and how is not None:
            await self._apologise(message, how)
        return reason

    async def _asked(
        self,
        message: discord.Message,
        how: Addressing,
        answered: discord.Message | None,
        known: Address | None = None,
    ) -> Asked:
        """The event. ``known`` is the thread that the message itself is known to belong to."""
        guild_id = inbound.guild_id_of(message)
        place = inbound.settled_place(message.channel, guild_id, message.id)
        if place is None:
            place = await self._history.place(message) if known is None else _standing(known, message)
        carried = await self._carried(message, answered)
        author = await self._members.author(message.author, guild_id)
        return inbound.asked(message, self._link.me, how, place, author, carried)

    async def _located(self, near: discord.Message, message_id: int) -> Address | None:
        """The thread that a message in the channel of another is known to belong to."""
        account = inbound.account_of(inbound.guild_id_of(near))
        where = (inbound.PLATFORM, account, str(near.channel.id))
        return await self._inbox.locate(*where, str(message_id))

    async def _carried(
        self, message: discord.Message, answered: discord.Message | None
    ) -> tuple[Attachment, ...]:
        """The files of the other person's message that a question is about.

        What we were told of is remembered with its thread. Raises ``StoreError``.
        """
        if answered is None or answered.author.id == self._link.me:
            return ()
        files = inbound.attachments_of(answered)
        is_known = bool(files) and await self._located(message, answered.id) is not None
        return () if is_known else files

    async def _known_channel(self, message: discord.Message) -> inbound.MessageChannel:
        """The message's channel; one that the gateway has not told of (an old thread) is asked for."""
        channel = message.channel
        if not isinstance(channel, discord.PartialMessageable):
            return channel
        if channel.id in self._channels:
            return self._channels[channel.id]
        try:
            found = await self._link.connected().fetch_channel(channel.id)
        except faults.FOREIGN as error:
            log.warning("discord.channel_not_read", channel=channel.id, code=faults.code_of(error))
            return channel
        if not isinstance(found, discord.Thread | discord.TextChannel):
            return channel
        self._channels[channel.id] = found
        while len(self._channels) > REMEMBERED_CHANNELS:
            self._channels.popitem(last=False)
        return found

    async def _apologise(self, message: discord.Message, how: Addressing) -> None:
        """Nobody who addressed us is met with silence."""
        if how in {Addressing.OVERHEARD, Addressing.ELSEWHERE}:
            return
        try:
            async with asyncio.timeout(APOLOGY_S):
                await message.channel.send(StoreError.told, nonce=f"sorry{message.id}")
        except faults.FOREIGN as error:
            log.warning("discord.apology_failed", code=faults.code_of(error))


def _standing(known: Address, message: discord.Message) -> Place:
    return Place(known, joined_midway=known.thread != str(message.id))
