"""Names of people and channels, asked of Slack once an hour."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS

KEEP_S = 3600.0
KEEP_FAILED_S = 60.0
MAX_ENTRIES = 5_000
LOOKUP_S = 1.0
DIRECT = "a direct message"


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    until: float


class Directory:
    """Names of people and of channels. A name that cannot be had in a second is the id, for a minute."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

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
        return await self._kept(channel, self._ask_place)

    async def _kept(self, key: str, ask: Callable[[str], Awaitable[str]]) -> str:
        entry = self._entries.get(key)
        if entry is not None and entry.until > time.monotonic():
            return entry.name
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
