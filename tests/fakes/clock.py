"""A clock that moves when it is told to."""

import asyncio


class ManualClock:
    """Implements core.ports.Clock; sleeping yields once and takes no time."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.at = now
        self.ticks = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self.at += seconds
        self.ticks += seconds


class SleepingClock(ManualClock):
    """Time passes only while somebody sleeps, and all at once."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)
