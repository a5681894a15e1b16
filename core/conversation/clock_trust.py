"""Whether the machine's clock may be believed before anything is let go of by age.

A wrong date, years ahead, makes every conversation look old. Waiting a day is harmless, letting go is not.
"""

from typing import Final, Protocol

from core.forgetting import Signs
from core.ports import Clock

DAY_S: Final = 86_400.0
# A week ahead, and what is let go of goes a week early.
LEAP_S: Final = 7 * DAY_S
# What was said while nobody listened is looked for a day back, so a message may be that old when it comes.
MOST_LAG_S: Final = 2 * DAY_S

LEAPT: Final = "the clock was set by more than a week"
BEHIND: Final = "messages come with a platform's time that is days behind the clock"
UNKNOWN: Final = "nothing is known of the days before this start"


class SignStore(Protocol):
    """Who remembers when there was life."""

    async def signs(self, now: float) -> Signs:
        """See :class:`core.forgetting.RetentionStore`."""


class ClockTrust:
    """Believes a date that the store has seen coming, or that has held for a day of this process.

    Platforms date their messages by clocks of their own: where these contradict, the date is never believed.
    """

    def __init__(self, store: SignStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._since = self._at = clock.monotonic()
        self._now = clock.now()
        self._has_leapt = False

    async def doubt(self) -> str:
        """Why not to believe it, for the log; empty when it may be believed. Raises ``StoreError``."""
        now, at = self._clock.now(), self._clock.monotonic()
        # A machine that slept makes such a leap, too: its monotonic time may have stood still.
        if abs((now - self._now) - (at - self._at)) > LEAP_S:
            self._since, self._has_leapt = at, True
        self._now, self._at = now, at
        signs = await self._store.signs(now)
        if signs.lag > MOST_LAG_S:
            return BEHIND
        if signs.lived or at - self._since >= DAY_S:
            return ""
        return LEAPT if self._has_leapt else UNKNOWN
