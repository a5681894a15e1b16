"""Crashes at every point, and every start is a real one: loops of crashes, and long absences."""

from collections.abc import Iterator

import pytest

from core.conversation.recovery import MOST_CRASHES
from core.conversation.turn import STRIKES
from tests.faults.crash_lives import product_life
from tests.faults.crash_points import Explorer
from tests.faults.crash_scenario import Scenario
from tests.faults.crash_stage import no_hurry_and_no_errors
from tests.faults.crash_texts import DELETION, FOLLOW, LONGER, NARROW, ONE, TWO

TWENTY_MINUTES = 1200.0
LOOP = MOST_CRASHES + STRIKES + 1
ABSENCES = (
    (Scenario("away", (TWO,), NARROW, starts=True, away_s=TWENTY_MINUTES), 3),
    (Scenario("away, an edit", (TWO,), NARROW, starts=True, away_s=TWENTY_MINUTES, acts=(LONGER,)), 1),
    (Scenario("away, a deletion", (TWO,), NARROW, starts=True, away_s=TWENTY_MINUTES, acts=(DELETION,)), 1),
    (Scenario("away, a follow-up", (ONE,), starts=True, away_s=TWENTY_MINUTES, acts=(FOLLOW,)), 1),
)


@pytest.fixture(autouse=True)
def _stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with no_hurry_and_no_errors(monkeypatch):
        yield


async def test_a_loop_of_crashes_ends_in_the_answer_or_in_an_honest_word() -> None:
    tally = await Explorer(product_life).explore(Scenario("a loop", (ONE,), starts=True), crashes=LOOP)
    tally.say(f"{LOOP} crashes in a row")
    assert tally.outcomes() == {"once", "given up"}
    assert {crashes for crashes, found in tally.verdicts if found == "given up"} == {LOOP - 1, LOOP}


@pytest.mark.parametrize(("scenario", "crashes"), ABSENCES, ids=[scenario.name for scenario, _ in ABSENCES])
async def test_after_an_absence_there_is_the_answer_or_one_line(scenario: Scenario, crashes: int) -> None:
    tally = await Explorer(product_life).explore(scenario, crashes)
    tally.say(scenario.name)
    assert tally.failures == []
    assert tally.sequences > tally.points
