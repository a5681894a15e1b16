"""What stands between a process and the world: calls take their time on it, and it can be cut."""

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.errors import StoreError
from tests.faults.crash_line import SPENDING
from tests.faults.stateful_time import JumpingLoop


class Line:
    """One process's. ``cut_in`` counts down the points that it still passes; then nothing gets through."""

    def __init__(self, loop: JumpingLoop, rng: random.Random) -> None:
        self.loop = loop
        self.dead = False
        self.cut_in: int | None = None
        self._rng = rng

    async def reach(self, *, cleaning: bool = False) -> None:
        """Pass a point, sooner or later; on a dead line nobody comes back from here.

        Nor does who is ``cleaning`` up, but he does not hold up his own end by it.
        """
        if not self.dead:
            await self._lag()
        if not self.dead and self.cut_in is not None:
            self.cut_in -= 1
            if self.cut_in < 0:
                self.cut()
        if self.dead and cleaning:
            raise asyncio.CancelledError
        if self.dead:
            await asyncio.Event().wait()

    def cut(self) -> None:
        """The process has crashed."""
        self.dead = True
        self.loop.stop()

    async def _lag(self) -> None:
        drawn = self._rng.random()
        if drawn > 0.9:
            await asyncio.sleep(self._rng.choice((0.001, 0.02, 0.2)))
        elif drawn > 0.5:
            for _ in range(self._rng.randint(1, 4)):
                await asyncio.sleep(0)


@dataclass
class Disk:
    """How the next calls of a store end; with ``threads`` time stands still while it is at work."""

    threads: bool = False
    failing: int = 0
    is_late: bool = False
    failed: int = 0

    def fails(self, *, late: bool) -> bool:
        """Whether a call fails now, before its effect or behind it."""
        if self.failing <= 0 or self.is_late is not late:
            return False
        self.failing -= 1
        self.failed += 1
        return True


class Behind:
    """Something at the other end of a line: each of its coroutines is a point before and one after."""

    def __init__(self, there: object, line: Line, disk: Disk | None = None) -> None:
        self._there = there
        self._line = line
        self._disk = disk or Disk()

    def __getattr__(self, name: str) -> object:
        found = getattr(self._there, name)
        if not inspect.iscoroutinefunction(found):
            return found
        through = self._through(found)
        setattr(self, name, through)
        return through

    async def _done(self, work: Awaitable[object]) -> object:
        """Let it be done, with the time at a stand where threads do it."""
        self._line.loop.in_threads += self._disk.threads
        try:
            return await work
        finally:
            self._line.loop.in_threads -= self._disk.threads

    def _through(self, found: Callable[..., Any]) -> Callable[..., Any]:
        reach = partial(self._line.reach, cleaning=found.__name__ in SPENDING)

        async def through(*args: object, **named: object) -> object:
            await reach()
            if self._disk.fails(late=False):
                raise StoreError("scripted")
            try:
                result = await self._done(found(*args, **named))
            except Exception:
                await reach()
                raise
            await reach()
            if self._disk.fails(late=True):
                raise StoreError("scripted, behind its effect")
            return result

        return through
