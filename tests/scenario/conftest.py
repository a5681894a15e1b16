"""A whole core: real store, real model client over an emulated server, a platform in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bots.model import ChosenModel
from bots.settings import Settings
from bots.wiring import Conversations, wire
from core.events import Asked, Verdict
from core.llama.client import LlamaClient
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.known import Facts
from core.memory.store import open_store
from core.transcript import ToolCall, ToolResult, ToolSpec
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import asked

DEADLINE_S = 15.0


@dataclass
class FakeToolbox:
    """Implements core.ports.Toolbox: answers with what was scripted, or the arguments."""

    specs: tuple[ToolSpec, ...] = (
        ToolSpec("look_up", "Looks a word up.", '{"type": "object", "properties": {}}'),
    )
    calls: list[ToolCall] = field(default_factory=list)

    async def run(self, call: ToolCall) -> ToolResult:
        self.calls.append(call)
        return ToolResult(call.id, call.name, f"found {call.arguments}")


@dataclass
class Talk:
    """Everything that a conversation needs, running."""

    model: ModelEmulator
    platform: FakePlatform
    conversations: Conversations
    toolbox: FakeToolbox

    async def ask(self, question: Asked | str) -> Verdict:
        event = asked(question) if isinstance(question, str) else question
        return await self.conversations.intake.accept(event)

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so. Raises TimeoutError."""
        deadline = time.monotonic() + DEADLINE_S
        while not what():
            if time.monotonic() > deadline:
                raise TimeoutError(f"never happened; on screen: {self.platform.texts()}")
            await asyncio.sleep(0.005)

    async def settled(self, threads: int = 1) -> None:
        """Wait until lanes have been let go this many times."""
        await self.until(lambda: len(self.platform.idle) >= threads)


Begin = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Start a core on the test's folder; leaving it parks what is at work, as a restart does."""

    @asynccontextmanager
    async def start(
        model: ModelEmulator,
        platform: FakePlatform | None = None,
        facts: Facts = Facts(tools=True, vision=True),  # noqa: B008 - a frozen value
        **settings: object,
    ) -> AsyncIterator[Talk]:
        platform = platform or FakePlatform()
        client = LlamaClient(
            Endpoint(model.url, "", "emulated-llama"), facts=facts, deadlines=Deadlines(2, 3, 1, 20)
        )
        toolbox = FakeToolbox()
        async with open_store(tmp_path / "data") as store:
            chosen = ChosenModel(client, 50, "")
            conversations = wire(Settings.model_validate(settings), store, chosen, toolbox)
            conversations.platforms[platform.name] = platform
            async with asyncio.TaskGroup() as tasks:
                lanes = tasks.create_task(conversations.lanes.run())
                for address in await store.waiting():
                    conversations.lanes.wake(address)
                yield Talk(model, platform, conversations, toolbox)
                lanes.cancel()
            await client.aclose()

    return start


@pytest.fixture
async def model() -> AsyncIterator[ModelEmulator]:
    async with ModelEmulator() as emulator:
        yield emulator


@pytest.fixture
async def talk(begin: Begin, model: ModelEmulator) -> AsyncIterator[Talk]:
    async with begin(model) as started:
        yield started
