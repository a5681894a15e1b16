"""discord.py's client: what it is told to ask for, and whom it calls."""

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route

from adapters.discord import faults
from adapters.discord.arrivals import Arrivals
from adapters.discord.asking import Interaction
from adapters.discord.clicks import Clicks
from adapters.discord.commands import Commands, Tree
from adapters.discord.continuity import Continuity
from adapters.discord.departures import Departures
from adapters.discord.identify import SessionStarts
from core.cancelling import cancellable

# discord.py waits this long after each GUILD_CREATE before it calls itself ready.
GUILDS_S = 0.1
RATE_LIMIT_S = 30.0
CLOSE_S = 10.0
HEARTBEAT_S = 1.0

# There is no voice here: nothing is missing when its libraries are.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Handlers:
    """Whom a connection calls. ``ready`` is called for each new session."""

    arrivals: Arrivals
    departures: Departures
    commands: Commands
    clicks: Clicks
    continuity: Continuity
    starts: SessionStarts
    ready: Callable[[], None]


class Connection(discord.Client):
    """One client. A handler's errors are logged by :meth:`on_error` and end nothing else."""

    def __init__(self, handlers: Handlers, api_url: str | None, *, content: bool) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=content
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=RATE_LIMIT_S,
            guild_ready_timeout=GUILDS_S,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self._calls = handlers
        self._api_url = api_url
        self.tree = Tree(self)
        handlers.commands.plant(self.tree)

    @property
    def may_read_content(self) -> bool:
        """Whether the message content intent is switched on for this application."""
        flags = self.application_flags
        return flags.gateway_message_content or flags.gateway_message_content_limited

    async def serve(self) -> None:
        """Connect, and stay connected. Raises what discord.py does not mend by itself."""
        await self._calls.starts.wait(self.http)
        try:
            await cancellable(self.connect())
        except AttributeError as error:
            # Its mending reads the connection before, and fails when the first one never came up.
            if self.ws is not None:
                raise
            raise ConnectionError("the gateway could not be reached") from error

    async def shut(self) -> None:
        """Close; a peer that does not answer must not hold up, or hide, why we close."""
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._give_up_sessions()
                await self.close()
        except faults.FOREIGN as error:
            log.warning("discord.close_failed", code=faults.code_of(error))

    async def _give_up_sessions(self) -> None:
        """Close every session; discord.py forgets one that ends before its IDENTIFY, socket and thread."""
        for thread in threading.enumerate():
            # Another attribute that tells whose it is they do not offer.
            if isinstance(thread, KeepAliveHandler) and thread.ws._connection is self._connection:  # noqa: SLF001
                thread.stop()
                await thread.ws.close(code=1000)
                await asyncio.to_thread(thread.join, HEARTBEAT_S)

    async def setup_hook(self) -> None:
        """After the login, before the gateway: once a connection, where ``on_ready`` would be often."""
        if self._api_url is not None:
            answer = await self.http.request(Route("GET", "/gateway"))
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(answer["url"])
        if self.application_id is not None:
            await self._calls.commands.sync(self.tree, self.application_id)

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002  # theirs
        """See :meth:`SessionStarts.hold`."""
        await self._calls.starts.hold(self.http)

    async def on_socket_event_type(self, event_type: str) -> None:
        """Any event."""
        self._calls.continuity.hear(event_type)

    async def on_disconnect(self) -> None:
        """The gateway is lost; discord.py goes on trying."""
        self._calls.continuity.cut()

    async def on_ready(self) -> None:
        """A session has begun, the first of possibly many."""
        self._calls.ready()

    async def on_message(self, message: discord.Message) -> None:
        """A message has arrived."""
        await self._calls.arrivals.receive(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A message was edited, or Discord has changed something on it."""
        await self._calls.arrivals.revise(payload)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A message was deleted."""
        remembered = [payload.cached_message] if payload.cached_message else []
        await self._calls.departures.withdraw(payload, [payload.message_id], remembered)

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Messages of one channel were deleted together."""
        await self._calls.departures.withdraw(payload, payload.message_ids, payload.cached_messages)

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        await self._calls.departures.close(payload.guild_id, payload.thread_id)

    async def on_thread_remove(self, thread: discord.Thread) -> None:
        """We are no member of a thread any more, or it was put away."""
        await self._calls.departures.put_out(thread)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted; its threads are told of one by one."""
        await self._calls.departures.close(channel.guild.id, channel.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """We were removed from a server; one that is only unavailable is not told of here."""
        await self._calls.departures.leave(guild.id)

    async def on_interaction(self, interaction: Interaction) -> None:
        """A click; commands go to the tree."""
        await self._calls.clicks.press(interaction)

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """A handler failed; the arguments hold people's words and are not logged."""
        # A trace is made from source files, which are read: not on the loop.
        error = sys.exc_info()[1]
        await asyncio.to_thread(log.error, "discord.handler_failed", handler=event_method, exc_info=error)
