"""Sessions are counted: a loop of crashes must not use them up, for then Discord resets the token."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from discord.http import HTTPClient, Route

from adapters.discord import faults

# https://discord.com/developers/docs/events/gateway#rate-limiting: 1000 IDENTIFY a day, then the token goes.
FEW = 100
IDENTIFY_EVERY_S = 5.0
ASK_S = 10.0
# discord.py gives up a connection that has not identified within a minute.
HELD_MAX_S = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limit:
    """How many sessions may still be begun, and the seconds until they are counted anew."""

    remaining: int
    reset_after_s: float


class IdentifyPostponed(Exception):
    """The next session may begin only after longer than a connection can be kept waiting."""


class SessionStarts:
    """Lets an IDENTIFY through when Discord's own count allows it. One for the life of the process."""

    def __init__(self) -> None:
        self._identified_at = float("-inf")
        self._open_at: float | None = None

    async def wait(self, http: HTTPClient) -> None:
        """Wait, for hours if need be, until the next session may begin; before a connection is opened."""
        pause = await self._pause(http)
        while pause > 0:
            await asyncio.sleep(pause)
            pause = await self._pause(http)

    async def hold(self, http: HTTPClient) -> None:
        """Wait on an open connection. Raises ``IdentifyPostponed`` when that would take too long."""
        pause = await self._pause(http)
        if pause > HELD_MAX_S:
            raise IdentifyPostponed(f"the next session may begin in {pause:.0f} s")
        apart = self._identified_at + IDENTIFY_EVERY_S - time.monotonic()
        await asyncio.sleep(max(0.0, pause, apart))
        self._identified_at = time.monotonic()
        self._open_at = None

    async def _pause(self, http: HTTPClient) -> float:
        """Seconds to wait: none with many left, else the rest of the day is shared out among the few."""
        limit = await self._limit(http)
        now = time.monotonic()
        if limit is None or limit.remaining > FEW:
            self._open_at = None
            return 0.0
        if limit.remaining <= 0:
            # Whatever was waited for before, nothing is left to use.
            self._open_at = now + limit.reset_after_s
        elif self._open_at is None:
            self._open_at = now + limit.reset_after_s / limit.remaining
        pause = max(0.0, self._open_at - now)
        if pause > 0:
            counted = {"remaining": limit.remaining, "reset_after_s": limit.reset_after_s}
            log.error("discord.few_sessions_left", **counted, wait_s=round(pause, 1))
        return pause

    async def _limit(self, http: HTTPClient) -> Limit | None:
        """What Discord counts; ``None`` when it does not say, which must not stop a start."""
        try:
            async with asyncio.timeout(ASK_S):
                answer = await http.request(Route("GET", "/gateway/bot"))
                limit = answer["session_start_limit"]
                return Limit(int(limit["remaining"]), float(limit["reset_after"]) / 1000)
        except faults.FOREIGN as error:
            log.warning("discord.sessions_not_counted", code=faults.code_of(error))
            return None
