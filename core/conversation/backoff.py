"""How long to rest after a request that failed, and when to give up."""

from core.ports import Clock

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


class Backoff:
    """Pauses that double until something succeeds; counted in monotonic seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause = FIRST_PAUSE_S
        self._since: float | None = None

    @property
    def failing_s(self) -> float:
        """For how long nothing has succeeded."""
        return 0.0 if self._since is None else self._clock.monotonic() - self._since

    def succeed(self) -> None:
        """Begin with short pauses again."""
        self._pause = FIRST_PAUSE_S
        self._since = None

    def fail(self) -> None:
        """Note a failure."""
        if self._since is None:
            self._since = self._clock.monotonic()

    async def rest(self, at_least: float = 0.0) -> None:
        """Wait before the next try."""
        self.fail()
        await self._clock.sleep(max(self._pause, at_least))
        self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
