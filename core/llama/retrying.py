"""A model that is asked again when it failed before anybody saw a word."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

import structlog

from core.errors import (
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelTimedOut,
    ModelUnreachable,
    StreamCut,
)
from core.llama.cooldown import Contended
from core.llama.unasked import Unasked
from core.ports import Clock, Model
from core.transcript import Finished, ModelEvent, ModelInfo, ModelRequest, TextDelta

_PASSING: Final = (ModelUnreachable, ModelBusy, ModelBroke, StreamCut)
_WHEN_CONTENDED: Final = 5
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 8.0

# What explains most, first: a server that says what is wrong explains more than one that says nothing.
_TELLING: Final = (
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelMissing,
    ModelBusy,
    ModelBroke,
    StreamCut,
    ModelTimedOut,
    ModelUnreachable,
)

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryRules:
    """How often to ask, and for how long.

    No new try begins, and none goes on without visible text, ``total_s`` after the first began. A longer
    ``Retry-After`` than ``longest_wait_s`` is not waited for. A server that is busy because it answers
    others is asked up to five times as often. ``rests_when_busy`` is false where a line below holds back
    everybody after a refusal: there the next try joins the line at once.
    """

    tries: int = 3
    longest_wait_s: float = 60.0
    total_s: float = 240.0
    rests_when_busy: bool = True


class Retrying:
    """A ``Model`` that asks again after failures that pass, with full jitter between the tries.

    Once visible text or the end was passed on, a failure is passed on too. A try ends before the next
    begins, and tools run outside of it, so nothing happens twice.
    """

    def __init__(self, model: Model, rules: RetryRules, clock: Clock, dice: Random | None = None) -> None:
        self._model = model
        self._rules = rules
        self._clock = clock
        self._dice = dice or Random()  # noqa: S311 - spreads requests, guards nothing

    async def info(self) -> ModelInfo:
        """Which model answers, asked again like an answer. Raises ``ModelError``."""
        tries = _Tries(self._rules, self._clock, self._dice)
        while True:
            try:
                return await tries.within(self._model.info())
            except ModelError as error:
                wait = tries.wait_after(error)
            await self._clock.sleep(wait)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`. Raises the ``ModelError`` that tells most."""
        tries = _Tries(self._rules, self._clock, self._dice)
        while True:
            async with aclosing(self._model.stream(request)) as events:
                shown = False
                try:
                    while not shown:
                        event = await tries.within(_next(events))
                        shown = is_visible(event)
                        yield event
                except ModelError as error:
                    wait = tries.wait_after(error)
                else:
                    async for event in events:
                        yield event
                    return
            await self._clock.sleep(wait)


class _Tries:
    """The tries of one call. Times are the clock's monotonic seconds."""

    def __init__(self, rules: RetryRules, clock: Clock, dice: Random) -> None:
        self._rules = rules
        self._clock = clock
        self._dice = dice
        self._end = clock.monotonic() + rules.total_s
        self._errors: list[ModelError] = []

    async def within(self, step: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._end - self._clock.monotonic()):
                return await step
        except TimeoutError:
            raise ModelTimedOut("no word within the time for all tries", "first") from None

    def wait_after(self, error: ModelError) -> float:
        """Seconds to the next try. Raises the error that tells most when there is none."""
        if not _passes(error):
            # What the server said in an earlier try tells more than that it was not waited for any longer.
            quiet = isinstance(error, Unasked | ModelTimedOut)
            raise most_telling((*self._errors, error)) if quiet else error
        self._errors.append(error)
        wait = self._pause(error)
        most = self._rules.tries * (_WHEN_CONTENDED if isinstance(error, Contended) else 1)
        out_of_time = self._clock.monotonic() + wait >= self._end
        if out_of_time or len(self._errors) >= most or wait > self._rules.longest_wait_s:
            raise most_telling(self._errors)
        _log.warning(
            "model.retry", kind=type(error).__name__, attempt=len(self._errors) + 1, wait=round(wait, 3)
        )
        return wait

    def _pause(self, error: ModelError) -> float:
        asked = error.retry_after if isinstance(error, ModelBusy) else None
        if isinstance(error, ModelBusy) and not self._rules.rests_when_busy:
            return asked if asked is not None and asked > self._rules.longest_wait_s else 0.0
        longest = min(_FIRST_PAUSE_S * 2.0 ** (len(self._errors) - 1), _LONGEST_PAUSE_S)
        return self._dice.uniform(0.0, longest) if asked is None else asked


def is_visible(event: ModelEvent) -> bool:
    """Whether people have seen something, or acted on something, once this was passed on."""
    return isinstance(event, Finished) or (isinstance(event, TextDelta) and bool(event.text))


def most_telling(errors: Sequence[ModelError]) -> ModelError:
    """Pick the error that explains most; of equals the last. There has to be one."""
    return min(reversed(errors), key=_rank)


def _rank(error: ModelError) -> int:
    return next((at for at, kind in enumerate(_TELLING) if isinstance(error, kind)), 0)


def _passes(error: ModelError) -> bool:
    if isinstance(error, Unasked):
        return False
    if isinstance(error, ModelTimedOut):
        return error.waiting_for != "end"
    return isinstance(error, _PASSING)


async def _next(events: AsyncGenerator[ModelEvent]) -> ModelEvent:
    event = await anext(events, None)
    if event is None:
        raise StreamCut("the answer ended without its last event")
    return event
