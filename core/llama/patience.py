"""How much longer to wait for one answer."""

import asyncio

from core.llama.endpoint import Deadlines


class Patience:
    """A deadline that each parsed event moves on, within the total.

    Bytes that are no event, such as keep-alive comments, do not move it. Times are the running loop's.
    """

    def __init__(self, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = deadlines.idle
        now = self._loop.time()
        self._end = now + deadlines.total
        self._next = now + deadlines.first
        self._stage = "first"

    @property
    def until(self) -> float:
        """The loop's time at which to give up."""
        return min(self._next, self._end)

    @property
    def waiting_for(self) -> str:
        """What has not come when it is time to give up: ``first``, ``next`` or ``end``."""
        return "end" if self._end < self._next else self._stage

    def heard(self) -> None:
        """An event has come."""
        self._stage = "next"
        self._next = self._loop.time() + self._idle

    def wait_for_end(self) -> None:
        """The answer comes in one piece: only the total counts."""
        self._next = float("inf")

    def linger(self, seconds: float) -> None:
        """Everything needed has come: wait at most so much longer, from the first such word on."""
        self._end = min(self._end, self._loop.time() + seconds)
