"""The line between a process and the world: cut at a chosen point, nothing gets through any more."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from contextlib import suppress

DEADLINE_S = 10.0


class Line:
    """Counts the points that a process passes; at ``cut_at`` (from 0) the process is dead.

    ``look`` is called at every point.
    """

    def __init__(self, cut_at: int | None = None, look: Callable[[], None] | None = None) -> None:
        self.points: list[str] = []
        self._look = look
        self.dead = False
        self.crashed = asyncio.Event()
        self._cut_at = cut_at

    async def reach(self, point: str) -> None:
        """Pass a point; whoever comes to it in a dead process stays there until he is cancelled."""
        if not self.dead:
            self.dead = len(self.points) == self._cut_at
            self.points.append(point)
            if self._look is not None:
                self._look()
        if self.dead:
            self.crashed.set()
            await asyncio.Event().wait()


class Behind:
    """Something at the other end of a line: each of its coroutines is a point before and one after."""

    def __init__(self, there: object, line: Line) -> None:
        self._there = there
        self._line = line

    def __getattr__(self, name: str) -> object:
        found = getattr(self._there, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def through(*args: object, **named: object) -> object:
            await self._line.reach(f"before {name}")
            result = await found(*args, **named)
            await self._line.reach(f"after {name}")
            return result

        return through


async def live(life: Coroutine[None, None, None], line: Line) -> None:
    """Let a process live to its end or to its crash. Raises what it raises; ``TimeoutError`` when stuck."""
    before = asyncio.all_tasks()
    process = asyncio.create_task(life)
    crash = asyncio.create_task(line.crashed.wait())
    try:
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.wait((process, crash), return_when=asyncio.FIRST_COMPLETED)
    finally:
        line.dead = line.dead or not process.done()
        crash.cancel()
        while not process.done():
            # Again and again: who cleans up by a call over the dead line would wait for ever.
            process.cancel()
            await asyncio.sleep(0)
    with suppress(asyncio.CancelledError):
        await crash
    assert asyncio.all_tasks() == before, "something of it lives on"
    if not line.crashed.is_set():
        process.result()
