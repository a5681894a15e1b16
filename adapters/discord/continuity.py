"""Since when events may have been missed: a session that is lost takes its unsent events along."""

import asyncio
import time


class Continuity:
    """Keeps the time of the last event, through all sessions of the process."""

    def __init__(self) -> None:
        self._heard_at = time.time()
        self._behind_since: float | None = None
        self._lost = asyncio.Event()
        self._begun = False

    def hear(self, event: str) -> None:
        """Note an event of the gateway by its name. READY begins a session, which replays nothing."""
        if event == "READY" and self._begun:
            self.miss(self._heard_at)
        self._begun = self._begun or event == "READY"
        self._heard_at = time.time()

    def miss(self, since: float) -> None:
        """Note that events may be missing since a time, in unix seconds."""
        known = self._behind_since
        self._behind_since = since if known is None else min(known, since)

    def resume(self) -> None:
        """A session is ready: if something may be missing, it can be asked for."""
        if self._behind_since is not None:
            self._lost.set()

    async def loss(self) -> float:
        """Wait until events may have been missed; since when, in unix seconds."""
        await self._lost.wait()
        self._lost.clear()
        return self._heard_at if self._behind_since is None else self._behind_since

    def caught_up(self) -> None:
        """What was missed is handed in, unless a session was lost again meanwhile."""
        if not self._lost.is_set():
            self._behind_since = None
