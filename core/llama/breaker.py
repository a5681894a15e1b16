"""A server that fails again and again is left alone, and everybody is told so at once."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from core.errors import ModelBroke, ModelError, ModelTimedOut, ModelUnreachable, StreamCut
from core.llama.unasked import StillBroken, StillUnreachable
from core.ports import Clock, Model
from core.transcript import Finished, ModelEvent, ModelInfo, ModelRequest

_FAILURES: Final = (ModelUnreachable, ModelBroke, ModelTimedOut, StreamCut)
_BROKEN: Final = (ModelBroke, StreamCut)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """Open after ``failures`` in a row, for ``pause_s`` that doubles up to ``longest_pause_s``.

    They have to take ``least_s`` seconds: many requests that a short interruption ends together are tried
    again first.
    """

    failures: int = 5
    least_s: float = 10.0
    pause_s: float = 5.0
    longest_pause_s: float = 120.0


class Verdict(StrEnum):
    """What a request says of its server. ``NONE`` for one that its reader ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    NONE = "none"


class Breaker:
    """One for each server and key. Times are the clock's monotonic seconds.

    A refusal of the request itself (a 4xx) is a sign of life. When the pause is over one request goes as
    a probe; the others are still turned away until the server begins to answer it.
    """

    def __init__(self, rules: BreakerRules, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock
        self._failed = 0
        self._failing_since = 0.0
        self._opened = 0
        self._until = 0.0
        self._probing = False
        self._is_broken = False

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone, but for a probe."""
        return self._opened > 0

    def enter(self) -> bool:
        """Ask to ask; true for the probe. Raises ``StillUnreachable`` or ``StillBroken``."""
        if not self.is_open:
            return False
        wait = self._until - self._clock.monotonic()
        if self._probing or wait > 0:
            kind = StillBroken if self._is_broken else StillUnreachable
            raise kind(f"the model server failed {self._failed} times in a row; it is left alone for a while")
        self._probing = True
        return True

    def begun(self) -> None:
        """The server has begun to answer. One more failure opens the circuit again."""
        if self.is_open:
            _log.info("model.server_back")
            self._opened = 0
            self._failed = self._rules.failures - 1
            self._probing = False

    def end(self, verdict: Verdict, *, probe: bool, error: ModelError | None = None) -> None:
        """A request is over."""
        if probe:
            self._probing = False
        if verdict is Verdict.ANSWERED:
            self.begun()
            self._failed = 0
        elif verdict is Verdict.FAILED:
            self._fail(probe, error)

    def _fail(self, probe: bool, error: ModelError | None) -> None:  # noqa: FBT001 - as in end()
        now = self._clock.monotonic()
        if self._failed == 0:
            self._failing_since = now
        self._failed += 1
        self._is_broken = isinstance(error, _BROKEN)
        # A request that began before the circuit opened does not prolong the pause.
        if self.is_open and not probe:
            return
        if self._failed < self._rules.failures or now - self._failing_since < self._rules.least_s:
            return
        self._opened += 1
        pause = min(self._rules.pause_s * 2.0 ** min(self._opened - 1, 30), self._rules.longest_pause_s)
        self._until = now + pause
        _log.warning("model.server_left_alone", failures=self._failed, seconds=pause, kind=_kind(error))


class Guarded:
    """A ``Model`` behind the breaker of its server."""

    def __init__(self, model: Model, breaker: Breaker) -> None:
        self._model = model
        self._breaker = breaker

    async def info(self) -> ModelInfo:
        """Which model answers; asked even while the circuit is open."""
        return await self._model.info()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer, or fail at once while the server is left alone. Raises ``ModelError``."""
        breaker = self._breaker
        probe = breaker.enter()
        verdict, failure = Verdict.NONE, None
        try:
            async with aclosing(self._model.stream(request)) as events:
                async for event in events:
                    if breaker.is_open:
                        breaker.begun()
                    if isinstance(event, Finished):
                        verdict = Verdict.ANSWERED
                    yield event
        except ModelError as error:
            failure = error
            verdict = Verdict.FAILED if isinstance(error, _FAILURES) else Verdict.ANSWERED
            raise
        finally:
            breaker.end(verdict, probe=probe, error=failure)


def _kind(error: ModelError | None) -> str:
    return type(error).__name__
