"""Names of people and channels, asked of Slack once an hour."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS

KEEP_S = 3600.0
KEEP_FAILED_S = 60.0
MAX_ENTRIES = 5_000
LOOKUP_S = 1.0
DIRECT = "a direct message"
SOMEWHERE = "a channel"
# conversations.info is a Tier 3 method, 50 a minute: a burst in many new channels goes without names.
PLACES_AT_ONCE = 6
PLACES_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    until: float


class Directory:
    """Names of people and of channels. A name that cannot be had in a second is the id, for a minute."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._places_asked: deque[float] = deque(maxlen=PLACES_AT_ONCE)

    async def names(self, users: Iterable[str]) -> dict[str, str]:
        """Display names by user id."""
        wanted = sorted(set(users))
        found = await asyncio.gather(*(self.name(user) for user in wanted))
        return dict(zip(wanted, found, strict=True))

    async def name(self, user: str) -> str:
        """A person's display name, else the real name, else the id."""
        return await self._kept(user, self._ask_name)

    async def place(self, channel: str, channel_type: str = "") -> str:
        """``"#general"``, or what kind of private conversation it is."""
        if channel_type == "im":
            return DIRECT
        if self._known(channel) is None and not self._may_ask_place():
            return SOMEWHERE
        return await self._kept(channel, self._ask_place)

    def _known(self, key: str) -> str | None:
        entry = self._entries.get(key)
        return entry.name if entry is not None and entry.until > time.monotonic() else None

    def _may_ask_place(self) -> bool:
        now = time.monotonic()
        asked = self._places_asked
        if len(asked) == PLACES_AT_ONCE and now - asked[0] < PLACES_WITHIN_S:
            return False
        asked.append(now)
        return True

    async def _kept(self, key: str, ask: Callable[[str], Awaitable[str]]) -> str:
        if (known := self._known(key)) is not None:
            return known
        entry = self._entries.get(key)
        name, keep = key, KEEP_FAILED_S
        try:
            async with asyncio.timeout(LOOKUP_S):
                name, keep = await ask(key) or key, KEEP_S
        except CALL_ERRORS:
            name = entry.name if entry is not None else key
        self._entries[key] = _Entry(name, time.monotonic() + keep)
        self._entries.move_to_end(key)
        if len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)
        return name

    async def _ask_name(self, user: str) -> str:
        person = (await self._client.users_info(user=user))["user"]
        profile = person.get("profile", {})
        return str(profile.get("display_name") or person.get("real_name") or profile.get("real_name") or "")

    async def _ask_place(self, channel: str) -> str:
        shown = (await self._client.conversations_info(channel=channel))["channel"]
        if shown.get("is_im"):
            return DIRECT
        return "a group message" if shown.get("is_mpim") else f"#{shown.get('name', channel)}"
