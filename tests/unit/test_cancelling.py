"""What a library does ends when it is cancelled, whatever it makes of the first time."""

import asyncio
from contextlib import suppress

import pytest

from core import cancelling
from core.cancelling import cancellable


async def deaf(times: int, cleanup_s: float = 0.0) -> str:
    """Lets so many cancellations go by, then goes on for ever."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(cleanup_s)
    return "never"


async def test_what_it_returns_and_raises_is_handed_on() -> None:
    async def works() -> int:
        return 4

    async def fails() -> int:
        raise LookupError("no")

    assert await cancellable(works()) == 4
    with pytest.raises(LookupError, match="no"):
        await cancellable(fails())


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_it_ends_however_often_it_does_not_listen(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "AGAIN_S", 0.01)
    task = asyncio.create_task(cancellable(deaf(times)))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=2)
    assert task.cancelled()


async def test_it_may_clean_up() -> None:
    task = asyncio.create_task(cancellable(deaf(0, cleanup_s=0.1)))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    await asyncio.wait([task], timeout=2)
    assert task.cancelled()


async def test_a_deadline_reaches_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "AGAIN_S", 0.01)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await cancellable(deaf(1))


async def test_an_error_of_what_was_cancelled_is_no_riddle() -> None:
    async def fails_late() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise LookupError("on the way out") from None

    task = asyncio.create_task(cancellable(fails_late()))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=2)
    assert task.cancelled()
