"""One row: a bot, a load, a fault, and what people saw in the end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.faults.bots import Life, Make, Start
from tests.faults.judge import Verdict
from tests.faults.load import Load
from tests.faults.plan import Ending, Fault, Plan, Platform
from tests.faults.stages import DiscordStage, SlackStage, Stage
from tests.faults.trouble import MEANWHILE, SET_UP, Scene, faithful

ROW_S = 200.0
STALL_S = 75.0
MOST_INTERRUPTED = 4
SPARE_S = 0.1
# A question sent this close before an end may be in no process's hands: that is for the catch-up.
HANDED_OVER_S = 0.3
# As Slack: at once, and again until the next life is there.
REDELIVERIES = (0.2, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 10.0, 10.0)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a fault. ``recovery_s`` is ``None`` where nothing had to recover."""

    fault: Fault
    platform: Platform
    verdict: Verdict
    met: int
    slowest_s: float
    recovery_s: float | None
    trouble: tuple[str, ...]

    def __add__(self, other: "Row") -> "Row":
        """The same fault in another round."""
        recovered = [row.recovery_s for row in (self, other) if row.recovery_s is not None]
        return replace(
            self,
            verdict=self.verdict + other.verdict,
            met=self.met + other.met,
            slowest_s=max(self.slowest_s, other.slowest_s),
            recovery_s=max(recovered, default=None),
            trouble=self.trouble + other.trouble,
        )


@dataclass
class Lives:
    """A bot that is ended and started again while people ask."""

    start: Start
    fault: Fault
    scene: Scene
    load: Load
    spans: list[tuple[float, float]] = field(default_factory=list)
    ended: int = 0

    async def run(self) -> None:
        """Until everything is asked and answered, or given up."""
        endings = self.scene.plan.endings if self.fault.ending else 0
        for _ in range(endings):
            async with self._life() as life:
                await asyncio.sleep(self.scene.chance.uniform(*self.scene.plan.life_s))
                await self._spare()
                if not self.load.stage.queues:
                    self.load.may_ask.clear()
                    await asyncio.sleep(HANDED_OVER_S)
                self.ended += 1
                await (life.kill() if self.fault.ending is Ending.KILL else life.stop())
        self.load.enough.set()
        async with self._life():
            await self.load.over.wait()
            await asyncio.sleep(self.scene.plan.quiet_s)

    async def _spare(self) -> None:
        """Let a question be answered that was interrupted as often as the product takes it up again.

        After one more it would give up, and say so: its guard against a message that kills it.
        """
        ends = [ended for _, ended in self.spans]
        while any(  # noqa: ASYNC110  # what people see has no event
            sum(ended > asked for ended in ends) >= MOST_INTERRUPTED for asked in self.load.open_since()
        ):
            await asyncio.sleep(SPARE_S)

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[Life]:
        async with self.start() as life:
            ready = time.monotonic()
            self.load.may_ask.set()
            try:
                yield life
            finally:
                self.spans.append((ready, time.monotonic()))


async def play(fault: Fault, platform: Platform, plan: Plan, make: Make, folder: Path) -> Row:
    """Play one row to its end, at most ``ROW_S`` seconds; what is not there by then is lost."""
    if fault.stalled:
        plan = replace(plan, messages=1, rate=0.5, answer_s=STALL_S)
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ModelEmulator())
        scene = Scene(plan, model, chance=random.Random(f"{plan.seed}:{fault.key}:{platform}"))
        stage = await _stage(stack, scene, platform)
        model.answer_with(faithful(scene))
        if fault.key in SET_UP:
            SET_UP[fault.key](scene)
        load = Load(stage, plan, fault.notices)
        lives = Lives(make(stage, model, folder), fault, scene, load)
        with suppress(TimeoutError):
            async with asyncio.timeout(ROW_S):
                await _together(lives, scene, fault)
        recovery = load.recovery_s(lives.spans) if fault.ending else None
        trouble = (f"seed {plan.seed}: {line}" for line in load.trouble())
        return Row(
            fault,
            platform,
            load.verdict(),
            scene.met + lives.ended,
            load.slowest_s(),
            recovery,
            tuple(trouble),
        )


async def _together(lives: Lives, scene: Scene, fault: Fault) -> None:
    """The people, the bot's lives, and what happens meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(lives.load.run())]
        if fault.key in MEANWHILE:
            beside.append(tasks.create_task(MEANWHILE[fault.key](scene)))
        try:
            await lives.run()
        finally:
            for task in beside:
                task.cancel()


async def _stage(stack: AsyncExitStack, scene: Scene, platform: Platform) -> Stage:
    if platform is Platform.SLACK:
        scene.slack = SlackEmulator(retry_delays=REDELIVERIES, seed=scene.plan.seed)
        stage: Stage = SlackStage(scene.slack, scene.plan.threads)
        await stack.enter_async_context(scene.slack)
        return stage
    scene.discord = DiscordEmulator()
    stage = DiscordStage(scene.discord, scene.plan.threads)
    await stack.enter_async_context(scene.discord)
    return stage
