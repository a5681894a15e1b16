"""A bot that is ended and started again while people ask."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.faults.bots import Life, Start
from tests.faults.ledger import LOOK_S, Span
from tests.faults.load import Load
from tests.faults.plan import Conduct, Ending, Fault
from tests.faults.scene import Scene
from tests.faults.trouble import MEANWHILE

LONGEST = 5
ENOUGH_S = 45.0
STARTING_S = (0.1, 1.5)
LONGEST_START_S = 5.0
MOMENT_S = 0.005
HEARING_S = 0.5


@dataclass
class Lives:
    """``ended`` counts the ends that were made, none of them after ``last_end`` (monotonic seconds);
    ``died`` says how the bot ended by itself."""

    start: Start
    fault: Fault
    scene: Scene
    load: Load
    last_end: float
    ended: int = 0
    died: list[str] = field(default_factory=list)
    _ready_at: float | None = None

    async def run(self) -> None:
        """Until everything is asked and answered, or given up."""
        for number in range(self.scene.plan.endings if self.fault.ending else 0):
            if time.monotonic() > self.last_end:
                break
            async with self._life() as life:
                await self._live(life, is_first=number == 0)
                await self._hear_out()
                async with self._cut_off():
                    await (life.kill() if self.fault.ending is Ending.KILL else life.stop())
                self.ended += 1
            self.load.may_ask.set()
            if self._ready_at is not None:
                await asyncio.sleep(self.scene.chance.uniform(*self.fault.away))
        async with self._life() as life:
            if await self._is_ready(life):
                await self._struck()
                await self.load.over.wait()
                await asyncio.sleep(self.scene.plan.quiet_s)

    async def _live(self, life: Life, *, is_first: bool) -> None:
        """Let it live for a while; some of those that are killed do not come so far as to be ready."""
        chance, plan = self.scene.chance, self.scene.plan
        is_killed = self.fault.ending is Ending.KILL
        if is_killed and not is_first and chance.random() < plan.unready:
            await self._start_partly()
            return
        if not await self._is_ready(life):
            return
        if is_first:
            await self.load.introduced()
        await asyncio.sleep(min(chance.expovariate(1 / plan.life_s), LONGEST * plan.life_s))
        if self.fault.calm:
            await self.load.calm_down()

    async def _struck(self) -> None:
        """Let people ask until what happens meanwhile has happened some times."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ENOUGH_S if self.fault.key in MEANWHILE else 0):
                while self.scene.met < self.scene.plan.strikes:  # noqa: ASYNC110  # chance has no event
                    await asyncio.sleep(LOOK_S)
        self.load.enough.set()

    async def _start_partly(self) -> None:
        """Come to some moment of the start, often to that in which the bot reads what it has missed."""
        before, seconds = self.scene.reads(), self.scene.chance.uniform(*STARTING_S)
        if self.scene.chance.random() < 1 / 2:
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_START_S):
                while self.scene.reads() == before:  # noqa: ASYNC110  # another process has no event
                    await asyncio.sleep(MOMENT_S)

    async def _hear_out(self) -> None:
        """Where nobody tells it later what was deleted, the bot has a moment to hear of it."""
        if self.load.ledger.stage.forgets and self.load.ledger.may_delete.is_set():
            self.load.ledger.may_delete.clear()
            if self.fault.conduct is Conduct.CHANGE:
                await asyncio.sleep(HEARING_S)

    @asynccontextmanager
    async def _cut_off(self) -> AsyncIterator[None]:
        """Take its connections away for a while, and do not give them back before it has ended."""
        if not self.fault.outage_s or self._ready_at is None:
            yield
            return
        assert self.scene.slack is not None
        async with self.scene.slack.unreachable():
            self.load.ledger.is_listening = False
            self.load.may_ask.set()
            await asyncio.sleep(self.fault.outage_s)
            yield

    async def _is_ready(self, life: Life) -> bool:
        """Wait for it; false when it ended instead."""
        if not await life.ready():
            return False
        self.load.ledger.is_listening = True
        self.load.ledger.may_delete.set()
        self.load.may_ask.set()
        self._ready_at = time.monotonic()
        return True

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[Life]:
        self._ready_at = None
        try:
            async with self.start() as life:
                try:
                    yield life
                    if (end := life.ended_alone()) is not None:
                        self.died.append(end)
                finally:
                    self.load.ledger.is_listening = False
        finally:
            self.load.ledger.spans.append(Span(self._ready_at, time.monotonic()))
