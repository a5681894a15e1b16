"""Discord on 127.0.0.1: what a test holds in its hands."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from tests.emulators.discord import payloads
from tests.emulators.discord.endpoints import Endpoints, direct_channel
from tests.emulators.discord.faults import Fault
from tests.emulators.discord.gateway import INVALID, RECONNECT, Gateway
from tests.emulators.discord.interactions import File, Interactions, Invocation, OptionValue
from tests.emulators.discord.rest import PREFIX, Front
from tests.emulators.discord.values import (
    Channel,
    ChannelKind,
    Entry,
    Intent,
    Message,
    MessageKind,
    Person,
)
from tests.emulators.discord.world import World

T = TypeVar("T")
TICK = 0.005


class DiscordEmulator:
    """A Discord with one server, ``general`` in it, and the people ``ana`` and ``bob``.

    ``async with DiscordEmulator() as discord:`` opens it; a product is pointed at ``discord.api_url``
    with ``discord.token``, from this process or another. ``message_content=False`` is a bot whose
    privileged intent is switched off in the portal: IDENTIFY with it is closed with 4014, and texts
    are empty where Discord empties them.

    Places: ``general``, ``channel(name)``, ``thread(...)``, ``forum(name)``, ``forum_post(...)``,
    ``direct(person)``. People act: ``say``, ``edit``, ``unfurl``, ``delete``, ``forward``, ``invoke``.
    Trouble: ``fault``, ``drop``, ``ask_to_reconnect``, ``invalidate``, ``lose_sessions``, ``deny``, and
    the numbers on the parts: ``limits.table``, ``endpoints.nonce_seconds``, ``world.history_lag``,
    ``gateway.swallow_acks``, ``gateway.repeat`` (dispatches doubled), ``gateway.overlap`` (events
    replayed again by RESUME), ``cdn.lifetime``, ``interactions.ack_seconds``.

    Judged by: ``journal`` (every request), ``messages(channel)`` (what people see now, with its
    editions), ``gateway.journal``, ``typing``, ``limits.refused`` (answers with 429).
    """

    def __init__(self, *, token: str = "emulated.discord.token", message_content: bool = True) -> None:
        self.token = token
        self.world = World(content_allowed=message_content, content_claimed=message_content)
        self.cdn = self.world.cdn
        self.gateway = Gateway(self.world, token)
        self.interactions = Interactions(self.world)
        self.endpoints = Endpoints(self.world, self.gateway, self.interactions)
        self.front = Front(token)
        self.limits = self.front.limits
        self.bot = self.world.bot
        self.ana = self.world.add_person("Ana")
        self.bob = self.world.add_person("Bob")
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

    def forum(self, name: str) -> Channel:
        """A new forum; make it before the product connects."""
        return self.world.add_channel(
            Channel(self.world.ids.take(), name, ChannelKind.FORUM, self.world.guild_id)
        )

    def thread(
        self, parent: Channel, name: str, starter: Message | None = None, *, announced: bool = True
    ) -> Channel:
        """A thread, on the message ``starter`` (whose id it then has) or on none.

        One that is not ``announced`` is unknown to the bot until it is written in.
        """
        owner = starter.author.id if starter else self.ana.id
        thread = self.world.add_channel(
            Channel(
                starter.id if starter else self.world.ids.take(),
                name,
                ChannelKind.THREAD,
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

    async def say(
        self,
        author: Person,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | None = None,
        files: Sequence[File] = (),
        ping: bool = True,
        kind: int | None = None,
        stickers: tuple[str, ...] = (),
        poll: tuple[str, tuple[str, ...]] | None = None,
    ) -> Message:
        """``author`` writes; ``files`` are (name, bytes, mime); ``ping`` is the reply's mention."""
        reference = None
        if reply_to is not None:
            reference = {"type": 0, "channel_id": reply_to.channel_id, "message_id": reply_to.id}
            reference |= {"guild_id": channel.guild_id} if channel.guild_id else {}
        usual = MessageKind.REPLY if reply_to else MessageKind.DEFAULT
        message = Message(
            self.world.ids.take(),
            channel.id,
            author,
            text,
            time.monotonic(),
            kind=usual if kind is None else kind,
            files=tuple(self.world.keep_file(channel.id, *file) for file in files),
            reference=reference,
            stickers=stickers,
            poll=poll,
        )
        return self.endpoints.say(message, ping_author=ping)

    async def forward(self, author: Person, channel: Channel, original: Message) -> Message:
        """``author`` forwards a message: a snapshot without its author."""
        reference = {"type": 1, "channel_id": original.channel_id, "message_id": original.id}
        message = Message(
            self.world.ids.take(),
            channel.id,
            author,
            "",
            time.monotonic(),
            reference=reference,
            snapshot=original,
        )
        return self.endpoints.say(message, ping_author=False)

    async def edit(self, message: Message, text: str) -> Message:
        """A person changes their message."""
        fresh = self.world.change(self.now(message), text=text)
        self.endpoints.update(fresh)
        return fresh

    async def unfurl(self, message: Message) -> Message:
        """Discord adds a link preview: an update without an edit."""
        embed = {"type": "link", "url": "https://example.com/", "title": "Example"}
        fresh = self.world.change(self.now(message), embeds=(embed,))
        self.endpoints.update(fresh)
        return fresh

    async def delete(self, message: Message) -> None:
        """A person deletes a message."""
        self.endpoints.remove(self.now(message))

    async def delete_channel(self, channel: Channel) -> None:
        """A channel or thread goes away; the API then answers 10003."""
        data = payloads.channel(self.world, self.world.remove_channel(channel.id))
        event = "THREAD_DELETE" if channel.kind == ChannelKind.THREAD else "CHANNEL_DELETE"
        self.gateway.publish(event, Intent.GUILDS, lambda _session: data)

    async def invoke(
        self, person: Person, channel: Channel, name: str, options: dict[str, OptionValue] | None = None
    ) -> Invocation:
        """``person`` sends ``/name``; a file option is (name, bytes, mime). See :class:`Invocation`."""
        data = self.interactions.begin(person, channel, name, options or {})
        self.gateway.publish("INTERACTION_CREATE", 0, lambda _session: data)
        return self.interactions.open[data["id"]]

    def now(self, message: Message) -> Message:
        """A message as it stands now. Raises ``Refusal`` when it was deleted."""
        return self.world.message(message.channel_id, message.id)

    def messages(self, channel: Channel) -> list[Message]:
        """What people see in a channel now, oldest first; ephemeral answers are not among it."""
        return self.world.history(channel.id, lag=0.0)

    def said_by_bot(self, channel: Channel) -> list[Message]:
        """The bot's messages among them, those that answer a command first included."""
        return [message for message in self.messages(channel) if message.author.id == self.bot.id]

    def requests(self, method: str, route: str) -> list[Entry]:
        """The journal's entries for one endpoint, e.g. ``("POST", "/channels/{channel}/messages")``."""
        return [entry for entry in self.journal if (entry.method, entry.route) == (method, route)]

    def fault(self, pattern: str, **plan: object) -> Fault:
        """Plan a fault for requests whose ``"METHOD /path"`` matches; see :class:`Fault` for ``plan``."""
        fault = replace(Fault(pattern), **plan)  # type: ignore[arg-type]  # the fields of Fault, by name
        self.front.faults.plan.append(fault)
        return fault

    def deny(self, channel: Channel, permission: str) -> None:
        """Take a permission from the bot, e.g. ``SEND_MESSAGES`` or ``READ_MESSAGE_HISTORY``."""
        self.world.denied.setdefault(channel.id, set()).add(permission)

    def close_direct(self, person: Person) -> None:
        """The person no longer takes messages from the bot (50007)."""
        self.world.closed_to_bot.add(person.id)

    async def drop(self) -> None:
        """Cut every gateway socket; the sessions wait for RESUME."""
        for socket in list(self.gateway.sockets):
            socket.cut()

    async def ask_to_reconnect(self) -> None:
        """Op 7 to every socket."""
        for socket in list(self.gateway.sockets):
            await socket.op(RECONNECT)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9 to every socket; without ``resumable`` the sessions are over."""
        if not resumable:
            self.lose_sessions()
        for socket in list(self.gateway.sockets):
            await socket.op(INVALID, data=resumable)

    def lose_sessions(self) -> None:
        """Forget all sessions: a RESUME is answered with op 9, and nothing is replayed."""
        for session in self.gateway.sessions.values():
            session.ended = True

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:  # noqa: ASYNC109  # a test's own deadline
        """Wait until ``predicate()`` is true and return its value. ``AssertionError`` at the deadline."""
        deadline = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > deadline:
                tail = "\n".join(f"{e.method} {e.path} {e.status} {e.body}" for e in self.journal[-12:])
                raise AssertionError(f"nothing of the kind within {timeout} s; the last requests:\n{tail}")
            await asyncio.sleep(TICK)
        return value
