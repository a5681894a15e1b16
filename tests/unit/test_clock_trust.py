"""A date is believed when it was seen coming, or has held for a day, and no platform contradicts it."""

from dataclasses import dataclass

import pytest

from core.conversation.clock_trust import BEHIND, DAY_S, LEAPT, UNKNOWN, ClockTrust
from core.forgetting import Signs
from tests.contract.stores import NOW
from tests.fakes.clock import ManualClock

HOUR_S = 3_600.0
YEARS_S = 10 * 365 * DAY_S
NOTHING = Signs(lived=False)


@dataclass
class Witness:
    """Says what it is told to."""

    said: Signs = NOTHING

    async def signs(self, now: float) -> Signs:
        return self.said


async def test_a_first_start_waits_for_a_day() -> None:
    clock = ManualClock(NOW)
    trust = ClockTrust(Witness(), clock)
    assert await trust.doubt() == UNKNOWN
    clock.advance(DAY_S - 1)
    assert await trust.doubt() == UNKNOWN
    clock.advance(1)
    assert await trust.doubt() == ""


async def test_a_restart_in_the_usual_days_waits_for_nothing() -> None:
    assert await ClockTrust(Witness(Signs(lived=True)), ManualClock(NOW)).doubt() == ""


async def test_a_date_that_leaps_while_the_process_runs_is_not_believed_for_a_day() -> None:
    clock, witness = ManualClock(NOW), Witness(Signs(lived=True))
    trust = ClockTrust(witness, clock)
    assert await trust.doubt() == ""
    clock.at += YEARS_S
    witness.said = Signs(lived=False)
    for _ in range(24):
        assert await trust.doubt() == LEAPT
        clock.advance(HOUR_S)
    assert await trust.doubt() == ""


async def test_a_date_that_is_set_right_again_is_believed_at_once() -> None:
    clock, witness = ManualClock(NOW), Witness()
    trust = ClockTrust(witness, clock)
    clock.at += YEARS_S
    assert await trust.doubt() == LEAPT
    clock.at -= YEARS_S
    witness.said = Signs(lived=True)
    assert await trust.doubt() == ""


async def test_an_hour_of_summer_time_and_a_slow_clock_are_no_leaps() -> None:
    clock = ManualClock(NOW)
    trust = ClockTrust(Witness(), clock)
    for step in (HOUR_S, -HOUR_S, 2 * DAY_S, -2 * DAY_S):
        clock.at += step
        assert await trust.doubt() == UNKNOWN
    clock.advance(DAY_S)
    assert await trust.doubt() == ""


@pytest.mark.parametrize("lived", [True, False])
async def test_a_platform_that_contradicts_is_believed_as_long_as_it_does(lived: bool) -> None:
    clock, witness = ManualClock(NOW), Witness(Signs(lived, lag=YEARS_S))
    trust = ClockTrust(witness, clock)
    for _ in range(10):
        assert await trust.doubt() == BEHIND
        clock.advance(DAY_S)
    witness.said = Signs(lived, lag=DAY_S)
    assert await trust.doubt() == ""
