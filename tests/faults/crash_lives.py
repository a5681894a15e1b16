"""Two bots that live behind a line: the product, and one as bots are often written."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cache
from typing import cast

from bots.model import ChosenModel
from bots.settings import Settings
from bots.wiring import wire
from core.clock import SystemClock
from core.conversation.following import FollowUp
from core.conversation.lanes import Lanes
from core.conversation.turn import WORKING_EVERY_S
from core.delivery import Draft, MessageRef, Sent
from core.events import Asked, Revised, Withdrawn
from core.markdown.segments import segments
from core.memory.store import SqliteStore
from core.ports import Platform, Toolbox
from core.storage import Boot
from core.transcript import Message, ModelRequest, Role, TextDelta, TextPart
from tests.faults.crash_line import Behind, Line
from tests.faults.crash_model import CountingToolbox, ScriptedModel
from tests.faults.crash_sender import Sender, send
from tests.faults.crash_world import NOW, World

Life = Callable[[World, Line, int], Coroutine[None, None, None]]
PAUSE_TURNS = 5


class StillClock(SystemClock):
    """Shows the same time for ever and counts a pause in turns of the loop, so that runs are alike."""

    at = NOW

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        if seconds >= WORKING_EVERY_S:
            await SystemClock.sleep(self, seconds)
        for _ in range(PAUSE_TURNS):
            await asyncio.sleep(0)


@cache
def settings(follow_up: FollowUp) -> Settings:
    return Settings.model_validate({"tampu_follow_up": follow_up.value})


async def product_life(world: World, line: Line, life: int) -> None:
    """The product, wired as it ships: until its lanes are idle and nothing more comes."""
    line.slowly = world.scenario.slowly
    talk = wire(
        settings(world.scenario.follow_up),
        cast("SqliteStore", Behind(world.store, line)),
        ChosenModel(ScriptedModel(world, line, life), 2, ""),
        cast("Toolbox", Behind(CountingToolbox(world), line)),
    )
    talk.platforms[world.platform.name] = cast("Platform", Behind(world.platform, line))
    sender = Sender(world, line, talk.intake)
    assert isinstance(talk.clock, StillClock)
    talk.clock.at += world.scenario.away_s if world.starts else 0.0
    world.starts += 1
    async with asyncio.TaskGroup() as tasks:
        lanes = tasks.create_task(talk.lanes.run())
        acts = tasks.create_task(sender.follow())
        boot = await talk.recovery.begin() if world.scenario.starts else Boot(life, None, 0)
        async with asyncio.TaskGroup() as start:
            start.create_task(sender.catch_up())
            start.create_task(talk.recovery.open_lanes(boot, talk.platforms))
        talk.recovery.staleness.end()
        await idle(talk.lanes)
        await sender.rest()
        await idle(talk.lanes)
        acts.cancel()
        lanes.cancel()


async def idle(lanes: Lanes) -> None:
    """Wait until no lane is at work and none is asked for."""
    while lanes._at_work or not (lanes._waiting.empty() and lanes._suspects.empty()):
        await lanes._idle.wait()
        await asyncio.sleep(0)


async def naive_life(world: World, line: Line, life: int) -> None:
    """Acknowledges first, keeps the question in memory, and posts whatever was asked of it."""
    platform = cast("Platform", Behind(world.platform, line))
    model = ScriptedModel(world, line, life)
    taken: list[Asked] = []

    async def accept(event: Asked | Revised | Withdrawn) -> None:
        if isinstance(event, Asked):
            taken.append(event)

    for nth in range(world.done + 1):
        await send(world, line, nth, accept)
    for question in taken:
        text, post = "", ""
        words = Message(Role.USER, (TextPart(question.text),))
        async for event in model.stream(ModelRequest((words,))):
            if isinstance(event, TextDelta):
                text += event.text
        for number, part in enumerate(segments(text, world.scenario.limit, len)):
            key = f"life{life}-{number}"
            outcome = await platform.post(
                Draft(question.address, key, "naive", part[: len(part) // 2], question.message_id, first=True)
            )
            post = outcome.id if isinstance(outcome, Sent) else post
            await platform.edit(MessageRef(question.address, post), part)
