"""How fast one server may be asked: by the operator's budget, and by what the server says is left."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from core.llama.limits import Allowance, Counted
from core.ports import Clock

_MINUTE_S: Final = 60.0
_LOW: Final = 0.05
# The longest pause between two requests on the word of a header; a refusal says more than that.
_LONGEST_PAUSE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be used within any minute; 0 is no limit."""

    requests_per_minute: int = 0
    tokens_per_minute: int = 0


@dataclass(slots=True, eq=False)
class Reservation:
    """One request's part of the budget, from the moment in which it went out."""

    at: float
    tokens: int


@dataclass(slots=True)
class _Told:
    """A limit as a server told it, and how many requests have gone out since."""

    allowance: Allowance
    at: float
    since: int = 0


class Pace:
    """Says when the next request may go out. Times are the clock's monotonic seconds.

    The budget holds for every minute, wherever it begins: what went out within the last 60 s counts, with
    the tokens that were estimated until it is settled with what was used. Where a server says that less
    than 5 % of a limit is left, what is left is spread over the time until it is filled again.
    """

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self._budget = budget
        self._clock = clock
        self._spent: deque[Reservation] = deque()
        self._told: dict[Counted, _Told] = {}
        self._last = float("-inf")

    @property
    def counts_tokens(self) -> bool:
        """Whether it matters how many tokens a request has."""
        return bool(self._budget.tokens_per_minute) or Counted.TOKENS in self._told

    def wait_s(self, tokens: int) -> float:
        """Seconds until a request of so many tokens may go out; 0 for now."""
        now = self._clock.monotonic()
        while self._spent and self._spent[0].at + _MINUTE_S <= now:
            self._spent.popleft()
        told = (self._told_wait(told, now, tokens) for told in self._told.values())
        return max(self._budget_wait(now, tokens), *told, 0.0)

    def reserve(self, tokens: int) -> Reservation:
        """Count a request that goes out now."""
        now = self._clock.monotonic()
        self._last = now
        for told in self._told.values():
            told.since += 1
        reserved = Reservation(now, tokens)
        if self._budget.requests_per_minute or self._budget.tokens_per_minute:
            self._spent.append(reserved)
        return reserved

    def settle(self, reserved: Reservation, tokens: int) -> None:
        """Put what was really used in the place of the estimate."""
        reserved.tokens = tokens

    def refund(self, reserved: Reservation) -> None:
        """Forget a request that never went out."""
        if reserved in self._spent:
            self._spent.remove(reserved)

    def hear(self, allowances: tuple[Allowance, ...]) -> None:
        """Take what a response said is left. Of several windows the tightest counts."""
        now = self._clock.monotonic()
        for counted in Counted:
            heard = [allowance for allowance in allowances if allowance.counted is counted]
            if heard:
                self._told[counted] = _Told(min(heard, key=_share_left), now)

    def _budget_wait(self, now: float, tokens: int) -> float:
        """Until enough of the last minute has gone by. A request larger than the budget goes alone."""
        most, most_tokens = self._budget.requests_per_minute, self._budget.tokens_per_minute
        count = len(self._spent)
        used = sum(reserved.tokens for reserved in self._spent)
        wait = 0.0
        for reserved in self._spent:
            fits = (not most or count < most) and (not most_tokens or used + tokens <= most_tokens)
            if fits:
                break
            count -= 1
            used -= reserved.tokens
            wait = reserved.at + _MINUTE_S - now
        return max(0.0, wait)

    def _told_wait(self, told: _Told, now: float, tokens: int) -> float:
        allowance = told.allowance
        reset = _MINUTE_S if allowance.reset_s is None else allowance.reset_s
        left = reset - (now - told.at)
        if left <= 0:
            return 0.0
        counts_tokens = allowance.counted is Counted.TOKENS
        # What goes out meanwhile counts where it is known: requests. Estimates of tokens are far too high.
        remaining = max(0.0, allowance.remaining - (0 if counts_tokens else told.since))
        if not _is_low(allowance, remaining):
            return 0.0
        calls = remaining // max(tokens, 1) if counts_tokens else remaining
        pause = min(reset / (calls + 1), _LONGEST_PAUSE_S)
        return max(0.0, min(max(self._last, told.at) + pause - now, left))


def _share_left(allowance: Allowance) -> float:
    return allowance.remaining / (allowance.limit or max(allowance.remaining, 1.0))


def _is_low(allowance: Allowance, remaining: float) -> bool:
    return remaining < (1.0 if allowance.limit is None else max(1.0, allowance.limit * _LOW))
