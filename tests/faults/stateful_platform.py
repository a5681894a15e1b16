"""A platform that fails as it is told: requests that are lost, late, refused, or never answered."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.delivery import Draft, FileDraft, Gone, Lookup, MessageRef, Outcome, Rejected, Retry, Sent, Unknown
from core.errors import FileError, PlatformError
from core.events import Asked
from core.message import Attachment, PastMessage, PastPicture
from tests.fakes.platform import Shown
from tests.faults.stateful_time import JumpingLoop

# Longer than the product waits for a request.
TOO_LONG_S = 50.0
LATE_S = 45.0


class Mood(StrEnum):
    """What comes of a request."""

    WELL = "well"
    RETRY = "retry"  # not taken
    LOST = "lost"  # nothing happens, and no answer comes
    ARRIVED = "arrived"  # it happens, and no answer comes
    LATE = "late"  # no answer comes, and it happens later
    SLOW = "slow"  # it happens, and its answer comes too late
    REJECTED = "rejected"


def capabilities(limit: int, *, is_paced: bool, stop_button: bool) -> Capabilities:
    paces = (
        Pace(frozenset({Action.POST}), Scope.CHANNEL, per_second=1.0, burst=2),
        Pace(frozenset({Action.EDIT}), Scope.MESSAGE, per_second=1.0, burst=3),
        Pace(frozenset({Action.POST, Action.EDIT}), Scope.ACCOUNT, per_second=5.0, burst=10),
    )
    return Capabilities(limit, len, paces if is_paced else (), "Plain text.", stop_button)


@dataclass
class Stage:
    """Implements core.ports.Platform. ``moods`` are those of the next requests, by their names.

    A key is found once what was sent under it must be visible, and as long as nobody removed it.
    ``history`` are the messages that ever stood there, ``arrived`` those of each key; ``touched`` the
    turns of which somebody else removed one; ``refused`` are the requests that were, once.
    """

    loop: JumpingLoop
    rng: random.Random
    capabilities: Capabilities
    name: str = "test"
    messages: dict[str, Shown] = field(default_factory=dict)
    history: dict[str, Shown] = field(default_factory=dict)
    moods: dict[str, deque[Mood]] = field(default_factory=dict)
    away_until: float = 0.0
    away: Mood = Mood.RETRY
    arrived: dict[str, list[str]] = field(default_factory=dict)
    on_the_way: list[str] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    posts: int = 0
    refused: set[str] = field(default_factory=set)
    longest_away: float = 0.0

    def fail(self, request: str, mood: Mood, times: int) -> None:
        """Let the next requests of a kind (post, edit, delete, find) end so."""
        self.moods.setdefault(request, deque()).extend([mood] * times)
        if mood is Mood.REJECTED:
            self.refused.add(request)

    def be_away(self, seconds: float, mood: Mood) -> None:
        """Nothing gets through for a while."""
        self.away_until, self.away = self.loop.time() + seconds, mood
        self.longest_away = max(self.longest_away, seconds)

    def be_well(self) -> None:
        """Fail no more."""
        self.moods.clear()
        self.away_until = 0.0

    def remove(self, number: str) -> None:
        """A moderator takes a message away."""
        self.touched.add(self.messages.pop(number).draft.turn)

    async def post(self, draft: Draft) -> Outcome:
        self._look_at(draft.address, draft.text)
        mood = self._mood("post")
        if mood in {Mood.RETRY, Mood.REJECTED, Mood.LOST}:
            return await self._failure(mood)
        landed: asyncio.Future[Outcome] = self.loop.create_future()
        after = {Mood.LATE: self.rng.uniform(1.0, LATE_S), Mood.SLOW: TOO_LONG_S}
        self.on_the_way.append(draft.key)
        # It has left: the end of the process does not call it back.
        self.loop.call_later(after.get(mood, self._moment()), self._land, draft, landed)
        if mood is Mood.LATE:
            return Unknown("reset")
        outcome = await landed
        return Unknown("reset") if mood is Mood.ARRIVED else outcome

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        self._look_at(ref.address, text)
        mood = self._mood("edit")
        if mood in {Mood.RETRY, Mood.REJECTED, Mood.LOST, Mood.LATE}:
            return await self._failure(mood)
        await asyncio.sleep(self._moment())
        outcome = self._missing(ref)
        if outcome is None:
            shown = self.messages[ref.id]
            shown.texts.append(text)
            shown.live = live
        return await self._answer(mood, outcome or Sent(ref.id))

    async def delete(self, ref: MessageRef) -> Outcome:
        mood = self._mood("delete")
        if mood in {Mood.RETRY, Mood.REJECTED, Mood.LOST, Mood.LATE}:
            return await self._failure(mood)
        await asyncio.sleep(self._moment())
        outcome = self._missing(ref)
        if outcome is None:
            del self.messages[ref.id]
        return await self._answer(mood, outcome or Sent(ref.id))

    async def find(self, lookup: Lookup) -> str | None:
        mood = self._mood("find")
        await asyncio.sleep(TOO_LONG_S if mood is Mood.SLOW else self._moment())
        if mood is not Mood.WELL or lookup.key in self.on_the_way:
            raise PlatformError("not now", self.rng.choice((None, 1.0, 15.0)))
        found = self.arrived.get(lookup.key, ())
        standing = (number for number in found if number in self.messages and number not in lookup.claimed)
        return next(standing, None)

    async def post_file(self, draft: FileDraft) -> Outcome:
        return Rejected("no_files")

    async def show_working(self, address: Address) -> None:
        await asyncio.sleep(self.rng.choice((0.0, 0.0, 0.1, 12.0)))

    async def show_idle(self, address: Address) -> None:
        await asyncio.sleep(self.rng.choice((0.0, 0.0, 0.1, 6.0)))

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        return ()

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        return ()

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        raise FileError("There are no files here.")

    def _land(self, draft: Draft, landed: "asyncio.Future[Outcome]") -> None:
        self.on_the_way.remove(draft.key)
        outcome: Outcome = Gone("channel_closed", place=True)
        if draft.address.channel not in self.closed:
            self.posts += 1
            number = f"p{self.posts}"
            self.messages[number] = self.history[number] = Shown(draft, [draft.text], draft.live)
            self.arrived.setdefault(draft.key, []).append(number)
            outcome = Sent(number)
        if not landed.done():
            landed.set_result(outcome)

    def _missing(self, ref: MessageRef) -> Outcome | None:
        if ref.address.channel in self.closed:
            return Gone("channel_closed", place=True)
        return None if ref.id in self.messages else Gone("unknown_message")

    async def _failure(self, mood: Mood) -> Outcome:
        await asyncio.sleep(self._moment())
        if mood is Mood.RETRY:
            return Retry(self.rng.choice((0.0, 1.0, 20.0)))
        return Rejected("refused") if mood is Mood.REJECTED else Unknown("reset")

    async def _answer(self, mood: Mood, outcome: Outcome) -> Outcome:
        await asyncio.sleep(TOO_LONG_S if mood is Mood.SLOW else self._moment())
        return Unknown("reset") if mood is Mood.ARRIVED else outcome

    def _mood(self, request: str) -> Mood:
        if self.loop.time() < self.away_until:
            return self.away
        waiting = self.moods.get(request)
        return waiting.popleft() if waiting else Mood.WELL

    def _moment(self) -> float:
        return self.rng.choice((0.0, 0.0, 0.01, 0.2))

    def _look_at(self, address: Address, text: str) -> None:
        if len(text) > self.capabilities.max_message or not text.strip():
            self.wrong.append(f"a text that no platform takes: {text!r} in {address.thread}")
