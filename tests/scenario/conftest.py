"""A whole core: real store, real model client over an emulated server, a platform in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bots.model import ChosenModel
from bots.model_plan import plan_of
from bots.rates import PlannedRates
from bots.settings import Settings
from bots.wiring import Conversations, wire
from core.conversation.checking import Checking
from core.events import Asked, Closed, Revised, Verdict, Withdrawn
from core.llama.client import Knowledge, LlamaClient
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.known import Facts
from core.memory.store import open_store
from core.message import Attachment
from core.transcript import ToolCall, ToolResult, ToolSpec
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import asked
from tests.scenario.clock import StoryClock
from tests.scenario.database import Batch, one_batch, tables_with

DEADLINE_S = 15.0
# Longer than any test waits: what takes its time is meant to.
PATIENT = Deadlines(5, 30, 30, 60)
NO_ARGUMENTS = '{"type": "object", "properties": {}}'


@dataclass
class FakeToolbox:
    """Implements core.ports.Toolbox: answers with the arguments.

    ``look_up`` may have effects, ``read_up`` has none. Calls of the tools in ``held`` wait for the gate.
    """

    specs: tuple[ToolSpec, ...] = (
        ToolSpec("look_up", "Looks a word up.", NO_ARGUMENTS),
        ToolSpec("read_up", "Reads about a word.", NO_ARGUMENTS, idempotent=True),
    )
    calls: list[ToolCall] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, call: ToolCall) -> ToolResult:
        self.calls.append(call)
        if call.name in self.held:
            await self.gate.wait()
        return ToolResult(call.id, call.name, f"found {call.arguments}")


@dataclass
class Talk:
    """Everything that a conversation needs, running. ``crashed`` leaves the end of its process unnoted."""

    model: ModelEmulator
    platform: FakePlatform
    conversations: Conversations
    toolbox: FakeToolbox
    clock: StoryClock
    folder: Path
    crashed: bool = False

    async def ask(self, question: Asked | str) -> Verdict:
        event = asked(question) if isinstance(question, str) else question
        return await self.conversations.intake.accept(event)

    async def edit(
        self, question: Asked, text: str, revision: float = 1.0, files: tuple[Attachment, ...] | None = None
    ) -> Verdict:
        """Edit a question ``revision`` seconds after it was sent; without ``files`` it keeps its own."""
        kept = question.attachments if files is None else files
        revised = replace(question, text=text, attachments=kept)
        return await self.conversations.intake.revise(Revised(revised, question.sent_at + revision))

    async def delete(self, question: Asked) -> Verdict:
        address = question.address
        return await self.conversations.intake.withdraw(
            Withdrawn(
                address.platform,
                address.account,
                address.channel,
                question.message_id,
                question.key,
                question.sent_at,
            )
        )

    async def close(self, channel: str = "c1") -> None:
        """The channel is deleted."""
        self.platform.closed.add(channel)
        await self.conversations.intake.close(Closed(self.platform.name, "a1", channel))

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so. Raises TimeoutError."""
        deadline = time.monotonic() + DEADLINE_S
        while not what():
            if time.monotonic() > deadline:
                raise TimeoutError(f"never happened; on screen: {self.platform.texts()}")
            await asyncio.sleep(0.005)

    async def shows(self, *texts: str, thread: str = "t1") -> None:
        """Wait until exactly these messages stand in a thread."""
        await self.until(lambda: self.platform.texts(thread) == list(texts))

    async def settled(self, threads: int = 1) -> None:
        """Wait until lanes have been let go this many times."""
        await self.until(lambda: len(self.platform.idle) >= threads)

    async def quiet(self) -> None:
        """Wait until nothing waits and nothing is at work."""
        deadline = time.monotonic() + DEADLINE_S
        lanes = self.conversations.lanes
        while await self.conversations.store.waiting() or lanes._at_work or not lanes._waiting.empty():
            if time.monotonic() > deadline:
                raise TimeoutError(f"something still waits; on screen: {self.platform.texts()}")
            await asyncio.sleep(0.005)

    def one_batch(self) -> AbstractAsyncContextManager[Batch]:
        """What is written while this lasts is written in one commit."""
        return one_batch(self.conversations.store._database._writer)

    def read(self, call: int = -1) -> str:
        """All that the model was given to read in a call."""
        return "\n".join(said.text for said in self.model.journal[call].ask.messages)

    def rows_with(self, word: str) -> set[str]:
        """The tables of the database in which a word stands."""
        return tables_with(self.folder, word)


Begin = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Start a core on the test's folder; leaving it parks what is at work, as a restart does."""

    @asynccontextmanager
    async def start(
        model: ModelEmulator,
        platform: FakePlatform | None = None,
        *,
        facts: Facts = Facts(tools=True, vision=True),  # noqa: B008 - a frozen value
        toolbox: FakeToolbox | None = None,
        clock: StoryClock | None = None,
        deadlines: Deadlines = PATIENT,
        checking: Checking = Checking(),  # noqa: B008 - a frozen value
        **settings: object,
    ) -> AsyncIterator[Talk]:
        platform, toolbox = platform or FakePlatform(), toolbox or FakeToolbox()
        clock = clock or StoryClock()
        monkeypatch.setattr("bots.wiring.SystemClock", lambda: clock)
        client = LlamaClient(
            Endpoint(model.url, "", "emulated-llama"), knowledge=Knowledge(facts), deadlines=deadlines
        )
        folder = tmp_path / "data"
        async with aclosing(client), open_store(folder) as store:
            given = Settings.model_validate(settings)
            chosen = ChosenModel(client, 50, "", checking=checking, rates=PlannedRates(plan_of(given)))
            conversations = wire(given, store, chosen, toolbox)
            conversations.platforms[platform.name] = platform
            talk = Talk(model, platform, conversations, toolbox, clock, folder)
            boot = await conversations.recovery.begin()
            async with asyncio.TaskGroup() as tasks:
                await conversations.recovery.open_lanes(boot, conversations.platforms)
                lanes = tasks.create_task(conversations.lanes.run())
                conversations.recovery.staleness.end()
                yield talk
                lanes.cancel()
            if not talk.crashed:
                await store.shut(boot, clock.now())

    return start


@pytest.fixture
async def talk(begin: Begin, model: ModelEmulator) -> AsyncIterator[Talk]:
    async with begin(model) as started:
        yield started
