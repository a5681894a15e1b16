"""One row: a bot, a load, a fault, and what people saw in the end."""

import asyncio
import random
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.faults.bots import Make
from tests.faults.failing_model import faithful
from tests.faults.judge import Verdict
from tests.faults.ledger import Ledger
from tests.faults.lives import Lives
from tests.faults.load import Load
from tests.faults.on_discord import DiscordStage
from tests.faults.on_slack import SlackStage
from tests.faults.plan import Ending, Fault, Plan, Platform
from tests.faults.scene import Scene
from tests.faults.stages import Stage
from tests.faults.trouble import AGAIN_S, MEANWHILE, set_up

ROW_S = 240.0
SPARE_S = 30.0


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a fault.

    ``met`` is how often it struck, how much people changed, and how much they did while the bot was not
    there. ``recovery_s`` is ``None`` where nothing had to recover. ``died``: the bot ended although nobody
    ended it.
    """

    fault: Fault
    platform: Platform
    verdict: Verdict
    met: int
    kills: int
    slowest_s: float
    recovery_s: float | None
    died: int
    trouble: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Whether the bot kept what it promises."""
        return self.verdict.kept and not self.died

    def __add__(self, other: "Row") -> "Row":
        """The same fault in another round."""
        recovered = [row.recovery_s for row in (self, other) if row.recovery_s is not None]
        return replace(
            self,
            verdict=self.verdict + other.verdict,
            met=self.met + other.met,
            kills=self.kills + other.kills,
            slowest_s=max(self.slowest_s, other.slowest_s),
            recovery_s=max(recovered, default=None),
            died=self.died + other.died,
            trouble=self.trouble + other.trouble,
        )


async def play(fault: Fault, platform: Platform, plan: Plan, make: Make, folder: Path) -> Row:
    """Play one row to its end, at most some minutes; what is not there by then is lost."""
    if fault.wait_s:
        plan = replace(plan, rounds=1, rate=0.5, endings=5, unready=1.0, answer_s=fault.wait_s)
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ModelEmulator())
        scene = Scene(plan, model, chance=random.Random(f"{plan.seed}:{fault.key}:{platform}"))
        stage = await _stage(stack, scene, platform)
        model.answer_with(faithful(scene))
        set_up(scene, fault.key)
        ledger = Ledger(stage, plan, fault.notices)
        scene.is_noticed = ledger.is_noticed
        row_s = ROW_S + fault.wait_s
        last_end = time.monotonic() + row_s - plan.answer_s - SPARE_S
        lives = Lives(make(stage, model, folder), fault, scene, Load(ledger, fault), last_end)
        with suppress(TimeoutError):
            async with asyncio.timeout(row_s):
                await _together(lives)
        return _row(lives, platform)


def _row(lives: Lives, platform: Platform) -> Row:
    ledger, scene = lives.load.ledger, lives.scene
    trouble = (*ledger.trouble(), *lives.died)
    return Row(
        fault=lives.fault,
        platform=platform,
        verdict=ledger.verdict(),
        met=scene.met + ledger.changes + (ledger.missed if lives.fault.ending else 0),
        kills=lives.ended if lives.fault.ending is Ending.KILL else 0,
        slowest_s=ledger.slowest_s(),
        recovery_s=ledger.recovery_s() if lives.fault.ending else None,
        died=len(lives.died),
        trouble=tuple(f"seed {scene.plan.seed}: {line}" for line in trouble),
    )


async def _together(lives: Lives) -> None:
    """The people, the bot's lives, and what happens meanwhile."""
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(lives.load.run())]
        if lives.fault.key in MEANWHILE:
            beside.append(tasks.create_task(_meanwhile(lives)))
        try:
            await lives.run()
        finally:
            for task in beside:
                task.cancel()


async def _meanwhile(lives: Lives) -> None:
    await lives.load.may_ask.wait()
    await lives.load.introduced()
    await MEANWHILE[lives.fault.key](lives.scene)


async def _stage(stack: AsyncExitStack, scene: Scene, platform: Platform) -> Stage:
    if platform is Platform.SLACK:
        scene.slack = SlackEmulator(retry_delays=AGAIN_S, seed=scene.plan.seed)
        stage: Stage = SlackStage(scene.slack, scene.plan.places)
        await stack.enter_async_context(scene.slack)
        return stage
    scene.discord = DiscordEmulator()
    stage = DiscordStage(scene.discord, scene.plan.places)
    await stack.enter_async_context(scene.discord)
    return stage
