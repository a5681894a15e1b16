"""Slack's "is thinking" line under a thread."""

import asyncio
import time

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.identity import is_ts
from core.address import Address

WORKING = "is thinking…"
CALL_S = 3.0
# Slack clears the line after two minutes without a message.
REFRESH_S = 60.0
# A reply that is not over after an hour has left no line to take away.
KEPT_S = 3600.0
NOT_HERE = frozenset(
    {"feature_not_enabled", "method_deprecated", "missing_scope", "not_allowed", "not_allowed_token_type"}
    | {"not_authorized", "unknown_method"}
)


class Status:
    """Shows and clears the line; best effort, and not at all where the workspace has none."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._works = True
        self._shown_at: dict[Address, float] = {}

    async def show(self, address: Address) -> None:
        """Show it, at most once a minute."""
        now = time.monotonic()
        if now - self._shown_at.get(address, -REFRESH_S) >= REFRESH_S:
            fresh = {one: at for one, at in self._shown_at.items() if now - at < KEPT_S}
            self._shown_at = {**fresh, address: now}
            await self._set(address, WORKING)

    async def clear(self, address: Address) -> None:
        """Take it away, where it is not gone with our message."""
        if self._shown_at.pop(address, None) is not None:
            await self._set(address, "")

    def gone(self, address: Address) -> None:
        """A message of ours takes the line away."""
        self._shown_at.pop(address, None)

    async def _set(self, address: Address, status: str) -> None:
        if not self._works or not is_ts(address.thread):
            return
        try:
            async with asyncio.timeout(CALL_S):
                await self._client.assistant_threads_setStatus(
                    channel_id=address.channel, thread_ts=address.thread, status=status
                )
        except CALL_ERRORS as error:
            self._works = code_of(error) not in NOT_HERE
