"""Crashes at every point over the store on disk: what a life leaves is a copy of its database."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.crash_copies import OnDisk
from tests.faults.crash_drive import by_lot, drive
from tests.faults.crash_lives import product_life
from tests.faults.crash_points import Effort, Explorer
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_stage import no_hurry_and_no_errors
from tests.faults.crash_tally import Tally
from tests.faults.crash_texts import DELETION, FOLLOW, MAIN, NARROW, ONE, SHORTER, TWO

SEED = 20261123
BY_LOT = 12
EFFORT = Effort(SEED, late=False, moments=5)
CHANGES = (
    Scenario("an edit", (TWO,), limit=NARROW, acts=(SHORTER,)),
    Scenario("a deletion", (ONE,), tools=("look_up",), acts=(DELETION,)),
    Scenario("a follow-up", (ONE,), tools=("look_up",), acts=(FOLLOW,)),
)


@pytest.fixture(autouse=True)
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with no_hurry_and_no_errors(monkeypatch):
        yield


def by_name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", MAIN, ids=by_name)
async def test_all_pairs(tmp_path: Path, scenario: Scenario) -> None:
    tally = await Explorer(product_life, OnDisk(tmp_path), EFFORT).explore(scenario, crashes=2)
    tally.say(f"on disk, {scenario.name}")
    assert tally.failures == []
    assert tally.sequences > tally.points**2 / 2


@pytest.mark.parametrize("scenario", CHANGES, ids=by_name)
async def test_changes_at_every_moment(tmp_path: Path, scenario: Scenario) -> None:
    """And then a crash at every point; after a crash at every point they come at moments by lot."""
    tally = await Explorer(product_life, OnDisk(tmp_path), EFFORT).explore(scenario, crashes=1)
    tally.say(f"on disk, {scenario.name}, seed {SEED}")
    assert tally.failures == []
    assert tally.sequences > tally.points**2 / 3


@pytest.mark.parametrize("scenario", [*MAIN, *CHANGES], ids=by_name)
async def test_processes_are_cut_in_earnest(tmp_path: Path, scenario: Scenario) -> None:
    """Pairs and moments by lot; what a cut process has handed to the writer may still be written."""
    rng = random.Random(SEED)
    ground, tally = OnDisk(tmp_path), Tally()
    first = await ground.begun(scenario)
    for _ in range(BY_LOT):
        cuts, moments = by_lot(rng, scenario, lives=3)
        async with ground.opened(first) as world:
            await drive(product_life, world, cuts, tally, ground=ground, moments=moments)
    tally.say(f"on disk, {BY_LOT} by lot, {scenario.name}, seed {SEED}")
    assert tally.failures == []
