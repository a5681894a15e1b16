"""A crash at every point at which it is written what calls use: none stays open, and none goes uncounted."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from core.principal import HOUSE
from core.spending import SpendingStore
from core.transcript import Usage
from tests.fakes.store import MemoryStore
from tests.faults.crash_copies import OnDisk
from tests.faults.crash_drive import drive
from tests.faults.crash_line import SPENDING
from tests.faults.crash_lives import product_life
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_stage import no_hurry_and_no_errors
from tests.faults.crash_tally import Tally
from tests.faults.crash_texts import DELETION, NARROW, ONE, TWO
from tests.faults.crash_world import World, new_world

SEED = 20261123
PAIRS = 300
# The scripted model says of each call that it used one token and one more.
EACH = 2
WHEN = ("before", "after")
WHAT = ("reserve", "settle", "balances", "settle_left")
SCENARIOS = (
    Scenario("one message", (ONE,), starts=True),
    Scenario("two messages and a tool", (TWO,), limit=NARROW, tools=("look_up",), starts=True),
    Scenario("a deletion", (ONE,), acts=(DELETION,), starts=True),
)


@pytest.fixture(autouse=True)
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with no_hurry_and_no_errors(monkeypatch):
        yield


async def judge(world: World, crashes: int) -> None:
    """Every call of the model is counted once; of one that a crash ended, all that was set aside."""
    store = cast("SpendingStore", world.store)
    assert await store.settle_left() == 0
    [house] = [use for use in (await store.report(0.0)).subjects if use.label == HOUSE]
    assert world.asked <= house.calls <= world.asked + crashes
    used = house.usage.prompt_tokens + house.usage.completion_tokens
    assert used >= EACH * world.asked
    if not crashes:
        assert house.usage == Usage(house.calls, house.calls)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_a_crash_at_every_point(scenario: Scenario) -> None:
    whole = await _driven(scenario, ())
    at_spending = [at for at, point in enumerate(whole) if point.rpartition(" ")[2] in SPENDING]
    assert {whole[at] for at in at_spending} >= {f"{when} {what}" for when in WHEN for what in WHAT}
    for at in range(len(whole)):
        await _driven(scenario, (at,))


async def test_pairs_drawn_by_lot() -> None:
    rng = random.Random(SEED)
    for number in range(PAIRS):
        await _driven(SCENARIOS[number % len(SCENARIOS)], (rng.randrange(50), rng.randrange(50)))


async def test_on_disk(tmp_path: Path) -> None:
    ground = OnDisk(tmp_path)
    for at in range(0, 60, 3):
        async with ground.opened(await ground.begun(SCENARIOS[1])) as world:
            await drive(product_life, world, (at,), tally := Tally(), ground=ground, at_spending=True)
            assert tally.failures == []
            await judge(world, 1)


async def _driven(scenario: Scenario, cuts: tuple[int, ...]) -> list[str]:
    world, tally = await new_world(scenario, MemoryStore()), Tally()
    points = await drive(product_life, world, cuts, tally, at_spending=True)
    assert tally.failures == []
    await judge(world, len(cuts))
    return points
