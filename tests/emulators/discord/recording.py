"""The adapter on its own: an inbox that keeps what it is given, and a bot that runs against the emulator."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from adapters.discord.adapter import DiscordAdapter
from core.address import Address
from core.commands import CommandSpec
from core.delivery import Draft
from core.errors import StoreError
from core.events import Asked, Closed, Revised, Verdict, Withdrawn
from core.files.fetcher import FileFetcher
from core.message import Author, Upload
from tests.emulators.discord.emulator import DiscordEmulator

SPECS = (
    CommandSpec("ask", "Ask a question", argument="your question", asks=True),
    CommandSpec("image", "Ask about a picture", argument="what you want to know", asks=True, takes_file=True),
    CommandSpec("new", "Begin afresh"),
    CommandSpec("stop", "Stop the answer that is being written"),
    CommandSpec("model", "Say which model answers", argument="a model"),
    CommandSpec("help", "Say what I can do"),
)


@dataclass
class RecordingInbox:
    """Implements ``core.ports.Inbox`` in memory.

    ``failures`` is how often the store will refuse, ``bugs`` how often we break. ``log`` has every
    event that was taken, whatever its kind, in order. ``threads`` is what :meth:`recent` gives.
    """

    events: list[Asked] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    anchors: dict[tuple[str, str, str], Address] = field(default_factory=dict)
    commands: list[tuple[str, Address, Author, str]] = field(default_factory=list)
    reply: str = "Done."
    failures: int = 0
    bugs: int = 0
    pauses: list[float] = field(default_factory=list)
    located: int = 0
    revised: list[Revised] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    threads: list[Address] = field(default_factory=list)
    log: list[Asked | Revised | Withdrawn | Closed] = field(default_factory=list)

    async def _store(self) -> None:
        if self.pauses:
            await asyncio.sleep(self.pauses.pop(0))
        if self.failures:
            self.failures -= 1
            raise StoreError("the disk is full")
        if self.bugs:
            self.bugs -= 1
            raise ArithmeticError("nobody thought of this")

    async def accept(self, event: Asked, uploads: tuple[Upload, ...] = ()) -> Verdict:
        await self._store()
        if any(known.key == event.key for known in self.events):
            self.repeated.append(event.key)
            return Verdict.DUPLICATE
        self.events.append(event)
        self.log.append(event)
        await self.anchor(event.address, event.message_id)
        return Verdict.STORED

    async def revise(self, event: Revised) -> Verdict:
        await self._store()
        self.revised.append(event)
        self.log.append(event)
        return Verdict.STORED

    async def withdraw(self, event: Withdrawn) -> Verdict:
        await self._store()
        self.withdrawn.append(event)
        self.log.append(event)
        return Verdict.STORED

    async def close(self, event: Closed) -> None:
        await self._store()
        self.closed.append(event)
        self.log.append(event)

    async def recent(self, platform: str) -> tuple[Address, ...]:
        return tuple(self.threads)

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        self.located += 1
        return self.anchors.get((account, channel, message_id))

    async def anchor(self, address: Address, message_id: str) -> None:
        self.anchors[(address.account, address.channel, message_id)] = address

    async def command(
        self, name: str, address: Address, author: Author, argument: str, parent: str = ""
    ) -> str:
        await self._store()
        self.commands.append((name, address, author, argument))
        return self.reply


@dataclass
class RunningBot:
    """A connected adapter, the task that runs it, its inbox, and the number of drafts made for it."""

    discord: DiscordEmulator
    adapter: DiscordAdapter
    inbox: RecordingInbox
    task: "asyncio.Task[None]" = field(init=False)
    readied: int = 0
    drafts: int = 0

    async def asked(self, count: int = 1) -> Asked:
        """Wait until ``count`` events are in the inbox; the last of them."""
        await self.discord.wait_for(lambda: len(self.inbox.events) >= count)
        assert len(self.inbox.events) == count
        return self.inbox.events[-1]

    def draft(self, question: Asked, text: str, *, first: bool = True) -> Draft:
        """The next message of an answer."""
        self.drafts += 1
        key = f"k{self.drafts}".ljust(25, "a")
        return Draft(question.address, key, "t1", text, question.message_id, first)


@asynccontextmanager
async def running(
    discord: DiscordEmulator,
    token: str | None = None,
    before: Callable[[DiscordAdapter], Awaitable[None]] | None = None,
) -> AsyncIterator[RunningBot]:
    """A bot, from its READY until the block ends; ``before`` is done before it connects."""
    inbox = RecordingInbox()
    async with FileFetcher(frozenset({discord.origin})) as fetcher:
        adapter = DiscordAdapter(token or discord.token, inbox, SPECS, fetcher, discord.api_url)
        bot = RunningBot(discord, adapter, inbox)

        if before is not None:
            await before(adapter)

        def ready() -> None:
            bot.readied += 1

        bot.task = task = asyncio.create_task(adapter.run(ready))
        try:
            await discord.wait_for(lambda: bot.readied or task.done())
            if task.done():
                await task
            yield bot
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
