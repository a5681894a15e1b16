"""Events of one channel, one after the other, and kept although the store fails for a moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import structlog

from core.errors import StoreError

STORE_PAUSES_S = (0.5, 1.0, 2.0)
DRAIN_S = 5.0

log = structlog.get_logger()


class Order:
    """Whose turn it is in which channel."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._open: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def turn(self, channel_id: int) -> AsyncIterator[None]:
        """Wait for the turn of the event at hand.

        Handlers begin in the order of the events, and a lock serves in order: whoever enters here
        may have awaited nothing before.
        """
        done = asyncio.get_running_loop().create_future()
        self._open.add(done)
        try:
            async with self._locks.setdefault(channel_id, asyncio.Lock()):
                yield
        finally:
            self._open.discard(done)
            done.set_result(None)

    async def drain(self) -> None:
        """Wait until what has arrived is kept, for a few seconds."""
        if self._open:
            await asyncio.wait(self._open, timeout=DRAIN_S)


async def kept(keep: Callable[[], Awaitable[object]], message_id: int) -> bool:
    """Hand something in until it is durable; false when the store goes on failing.

    Discord repeats nothing, so a store that fails is tried again.
    """
    for pause in (*STORE_PAUSES_S, None):
        try:
            await keep()
        except StoreError as error:
            log.warning("discord.event_not_kept", message=message_id, error=str(error), again_in_s=pause)
            if pause is not None:
                await asyncio.sleep(pause)
        else:
            return True
    return False
