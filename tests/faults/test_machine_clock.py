"""The machine's clock is set while the product runs, and between two runs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import phrases
from tests.faults.machine import Machine, machine
from tests.faults.shifted_clock import DAY_S, HOUR_S, ShiftedClock, shiftable

SLOW_S = 0.06
LIMIT = 3


@dataclass
class Scene:
    around: Machine
    clock: ShiftedClock


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    clock, settings = shiftable(tmp_path)
    async with machine(tmp_path, **settings) as around:
        yield Scene(around, clock)


@pytest.mark.parametrize("shift", [-HOUR_S, DAY_S], ids=["back an hour", "forward a day"])
async def test_set_while_it_runs(scene: Scene, shift: float) -> None:
    """In the middle of answers: they go on, and what is asked after that is fresh."""
    around = scene.around
    async with around.life() as product:
        await around.ask(0)
        await around.answered()
        around.delay_s = SLOW_S
        await around.ask(0)
        await around.begun(0)
        scene.clock.set(shift)
        await around.ask(1)
        await around.answered()
        around.delay_s = 0.0
        await around.slack.drop_sockets()
        await around.discord.drop()
        await around.ask(2)
        await around.answered()
        scene.clock.set(0.0)
        await around.ask(0)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0


async def test_set_back_between_two_runs(scene: Scene) -> None:
    """What was cut off goes on; what was said meanwhile is answered."""
    around = scene.around
    around.delay_s = SLOW_S
    async with around.life() as product:
        await around.ask(0)
        await around.begun(0)
        await product.kill()
    await around.people[1].ask(1)
    scene.clock.set(-HOUR_S)
    around.delay_s = 0.0
    async with around.life() as product:
        await around.answered()
        await around.ask(0)
        await around.answered()
        assert await product.stop() == 0
    scene.clock.set(0.0)
    await around.people[1].ask(2)
    async with around.life():
        await around.answered()
        await around.all_once()


async def test_set_forward_between_two_runs(scene: Scene) -> None:
    """What waits looks a day old: one honest line, and then everything as usual."""
    around = scene.around
    around.model.hang()
    around.model.hang()
    async with around.life() as product:
        await around.ask(0, notice=phrases.AWAY)
        await around.model.arrived(2)
        await product.kill()
    scene.clock.set(DAY_S)
    async with around.life() as product:
        await around.answered()
        await around.ask(0)
        await around.ask(1)
        await around.answered()
        assert await product.stop() == 0
    scene.clock.set(0.0)
    await around.people[1].ask(2)
    async with around.life():
        await around.ask(0)
        await around.answered()
        await around.all_once()


async def test_the_ceiling_of_a_person_ends_at_the_time_that_is_said(tmp_path: Path) -> None:
    clock, settings = shiftable(tmp_path)
    async with machine(tmp_path, **settings, TAMPU_TURNS_PER_HOUR=str(LIMIT)) as around, around.life():
        slack = around.people[0]
        for _ in range(LIMIT):
            await slack.ask()
            await slack.answered()
        assert "60 minutes" in await refusal(around)
        clock.set(HOUR_S + 60.0)
        await slack.ask()
        await slack.answered()
        clock.set(DAY_S)
        await slack.ask()
        await slack.answered()


async def refusal(around: Machine) -> str:
    """Ask once too often; the sentence that comes."""
    slack = around.people[0]
    count = len(slack.seen()[0])
    await slack.ask(notice="refused")
    await around.slack.wait_for(lambda: len(slack.seen()[0]) > count, 10.0)
    sentence = slack.seen()[0][-1]
    slack.expected[0][-1] = sentence
    assert "which is my limit" in sentence
    return sentence
