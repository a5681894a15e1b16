"""Who is in which user group: asked of Slack all at once, and kept for a while."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.allowance import Allowance
from adapters.slack.faults import CALL_ERRORS, code_of

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

KEEP_S = 300.0
LOOKUP_S = 1.0
AGAIN_S = 30.0
# An app installed before it asked for usergroups:read, or a plan without user groups.
NOT_TOLD = frozenset(
    {"missing_scope", "no_permission", "not_allowed_token_type", "paid_teams_only", "plan_upgrade_required"}
)
NOT_TOLD_AGAIN_S = 3_600.0
# usergroups.list is a Tier 2 method, 20 a minute: a directory that is synchronised changes many at once.
READS, READS_WITHIN_S = 10, 60.0


class UserGroups:
    """Ids of user groups by person. Without an answer: as told last, or none."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._groups: dict[str, tuple[str, ...]] = {}
        self._lock = asyncio.Lock()
        self._reads = Allowance(READS, READS_WITHIN_S)
        # Monotonic seconds from which on it is asked again.
        self._due_at = float("-inf")
        self._changes = 0
        self._is_refused = False

    async def of(self, user: str) -> tuple[str, ...]:
        """The person's groups, in order; waits a second at the longest."""
        async with self._lock:
            if time.monotonic() >= self._due_at and self._reads.take():
                await self._ask()
        return self._groups.get(user, ())

    def stale(self) -> None:
        """A group was changed: ask when it is needed next."""
        self._changes += 1
        self._due_at = float("-inf")

    async def _ask(self) -> None:
        changes = self._changes
        try:
            async with asyncio.timeout(LOOKUP_S):
                answer = await self._client.usergroups_list(include_users=True)
            self._groups, keep_s = by_person(answer.get("usergroups") or ()), KEEP_S
            self._is_refused = False
        except CALL_ERRORS as error:
            keep_s = self._unanswered(code_of(error))
        if changes == self._changes:
            self._due_at = time.monotonic() + keep_s

    def _unanswered(self, code: str) -> float:
        """Note it; how long (seconds) not to ask again."""
        if code not in NOT_TOLD:
            _log.warning("slack_groups_not_read", code=code)
            return AGAIN_S
        if not self._is_refused:
            _log.warning(
                "slack_groups_unknown",
                code=code,
                advice="rules by user group need the scope usergroups:read: install the app again",
            )
        self._is_refused = True
        return NOT_TOLD_AGAIN_S


def by_person(groups: Iterable[Json]) -> dict[str, tuple[str, ...]]:
    """Groups by member. Disabled ones are nobody's.

    https://docs.slack.dev/reference/objects/usergroup-object
    """
    found: dict[str, list[str]] = {}
    for group in groups:
        if group.get("date_delete"):
            continue
        for user in group.get("users") or ():
            found.setdefault(str(user), []).append(str(group["id"]))
    return {user: tuple(sorted(ids)) for user, ids in found.items()}
