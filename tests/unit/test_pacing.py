"""The schedule of posts and edits."""

import asyncio

import pytest

from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.conversation.pacing import Pacer, Ticket, Urgency
from tests.fakes.clock import ManualClock

EDITS = frozenset({Action.EDIT})
PER_ACCOUNT = Capabilities(2000, len, (Pace(EDITS, Scope.ACCOUNT, per_second=1.0, burst=3),), "")
PER_MESSAGE = Capabilities(2000, len, (Pace(EDITS, Scope.MESSAGE, per_second=1.0, burst=1),), "")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def pacer(clock: ManualClock) -> Pacer:
    return Pacer(clock)


def edit(
    pacer: Pacer,
    message: str,
    urgency: Urgency = Urgency.PROGRESS,
    capabilities: Capabilities = PER_ACCOUNT,
    channel: str = "c1",
) -> Ticket:
    return pacer.ask(Action.EDIT, Address("test", "a1", channel, "t1"), message, capabilities, urgency)


def granted(*tickets: Ticket) -> list[bool]:
    return [ticket.granted.done() for ticket in tickets]


async def test_progress_leaves_a_slot_for_the_last_edit(pacer: Pacer) -> None:
    progress = [edit(pacer, f"m{number}") for number in range(3)]
    assert granted(*progress) == [True, True, False]
    final = edit(pacer, "m9", Urgency.FINAL)
    assert granted(final, progress[2]) == [True, False]


async def test_finals_go_before_first_words_before_progress(pacer: Pacer, clock: ManualClock) -> None:
    for number in range(3):
        edit(pacer, f"x{number}", Urgency.FINAL)
    progress = edit(pacer, "m1")
    first = edit(pacer, "m2", Urgency.FIRST)
    final = edit(pacer, "m3", Urgency.FINAL)
    order = []
    for _ in range(5):
        clock.advance(1.0)
        pacer.pump()
        order.append(granted(final, first, progress))
    assert order[:2] == [[True, False, False], [True, True, False]]
    assert order[4] == [True, True, True]


async def test_a_ticket_can_be_hurried(pacer: Pacer, clock: ManualClock) -> None:
    for number in range(3):
        edit(pacer, f"x{number}", Urgency.FINAL)
    early, late = edit(pacer, "m1"), edit(pacer, "m2")
    late.hurry()
    clock.advance(1.0)
    pacer.pump()
    assert granted(early, late) == [False, True]


async def test_a_hold_stops_everybody_in_the_bucket_and_slows_it_down(
    pacer: Pacer, clock: ManualClock
) -> None:
    held = edit(pacer, "m1")
    pacer.hold(held, 30.0)
    waiting = edit(pacer, "m2", Urgency.FINAL)
    clock.advance(29.0)
    pacer.pump()
    assert granted(waiting) == [False]
    clock.advance(1.1)
    pacer.pump()
    assert granted(waiting) == [True]
    assert held.buckets[0].factor < 0.8


async def test_messages_have_their_own_spacing(pacer: Pacer, clock: ManualClock) -> None:
    first = edit(pacer, "m1", capabilities=PER_MESSAGE)
    again = edit(pacer, "m1", capabilities=PER_MESSAGE)
    other = edit(pacer, "m2", capabilities=PER_MESSAGE)
    assert granted(first, again, other) == [True, False, True]
    clock.advance(1.0)
    pacer.pump()
    assert granted(again) == [True]


async def test_one_that_waits_is_not_starved_by_later_ones(pacer: Pacer, clock: ManualClock) -> None:
    waiting = [edit(pacer, f"m{number}") for number in range(10)]
    for _ in range(12):
        clock.advance(1.0)
        pacer.pump()
        edit(pacer, "later")
    assert all(granted(*waiting))


async def test_a_cancelled_wait_leaves_the_line(pacer: Pacer, clock: ManualClock) -> None:
    for number in range(3):
        edit(pacer, f"x{number}", Urgency.FINAL)
    waiting = edit(pacer, "m1", Urgency.FINAL)
    task = asyncio.create_task(waiting.wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    following = edit(pacer, "m2", Urgency.FINAL)
    clock.advance(1.0)
    pacer.pump()
    assert granted(following) == [True]


async def test_finished_messages_leave_nothing_behind(pacer: Pacer, clock: ManualClock) -> None:
    for number in range(500):
        ticket = edit(pacer, f"m{number}", capabilities=PER_MESSAGE)
        assert granted(ticket) == [True]
        pacer.forget(f"m{number}")
    assert len(pacer._buckets) == 0


async def test_posts_are_free_where_only_edits_are_paced(pacer: Pacer) -> None:
    address = Address("test", "a1", "c1", "t1")
    tickets = [pacer.ask(Action.POST, address, "m", PER_ACCOUNT, Urgency.PROGRESS) for _ in range(50)]
    assert all(granted(*tickets))


async def test_a_real_clock_wakes_the_next_one() -> None:
    from core.clock import SystemClock  # noqa: PLC0415 - this test alone uses real time

    quick = Capabilities(2000, len, (Pace(EDITS, Scope.MESSAGE, per_second=50.0, burst=1),), "")
    pacer = Pacer(SystemClock())
    async with asyncio.timeout(5):
        for _ in range(5):
            await edit(pacer, "m1", capabilities=quick).wait()
