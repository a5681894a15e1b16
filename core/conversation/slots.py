"""How many model calls run at once: people first, chores when nobody waits."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Literal, TypeVar

T = TypeVar("T")


class Slots(asyncio.Semaphore):
    """A semaphore for answers, whose free slots a chore may use until a person wants one.

    ``at_once`` is how many calls the server takes before they wait for each other, where that is fewer
    than the slots: a chore is never what another call waits for.
    """

    def __init__(self, most: int, at_once: int | None = None) -> None:
        super().__init__(most)
        self._at_once = min(most, at_once or most)
        self._people = 0
        self._chores: set[asyncio.Task[object]] = set()

    async def acquire(self) -> Literal[True]:
        """Take a slot for a person; chores give way."""
        if self._is_full():
            for chore in self._chores:
                chore.cancel()
        await super().acquire()
        self._people += 1
        return True

    def release(self) -> None:
        """Give a person's slot back."""
        self._people -= 1
        super().release()

    async def chore(self, work: Callable[[], Coroutine[object, object, T]]) -> T | None:
        """Run work in a free slot. ``None`` when there is none, or when a person came to need it."""
        if self._is_full():
            return None
        await super().acquire()
        task = asyncio.create_task(work(), name="chore")
        self._chores.add(task)
        try:
            await asyncio.wait({task})
        finally:
            await self._over(task)
        return None if task.cancelled() else task.result()

    def _is_full(self) -> bool:
        return self.locked() or self._people + len(self._chores) >= self._at_once

    async def _over(self, task: asyncio.Task[T]) -> None:
        task.cancel()
        try:
            await asyncio.wait({task})
        finally:
            self._chores.discard(task)
            super().release()
