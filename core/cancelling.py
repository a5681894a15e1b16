"""Cancellation that arrives, also where a library lets one go by."""

import asyncio
from collections.abc import Coroutine
from typing import Final, TypeVar

T = TypeVar("T")

# How long what was cancelled may take to clean up before it is cancelled once more.
AGAIN_S: Final = 1.0


async def cancellable(work: Coroutine[object, object, T]) -> T:
    """Await what a library does; cancelled, it is cancelled again and again until it has ended.

    ``asyncio.wait_for`` of Python 3.11 forgets a cancellation that comes in the moment in which what it
    waits for is there (https://github.com/python/cpython/issues/86296): its caller goes on.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait([task])
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=AGAIN_S)
        if not task.cancelled():
            # Whoever was cancelled does not ask for it.
            task.exception()
    return task.result()
