"""A crash at every point of a turn, again and again: one whole answer, once."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bots import wiring
from core.clock import SystemClock
from core.conversation.turn import WORKING_EVERY_S
from core.memory.store import open_store
from tests.fakes.store import MemoryStore
from tests.faults.crash_lives import naive_life, product_life
from tests.faults.crash_points import Tally, drive, explore
from tests.faults.crash_world import NOW, Scenario, new_world

ONE = "Llamas hum to each other."
TWO = "Llamas hum to each other all day long. They also carry what people give them."
THREE = f"{TWO} In the high Andes they have done so for thousands of years, and still do."
OPENER = "**Ada asked:** what do llamas do?"
NARROW = 50
SCENARIOS = (
    Scenario("one message", (ONE,)),
    Scenario("two messages", (TWO,), limit=NARROW),
    Scenario("a tool on the way", (ONE,), uses_tool=True),
    Scenario("an opener", (TWO,), limit=NARROW, opener=OPENER),
    Scenario("a committed answer", ("Never asked for.",), committed=("Llamas hum", "to each other.")),
    Scenario("delivered again in every life", (TWO,), limit=NARROW, again=True),
    Scenario("another answer in every life", (THREE, ONE, TWO), limit=NARROW),
    Scenario("keys that cannot be asked for at first", (TWO,), limit=NARROW, keys="refused"),
)
UNSEEN = Scenario("keys that are not seen at first", (ONE,), keys="unseen")
PAUSE_TURNS = 5
SEED = 20261123
TRIPLES = 80
PAIRS_ON_DISK = 12


class StillClock(SystemClock):
    """Shows the same time for ever and counts a pause in turns of the loop, so that runs are alike."""

    def now(self) -> float:
        return NOW

    async def sleep(self, seconds: float) -> None:
        if seconds >= WORKING_EVERY_S:
            await SystemClock.sleep(self, seconds)
        for _ in range(PAUSE_TURNS):
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "SystemClock", StillClock)


@pytest.fixture(autouse=True)
def _no_errors() -> Iterator[None]:
    """A crash is nothing that the product should complain of."""
    with capture_logs() as logs:
        yield
    assert [entry for entry in logs if entry["log_level"] in {"error", "critical"}] == []


def by_name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", SCENARIOS, ids=by_name)
async def test_one_two_and_three_crashes_at_every_point(scenario: Scenario) -> None:
    tally = await explore(product_life, await new_world(scenario, MemoryStore()), crashes=3, driven=2)
    tally.say(scenario.name)
    assert tally.failures == []
    assert tally.points > 20
    assert tally.sequences > tally.points**2 / 2


@pytest.mark.parametrize("scenario", [SCENARIOS[0], SCENARIOS[4]], ids=by_name)
async def test_seven_crashes_in_a_row_end_in_the_answer(scenario: Scenario) -> None:
    tally = await explore(product_life, await new_world(scenario, MemoryStore()), crashes=7, driven=0)
    tally.say(f"seven crashes, {scenario.name}")
    assert tally.outcomes(7) == {"once"}
    assert tally.failures == []


async def test_triples_drawn_by_lot_and_driven_one_by_one() -> None:
    rng = random.Random(SEED)
    tally = Tally()
    for number in range(TRIPLES):
        world = await new_world(SCENARIOS[number % len(SCENARIOS)], MemoryStore())
        await drive(product_life, world, tuple(rng.randrange(40) for _ in range(3)), tally)
    tally.say(f"{TRIPLES} triples by lot, seed {SEED}")
    assert tally.failures == []
    assert tally.verdicts[3, "once"] > TRIPLES / 2


@pytest.mark.parametrize("scenario", SCENARIOS, ids=by_name)
async def test_crashes_over_the_store_on_disk(tmp_path: Path, scenario: Scenario) -> None:
    """All single points, and pairs by lot."""
    rng = random.Random(SEED)
    tally = Tally()
    async with open_store(tmp_path) as store:
        points = await drive(product_life, await new_world(scenario, store), (), tally)
        cuts: list[tuple[int, ...]] = [(at,) for at in range(points)]
        cuts += [(rng.randrange(points), rng.randrange(points)) for _ in range(PAIRS_ON_DISK)]
        for number, sequence in enumerate(cuts, 2):
            await drive(product_life, await new_world(scenario, store, number), sequence, tally)
    tally.say(f"on disk, {scenario.name}, seed {SEED}")
    assert tally.failures == []
    assert tally.verdicts[1, "once"] > points * 0.8


async def test_a_platform_that_denies_what_arrived_brings_repeats_but_never_silence() -> None:
    """The one doubt that is left: why adapters look for a while before they say that nothing is there."""
    tally = await explore(product_life, await new_world(UNSEEN, MemoryStore()), crashes=2, driven=1)
    tally.say(UNSEEN.name)
    assert tally.outcomes(2) == {"once", "repeated"}


@pytest.mark.parametrize(("again", "fault"), [(False, "lost"), (True, "repeated")])
async def test_a_naive_bot_fails_here(again: bool, fault: str) -> None:
    scenario = Scenario("a naive bot", (TWO,), limit=NARROW, again=again)
    tally = await explore(naive_life, await new_world(scenario, MemoryStore()), crashes=2, driven=2)
    tally.say(f"{scenario.name}, delivered {'again' if again else 'once'}")
    assert tally.count(fault) > 0
    assert tally.count("once") < tally.sequences / 2
