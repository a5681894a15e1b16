"""One timer for all the waits of an answer ends the one that is too long, and no other."""

import asyncio

import pytest

from core.llama.endpoint import Deadlines
from core.llama.patience import Patience
from core.llama.waiting import Waiting

LONG = 5.0


def patient(first: float, idle: float, total: float = LONG) -> Patience:
    return Patience(Deadlines(first=first, idle=idle, total=total))


async def waited(waiting: Waiting, seconds: float) -> None:
    try:
        async with waiting.begin():
            await asyncio.sleep(seconds)
    finally:
        waiting.end()


async def test_a_wait_ends_at_the_deadline() -> None:
    waiting = Waiting(patient(0.05, LONG))
    begun = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError):
        await waited(waiting, LONG)
    assert 0.04 < asyncio.get_running_loop().time() - begun < 1


async def test_the_deadline_moves_on_with_each_piece() -> None:
    patience = patient(0.2, 0.2)
    waiting = Waiting(patience)
    for _ in range(6):
        await waited(waiting, 0.06)
        patience.heard()
    with pytest.raises(TimeoutError):
        await waited(waiting, LONG)


async def test_a_deadline_that_comes_nearer_holds() -> None:
    patience = patient(LONG, LONG)
    waiting = Waiting(patience)
    await waited(waiting, 0)
    patience.linger(0.05)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(waited(waiting, LONG), LONG / 2)
    assert patience.until < asyncio.get_running_loop().time()


async def test_whoever_is_slow_between_two_waits_is_not_interrupted() -> None:
    waiting = Waiting(patient(0.05, LONG))
    await waited(waiting, 0)
    await asyncio.sleep(0.1)
    with pytest.raises(TimeoutError):
        await waited(waiting, LONG)


async def test_a_cancellation_from_outside_stays_one() -> None:
    waiting = Waiting(patient(LONG, LONG))
    task = asyncio.create_task(waited(waiting, LONG))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_closed_interrupts_nobody() -> None:
    waiting = Waiting(patient(0.03, 0.03))
    await waited(waiting, 0)
    waiting.close()
    begun = asyncio.get_running_loop().time()
    await asyncio.sleep(0.06)
    assert asyncio.get_running_loop().time() - begun >= 0.06
