"""The time of a scenario: that of its questions, as fast as a test wants it."""

import asyncio
import time

from tests.questions import asked

BEGUN = asked("", number=0).sent_at + 100.0


class StoryClock:
    """Implements core.ports.Clock, from 100 s after the first question on.

    With a ``speed`` of 60 a second is a minute.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._skipped = 0.0
        self._started_at = time.monotonic()

    def now(self) -> float:
        return BEGUN + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._started_at) * self.speed + self._skipped

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        self._skipped += seconds
