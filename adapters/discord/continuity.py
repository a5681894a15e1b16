"""Since when events may have been missed: a session that is lost takes its unsent events along."""

import asyncio
import time


class Continuity:
    """Keeps the time of the last event, through all sessions of the process.

    Counted in monotonic seconds: the clock on the wall may be set meanwhile.
    """

    def __init__(self) -> None:
        self._heard = time.monotonic()
        self._behind: float | None = None
        self._cut_off: float | None = None
        self._lost = asyncio.Event()
        self._begun = False

    def hear(self, event: str) -> None:
        """Note an event of the gateway by its name. READY begins a session, which replays nothing."""
        if event == "READY" and self._begun:
            self._fall_behind(self._heard)
        if event in {"READY", "RESUMED"}:
            self._cut_off = None
        self._begun = self._begun or event == "READY"
        self._heard = time.monotonic()

    def cut(self) -> None:
        """Note that the connection is lost, for now or for good."""
        self._cut_off = self._heard if self._cut_off is None else self._cut_off

    def behind(self) -> float | None:
        """Since when events may be missing, in unix seconds; ``None`` when none is."""
        times = [at for at in (self._behind, self._cut_off) if at is not None]
        return time.time() - (time.monotonic() - min(times)) if times else None

    def miss(self, since: float) -> None:
        """Note that events may be missing since a time, in unix seconds."""
        self._fall_behind(time.monotonic() - (time.time() - since))

    def _fall_behind(self, since: float) -> None:
        self._behind = since if self._behind is None else min(self._behind, since)

    def resume(self) -> None:
        """A session is ready: if something may be missing, it can be asked for."""
        if self._behind is not None:
            self._lost.set()

    async def loss(self) -> float:
        """Wait until events may have been missed; since when, in unix seconds."""
        await self._lost.wait()
        self._lost.clear()
        since = self._heard if self._behind is None else self._behind
        return time.time() - (time.monotonic() - since)

    def caught_up(self) -> None:
        """What was missed is handed in, unless a session was lost again meanwhile."""
        if not self._lost.is_set():
            self._behind = None
