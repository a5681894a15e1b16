"""The line before one model server: who asks next, and when."""

import asyncio
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from core.llama.cooldown import Cooldown
from core.llama.limits import read_limits
from core.llama.pace import Budget, Pace, Reservation
from core.llama.unasked import WaitedTooLong
from core.ports import Clock

# Whose request it is (a thread's key); empty for nobody's in particular. Set it where a turn begins.
ASKER: Final[ContextVar[str]] = ContextVar("asker", default="")
_SOONEST_S: Final = 0.005
# How many later requests of others may go before one, for each of its own asker's that is before it.
_GIVES_WAY: Final = 32
# A server that is too busy says so at once: what it has not refused by then, it has taken.
_TAKEN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class LineRules:
    """``at_once`` requests at a time, all within the budget.

    A request stands in line for ``longest_wait_s`` at most, and not at all while the server wants to be
    left alone for longer than ``longest_pause_s``. Raises ``ValueError`` where nobody could ever go.
    """

    at_once: int = 16
    budget: Budget = Budget()  # noqa: RUF009 - a frozen value
    longest_wait_s: float = 120.0
    longest_pause_s: float = 60.0

    def __post_init__(self) -> None:
        if self.at_once < 1:
            raise ValueError("a line lets at least one request go at a time")


class Place:
    """The right to ask once. It is given back with :meth:`leave`, however the request ends."""

    def __init__(self, line: "Line", asker: str, reserved: Reservation) -> None:
        self._line = line
        self.asker = asker
        self.reserved = reserved
        self.is_answered = False
        self.is_over = False

    def answered(self) -> None:
        """The server has begun to answer: others may ask beside this."""
        if not (self.is_answered or self.is_over):
            self.is_answered = True
            self._line.answered(self.reserved.at)

    def refused(self, retry_after: float | None) -> bool:
        """The server said that it is busy; ``retry_after`` is seconds, if it said.

        True while it answers others.
        """
        return self._line.refused(self.reserved.at, retry_after)

    def leave(self, tokens: int | None) -> None:
        """The request is over, and used so many tokens; ``None`` when it never went out."""
        if not self.is_over:
            self.is_over = True
            self._line.left(self, tokens)


@dataclass(slots=True, eq=False)
class _Waiter:
    """``granted`` gets a place, or the error that ends the wait. ``turn`` orders the line."""

    asker: str
    turn: tuple[int, int]
    tokens: int
    until: float
    granted: asyncio.Future[Place | WaitedTooLong] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Line:
    """One for each server and key; lives on one event loop.

    Who comes first goes first, but an asker with several requests lets others go between them. Only the
    first in line may go, so nothing is overtaken for ever. After a refusal the server is tried with one
    request alone, and with one more at a time after each round of answers. Times are the clock's monotonic
    seconds.
    """

    def __init__(self, rules: LineRules, clock: Clock) -> None:
        self._cooldown = Cooldown(clock)
        self._rules = rules
        self._clock = clock
        self._pace = Pace(rules.budget, clock)
        self._waiting: list[_Waiter] = []
        self._places: set[Place] = set()
        self._beside = float(rules.at_once)
        self._slowed_at = float("-inf")
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def asking(self) -> int:
        """How many requests are under way."""
        return len(self._places)

    @property
    def waiting(self) -> int:
        """How many stand in line."""
        return len(self._waiting)

    @property
    def counts_tokens(self) -> bool:
        """Whether it matters how many tokens a request has."""
        return self._pace.counts_tokens

    async def enter(self, tokens: int) -> Place:
        """Wait for the right to ask for so many tokens. Raises ``WaitedTooLong``."""
        asker = ASKER.get()
        until = self._clock.monotonic() + self._rules.longest_wait_s
        waiter = _Waiter(asker, self._turn(asker), tokens, until)
        self._waiting.append(waiter)
        self.pump()
        try:
            granted = await waiter.granted
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise
        if isinstance(granted, WaitedTooLong):
            raise granted
        return granted

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take what a response's headers (lower-case names) say of the server's limits."""
        if allowances := read_limits(headers, self._clock.now()):
            self._pace.hear(allowances)
            self.pump()

    def answered(self, asked_at: float) -> None:
        """Take that the server has begun to answer a request that went out at ``asked_at``."""
        # What it had taken before it refused another says nothing of now.
        if asked_at >= self._slowed_at:
            self._cooldown.ease()
            self._beside = min(self._beside + 1 / self._beside, self._rules.at_once)
        self.pump()

    def refused(self, asked_at: float, retry_after: float | None) -> bool:
        """Take that the server was too busy for a request that went out at ``asked_at``.

        True while it answers others.
        """
        self._cooldown.strike(asked_at, retry_after)
        if asked_at >= self._slowed_at:
            self._beside = 1.0
            self._slowed_at = self._clock.monotonic()
        self.pump()
        return self._cooldown.is_contended

    def left(self, place: Place, tokens: int | None) -> None:
        """Take a place back."""
        self._places.discard(place)
        if tokens is None:
            self._pace.refund(place.reserved)
        else:
            self._pace.settle(place.reserved, tokens)
        self.pump()

    def pump(self) -> None:
        """Let go who may go now, tell who has waited too long, and come back when the next may."""
        now = self._clock.monotonic()
        # One that is cancelled stands here until its task runs.
        self._waiting = [waiter for waiter in self._waiting if not waiter.granted.done()]
        for waiter in [waiter for waiter in self._waiting if waiter.until <= now]:
            self._refuse(waiter, None)
        wait: float | None = None
        while self._waiting:
            first = min(self._waiting, key=lambda waiter: waiter.turn)
            wait = self._wait_s(first, now)
            if wait is None:
                break
            if wait <= 0:
                self._grant(first)
            elif now + wait > first.until or self._cooldown.remaining_s > self._rules.longest_pause_s:
                self._refuse(first, wait)
            else:
                break
        self._come_back(now, wait)

    def _turn(self, asker: str) -> tuple[int, int]:
        self._number += 1
        before: Iterable[_Waiter | Place] = (*self._waiting, *self._places)
        own = sum(other.asker == asker for other in before) if asker else 0
        return self._number + _GIVES_WAY * own, self._number

    def _wait_s(self, waiter: _Waiter, now: float) -> float | None:
        """Seconds until somebody may go; ``None`` when that depends on another's end."""
        if len(self._places) >= self._rules.at_once:
            return None
        trying = [
            place.reserved.at
            for place in self._places
            if not place.is_answered
            and place.reserved.at >= self._slowed_at
            and place.reserved.at + _TAKEN_S > now
        ]
        taken = min(trying) + _TAKEN_S - now if len(trying) >= int(self._beside) else 0.0
        return max(taken, self._cooldown.remaining_s, self._pace.wait_s(waiter.tokens))

    def _grant(self, waiter: _Waiter) -> None:
        self._waiting.remove(waiter)
        place = Place(self, waiter.asker, self._pace.reserve(waiter.tokens))
        self._places.add(place)
        waiter.granted.set_result(place)

    def _refuse(self, waiter: _Waiter, wait: float | None) -> None:
        self._waiting.remove(waiter)
        if wait is None:
            error = WaitedTooLong("no place at the model server within the time that may be waited")
        else:
            error = WaitedTooLong(f"the model server may be asked again in {wait:.0f} s", wait)
        waiter.granted.set_result(error)

    def _give_up(self, waiter: _Waiter) -> None:
        """Leave the line, or give the place back that was granted in the moment of the cancellation."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
            self.pump()
        elif not waiter.granted.cancelled() and isinstance(place := waiter.granted.result(), Place):
            place.leave(None)

    def _come_back(self, now: float, wait: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            soonest = min(waiter.until for waiter in self._waiting) - now
            seconds = soonest if wait is None else min(wait, soonest)
            self._timer = asyncio.get_running_loop().call_later(max(seconds, _SOONEST_S), self.pump)
