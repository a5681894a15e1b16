"""The emulator as tests use it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.emulators.slack.backend import Backend, Ephemeral
from tests.emulators.slack.faults import Fault, FaultPlan
from tests.emulators.slack.interactions import Interactions
from tests.emulators.slack.journal import Journal
from tests.emulators.slack.limits import RateLimits
from tests.emulators.slack.people import People
from tests.emulators.slack.places import Places
from tests.emulators.slack.sockets import Sockets
from tests.emulators.slack.staff import Staff
from tests.emulators.slack.webapi import WebApi
from tests.emulators.slack.workspace import Channel, Json, Seen, Workspace

T = TypeVar("T")


class SlackEmulator(People, Interactions, Places, Staff):
    """A Slack workspace on 127.0.0.1 that an app talks to over real sockets, in this or another process.

    ``async with SlackEmulator() as slack:`` and give the app ``slack.api_url``, ``BOT_TOKEN`` and
    ``APP_TOKEN``. There are people U1 (Ada), U2 (Grace), U3 (Linus, without a display name), the
    channels C1 (general) and C3 (ops), C2 (random, without the bot), the private G1, the group
    message G2, and ``direct(user)``.

    People act with :meth:`say`, :meth:`edit`, :meth:`unfurl`, :meth:`remove_file`, :meth:`delete`,
    :meth:`command`, :meth:`submit_view`, :meth:`click`, and end places with :meth:`archive`,
    :meth:`delete_channel`, :meth:`kick`, :meth:`uninstall`. Who is what changes with :meth:`add_member`,
    :meth:`change_member`, :meth:`add_group`, :meth:`regroup`, :meth:`disable_group`.

    Tests read :meth:`messages`, :meth:`thread`, :attr:`ephemerals`, :attr:`views`, :attr:`statuses` and
    :attr:`journal`, wait with :meth:`wait_for`, and make trouble with :meth:`fault`,
    :meth:`refresh_sockets`, :meth:`drop_sockets`, :meth:`lost_events`, :meth:`unreachable`, the
    attributes of :attr:`backend` (``metadata_lag``, ``visibility_lag``, ``keeps_metadata``,
    ``mention_first``, ``mention_has_files``, ``mention_on_edit``, ``orphans``, ``files_scope``,
    ``groups_scope``, ``tells_of_people``) and those of :attr:`sockets` (``ack_timeout``,
    ``retry_delays``, ``refuse``, ``mute``, ``lost``).

    ``rate_scale`` multiplies Slack's rate limits, 0 for none. ``retry_delays`` are the seconds
    before each redelivery of an event; ``port`` lets a second emulator stand in the first one's place.
    """

    def __init__(
        self,
        *,
        rate_scale: float = 1.0,
        retry_delays: tuple[float, ...] = (0.1, 60.0, 300.0),
        ack_timeout: float = 3.0,
        port: int = 0,
        seed: int = 7,
    ) -> None:
        self.journal = Journal()
        self.sockets = Sockets(self.journal, seed)
        self.sockets.retry_delays = retry_delays
        self.sockets.ack_timeout = ack_timeout
        self.backend = Backend(
            workspace=Workspace(),
            journal=self.journal,
            limits=RateLimits(rate_scale),
            faults=FaultPlan(),
            sockets=self.sockets,
            chance=random.Random(seed),
        )
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        api = WebApi(self.backend)
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", api.call)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_get("/files-pri/{file}/{name}", api.download)
        app.router.add_get("/files-pri/{file}/download/{name}", api.download)
        app.router.add_post("/upload/{file}", api.upload)
        app.router.add_post("/response/{key}", api.respond)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.backend.origin = f"http://127.0.0.1:{self._port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def origin(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return self.backend.origin

    @property
    def api_url(self) -> str:
        """What the app takes in place of Slack's own API address."""
        return f"{self.origin}/api/"

    @property
    def connected(self) -> int:
        """Open sockets."""
        return len(self.sockets.open)

    @property
    def ephemerals(self) -> list[Ephemeral]:
        """Messages that only one person saw."""
        return self.backend.ephemerals

    @property
    def views(self) -> dict[str, Json]:
        """Open forms by id."""
        return self.backend.workspace.views

    @property
    def statuses(self) -> dict[tuple[str, str], str]:
        """ "is thinking" lines by (channel, thread)."""
        return self.backend.workspace.statuses

    def messages(self, channel: str, thread: str | None = None) -> list[Seen]:
        """What people see now, oldest first: the channel's top level, or a thread with its root."""
        if thread is not None:
            return [post.seen() for post in self.backend.workspace.thread(channel, thread)]
        return [post.seen() for post in self.backend.workspace.in_channel(channel) if not post.is_reply]

    def answers(self, channel: str, thread: str | None = None) -> list[Seen]:
        """The bot's own of :meth:`messages`; without a thread those of all threads too."""
        if thread is not None:
            return [seen for seen in self.messages(channel, thread) if seen.from_bot]
        every = (post.seen() for post in self.backend.workspace.in_channel(channel))
        return [seen for seen in every if seen.from_bot]

    def direct(self, user: str) -> str:
        """The id of a person's direct messages with the bot."""
        return self.backend.workspace.direct(user).id

    def add_channel(self, channel: str, name: str, *members: str) -> None:
        """A new public channel with these members (``BOT_USER`` among them or not)."""
        self.backend.workspace.channels[channel] = Channel(channel, name, members=set(members))

    async def wait_for(self, predicate: Callable[[], T], seconds: float = 5.0) -> T:
        """The predicate's first true value. Raises ``TimeoutError`` after so many seconds."""
        return await self.journal.wait_for(predicate, seconds)

    async def wait_connected(self, sockets: int = 1, seconds: float = 5.0) -> None:
        """Wait until the app has so many sockets open."""
        await self.wait_for(lambda: self.connected == sockets or None, seconds)

    def fault(self, method: str, *, times: int = 1, **kind: Any) -> None:
        """Plan trouble for the next ``times`` calls of ``method``: ``error=code``, ``status=500`` (429 with
        ``retry_after=``), ``reset=True``, each with ``after_effect=True`` if the call shall work first,
        ``delay=`` seconds before, and ``late=`` seconds between the call and its answer."""
        self.backend.faults.add(Fault(method, times, **kind))

    async def refresh_sockets(self, *numbers: int) -> None:
        """Ask the app to reconnect, as Slack does every few hours; all sockets, or these numbers."""
        await self.sockets.refresh(*numbers)

    async def drop_sockets(self, *numbers: int) -> None:
        """Cut sockets: all, or these numbers."""
        await self.sockets.drop(*numbers)

    @asynccontextmanager
    async def lost_events(self) -> AsyncIterator[None]:
        """What happens within never reaches the app as an event: it must read it from history."""
        self.sockets.mute = True
        try:
            yield
        finally:
            self.sockets.mute = False

    @asynccontextmanager
    async def unreachable(self) -> AsyncIterator[None]:
        """Within, every socket is cut and none can be opened."""
        refused, self.sockets.refuse = self.sockets.refuse, 1_000_000
        await self.sockets.drop()
        try:
            yield
        finally:
            self.sockets.refuse = refused
