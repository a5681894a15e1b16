"""Crashes at every point, and the question is edited, deleted or followed up at every moment."""

import random
from collections.abc import Iterator

import pytest

from core.conversation.following import FollowUp
from tests.fakes.store import MemoryStore
from tests.faults.crash_drive import by_lot, drive
from tests.faults.crash_lives import product_life
from tests.faults.crash_points import Effort, Explorer
from tests.faults.crash_scenario import Act, Kind, Scenario
from tests.faults.crash_stage import no_hurry_and_no_errors
from tests.faults.crash_tally import Tally
from tests.faults.crash_texts import DELETION, FILES, FOLLOW, LONGER, NARROW, ONE, OTHER, SHORTER, THREE, TWO
from tests.faults.crash_world import new_world

TOOLS = ("look_up", "read_up")
# Crashes are counted up to three here; no more of them lead anywhere else.
ANY_NUMBER = (
    Scenario("an edit", (ONE,), acts=(SHORTER,)),
    Scenario("a deletion", (ONE,), acts=(DELETION,)),
    Scenario("a follow-up", (ONE,), acts=(FOLLOW,)),
)
PAIRS = (
    Scenario("an edit, to fewer messages", (TWO,), limit=NARROW, acts=(SHORTER,)),
    Scenario("a deletion, two messages", (TWO,), limit=NARROW, acts=(DELETION,)),
)
SINGLES = (
    Scenario("an edit, to more messages, step by step", (ONE,), limit=NARROW, acts=(LONGER,), slowly=True),
    Scenario("an edit, with a tool", (ONE,), tools=("look_up",), acts=(SHORTER,)),
    Scenario("an edit, with files", (ONE,), tools=("read_up",), files=FILES[:1], acts=(SHORTER,)),
    Scenario("a deletion, with files", (ONE,), tools=("read_up",), files=FILES[:1], acts=(DELETION,)),
    Scenario("an edit, delivered first and again", (TWO,), NARROW, acts=(LONGER,), again=True, swapped=True),
    Scenario("an edit, to more again while what was too much goes", (THREE, ONE), NARROW, acts=(LONGER,)),
    Scenario("an edit, in doubt", (TWO,), NARROW, acts=(SHORTER,), keys="refused", unsure=True),
    Scenario("a deletion, with tools, step by step", (ONE,), tools=TOOLS, acts=(DELETION,), slowly=True),
    Scenario(
        "a deletion, delivered first and again", (TWO,), NARROW, acts=(DELETION,), again=True, swapped=True
    ),
    Scenario("a deletion, in doubt", (TWO,), NARROW, acts=(DELETION,), keys="late", unsure=True),
    Scenario("a follow-up that waits", (ONE,), acts=(FOLLOW,), follow_up=FollowUp.QUEUE),
    Scenario(
        "a follow-up that interrupts", (ONE,), acts=(FOLLOW,), follow_up=FollowUp.INTERRUPT, slowly=True
    ),
    Scenario("a follow-up that joins after a tool", (ONE,), tools=("look_up",), acts=(FOLLOW,)),
    Scenario("a follow-up, delivered first and again", (ONE,), acts=(FOLLOW,), again=True, swapped=True),
    Scenario(
        "a follow-up, in doubt, step by step", (TWO,), NARROW, acts=(FOLLOW,), keys="refused", slowly=True
    ),
)
# More than one thing is done: at moments by lot, with crashes by lot.
BY_LOT = (
    Scenario("two edits", (TWO,), limit=NARROW, acts=(LONGER, Act(Kind.EDIT, "What do vicuñas do?", ONE))),
    Scenario("an edit, then a deletion", (TWO,), limit=NARROW, acts=(LONGER, DELETION)),
    Scenario("a deletion, then another question", (TWO,), limit=NARROW, acts=(DELETION, FOLLOW)),
    Scenario("two follow-ups", (ONE,), NARROW, acts=(FOLLOW, Act(Kind.FOLLOW, "And vicuñas?", OTHER))),
    Scenario("a follow-up, the first deleted", (TWO,), limit=NARROW, acts=(FOLLOW, DELETION)),
    Scenario("a follow-up, deleted", (TWO,), limit=NARROW, acts=(FOLLOW, Act(Kind.DELETE, about=1))),
    Scenario("a follow-up, edited", (ONE,), acts=(FOLLOW, Act(Kind.EDIT, "And vicuñas?", OTHER, about=1))),
)
SEED = 20261123
LOTS = 100
LIVES = 3
EFFORT = Effort(SEED, cut=3)


@pytest.fixture(autouse=True)
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with no_hurry_and_no_errors(monkeypatch):
        yield


def by_name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", ANY_NUMBER, ids=by_name)
async def test_at_every_moment_with_any_number_of_crashes(scenario: Scenario) -> None:
    tally = await Explorer(product_life, effort=EFFORT).explore(scenario, crashes=3, deepest=12)
    tally.say(scenario.name)
    assert tally.failures == []
    assert tally.is_closed
    assert tally.sequences > tally.points**3


@pytest.mark.parametrize("scenario", PAIRS, ids=by_name)
async def test_at_every_moment_with_two_crashes_at_every_point(scenario: Scenario) -> None:
    tally = await Explorer(product_life, effort=EFFORT).explore(scenario, crashes=2)
    tally.say(scenario.name)
    assert tally.failures == []
    assert tally.sequences > tally.points**2


@pytest.mark.parametrize("scenario", SINGLES, ids=by_name)
async def test_at_every_moment_with_a_crash_at_every_point(scenario: Scenario) -> None:
    tally = await Explorer(product_life, effort=EFFORT).explore(scenario, crashes=1)
    tally.say(scenario.name)
    assert tally.failures == []
    assert tally.sequences > tally.points


@pytest.mark.parametrize("scenario", BY_LOT, ids=by_name)
async def test_one_thing_after_the_other_at_moments_by_lot(scenario: Scenario) -> None:
    rng = random.Random(SEED)
    tally = Tally()
    for _ in range(LOTS):
        cuts, moments = by_lot(rng, scenario, LIVES)
        world = await new_world(scenario, MemoryStore())
        await drive(product_life, world, cuts, tally, moments=moments)
    tally.say(f"{scenario.name}, {LOTS} by lot, seed {SEED}")
    assert tally.failures == []
    assert tally.verdicts[LIVES - 1, "once"] > LOTS / 4
