"""The line between a process and the world: cut at a chosen point, nothing gets through any more."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext, suppress
from itertools import cycle

DEADLINE_S = 10.0
# Passing a point takes so many turns of the loop where things go on step by step.
STEPS = (2,)
# Calls that leave the world as it was.
READS = frozenset(
    {"posts", "transcript", "images", "joined_midway", "tool_calls", "turns_of", "turns_in"}
    | {"memory", "oldest", "pins", "pictures_about", "documents", "rules_of", "chain"}
    | {"known_since", "locate", "recent", "waiting", "show_working", "show_idle", "past"}
)
# What is used changes nothing that people see: tests/faults/test_crash_points_spending.py cuts there.
SPENDING = frozenset({"reserve", "settle", "release", "settle_left", "balances", "once"})
WAITS: dict[tuple[type, str], bool] = {}


async def settle() -> None:
    """Give everybody a few turns of the loop."""
    for _ in range(12):
        await asyncio.sleep(0)


class Line:
    """Counts the points that a process passes; at ``cut_at`` (from 0) the process is dead.

    ``look`` is called at every point. At each of the ``moments`` (numbers of points, rising)
    something comes in from the world; at the point itself it has arrived, but where everything
    goes on ``slowly``. Calls of :data:`SPENDING` are points ``at_spending`` only.
    """

    def __init__(
        self,
        cut_at: int | None = None,
        look: Callable[[], None] | None = None,
        moments: tuple[int, ...] = (),
        *,
        at_spending: bool = False,
    ) -> None:
        self.at_spending = at_spending
        self.points: list[str] = []
        self.moments = list(moments)
        self.come: Callable[[], asyncio.Event] = asyncio.Event
        self.slowly = False
        self.steps = cycle(STEPS)
        self.dead = False
        self.crashed = asyncio.Event()
        # How often the world has changed, and how much is under way that changes it.
        self.changes = 0
        self.under_way = 0
        self._look = look
        self._cut_at = cut_at

    async def reach(self, point: str) -> None:
        """Pass a point; whoever comes to it in a dead process stays there until he is cancelled."""
        if not await self.passes(point):
            await asyncio.Event().wait()

    async def passes(self, point: str) -> bool:
        """Pass a point, or say that the process is dead."""
        for _ in range(next(self.steps) if self.slowly else 0):
            await asyncio.sleep(0)
        while not self.dead and self.moments and len(self.points) >= self.moments[0]:
            await self.next_moment()
        if not self.dead:
            self.dead = len(self.points) == self._cut_at
            self.points.append(point)
            if self._look is not None:
                self._look()
        if self.dead:
            self.crashed.set()
        return not self.dead

    @contextmanager
    def changing(self) -> Iterator[None]:
        """While this lasts the world may be another at every point."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
            self.changes += 1

    async def next_moment(self) -> None:
        """Let in what comes from the world next."""
        self.moments.pop(0)
        self.changes += 1
        arrived = self.come()
        if not self.slowly:
            await arrived.wait()


class Behind:
    """Something at the other end of a line: each of its coroutines is a point before and one after."""

    def __init__(self, there: object, line: Line) -> None:
        self._there = there
        self._line = line

    def __getattr__(self, name: str) -> object:
        found: Callable[..., Coroutine[object, object, object]] = getattr(self._there, name)
        if not _waits(self._there, name):
            return found

        async def through(*args: object, **named: object) -> object:
            if name in SPENDING:
                return await self._spend(name, lambda: found(*args, **named))
            await self._line.reach(f"before {name}")
            with nullcontext() if name in READS else self._line.changing():
                result = await found(*args, **named)
            await self._line.reach(f"after {name}")
            return result

        self.__dict__[name] = through
        return through

    async def _spend(self, name: str, call: Callable[[], Coroutine[object, object, object]]) -> object:
        """Write what is used. It is done even for who is cancelled, so in a dead process it ends at once."""
        await self._spends(f"before {name}")
        result = await call()
        await self._spends(f"after {name}")
        return result

    async def _spends(self, point: str) -> None:
        line = self._line
        if line.dead or (line.at_spending and not await line.passes(point)):
            raise asyncio.CancelledError


def _waits(there: object, name: str) -> bool:
    """Whether it is a coroutine; asked for a million times."""
    kind = type(there)
    if (kind, name) not in WAITS:
        WAITS[kind, name] = inspect.iscoroutinefunction(getattr(kind, name, None))
    return WAITS[kind, name]


async def live(life: Coroutine[None, None, None], line: Line) -> None:
    """Let a process live to its end or to its crash. Raises what it raises; ``TimeoutError`` when stuck."""
    before = asyncio.all_tasks()
    process = asyncio.create_task(life)
    crash = asyncio.create_task(line.crashed.wait())
    try:
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.wait((process, crash), return_when=asyncio.FIRST_COMPLETED)
            if not process.done():
                # What is on its way arrives, though its sender will not hear of it.
                await settle()
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
