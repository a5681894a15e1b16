"""How many model calls run at once: people first, chores when nobody waits."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Literal, TypeVar

T = TypeVar("T")


class Slots(asyncio.Semaphore):
    """A semaphore for answers, whose free slots a chore may use until a person wants one."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._chores: set[asyncio.Task[object]] = set()

    async def acquire(self) -> Literal[True]:
        """Take a slot for a person; chores give way."""
        if self.locked():
            for chore in self._chores:
                chore.cancel()
        return await super().acquire()

    async def chore(self, work: Callable[[], Coroutine[object, object, T]]) -> T | None:
        """Run work in a free slot. ``None`` when there is none, or when a person came to need it."""
        if self.locked():
            return None
        await super().acquire()
        task = asyncio.create_task(work(), name="chore")
        self._chores.add(task)
        try:
            await asyncio.wait({task})
        finally:
            await self._over(task)
        return None if task.cancelled() else task.result()

    async def _over(self, task: asyncio.Task[T]) -> None:
        task.cancel()
        try:
            await asyncio.wait({task})
        finally:
            self._chores.discard(task)
            self.release()
