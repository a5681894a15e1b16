"""One event at a time in each channel, the oldest first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from weakref import WeakValueDictionary

# Events sent at once over two connections arrive a moment apart.
LINGER_S = 0.015


class Order:
    """Queues by channel. Bolt runs each event in a task of its own; here they line up again."""

    def __init__(self) -> None:
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, channel: str, at: float, linger_s: float = LINGER_S) -> AsyncIterator[None]:
        """Alone in the channel, after everything older that is here or comes within ``linger_s``.

        ``at`` is unix seconds.
        """
        line = self._lines.setdefault(channel, _Line())
        await line.enter(at, linger_s)
        try:
            yield
        finally:
            line.leave()


class _Line:
    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._is_idle = True

    async def enter(self, at: float, linger_s: float) -> None:
        loop = asyncio.get_running_loop()
        called = loop.create_future()
        heappush(self._waiting, (at, next(self._numbers), called))
        if self._is_idle:
            self._is_idle = False
            loop.call_later(linger_s, self.leave)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Call the oldest that still waits."""
        while self._waiting:
            _, _, called = heappop(self._waiting)
            if not called.done():
                called.set_result(None)
                return
        self._is_idle = True
