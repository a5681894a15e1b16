"""Events of a channel are let in one at a time, the oldest first, whatever happens to one of them."""

import asyncio

import pytest

from adapters.slack.order import LINGER_S, Order


class Guests:
    """Events that enter an order and stay for a moment."""

    def __init__(self, stay_s: float = 0.0) -> None:
        self.order = Order()
        self.entered: list[float] = []
        self.inside = 0
        self.stay_s = stay_s

    async def come(self, at: float, channel: str = "C1", linger_s: float = LINGER_S) -> None:
        async with self.order.turn(channel, at, linger_s):
            self.inside += 1
            assert self.inside == 1 or channel != "C1"
            self.entered.append(at)
            try:
                await asyncio.sleep(self.stay_s)
            finally:
                self.inside -= 1


async def test_what_comes_at_once_is_let_in_by_its_time() -> None:
    guests = Guests()
    await asyncio.gather(*(guests.come(at) for at in (5, 3, 9, 1, 3, 7)))
    assert guests.entered == [1, 3, 3, 5, 7, 9]


async def test_what_comes_a_moment_later_goes_before_what_waits() -> None:
    guests = Guests(stay_s=0.02)
    async with asyncio.TaskGroup() as tasks:
        for at in (4, 6, 8):
            tasks.create_task(guests.come(at))
        await asyncio.sleep(LINGER_S + 0.01)
        for at in (7, 5):
            tasks.create_task(guests.come(at))
    assert guests.entered == [4, 5, 6, 7, 8]


async def test_channels_do_not_wait_for_each_other() -> None:
    guests = Guests(stay_s=0.8)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(guests.come(1, "C1"))
        tasks.create_task(guests.come(2, "C2"))
        await asyncio.sleep(LINGER_S + 0.4)
        assert sorted(guests.entered) == [1, 2]


@pytest.mark.parametrize("cancelled", [0, 1, 2])
@pytest.mark.parametrize("when_s", [0.0, LINGER_S / 2, LINGER_S + 0.01, LINGER_S + 0.03])
async def test_one_that_gives_up_holds_nobody_up(cancelled: int, when_s: float) -> None:
    guests = Guests(stay_s=0.02)
    tasks = [asyncio.ensure_future(guests.come(at)) for at in range(3)]
    await asyncio.sleep(when_s)
    tasks[cancelled].cancel()
    ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 2.0)
    assert [isinstance(one, BaseException) for one in ended].count(True) <= 1
    await asyncio.wait_for(guests.come(9), 2.0)
    assert guests.entered[-1] == 9


async def test_one_that_fails_lets_the_next_one_in() -> None:
    guests = Guests()

    async def fail() -> None:
        async with guests.order.turn("C1", 0.0):
            raise ValueError

    failing = asyncio.ensure_future(fail())
    await guests.come(1.0)
    with pytest.raises(ValueError):  # noqa: PT011 - raised just above
        await failing
    assert guests.entered == [1.0]


async def test_nobody_is_let_in_twice_when_the_called_one_gives_up() -> None:
    """A waiter cancelled in the very moment of its turn hands the turn on."""
    guests = Guests(stay_s=0.01)
    for _ in range(20):
        tasks = [asyncio.ensure_future(guests.come(at, linger_s=0.0)) for at in range(4)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 2.0)
    assert guests.entered.count(3) == 20
