"""The real Slack adapter in front of the emulator, with an inbox that records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

from adapters.slack.adapter import SlackAdapter
from core.address import Address
from core.commands import CommandSpec
from core.errors import StoreError
from core.events import Asked, Closed, Revised, Verdict, Withdrawn
from core.files.fetcher import FileFetcher
from core.message import Author, Upload
from core.ports import Inbox, Platform
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, SlackEmulator

COMMANDS = (
    CommandSpec("ask", "Ask a question", "your question", asks=True),
    CommandSpec("image", "Ask about a picture", "your question", asks=True, takes_file=True),
    CommandSpec("new", "Begin a new conversation"),
    CommandSpec("stop", "Stop the answer"),
    CommandSpec("model", "Say which model answers"),
    CommandSpec("help", "Say what I can do"),
)


@dataclass
class RecordingInbox:
    """Keeps events once per key, edits by their time, as the real one does.

    ``fail`` makes the next calls raise, ``slow`` is seconds that each takes, ``reply`` what commands
    say. ``stored_at`` has messages by key, edits as ``key:edited``, deletions as ``key:deleted``.
    """

    asked: list[Asked] = field(default_factory=list)
    duplicates: list[Asked] = field(default_factory=list)
    commands: list[tuple[str, Address, Author, str]] = field(default_factory=list)
    anchors: dict[tuple[str, str], Address] = field(default_factory=dict)
    stored_at: dict[str, float] = field(default_factory=dict)
    entered: int = 0
    located: list[str] = field(default_factory=list)
    fail: int = 0
    slow: float = 0.0
    revised: list[Revised] = field(default_factory=list)
    withdrawn: list[Withdrawn] = field(default_factory=list)
    closed: list[Closed] = field(default_factory=list)
    threads: list[Address] = field(default_factory=list)
    reply: str = ""

    async def accept(self, event: Asked, uploads: tuple[Upload, ...] = ()) -> Verdict:
        await self._enter()
        if event.key in self.stored_at:
            self.duplicates.append(event)
            return Verdict.DUPLICATE
        self.asked.append(event)
        self.stored_at[event.key] = monotonic()
        return Verdict.STORED

    async def revise(self, event: Revised) -> Verdict:
        await self._enter()
        newest = max((one.revision for one in self.revised if one.asked.key == event.asked.key), default=0.0)
        if event.revision <= newest:
            self.duplicates.append(event.asked)
            return Verdict.DUPLICATE
        self.revised.append(event)
        self.stored_at[f"{event.asked.key}:edited"] = monotonic()
        return Verdict.STORED

    async def withdraw(self, event: Withdrawn) -> Verdict:
        await self._enter()
        if event in self.withdrawn:
            return Verdict.DUPLICATE
        self.withdrawn.append(event)
        self.stored_at[f"{event.key}:deleted"] = monotonic()
        return Verdict.STORED

    async def close(self, event: Closed) -> None:
        await self._enter()
        self.closed.append(event)

    async def _enter(self) -> None:
        self.entered += 1
        await asyncio.sleep(self.slow)
        if self.fail:
            self.fail -= 1
            raise StoreError("disk full")

    async def recent(self, platform: str) -> tuple[Address, ...]:
        return tuple(self.threads)

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        self.located.append(message_id)
        return self.anchors.get((channel, message_id))

    async def anchor(self, address: Address, message_id: str) -> None:
        self.anchors[address.channel, message_id] = address

    async def command(
        self, name: str, address: Address, author: Author, argument: str, parent: str = ""
    ) -> str:
        await self._enter()
        self.commands.append((name, address, author, argument))
        return self.reply or f"**{name}** of {author.name}"

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.asked]


@dataclass(frozen=True)
class Stage:
    """Everything that a test needs."""

    slack: SlackEmulator
    adapter: SlackAdapter
    inbox: RecordingInbox

    @property
    def platform(self) -> Platform:
        """The adapter as the core sees it."""
        return self.adapter

    async def asked(self, count: int = 1, seconds: float = 5.0) -> list[Asked]:
        """The stored questions, once there are ``count``."""
        await self.slack.wait_for(lambda: len(self.inbox.asked) >= count, seconds)
        assert len(self.inbox.asked) == count
        return self.inbox.asked

    async def settled(self) -> None:
        """Every event that was sent is acknowledged."""
        journal = self.slack.journal

        def all_acknowledged() -> bool:
            return {d.envelope_id for d in journal.deliveries} <= {ack.envelope_id for ack in journal.acks}

        await self.slack.wait_for(all_acknowledged)


@asynccontextmanager
async def serving(run: Callable[[Callable[[], None]], Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Run an adapter until the block ends; what it raises before it is ready is raised here."""
    ready = asyncio.Event()
    task = asyncio.ensure_future(run(ready.set))
    waiting = asyncio.ensure_future(ready.wait())
    try:
        await asyncio.wait({task, waiting}, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        assert ready.is_set(), "not ready within 10 s"
        yield
    finally:
        waiting.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def staged(slack: SlackEmulator, *, sockets: int = 2) -> AsyncIterator[Stage]:
    """The adapter, connected by so many more sockets than before."""
    before = slack.connected
    inbox = RecordingInbox()
    async with FileFetcher(frozenset({slack.origin})) as fetcher:
        port: Inbox = inbox
        adapter = SlackAdapter(BOT_TOKEN, APP_TOKEN, port, COMMANDS, fetcher, api_url=slack.api_url)
        async with serving(adapter.run):
            await slack.wait_connected(before + sockets)
            yield Stage(slack, adapter, inbox)
