"""No more in a minute than the budget, and slower where a server says that little is left."""

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.llama.limits import Allowance, Counted
from core.llama.line import Line, LineRules
from core.llama.pace import Budget, Pace
from core.llama.queued import Queued
from core.transcript import Finish, Finished, ModelRequest, TextDelta, Usage
from tests.fakes.clock import ManualClock
from tests.faults.stateful_time import JumpingClock
from tests.unit.llama_steady_stage import ScriptedModel, Step, asking, live, read

R, T = Counted.REQUESTS, Counted.TOKENS


def said(tokens: int, *, counted: bool = True) -> tuple[Step, ...]:
    usage = Usage(10, tokens - 10) if counted else None
    return (0.5, TextDelta("x" * 30), Finished(Finish.STOP, usage=usage))


def most_in_a_minute(times: Iterable[tuple[float, int]]) -> int:
    spent = sorted(times)
    return max(sum(cost for at, cost in spent if began <= at < began + 60.0) for began, _ in spent)


# The operator's budget


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 90.0), st.integers(1, 400)), min_size=1, max_size=40),
    st.integers(1, 12),
    st.integers(500, 2000),
)
def test_no_minute_has_more_than_the_budget(
    asks: list[tuple[float, int]], requests: int, tokens: int
) -> None:
    spent: list[tuple[float, int]] = []

    async def one(line: Line, clock: JumpingClock, at: float, cost: int) -> None:
        await asyncio.sleep(at)
        place = await line.enter(cost)
        # What is used is never more than what was reserved, and often far less.
        used = cost if cost % 2 else cost // 3
        spent.append((clock.monotonic(), used))
        await asyncio.sleep(0.3)
        place.answered()
        place.leave(used)

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(64, Budget(requests, tokens), longest_wait_s=1e6), clock)
        async with asyncio.TaskGroup() as group:
            for at, cost in asks:
                group.create_task(one(line, clock, at, cost))

    live(story)
    assert len(spent) == len(asks)
    assert most_in_a_minute((at, 1) for at, _ in spent) <= requests
    assert most_in_a_minute(spent) <= tokens


def test_parallel_calls_cannot_overspend() -> None:
    model = ScriptedModel(said(100))

    async def story(clock: JumpingClock) -> None:
        line = Line(LineRules(64, Budget(tokens_per_minute=1000), longest_wait_s=1e6), clock)
        queued = Queued(model, line, lambda _: 100)
        await asyncio.gather(*(read(queued, asking(max_tokens=400)) for _ in range(50)))

    live(story)
    # 500 are reserved each, so two at a time go; 100 are used, so more may follow.
    assert model.most_open == 2
    assert most_in_a_minute((at, 100) for at in model.at) <= 1000
    assert len(model.at) == 50


@pytest.mark.parametrize(
    ("script", "used"),
    [
        (said(110), 110),
        (said(110, counted=False), 60),
        ((1.0, TextDelta("x" * 30), 1.0, Finished(Finish.STOP, usage=Usage(1, 1))), 2),
    ],
)
def test_what_was_used_takes_the_place_of_the_estimate(script: tuple[Step, ...], used: int) -> None:
    model = ScriptedModel(script)

    async def story(clock: JumpingClock) -> float:
        line = Line(LineRules(budget=Budget(tokens_per_minute=1000)), clock)
        await read(Queued(model, line, lambda _: 50), asking(max_tokens=900))
        (await line.enter(1000 - used)).leave(1000 - used)
        soon = clock.monotonic()
        (await line.enter(1)).leave(1)
        assert clock.monotonic() == 60.0
        return soon

    assert live(story) < 3.0


def test_a_request_larger_than_the_budget_goes_alone() -> None:
    async def story(clock: JumpingClock) -> list[float]:
        line = Line(LineRules(budget=Budget(tokens_per_minute=100)), clock)
        at = []
        for cost in (60, 5000, 60):
            (await line.enter(cost)).leave(cost)
            at.append(clock.monotonic())
        return at

    assert live(story) == [0.0, 60.0, 120.0]


def test_without_a_budget_nothing_is_remembered() -> None:
    clock = ManualClock()
    pace = Pace(Budget(), clock)
    for _ in range(1000):
        assert pace.wait_s(10**9) == 0.0
        pace.settle(pace.reserve(10**9), 1)
    assert pace._spent == type(pace._spent)()


# What the server says


@pytest.mark.parametrize(
    ("allowance", "waits"),
    [
        (Allowance(R, 30, 60, 60.0), 0.0),
        (Allowance(R, 4, 60, 60.0), 0.0),
        (Allowance(R, 2, 60, 60.0), 20.0),
        (Allowance(R, 0, 60, 8.0), 8.0),
        (Allowance(R, 0, 10), 60.0),
        (Allowance(R, 0, 1000, 33011.0), 60.0),
        (Allowance(R, 0, 60, 0.0), 0.0),
        (Allowance(R, 3), 0.0),
        (Allowance(R, 0), 60.0),
        (Allowance(T, 5000, 100_000, 30.0), 0.0),
        (Allowance(T, 4000, 100_000, 30.0), 6.0),
        (Allowance(T, 500, 100_000, 30.0), 30.0),
    ],
    ids=repr,
)
def test_little_left_is_spread_over_the_time(allowance: Allowance, waits: float) -> None:
    clock = ManualClock()
    pace = Pace(Budget(), clock)
    pace.hear((allowance,))
    assert pace.wait_s(1000) == pytest.approx(waits)
    clock.advance(waits)
    assert pace.wait_s(1000) == pytest.approx(0.0)


def test_requests_under_way_count_as_used() -> None:
    clock = ManualClock()
    pace = Pace(Budget(), clock)
    pace.hear((Allowance(R, 5, 60, 60.0),))
    waits = []
    for _ in range(6):
        waits.append(pace.wait_s(1))
        clock.advance(waits[-1])
        pace.reserve(1)
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert sum(waits[3:]) == pytest.approx(60.0)
    assert min(waits[3:]) >= 10.0
    clock.advance(60.0)
    assert pace.wait_s(1) == 0.0


def test_of_several_windows_the_tightest_counts() -> None:
    clock = ManualClock()
    pace = Pace(Budget(), clock)
    pace.hear((Allowance(R, 29, 30, 60.0), Allowance(R, 0, 1000, 40.0), Allowance(T, 9000, 9000, 1.0)))
    assert pace.wait_s(1) == 40.0


def test_headers_of_a_response_slow_the_next_request_down() -> None:
    model = ScriptedModel()

    async def story(clock: JumpingClock) -> float:
        line = Line(LineRules(), clock)
        queued = Queued(model, line, _nothing)
        await read(queued)
        line.observe({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12s"})
        await read(queued)
        return clock.monotonic()

    assert live(story) == 12.0


def _nothing(_request: ModelRequest) -> int:
    return 0
