"""What people wrote while we were away: read from the history, and taken like any other message."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import discord
import structlog

from adapters.discord import faults
from adapters.discord.arrivals import Arrivals
from adapters.discord.inbound import Ignored
from adapters.discord.link import Link
from core.events import Absence

OVERLAP_S = 60.0
LONGEST_ABSENCE_S = 86_400.0
READ_MAX = 200
TAKEN_MAX = 500
CHANNELS_AT_ONCE = 4

Readable = (
    discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread | discord.DMChannel
)

log = structlog.get_logger()


@dataclass(slots=True)
class Tally:
    """How far one catch-up has come."""

    after: discord.Object
    places: int = 0
    read: int = 0
    taken: int = 0
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CHANNELS_AT_ONCE))

    @property
    def is_full(self) -> bool:
        """Whether as much was handed in as one absence may bring."""
        return self.taken >= TAKEN_MAX


class CatchUp:
    """Reads what is newer than the absence. Whether it was handed in before is for the inbox to know."""

    def __init__(self, link: Link, arrivals: Arrivals) -> None:
        self._link = link
        self._arrivals = arrivals

    async def run(self, absence: Absence) -> None:
        """Hand in what was missed. Never raises for what Discord answers; may be cancelled at any time."""
        since = max(absence.since - OVERLAP_S, time.time() - LONGEST_ABSENCE_S)
        moment = datetime.fromtimestamp(since, UTC)
        tally = Tally(discord.Object(discord.utils.time_snowflake(moment)))
        try:
            places = self._places(absence, tally.after.id)
        except ConnectionError:
            log.warning("discord.nothing_caught_up", reason="not connected")
            return
        outcomes = await asyncio.gather(
            *(self._read(channel_id, channel, tally) for channel_id, channel in places.items()),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                await asyncio.to_thread(log.error, "discord.catch_up_failed", exc_info=outcome)
        log.info(
            "discord.caught_up",
            since=moment.isoformat(),
            channels=tally.places,
            read=tally.read,
            taken=tally.taken,
        )

    def _places(self, absence: Absence, after: int) -> dict[int, Readable | None]:
        """The channels to read, those of known threads first; ``None`` for one that is not at hand."""
        client = self._link.connected()
        places: dict[int, Readable | None] = {}
        for address in absence.threads:
            channel = client.get_channel(int(address.channel))
            if channel is None:
                places.setdefault(int(address.channel), None)
            elif isinstance(channel, Readable) and _has_news(channel, after):
                places.setdefault(channel.id, channel)
        for private in client.private_channels:
            if isinstance(private, discord.DMChannel):
                places.setdefault(private.id, private)
        for channel in sorted(_guild_channels(client), key=_last_id, reverse=True):
            if _has_news(channel, after) and _may_read(channel):
                places.setdefault(channel.id, channel)
        return places

    async def _read(self, channel_id: int, channel: Readable | None, tally: Tally) -> None:
        async with tally.gate:
            if tally.is_full:
                log.warning("discord.catch_up_cut", channel=channel_id, reason="enough was taken")
                return
            try:
                found = channel or await self._fetched(channel_id, tally)
                if found is not None:
                    tally.places += 1
                    await self._hand_in(found, tally)
            except faults.FOREIGN as error:
                log.warning("discord.channel_not_caught_up", channel=channel_id, code=faults.code_of(error))

    async def _fetched(self, channel_id: int, tally: Tally) -> Readable | None:
        """A channel that is not at hand, when something new stands there: most are quiet."""
        newest = self._link.channel(str(channel_id)).history(limit=1, after=tally.after)
        if not [message async for message in newest]:
            return None
        found = await self._link.connected().fetch_channel(channel_id)
        return found if isinstance(found, Readable) else None

    async def _hand_in(self, channel: Readable, tally: Tally) -> None:
        read = 0
        async for message in channel.history(limit=READ_MAX, after=tally.after, oldest_first=True):
            read += 1
            tally.read += 1
            await self._take(message, tally)
            if tally.is_full:
                break
        if read >= READ_MAX:
            log.warning("discord.catch_up_cut", channel=channel.id, reason="too much was said there")

    async def _take(self, message: discord.Message, tally: Tally) -> None:
        """As a live message: what breaks on one of them takes nothing with it."""
        (outcome,) = await asyncio.gather(self._receive(message), return_exceptions=True)
        if outcome is None:
            tally.taken += 1
        elif isinstance(outcome, Exception):
            await asyncio.to_thread(log.error, "discord.handler_failed", handler="catch_up", exc_info=outcome)

    async def _receive(self, message: discord.Message) -> Ignored | None:
        """One that was taken before it was edited is taken as an edit."""
        reason = await self._arrivals.receive(message)
        if message.edited_at is not None:
            await self._arrivals.reread(message)
        return reason


def _guild_channels(client: discord.Client) -> Iterator[Readable]:
    for guild in client.guilds:
        yield from guild.text_channels
        yield from guild.voice_channels
        yield from guild.stage_channels
        yield from guild.threads


def _last_id(channel: Readable) -> int:
    """The id of the newest message, also when that was deleted; a private channel does not tell."""
    return 0 if isinstance(channel, discord.DMChannel) else channel.last_message_id or 0


def _has_news(channel: Readable, after: int) -> bool:
    return isinstance(channel, discord.DMChannel) or _last_id(channel) > after


def _may_read(channel: Readable) -> bool:
    """By what is known of our rights; a refusal costs a request, and those are counted."""
    if isinstance(channel, discord.DMChannel):
        return True
    me: discord.Member | None = channel.guild.me
    if me is None or (isinstance(channel, discord.Thread) and channel.parent is None):
        return True
    may = channel.permissions_for(me)
    return may.view_channel and may.read_message_history
