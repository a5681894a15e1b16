"""The whole bench, in order: starts, one question at a time, stops, a long answer, twenty at once."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.bench.machine import cpu_seconds, resident_mib
from tests.bench.plan import Footprint, Measured, Plan
from tests.bench.rounds import Calls, Results, Watched, scripted
from tests.bench.stages import PLACES, DiscordStage, SlackStage, Stage
from tests.bench.starts import measure_starts
from tests.bench.stops import Stopping
from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.product import discord_settings, environment, model_settings, running, slack_settings

IDLE_S = 3.0
BEAT_S = 0.01
ONE_S = 30.0
CROWD_S = 75.0
LONG_S = 90.0


async def measure(plan: Plan, measured: Measured, folder: Path) -> None:
    """Carry out the plan against emulators with the platforms' own limits, in an empty folder."""
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ModelEmulator())
        slack = await stack.enter_async_context(SlackEmulator())
        discord = await stack.enter_async_context(DiscordEmulator())
        model.answer_with(scripted)
        settings = {"Slack": slack_settings(slack), "Discord": discord_settings(discord)}
        stages: tuple[Stage, ...] = (SlackStage(slack), DiscordStage(discord))
        measured.starts = await measure_starts(settings, model_settings(model), folder, plan.starts)
        products = []
        calls, numbers = Calls(model), itertools.count(plan.seed)
        for stage in stages:
            chosen = {**settings[stage.name], **model_settings(model), "TAMPU_TURNS_PER_HOUR": "0"}
            product = await stack.enter_async_context(running(environment(folder / stage.name, **chosen)))
            products.append(Watched(stage, calls, product.process.pid, numbers))
        async with beating(measured.late_s):
            await _rounds(plan, measured, products)


async def _rounds(plan: Plan, measured: Measured, products: Sequence[Watched]) -> None:
    idle = await _idle(products)
    for _ in range(plan.singles):
        await _each(products, plan.usual, ONE_S, measured.single)
    stopping = await _stops(products, plan)
    await _each(products, plan.long, LONG_S, measured.long)
    for number in range(plan.crowds):
        if number:
            await asyncio.sleep(max(product.stage.refill_s for product in products))
        await _crowd(products, plan.usual, measured.crowd)
    await asyncio.sleep(1.0)
    for product in products:
        resident, share = idle[product.stage.name]
        after = resident_mib(product.pid)
        measured.footprint[product.stage.name] = Footprint(resident, after, share)
        measured.left_over += product.left_over()
        measured.stops[product.stage.name] = stopping[product.stage.name].judged()


async def _each(products: Sequence[Watched], length: int, seconds: float, into: dict[str, Results]) -> None:
    """One question on each platform; the platforms have a product each and do not meet."""
    rounds = [(product, await product.begin([0], length)) for product in products]
    for product, begun in rounds:
        _add(into, product, await begun.finish(seconds))


async def _stops(products: Sequence[Watched], plan: Plan) -> Mapping[str, Stopping]:
    """One answer after the other is stopped, on both platforms beside each other."""
    stopping = {product.stage.name: Stopping(product, plan.usual) for product in products}
    for _ in range(plan.stops):
        async with asyncio.TaskGroup() as tasks:
            for each in stopping.values():
                tasks.create_task(each.round())
    return stopping


async def _crowd(products: Sequence[Watched], length: int, into: dict[str, Results]) -> None:
    """Twenty questions on each platform, the next platform's when the model has nothing more to say.

    What is then left of the first is waiting for its limits, which takes next to no CPU.
    """
    rounds = []
    for product in products:
        begun = await product.begin(range(PLACES), length)
        rounds.append((product, begun))
        await begun.spoken(CROWD_S)
    for product, begun in reversed(rounds):
        _add(into, product, await begun.finish(CROWD_S))


def _add(into: dict[str, Results], product: Watched, results: Results) -> None:
    into[product.stage.name] = into.get(product.stage.name, Results()) + results


async def _idle(products: Sequence[Watched]) -> Mapping[str, tuple[float, float]]:
    """Resident MiB and the percent of a core that each product takes while nobody asks."""
    before = [cpu_seconds(product.pid) for product in products]
    await asyncio.sleep(IDLE_S)
    return {
        product.stage.name: (
            resident_mib(product.pid),
            100 * (cpu_seconds(product.pid) - spent) / IDLE_S,
        )
        for product, spent in zip(products, before, strict=True)
    }


@asynccontextmanager
async def beating(late_s: list[float]) -> AsyncIterator[None]:
    """Note how late this loop comes back from its sleeps: the error of every time that is taken here."""

    async def beat() -> None:
        while True:
            asleep = time.monotonic()
            await asyncio.sleep(BEAT_S)
            late_s.append(time.monotonic() - asleep - BEAT_S)

    async with asyncio.TaskGroup() as tasks:
        beats = tasks.create_task(beat())
        try:
            yield
        finally:
            beats.cancel()
