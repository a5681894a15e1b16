"""Which messages were taken by their message event: a mention in a channel brings two events."""

import asyncio
from collections import OrderedDict

MAX_TWINS = 2_000


class Twins:
    """What the message event has brought, so that the mention of the same message need not."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, asyncio.Event] = OrderedDict()

    def take(self, key: str) -> None:
        """The message event of this post, or of this edit, is stored."""
        self._of(key).set()

    async def taken(self, key: str, seconds: float) -> bool:
        """Whether it was, or is within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._of(key).wait()
        except TimeoutError:
            return False
        return True

    def _of(self, key: str) -> asyncio.Event:
        event = self._taken.setdefault(key, asyncio.Event())
        if len(self._taken) > MAX_TWINS:
            self._taken.popitem(last=False)
        return event
