"""One schedule for all posts and edits, so that the platforms' limits are never met."""

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum

from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.ports import Clock

BACK_OFF = 0.7
RECOVERY_PER_S = 0.05 / 60


class Urgency(IntEnum):
    """Who goes first: the end of an answer, then its first words, then more of it."""

    FINAL = 0
    FIRST = 1
    PROGRESS = 2


@dataclass(slots=True)
class Bucket:
    """Tokens for one pace within one scope, counted in monotonic seconds."""

    pace: Pace
    tokens: float
    at: float
    held_until: float = 0.0
    factor: float = 1.0

    def refill(self, now: float) -> None:
        """Add what has come in since the last look."""
        elapsed = max(0.0, now - self.at)
        self.factor = min(1.0, self.factor + elapsed * RECOVERY_PER_S)
        self.tokens = min(float(self.pace.burst), self.tokens + elapsed * self.pace.per_second * self.factor)
        self.at = now

    def is_full(self, now: float) -> bool:
        """Whether a new bucket would be no different from this one."""
        self.refill(now)
        return self.tokens >= self.pace.burst and self.factor >= 1.0 and now > self.held_until

    def wait(self, now: float, urgency: Urgency) -> float:
        """Seconds until a token is there for this urgency; progress leaves the reserve alone."""
        keep = min(self.pace.reserve, self.pace.burst - 1) if urgency is Urgency.PROGRESS else 0
        missing = 1.0 + keep - self.tokens
        refilled = missing / (self.pace.per_second * self.factor) if missing > 0 else 0.0
        return max(refilled, self.held_until - now)


@dataclass(slots=True, eq=False)
class Ticket:
    """A place in the line. :meth:`hurry` moves it forward."""

    pacer: "Pacer"
    buckets: tuple[Bucket, ...]
    urgency: Urgency
    number: int
    granted: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def hurry(self) -> None:
        """Make it the last edit of its answer."""
        if self.urgency is not Urgency.FINAL:
            self.urgency = Urgency.FINAL
            self.pacer.pump()

    async def wait(self) -> None:
        """Return when the request may go out. Leaves the line when cancelled."""
        try:
            await self.granted
        finally:
            self.pacer.leave(self)


class Pacer:
    """Grants slots by urgency, then by who came first. Lives on one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, int, str], Bucket] = {}
        self._line: list[Ticket] = []
        self._numbers = 0
        self._timer: asyncio.TimerHandle | None = None

    def ask(
        self, action: Action, address: Address, message: str, capabilities: Capabilities, urgency: Urgency
    ) -> Ticket:
        """Stand in line for one request about a message of ours (its key)."""
        self._numbers += 1
        ticket = Ticket(self, self._for(action, address, message, capabilities), urgency, self._numbers)
        self._line.append(ticket)
        self.pump()
        return ticket

    def hold(self, ticket: Ticket, seconds: float) -> None:
        """Take the platform's word: nothing through these buckets for a while, and slower after."""
        now = self._clock.monotonic()
        for bucket in ticket.buckets:
            bucket.tokens = min(bucket.tokens, 0.0)
            bucket.held_until = max(bucket.held_until, now + seconds)
            bucket.factor = max(0.1, bucket.factor * BACK_OFF)

    def forget(self, message: str) -> None:
        """Drop what is kept for a message that is finished, and buckets that are full again."""
        now = self._clock.monotonic()
        for key in [key for key in self._buckets if key[2] == message]:
            del self._buckets[key]
        idle = [key for key, bucket in self._buckets.items() if bucket.is_full(now)]
        waited_for = {id(bucket) for ticket in self._line for bucket in ticket.buckets}
        for key in idle:
            if id(self._buckets[key]) not in waited_for:
                del self._buckets[key]

    def leave(self, ticket: Ticket) -> None:
        """Give up a place in the line."""
        if ticket in self._line:
            self._line.remove(ticket)
            self.pump()

    def pump(self) -> None:
        """Grant what can be granted now and come back when the next one can."""
        now = self._clock.monotonic()
        soonest: float | None = None
        blocked: set[int] = set()
        for ticket in sorted(self._line, key=lambda ticket: (ticket.urgency, ticket.number)):
            wait = self._wait(ticket, now)
            mine = {id(bucket) for bucket in ticket.buckets}
            # One that waits for a bucket keeps its place before the less urgent ones.
            if wait <= 0 and not mine & blocked:
                self._grant(ticket)
            else:
                blocked |= {id(bucket) for bucket in ticket.buckets if bucket.wait(now, ticket.urgency) > 0}
                soonest = wait if soonest is None else min(soonest, wait)
        self._come_back(soonest)

    def _grant(self, ticket: Ticket) -> None:
        for bucket in ticket.buckets:
            bucket.tokens -= 1.0
        self._line.remove(ticket)
        if not ticket.granted.done():
            ticket.granted.set_result(None)

    def _wait(self, ticket: Ticket, now: float) -> float:
        for bucket in ticket.buckets:
            bucket.refill(now)
        return max((bucket.wait(now, ticket.urgency) for bucket in ticket.buckets), default=0.0)

    def _come_back(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(max(seconds, 0.005), self.pump)

    def _for(
        self, action: Action, address: Address, message: str, capabilities: Capabilities
    ) -> tuple[Bucket, ...]:
        names = {
            Scope.MESSAGE: message,
            Scope.CHANNEL: f"{address.account}/{address.channel}",
            Scope.ACCOUNT: address.account,
        }
        found = []
        for index, pace in enumerate(capabilities.paces):
            if action in pace.actions:
                key = (address.platform, index, names[pace.scope])
                if key not in self._buckets:
                    self._buckets[key] = Bucket(pace, float(pace.burst), self._clock.monotonic())
                found.append(self._buckets[key])
        return tuple(found)
