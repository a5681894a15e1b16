"""Discord's side of the product: its life from the login to the last goodbye."""

import asyncio
import sys
import time
from collections.abc import Callable

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord import faults
from adapters.discord.arrivals import Arrivals
from adapters.discord.commands import Commands, Tree
from adapters.discord.history import History, Link
from adapters.discord.inbound import PLATFORM
from adapters.discord.markup import FORMATTING, measure
from adapters.discord.outbound import Fetcher, Files, Openers, Outbound
from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.commands import CommandSpec
from core.delivery import Draft, Lookup, MessageRef, Outcome
from core.events import Asked
from core.message import Attachment, PastMessage
from core.ports import Inbox

IDENTIFY_EVERY_S = 5.0
LOGIN_S = 60.0
LONGEST_PAUSE_S = 60.0
# There is no voice here: nothing is missing when its libraries are.
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

# discord.py waits this long after each GUILD_CREATE before it calls itself ready.
GUILDS_S = 0.1
RATE_LIMIT_S = 30.0
CLOSE_S = 10.0

CAPABILITIES = Capabilities(
    max_message=2000,
    measure=measure,
    paces=(
        # The post counts as well: the first edit comes a moment later, and the last one at once.
        Pace(frozenset({Action.POST, Action.EDIT}), Scope.MESSAGE, per_second=1 / 1.2, burst=2),
        Pace(frozenset({Action.POST, Action.EDIT}), Scope.CHANNEL, per_second=0.9, burst=4),
    ),
    formatting=FORMATTING,
)

log = structlog.get_logger()


class Connection(discord.Client):
    """discord.py's client: what it is told to ask for, and whom it calls."""

    def __init__(self, arrivals: Arrivals, commands: Commands, api_url: str | None, *, content: bool) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=content
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=RATE_LIMIT_S,
            guild_ready_timeout=GUILDS_S,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self._arrivals = arrivals
        self._commands = commands
        self._api_url = api_url
        self._identified_at = float("-inf")
        self.became_ready: Callable[[], None] = lambda: None
        self.tree = Tree(self)
        commands.plant(self.tree)

    @property
    def may_read_content(self) -> bool:
        """Whether the message content intent is switched on for this application."""
        flags = self.application_flags
        return flags.gateway_message_content or flags.gateway_message_content_limited

    async def setup_hook(self) -> None:
        """After the login, before the gateway: once a connection, where ``on_ready`` would be often."""
        if self._api_url is not None:
            answer = await self.http.request(Route("GET", "/gateway"))
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(answer["url"])
        if self.application_id is not None:
            await self._commands.sync(self.tree, self.application_id)

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002  # theirs
        """Discord takes one IDENTIFY in five seconds; more of them end the session again."""
        await asyncio.sleep(max(0.0, self._identified_at + IDENTIFY_EVERY_S - time.monotonic()))
        self._identified_at = time.monotonic()

    async def on_ready(self) -> None:
        """The first of possibly many."""
        self.became_ready()

    async def on_message(self, message: discord.Message) -> None:
        """A message has arrived."""
        await self._arrivals.receive(message)

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """A handler failed; the arguments hold people's words and are not logged."""
        # A trace is made from source files, which are read: not on the loop.
        error = sys.exc_info()[1]
        await asyncio.to_thread(log.error, "discord.handler_failed", handler=event_method, exc_info=error)


async def _closed(client: discord.Client) -> None:
    """Close the connection; a peer that does not answer must not hold up, or hide, why we close."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await client.close()
    except faults.FOREIGN as error:
        log.warning("discord.close_failed", code=faults.code_of(error))


class DiscordAdapter:
    """Implements ``core.ports.Platform`` for one bot.

    ``api_url`` stands in for Discord's own API address (``http://127.0.0.1:1234/api/v10``).
    """

    def __init__(
        self,
        token: str,
        inbox: Inbox,
        commands: tuple[CommandSpec, ...],
        fetcher: Fetcher,
        api_url: str | None = None,
    ) -> None:
        self._token = token
        self._api_url = api_url.rstrip("/") if api_url else None
        self._link = Link()
        openers = Openers()
        self._history = History(self._link, inbox)
        self._outbound = Outbound(self._link, openers, self._history)
        self._arrivals = Arrivals(self._link, inbox, self._history)
        self._commands = Commands(commands, inbox, openers)
        self._files = Files(self._link, fetcher, yarl.URL(api_url).host if api_url else None)
        self._on_ready: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        """The platform of its addresses."""
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """Discord's limits."""
        return CAPABILITIES

    async def run(self, ready: Callable[[], None]) -> None:
        """Connect and serve until cancelled; ``ready`` is called once.

        Raises ``StartupError`` when Discord refuses the token or the bot for good. Without the
        message content intent it goes on, and reads only what is said to it.
        """
        self._on_ready = ready
        if self._api_url is not None:
            Route.BASE = self._api_url
        pause = 1.0
        while True:
            try:
                await self._serve()
            except discord.PrivilegedIntentsRequired as error:
                if not self._link.reads_content:
                    raise faults.startup(error) from error
                self._link.reads_content = False
                log.warning("discord.no_message_content", advice=str(faults.startup(error)))
            except faults.REFUSED_IN as error:
                if not faults.will_pass(error):
                    raise faults.startup(error) from error
                log.warning("discord.unreachable", code=faults.code_of(error), again_in_s=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                return

    async def _serve(self) -> None:
        """One client from its login to its end; discord.py mends its connection by itself."""
        client = Connection(self._arrivals, self._commands, self._api_url, content=self._link.reads_content)
        client.became_ready = self._ready
        try:
            async with asyncio.timeout(LOGIN_S):
                await client.login(self._token)
            if self._link.reads_content and not client.may_read_content:
                # An IDENTIFY with the intent would be refused, and they are counted.
                raise discord.PrivilegedIntentsRequired(None)
            self._link.client = client
            await client.connect()
        finally:
            await self._arrivals.drain()
            self._link.client = None
            await _closed(client)

    def _ready(self) -> None:
        """Tell it once; discord.py becomes ready anew with every session."""
        if self._on_ready is not None:
            self._on_ready()
            self._on_ready = None

    async def post(self, draft: Draft) -> Outcome:
        """See :meth:`Outbound.post`."""
        return await self._outbound.post(draft)

    async def edit(self, ref: MessageRef, text: str) -> Outcome:
        """See :meth:`Outbound.edit`."""
        return await self._outbound.edit(ref, text)

    async def delete(self, ref: MessageRef) -> Outcome:
        """See :meth:`Outbound.delete`."""
        return await self._outbound.delete(ref)

    async def find(self, lookup: Lookup) -> str | None:
        """See :meth:`History.find`, which says what Discord can tell."""
        return await self._history.find(lookup, self._outbound.attempted(lookup.key))

    async def show_working(self, address: Address) -> None:
        """Show the typing sign."""
        await self._outbound.show_working(address)

    async def show_idle(self, address: Address) -> None:
        """Let the typing sign end."""
        self._outbound.show_idle(address)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """See :meth:`History.past`."""
        return await self._history.past(question, limit)

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """See :meth:`Files.read`."""
        return await self._files.read(attachment, max_bytes)
