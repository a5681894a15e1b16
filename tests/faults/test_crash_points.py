"""A crash at every point of a turn, again and again: one whole answer, once."""

import random
from collections.abc import Iterator

import pytest

from tests.fakes.store import MemoryStore
from tests.faults.crash_drive import drive
from tests.faults.crash_lives import naive_life, product_life
from tests.faults.crash_points import Effort, Explorer
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_stage import no_hurry_and_no_errors
from tests.faults.crash_tally import Tally
from tests.faults.crash_texts import COMMITTED, FILES, MAIN, NARROW, ONE, TWO
from tests.faults.crash_world import new_world

# Two doubts at once: both messages of an answer may be there, and the platform does not say so at once.
DOUBTS = (
    Scenario("keys that cannot be asked for at first", (TWO,), limit=NARROW, keys="refused"),
    Scenario("no answer about keys at first, none to a post", (TWO,), limit=NARROW, keys="late", unsure=True),
    Scenario(
        "no key can be asked for, no answer to a post", (TWO,), limit=NARROW, keys="refused", unsure=True
    ),
    Scenario("a committed answer in doubt", (ONE,), committed=COMMITTED, keys="refused", unsure=True),
    Scenario(
        "a file in doubt", (ONE,), committed=COMMITTED[:1], files=FILES[:1], keys="refused", unsure=True
    ),
)
UNSEEN = (
    Scenario("keys that are not seen at first", (ONE,), keys="unseen"),
    Scenario("two keys that are not seen at first", (TWO,), limit=NARROW, keys="unseen"),
)
SEED = 20261123
TRIPLES = 80
DEEPEST = 12
EFFORT = Effort(SEED, cut=6)


@pytest.fixture(autouse=True)
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with no_hurry_and_no_errors(monkeypatch):
        yield


def by_name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", [*MAIN, *DOUBTS], ids=by_name)
async def test_any_number_of_crashes_at_every_point(scenario: Scenario) -> None:
    """Counted up to three; then no crash leads to a world that was not lived in."""
    tally = await Explorer(product_life, effort=EFFORT).explore(scenario, crashes=3, deepest=DEEPEST)
    tally.say(scenario.name)
    assert tally.failures == []
    assert tally.points > 20
    assert tally.sequences > tally.points**2 / 2
    assert tally.is_closed


async def test_triples_drawn_by_lot_and_driven_one_by_one() -> None:
    rng = random.Random(SEED)
    tally = Tally()
    for number in range(TRIPLES):
        world = await new_world(MAIN[number % len(MAIN)], MemoryStore())
        await drive(product_life, world, tuple(rng.randrange(40) for _ in range(3)), tally)
    tally.say(f"{TRIPLES} triples by lot, seed {SEED}")
    assert tally.failures == []
    assert tally.verdicts[3, "once"] > TRIPLES / 2


@pytest.mark.parametrize("scenario", UNSEEN, ids=by_name)
async def test_a_platform_that_denies_what_arrived_brings_repeats_but_never_silence(
    scenario: Scenario,
) -> None:
    """The one doubt that is left: why adapters look for a while before they say that nothing is there."""
    tally = await Explorer(product_life).explore(scenario, crashes=2)
    tally.say(scenario.name)
    assert tally.outcomes() == {"once", "repeated"}


@pytest.mark.parametrize(("again", "fault"), [(False, "lost"), (True, "repeated")])
async def test_a_naive_bot_fails_here(again: bool, fault: str) -> None:
    scenario = Scenario("a naive bot", (TWO,), limit=NARROW, again=again)
    tally = await Explorer(naive_life, effort=EFFORT).explore(scenario, crashes=2)
    tally.say(f"{scenario.name}, delivered {'again' if again else 'once'}")
    assert tally.count(fault) > 0
    # It has no memory that could be judged.
    assert tally.count("once") + tally.count("misremembered") < tally.sequences / 2
