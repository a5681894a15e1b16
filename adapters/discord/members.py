"""Who somebody is where the message does not say: in what was missed, and in direct messages."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import discord
import structlog

from adapters.discord import faults, inbound
from adapters.discord.link import Link
from adapters.discord.standing import author_of_member
from core.message import Author, Standing

KEEP_S = 300.0
# Being on the same server as we are holds longer than a role.
KEEP_SHARED_S = 3600.0
LOOKUP_S = 1.0
AGAIN_S = 30.0
REMEMBERED = 5000
# How many servers a stranger in direct messages is looked for in.
SERVERS_MAX = 20
# Unknown member, unknown user.
NOT_THERE = frozenset({10007, 10013})

User = discord.User | discord.Member
Key = tuple[int, int]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Entry:
    """Somebody on a server, as told at ``told_at``; not to be asked for before ``again_at`` (monotonic).

    ``author`` is ``None`` as long as nothing is known, and external when they are not there.
    """

    author: Author | None
    told_at: float
    again_at: float = 0.0


class Members:
    """Takes what Discord tells with a message, and asks for the rest, a second at the longest."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def author(self, user: User, guild_id: int | None) -> Author:
        """Who wrote on a server, or in private (``None``).

        When Discord does not answer: as told last, else a member without roles. Only who is let in
        can write on a server, and a refusal of everybody would silence it until Discord has recovered.
        """
        if isinstance(user, discord.Member):
            author = author_of_member(user)
            if guild_id is not None:
                self._keep((guild_id, user.id), _Entry(author, time.monotonic()))
            return author
        if guild_id is None:
            return await self._in_private(user)
        return await self._found(user, guild_id, KEEP_S) or inbound.author_of(user)

    async def actor(self, interaction: discord.Interaction[discord.Client]) -> Author:
        """Who pressed a button or used a command.

        One who has brought us along to a server on which we are not is a passer-by, whatever they are there.
        """
        guild_id = interaction.guild_id
        brought = guild_id is not None and not interaction.is_guild_integration()
        if brought and guild_id is not None and interaction.client.get_guild(guild_id) is None:
            return replace(inbound.author_of(interaction.user), standing=Standing.EXTERNAL)
        return await self.author(interaction.user, guild_id)

    async def _in_private(self, user: User) -> Author:
        """A member, without roles, of a server that we share; external when there is surely none.

        Anybody can write to an app that they may install for themselves.
        """
        guilds = self._link.client.guilds if self._link.client is not None else ()
        entries = [self._entries.get((guild.id, user.id)) for guild in guilds]
        shared = any(
            _is_there(entry.author) for entry in entries if entry and not _is_due(entry, KEEP_SHARED_S)
        )
        plain = inbound.author_of(user)
        if shared:
            return plain
        asked = guilds[:SERVERS_MAX]
        found = await asyncio.gather(*(self._found(user, guild.id, KEEP_SHARED_S) for guild in asked))
        is_unsure = self._link.client is None or None in found or len(guilds) > SERVERS_MAX
        if is_unsure or any(map(_is_there, found)):
            return plain
        return replace(plain, standing=Standing.EXTERNAL)

    async def _found(self, user: User, guild_id: int, within_s: float) -> Author | None:
        key = (guild_id, user.id)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            entry = self._entries.get(key)
            if entry is None or _is_due(entry, within_s):
                entry = self._keep(key, await self._ask(user, guild_id, entry))
        return entry.author

    async def _ask(self, user: User, guild_id: int, entry: _Entry | None) -> _Entry:
        try:
            guild = self._link.connected().get_guild(guild_id)
            if guild is None:
                return _Entry(None, float("-inf"), time.monotonic() + AGAIN_S)
            async with asyncio.timeout(LOOKUP_S):
                author = author_of_member(await guild.fetch_member(user.id))
        except faults.FOREIGN as error:
            if isinstance(error, discord.NotFound) and error.code in NOT_THERE:
                return _Entry(replace(inbound.author_of(user), standing=Standing.EXTERNAL), time.monotonic())
            log.warning("discord.member_not_read", code=faults.code_of(error))
            known = entry or _Entry(None, float("-inf"))
            return replace(known, again_at=time.monotonic() + AGAIN_S)
        return _Entry(author, time.monotonic())

    def _keep(self, key: Key, entry: _Entry) -> _Entry:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > REMEMBERED:
            self._entries.popitem(last=False)
        return entry


def _is_due(entry: _Entry, within_s: float) -> bool:
    now = time.monotonic()
    return now >= entry.again_at and now - entry.told_at > within_s


def _is_there(author: Author | None) -> bool:
    return author is not None and author.standing is not Standing.EXTERNAL
