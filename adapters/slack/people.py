"""People, asked of Slack one by one and kept for a while."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, code_of, retry_after
from adapters.slack.identity import Identity
from adapters.slack.standing import STRANGER, Person, person_of

_log = structlog.get_logger(__name__)

MAX_PEOPLE = 5_000
LOOKUP_S = 1.0
# How long a question that was not answered is not asked again.
AGAIN_S = 30.0
LONGEST_PAUSE_S = 60.0
# https://docs.slack.dev/reference/methods/users.info#errors
UNSEEN = frozenset({"user_not_found", "user_not_visible"})


@dataclass(frozen=True, slots=True)
class _Entry:
    """``told_at`` and ``again_at`` are monotonic seconds; ``person`` is ``None`` while nothing is known."""

    person: Person | None
    told_at: float
    again_at: float = 0.0


class People:
    """Each person is asked for once at a time, for a second at the longest. ``me`` is set at the sign-in."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.me = Identity()
        self._client = client
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._paused_until = 0.0

    def known(self, user: str, within_s: float) -> bool:
        """Whether :meth:`person` would not ask."""
        return not self._is_due(self._entries.get(user), within_s)

    def stale(self, user: str) -> None:
        """What is known of somebody holds no more: ask when it is needed next."""
        entry = self._entries.get(user)
        if entry is not None or user in self._locks:
            known = entry or _Entry(None, float("-inf"))
            self._entries[user] = replace(known, told_at=float("-inf"), again_at=0.0)

    async def person(self, user: str, within_s: float) -> Person | None:
        """The person as told at most ``within_s`` seconds ago.

        When Slack does not answer: as told last, or ``None``.
        """
        lock = self._locks.setdefault(user, asyncio.Lock())
        async with lock:
            entry = self._entries.get(user)
            if self._is_due(entry, within_s):
                entry = await self._ask(user, entry)
        return entry.person if entry is not None else None

    def _is_due(self, entry: _Entry | None, within_s: float) -> bool:
        now = time.monotonic()
        if now < self._paused_until:
            return False
        return entry is None or (now >= entry.again_at and now - entry.told_at > within_s)

    async def _ask(self, user: str, entry: _Entry | None) -> _Entry:
        try:
            async with asyncio.timeout(LOOKUP_S):
                answer = await self._client.users_info(user=user)
            fresh = _Entry(person_of(_told(answer.get("user")), self.me), time.monotonic())
        except CALL_ERRORS as error:
            fresh = self._unanswered(error, entry)
        if self._entries.get(user) is not entry:
            # They were changed while the answer was on its way.
            fresh = replace(fresh, told_at=float("-inf"))
        self._entries[user] = fresh
        self._entries.move_to_end(user)
        if len(self._entries) > MAX_PEOPLE:
            self._entries.popitem(last=False)
        return fresh

    def _unanswered(self, error: Exception, entry: _Entry | None) -> _Entry:
        now = time.monotonic()
        if code_of(error) in UNSEEN:
            return _Entry(STRANGER, now)
        _log.warning("slack_person_not_read", code=code_of(error))
        wait = retry_after(error) if isinstance(error, SlackApiError) else None
        if wait is not None:
            self._paused_until = now + min(wait, LONGEST_PAUSE_S)
        if entry is None:
            return _Entry(None, float("-inf"), now + AGAIN_S)
        return replace(entry, again_at=now + AGAIN_S)


def _told(user: object) -> dict[str, Any]:
    if not isinstance(user, dict):
        raise ValueError("no user object")  # noqa: TRY004  # an answer that makes no sense, as its neighbours
    return user
