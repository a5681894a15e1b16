"""Pauses between tries."""

import pytest

from core.conversation.backoff import FIRST_PAUSE_S, LONGEST_PAUSE_S, Backoff
from tests.fakes.clock import ManualClock


class NotingClock(ManualClock):
    """Moves on by what is slept, and keeps a list of it."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)


@pytest.fixture
def clock() -> NotingClock:
    return NotingClock()


async def test_pauses_double_up_to_the_longest(clock: NotingClock) -> None:
    backoff = Backoff(clock)
    for _ in range(10):
        await backoff.rest()
    assert clock.slept[:4] == [FIRST_PAUSE_S, 1.0, 2.0, 4.0]
    assert clock.slept[-2:] == [LONGEST_PAUSE_S, LONGEST_PAUSE_S]


async def test_a_pause_is_as_long_as_it_was_asked_for(clock: NotingClock) -> None:
    backoff = Backoff(clock)
    await backoff.rest(at_least=7.0)
    await backoff.rest(at_least=0.1)
    assert clock.slept == [7.0, 1.0]


async def test_after_a_success_it_begins_with_short_ones(clock: NotingClock) -> None:
    backoff = Backoff(clock)
    for _ in range(5):
        await backoff.rest()
    backoff.succeed()
    assert backoff.failing_s == 0.0
    await backoff.rest()
    assert clock.slept[-1] == FIRST_PAUSE_S


async def test_failures_are_counted_from_the_first(clock: NotingClock) -> None:
    backoff = Backoff(clock)
    clock.advance(1000)
    assert backoff.failing_s == 0.0
    backoff.fail()
    clock.advance(5)
    backoff.fail()
    assert backoff.failing_s == 5.0


async def test_the_time_of_day_does_not_matter(clock: NotingClock) -> None:
    backoff = Backoff(clock)
    backoff.fail()
    clock.at -= 86_400
    assert backoff.failing_s == 0.0
