"""Two bots that live behind a line: the product, and one as bots are often written."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import cache
from typing import cast

from bots.model import ChosenModel
from bots.settings import Settings
from bots.wiring import wire
from core.conversation.lanes import Lanes
from core.delivery import Draft, MessageRef, Sent
from core.events import Asked
from core.markdown.segments import segments
from core.memory.store import SqliteStore
from core.ports import Platform, Toolbox
from core.storage import Boot
from core.transcript import (
    Finish,
    Finished,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    Role,
    TextDelta,
    ToolCall,
    Usage,
)
from tests.faults.crash_line import Behind, Line
from tests.faults.crash_world import World
from tests.scenario.conftest import FakeToolbox

Life = Callable[[World, Line, int], Coroutine[None, None, None]]
PIECES = 3


@dataclass(frozen=True)
class ScriptedModel:
    """Implements core.ports.Model: the scenario's text for this life, in pieces, perhaps after a tool."""

    world: World
    line: Line
    life: int

    async def info(self) -> ModelInfo:
        return ModelInfo("scripted", 8192, 1024, tools=True, vision=False, hosted=True)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        if self.world.scenario.uses_tool and request.messages[-1].role is not Role.TOOL:
            call = ToolCall("call_1", "look_up", '{"word": "llama"}')
            yield Finished(Finish.TOOL_CALLS, (call,), Usage(1, 1))
            return
        text = self.world.scenario.text(self.life)
        size = -(-len(text) // PIECES)
        for start in range(0, len(text), size):
            await self.line.reach("a piece of the answer")
            yield TextDelta(text[start : start + size])
            await settle()
        yield Finished(Finish.STOP, usage=Usage(1, 1))


async def settle() -> None:
    """Give everybody a few turns of the loop."""
    for _ in range(12):
        await asyncio.sleep(0)


@cache
def settings() -> Settings:
    return Settings.model_validate({})


async def product_life(world: World, line: Line, life: int) -> None:
    """The product, wired as it ships: until its lanes are idle."""
    model = ScriptedModel(world, line, life)
    talk = wire(
        settings(),
        cast("SqliteStore", Behind(world.store, line)),
        ChosenModel(model, 2, ""),
        cast("Toolbox", Behind(FakeToolbox(), line)),
    )
    talk.platforms[world.platform.name] = cast("Platform", Behind(world.platform, line))
    async with asyncio.TaskGroup() as tasks:
        lanes = tasks.create_task(talk.lanes.run())
        async with asyncio.TaskGroup() as start:
            start.create_task(send(world, line, talk.intake.accept))
            start.create_task(talk.recovery.open_lanes(Boot(life, None, 0), talk.platforms))
        await idle(talk.lanes)
        lanes.cancel()


async def send(world: World, line: Line, accept: Callable[[Asked], Awaitable[object]]) -> None:
    """Deliver the event as platforms do: until it is acknowledged, and now and then once more."""
    if world.acknowledged and not world.scenario.again:
        return
    await accept(world.question)
    await line.reach("before the receipt")
    world.acknowledged = True
    await line.reach("after the receipt")


async def idle(lanes: Lanes) -> None:
    """Wait until no lane is at work and none is asked for."""
    await lanes._idle.wait()
    while not lanes._waiting.empty():
        await asyncio.sleep(0)
        await lanes._idle.wait()


async def naive_life(world: World, line: Line, life: int) -> None:
    """Acknowledges first, keeps the question in memory, and posts whatever was asked of it."""
    platform = cast("Platform", Behind(world.platform, line))
    model = ScriptedModel(world, line, life)
    taken: list[Asked] = []

    async def accept(event: Asked) -> None:
        taken.append(event)

    await send(world, line, accept)
    for question in taken:
        text, post = "", ""
        async for event in model.stream(ModelRequest(())):
            if isinstance(event, TextDelta):
                text += event.text
        for number, part in enumerate(segments(text, world.scenario.limit, len)):
            key = f"life{life}-{number}"
            outcome = await platform.post(
                Draft(question.address, key, "naive", part[: len(part) // 2], question.message_id, first=True)
            )
            post = outcome.id if isinstance(outcome, Sent) else post
            await platform.edit(MessageRef(question.address, post), part)
