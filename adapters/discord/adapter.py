"""Discord's side of the product: its life from the login to the last goodbye."""

import asyncio
from collections.abc import Callable

import discord
import structlog
from discord.http import Route

from adapters.discord import faults
from adapters.discord.arrivals import Arrivals
from adapters.discord.asking import Asking
from adapters.discord.attempts import Attempts
from adapters.discord.buttons import Buttons
from adapters.discord.catchup import CatchUp
from adapters.discord.clicks import Clicks
from adapters.discord.commands import Commands
from adapters.discord.connection import Connection, Handlers
from adapters.discord.continuity import Continuity
from adapters.discord.departures import Departures
from adapters.discord.gallery import Gallery
from adapters.discord.history import History
from adapters.discord.identify import IdentifyPostponed, SessionStarts
from adapters.discord.inbound import PLATFORM
from adapters.discord.link import Link
from adapters.discord.markup import FORMATTING, measure
from adapters.discord.members import Members
from adapters.discord.order import Order
from adapters.discord.outbound import Fetcher, Files, Openers, Outbound
from adapters.discord.posts import Posts
from adapters.discord.uploads import Uploads
from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.commands import CommandSpec
from core.delivery import Draft, FileDraft, Lookup, MessageRef, Outcome
from core.errors import StoreError
from core.events import Absence, Asked
from core.message import Attachment, PastMessage, PastPicture
from core.outgoing import FILE_BYTES_MOST
from core.ports import Inbox

LOGIN_S = 60.0
LONGEST_PAUSE_S = 60.0
CATCH_UP_S = 120.0
STORE_PAUSE_S = 5.0

CAPABILITIES = Capabilities(
    max_message=2000,
    measure=measure,
    paces=(
        # The post counts as well: the first edit comes a moment later, and the last one at once.
        Pace(frozenset({Action.POST, Action.EDIT}), Scope.MESSAGE, per_second=1 / 1.2, burst=2),
        Pace(frozenset({Action.POST, Action.EDIT}), Scope.CHANNEL, per_second=0.9, burst=4),
    ),
    formatting=FORMATTING,
    stop_button=True,
    max_file=FILE_BYTES_MOST,
)

log = structlog.get_logger()


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
        self._inbox = inbox
        self._link = Link()
        self._order = Order()
        self._continuity = Continuity()
        self._history = History(self._link, inbox)
        openers, attempts, buttons = Openers(), Attempts(), Buttons()
        self._outbound = Outbound(self._link, openers, self._history, attempts, buttons)
        self._uploads = Uploads(self._link, attempts)
        self._posts = Posts(self._link, inbox, attempts)
        members = Members(self._link)
        arrivals = Arrivals(self._link, inbox, self._history, self._order, members)
        self._catch_up = CatchUp(self._link, arrivals)
        asking = Asking(inbox, openers, members)
        self._handlers = Handlers(
            arrivals,
            Departures(self._link, inbox, self._order),
            Commands(commands, inbox, asking, members),
            Clicks(self._link, inbox, buttons, members, asking),
            self._continuity,
            SessionStarts(),
            self._ready,
        )
        self._files = Files(self._link, fetcher)
        self._gallery = Gallery(self._link)
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
            except IdentifyPostponed as error:
                log.warning("discord.session_postponed", reason=str(error))
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
        client = Connection(self._handlers, self._api_url, content=self._link.reads_content)
        mending: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(LOGIN_S):
                await client.login(self._token)
            if self._link.reads_content and not client.may_read_content:
                # An IDENTIFY with the intent would be refused, and they are counted.
                raise discord.PrivilegedIntentsRequired(None)
            self._link.client = client
            mending = asyncio.create_task(self._mend(), name="discord catch-up")
            await client.serve()
        finally:
            if mending is not None:
                mending.cancel()
                await asyncio.wait([mending])
            await self._order.drain()
            self._link.client = None
            await client.shut()

    def _ready(self) -> None:
        """Tell it once; every later session may have missed something."""
        if self._on_ready is not None:
            self._on_ready()
            self._on_ready = None
        self._continuity.resume()

    async def _mend(self) -> None:
        """After each lost session, hand in what was missed."""
        while True:
            since = await self._continuity.loss()
            (error,) = await asyncio.gather(self._hand_in(since), return_exceptions=True)
            if isinstance(error, StoreError):
                log.warning("discord.catch_up_put_off", error=str(error), again_in_s=STORE_PAUSE_S)
                await asyncio.sleep(STORE_PAUSE_S)
                self._continuity.resume()
                continue
            if isinstance(error, Exception):
                await asyncio.to_thread(log.error, "discord.catch_up_failed", exc_info=error)
            self._continuity.caught_up()

    async def _hand_in(self, since: float) -> None:
        async with asyncio.timeout(CATCH_UP_S):
            threads = await self._inbox.recent(PLATFORM)
            await self._catch_up.run(Absence(since, threads))

    def behind(self) -> float | None:
        """Since when (unix seconds) events may be missing; ``None`` when none is."""
        return self._continuity.behind()

    async def catch_up(self, absence: Absence) -> None:
        """Hand in what was said meanwhile; without a connection, as soon as there is one.

        See :class:`~adapters.discord.catchup.CatchUp`. The caller may cancel it at any time.
        """
        client = self._link.client
        if client is None or not client.is_ready():
            self._continuity.miss(absence.since)
            return
        await self._catch_up.run(absence)

    async def post(self, draft: Draft) -> Outcome:
        """See :meth:`Outbound.post`."""
        return await self._outbound.post(draft)

    async def post_file(self, draft: FileDraft) -> Outcome:
        """Post a file of ours."""
        return await self._uploads.post(draft)

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        """See :meth:`Outbound.edit`."""
        return await self._outbound.edit(ref, text, live=live)

    async def delete(self, ref: MessageRef) -> Outcome:
        """See :meth:`Outbound.delete`."""
        return await self._outbound.delete(ref)

    async def find(self, lookup: Lookup) -> str | None:
        """See :meth:`Posts.find`, which says what Discord can tell."""
        return await self._posts.find(lookup)

    async def show_working(self, address: Address) -> None:
        """Show the typing sign."""
        await self._outbound.show_working(address)

    async def show_idle(self, address: Address) -> None:
        """Let the typing sign end."""
        self._outbound.show_idle(address)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """See :meth:`History.past`."""
        return await self._history.past(question, limit)

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        """See :meth:`Gallery.newest`."""
        return await self._gallery.newest(question, limit)

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """See :meth:`Files.read`."""
        return await self._files.read(attachment, max_bytes)
