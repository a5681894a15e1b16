"""Catching up: what was said while no event came goes the same way as events."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from adapters.slack.backlog import CALLS_AT_ONCE, Backlog
from adapters.slack.inbound import Ignored, sift
from adapters.slack.intake import Intake
from adapters.slack.workspace import Workspace
from core.address import Address
from core.errors import StoreError
from core.events import Absence

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

# A lost connection is noticed some seconds late, and clocks differ; the inbox knows what it has.
OVERLAP_S = 30.0
MAX_MESSAGES = 500
OUTAGE_S = 180.0


class CatchUp:
    """Hands in what was missed, each channel's messages in their order. One run at a time."""

    def __init__(self, workspace: Workspace, intake: Intake) -> None:
        self._workspace = workspace
        self._intake = intake
        self._turn = asyncio.Lock()
        # How long ago that begins which is not read yet, in monotonic seconds.
        self._missing: float | None = None

    async def run(self, absence: Absence) -> None:
        """Read and hand in. Raises nothing that Slack or the store may do; cancel it to bound it."""
        async with self._turn:
            run = _Run(self._workspace, self._intake, absence)
            await run.through(run.known)
            others = () if run.is_over else await run.backlog.channels()
            await run.through([channel for channel in others if channel not in run.known])
            _log.info("slack_caught_up", messages=MAX_MESSAGES - run.left, complete=not run.is_over)

    def behind(self) -> float | None:
        """Since when (unix seconds) something of an outage may be missing."""
        return None if self._missing is None else time.time() - (time.monotonic() - self._missing)

    def miss(self, since: float) -> None:
        """Note an outage that began at ``since`` (unix seconds): :meth:`after_outage` makes up for it."""
        missing = time.monotonic() - (time.time() - since)
        self._missing = missing if self._missing is None else min(missing, self._missing)

    async def after_outage(self) -> None:
        """The same for a time in which this process had no connection."""
        missing, since = self._missing, self.behind()
        if since is None:
            return
        try:
            async with asyncio.timeout(OUTAGE_S):
                threads = await self._workspace.inbox.recent("slack")
                await self.run(Absence(since, threads))
        except (StoreError, TimeoutError) as error:
            _log.warning("slack_not_caught_up", error=type(error).__name__)
        else:
            self._missing = None if self._missing == missing else self._missing


class _Run:
    """One absence on its way into the inbox; over when the store fails or enough was handed in."""

    def __init__(self, workspace: Workspace, intake: Intake, absence: Absence) -> None:
        self.backlog = Backlog(workspace.client, absence.since - OVERLAP_S)
        self.known = _by_channel(absence.threads, workspace.me.team)
        self.left = MAX_MESSAGES
        self.is_over = False
        self._me = workspace.me
        self._intake = intake

    async def through(self, channels: Iterable[str]) -> None:
        """Some channels at a time, in this order."""
        waiting = iter(channels)

        async def work() -> None:
            for channel in waiting:
                await self._hand_in(channel)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(CALLS_AT_ONCE):
                tasks.create_task(work())

    async def _hand_in(self, channel: str) -> None:
        if self.is_over:
            return
        # History does not say what kind of channel it is.
        place = {"type": "message", "channel": channel, "channel_type": "im" if channel[0] == "D" else ""}
        for message in await self.backlog.said(channel, self.known.get(channel, ())):
            event = {**message, **place}
            if isinstance(sift(event, self._me), Ignored):
                continue
            if not await self._take(event):
                return

    async def _take(self, event: Json) -> bool:
        """Whether it is worth going on."""
        self.is_over = self.is_over or self.left == 0
        if self.is_over:
            return False
        self.left -= 1
        try:
            await self._intake.take(event)
        except (StoreError, TimeoutError) as error:
            _log.warning("slack_catch_up_stopped", error=type(error).__name__)
            self.is_over = True
        return not self.is_over


def _by_channel(threads: Iterable[Address], team: str) -> dict[str, list[str]]:
    """Roots by channel, both in the order given."""
    found: dict[str, list[str]] = {}
    for address in threads:
        if (address.platform, address.account) == ("slack", team):
            found.setdefault(address.channel, []).append(address.thread)
    return found
