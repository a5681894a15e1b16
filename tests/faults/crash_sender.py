"""The platform's side of the door: every event is delivered until it is acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from core.events import Asked, Revised, Verdict, Withdrawn
from tests.faults.crash_line import Line
from tests.faults.crash_world import World


class Door(Protocol):
    """The part of ``core.ports.Inbox`` that a person's messages come through."""

    async def accept(self, event: Asked) -> Verdict: ...

    async def revise(self, event: Revised) -> Verdict: ...

    async def withdraw(self, event: Withdrawn) -> Verdict: ...


class Sender:
    """Delivers what was not acknowledged in an earlier life, and what the person does in this one."""

    def __init__(self, world: World, line: Line, door: Door) -> None:
        self._world = world
        self._line = line
        self._door = door
        self._coming: asyncio.Queue[tuple[int, asyncio.Event]] = asyncio.Queue()
        line.come = self._come

    async def catch_up(self) -> None:
        """Deliver the question, and what was done in earlier lives."""
        events = range(self._world.done + 1)
        for nth in reversed(events) if self._world.scenario.swapped else events:
            await send(self._world, self._line, nth, self._deliver)

    async def follow(self) -> None:
        """Deliver what the person does meanwhile, each thing beside the other, until cancelled."""
        async with asyncio.TaskGroup() as deliveries:
            while True:
                nth, arrived = await self._coming.get()
                deliveries.create_task(self._bring(nth, arrived))

    async def rest(self) -> None:
        """Let the person do what is still to be done, and wait until nothing is on its way."""
        while self._line.moments:
            await self._line.next_moment()
        await self._coming.join()

    async def _bring(self, nth: int, arrived: asyncio.Event) -> None:
        for _ in range(1 + self._world.scenario.again):
            await send(self._world, self._line, nth, self._deliver)
        arrived.set()
        self._coming.task_done()

    def _come(self) -> asyncio.Event:
        """The person does the next thing."""
        self._world.done += 1
        arrived = asyncio.Event()
        self._coming.put_nowait((self._world.done, arrived))
        return arrived

    async def _deliver(self, event: Asked | Revised | Withdrawn) -> None:
        match event:
            case Asked():
                await self._door.accept(event)
            case Revised():
                await self._door.revise(event)
            case Withdrawn():
                await self._door.withdraw(event)


async def send(
    world: World, line: Line, nth: int, deliver: Callable[[Asked | Revised | Withdrawn], Awaitable[object]]
) -> None:
    """Deliver an event as platforms do: until it is acknowledged, and now and then once more."""
    if nth in world.receipts and not world.scenario.again:
        return
    if not world.receipts.issuperset(range(nth)) and not line.dead:
        with line.changing():
            world.jumbled = True
    await deliver(world.event(nth))
    await line.reach("before the receipt")
    with line.changing():
        world.receipts.add(nth)
    await line.reach("after the receipt")
