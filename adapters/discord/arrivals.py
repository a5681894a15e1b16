"""Messages as they arrive: kept in their order, handed to the core, durable before anything else."""

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.history import History, Link
from adapters.discord.inbound import Ignored, Place
from core.errors import StoreError
from core.events import Addressing
from core.message import Attachment
from core.ports import Inbox

STORE_PAUSES_S = (0.5, 1.0, 2.0)
DRAIN_S = 5.0
APOLOGY_S = 10.0
REMEMBERED_CHANNELS = 500

log = structlog.get_logger()


class Arrivals:
    """Takes what the gateway brings. Discord repeats nothing, so a store that fails is tried again."""

    def __init__(self, link: Link, inbox: Inbox, history: History) -> None:
        self._link = link
        self._inbox = inbox
        self._history = history
        self._order: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._working: set[asyncio.Task[None]] = set()
        self._channels: OrderedDict[int, inbound.MessageChannel] = OrderedDict()

    async def receive(self, message: discord.Message) -> None:
        """Take a message. Those of one channel are taken in the order of their arrival."""
        reason = inbound.unwanted(message, self._link.me)
        if reason is None:
            task = asyncio.current_task()
            assert task is not None
            self._working.add(task)
            try:
                # Handlers begin in the order of the events, and a lock serves in order: nothing may be
                # awaited before it.
                async with self._order.setdefault(message.channel.id, asyncio.Lock()):
                    reason = await self._take(message)
            finally:
                self._working.discard(task)
        if reason is not None:
            log.debug("discord.ignored", message=message.id, reason=reason)

    async def drain(self) -> None:
        """Wait until what has arrived is kept, for a few seconds."""
        if self._working:
            await asyncio.wait(self._working, timeout=DRAIN_S)

    async def _take(self, message: discord.Message) -> Ignored | None:
        message.channel = await self._known_channel(message)
        answered = await self._history.answered(message)
        how = inbound.addressing(message, self._link.me, answered)
        if how is None:
            return Ignored.NOT_ADDRESSED
        for pause in (*STORE_PAUSES_S, None):
            try:
                await self._accept(message, how, answered)
            except StoreError as error:
                log.warning(
                    "discord.message_not_kept", message=message.id, error=str(error), again_in_s=pause
                )
                if pause is None:
                    await self._apologise(message, how)
                    break
                await asyncio.sleep(pause)
            else:
                break
        return None

    async def _accept(
        self, message: discord.Message, how: Addressing, answered: discord.Message | None
    ) -> None:
        guild_id = inbound.guild_id_of(message)
        place = inbound.settled_place(message.channel, guild_id, message.id)
        carried: tuple[Attachment, ...] = ()
        if place is None:
            place = await self._history.place(message)
            carried = self._carried(place, answered)
        await self._inbox.accept(inbound.asked(message, self._link.me, how, place, carried))

    def _carried(self, place: Place, answered: discord.Message | None) -> tuple[Attachment, ...]:
        """The files of the other person's message that a new question is about."""
        begun_there = answered is not None and place.address.thread == str(answered.id)
        if answered is None or not begun_there or answered.author.id == self._link.me:
            return ()
        return inbound.attachments_of(answered)

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
