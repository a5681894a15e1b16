"""Discord on 127.0.0.1: what a test holds in its hands."""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from tests.emulators.discord import payloads
from tests.emulators.discord.endpoints import direct_channel
from tests.emulators.discord.people import People
from tests.emulators.discord.rest import PREFIX
from tests.emulators.discord.staff import Staff
from tests.emulators.discord.trouble import Trouble
from tests.emulators.discord.values import (
    Channel,
    ChannelKind,
    Entry,
    Intent,
    Message,
    MessageKind,
    Person,
)

T = TypeVar("T")
TICK = 0.005


class DiscordEmulator(People, Staff, Trouble):
    """A Discord with one server, ``general`` in it, its owner ``olga``, and the people ``ana`` and ``bob``.

    ``async with DiscordEmulator() as discord:`` opens it; a product is pointed at ``discord.api_url``
    with ``discord.token``, from this process or another. ``message_content=False`` is a bot whose
    privileged intent is switched off in the portal: IDENTIFY with it is closed with 4014, and texts
    are empty where Discord empties them.

    Places: ``general``, ``channel(name)``, ``thread(...)``, ``forum(name)``, ``forum_post(...)``,
    ``direct(person)``, ``elsewhere(name)``. People act: ``say``, ``edit``, ``unfurl``, ``delete``,
    ``delete_many``, ``forward``, ``invoke``, ``click``, ``click_as``. Who is what: ``role``, ``grant``,
    ``take``, ``allow``, ``hand_over``, ``screen``, ``leave``.
    Trouble: ``fault``, ``deny``, ``lag_history``, ``drop``, ``ask_to_reconnect``, ``invalidate``,
    ``lose_sessions``, ``leave_starts``, ``delete_channel``, ``archive``, ``put_out_of``,
    ``remove_bot``, ``outage``, ``close_direct``, and the numbers on the parts: ``limits.table``,
    ``endpoints.nonce_seconds``, ``world.history_lag``, ``gateway.swallow_acks``, ``gateway.repeat``
    (dispatches doubled), ``gateway.overlap`` (events replayed again by RESUME),
    ``gateway.identify_every_s`` (0: not enforced), ``cdn.lifetime``, ``interactions.ack_seconds``.

    Judged by: ``journal`` (every request), ``messages(channel)`` (what people see now, with its
    editions), ``gateway.journal``, ``typing``, ``limits.refused`` (answers with 429).
    """

    def __init__(self, *, token: str = "emulated.discord.token", message_content: bool = True) -> None:
        super().__init__(token, message_content=message_content)
        self.general = self.channel("general")
        self.origin = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self, port: int = 0) -> None:
        """Listen; a port of 0 takes a free one."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self.cdn.serve)
        self.front.mount(app, self.endpoints.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, bound = self._runner.addresses[0][:2]
        self.origin = self.cdn.origin = f"http://{host}:{bound}"
        self.gateway.url = f"ws://{host}:{bound}/gateway"

    async def close(self) -> None:
        """Cut every connection and stop to listen."""
        await self.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """What the product is given in place of Discord's API address."""
        return self.origin + PREFIX

    @property
    def journal(self) -> Sequence[Entry]:
        """Every REST request so far, in order of their answers."""
        return self.front.journal

    @property
    def typing(self) -> Sequence[tuple[float, str]]:
        """(monotonic time, channel id) of each typing request."""
        return self.endpoints.typing

    def person(self, name: str, *, is_bot: bool = False) -> Person:
        """Somebody new on the server."""
        return self.world.add_person(name, is_bot=is_bot)

    def channel(self, name: str) -> Channel:
        """A new text channel; make it before the product connects."""
        return self.world.add_channel(
            Channel(self.world.ids.take(), name, ChannelKind.TEXT, self.world.guild_id)
        )

    def elsewhere(self, name: str) -> Channel:
        """A channel of another server, on which the bot is not: people can bring it along."""
        return self.world.add_channel(
            Channel(self.world.ids.take(), name, ChannelKind.TEXT, self.world.ids.take())
        )

    def forum(self, name: str) -> Channel:
        """A new forum; make it before the product connects."""
        return self.world.add_channel(
            Channel(self.world.ids.take(), name, ChannelKind.FORUM, self.world.guild_id)
        )

    def thread(
        self,
        parent: Channel,
        name: str,
        starter: Message | None = None,
        *,
        announced: bool = True,
        private: bool = False,
    ) -> Channel:
        """A thread, on the message ``starter`` (whose id it then has) or on none.

        One that is not ``announced`` is unknown to the bot until it is written in.
        """
        owner = starter.author.id if starter else self.ana.id
        thread = self.world.add_channel(
            Channel(
                starter.id if starter else self.world.ids.take(),
                name,
                ChannelKind.PRIVATE_THREAD if private else ChannelKind.THREAD,
                self.world.guild_id,
                parent_id=parent.id,
                owner_id=owner,
            )
        )
        if announced:
            data = payloads.channel(self.world, thread) | {"newly_created": True}
            self.gateway.publish("THREAD_CREATE", Intent.GUILDS, lambda _session: data)
        if starter is not None:
            reference = {"type": 0, "channel_id": parent.id, "message_id": starter.id}
            system = Message(
                self.world.ids.take(),
                thread.id,
                starter.author,
                "",
                time.monotonic(),
                kind=MessageKind.THREAD_STARTER,
                reference=reference | {"guild_id": self.world.guild_id},
            )
            self.endpoints.say(system, ping_author=False)
        return thread

    async def forum_post(self, forum: Channel, author: Person, title: str, text: str) -> Channel:
        """A post: a thread whose first message has the thread's id."""
        thread = self.thread(forum, title)
        first = Message(thread.id, thread.id, author, text, time.monotonic())
        self.endpoints.say(first, ping_author=False)
        return thread

    def direct(self, person: Person) -> Channel:
        """The private conversation of ``person`` with the bot."""
        return direct_channel(self.world, person)

    def messages(self, channel: Channel) -> list[Message]:
        """What people see in a channel now, oldest first; ephemeral answers are not among it."""
        return self.world.people_see(channel.id)

    def said_by_bot(self, channel: Channel) -> list[Message]:
        """The bot's messages among them, those that answer a command first included."""
        return [message for message in self.messages(channel) if message.author.id == self.bot.id]

    def requests(self, method: str, route: str) -> list[Entry]:
        """The journal's entries for one endpoint, e.g. ``("POST", "/channels/{channel}/messages")``."""
        return [entry for entry in self.journal if (entry.method, entry.route) == (method, route)]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109  # a test's own deadline
        """Wait until ``predicate()`` is true and return its value. ``AssertionError`` at the deadline."""
        deadline = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > deadline:
                tail = "\n".join(f"{e.method} {e.path} {e.status} {e.body}" for e in self.journal[-12:])
                raise AssertionError(f"nothing of the kind within {timeout} s; the last requests:\n{tail}")
            await asyncio.sleep(TICK)
        return value
