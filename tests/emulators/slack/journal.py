"""What happened, in order, for tests to judge by."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.emulators.slack.workspace import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call. ``took_effect`` is false where it was refused or cut before it did anything."""

    at: float
    method: str
    args: Json
    status: int
    error: str | None
    took_effect: bool

    @property
    def ok(self) -> bool:
        return self.error is None and self.status == 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """One envelope sent over a socket. ``ts`` is the message that it is about, if it is about one."""

    at: float
    envelope_id: str
    type: str
    event_type: str
    event_id: str
    ts: str
    attempt: int
    socket: int


@dataclass(frozen=True, slots=True)
class Ack:
    """One acknowledgement; ``payload`` is the response that it carried."""

    at: float
    envelope_id: str
    payload: Json | None
    late: bool


@dataclass(frozen=True, slots=True)
class Download:
    """One GET of a file."""

    at: float
    file: str
    authorized: bool


class Journal:
    """Frozen entries and a way to wait for more of them."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.acks: list[Ack] = []
        self.downloads: list[Download] = []
        self._changed = asyncio.Event()

    def of(self, method: str, *, ok: bool | None = None) -> list[Call]:
        """The calls of one method, all or only those with this result."""
        return [call for call in self.calls if call.method == method and ok in {None, call.ok}]

    def refused(self) -> list[Call]:
        """Every call that Slack said no to."""
        return [call for call in self.calls if not call.ok]

    def ack_of(self, ts: str, event_type: str = "message") -> Ack | None:
        """The first acknowledgement of an event about a message."""
        envelopes = {d.envelope_id for d in self.deliveries if d.ts == ts and d.event_type == event_type}
        return next((ack for ack in self.acks if ack.envelope_id in envelopes), None)

    def touch(self) -> None:
        """Something changed: whoever waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """The predicate's first true value; ``TimeoutError`` with the last false one."""
        deadline = time.monotonic() + seconds
        while not (value := predicate()):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError(f"still {value!r} after {seconds} s; calls: {self._recent()}")
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), min(remaining, 0.05))
            except TimeoutError:
                continue
        return value

    def _recent(self) -> str:
        return ", ".join(f"{call.method}={call.error or call.status}" for call in self.calls[-8:])
