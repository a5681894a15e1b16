"""Clicks on the Stop button: to the inbox, and a word to the person when there was nothing to stop."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.slack.buttons import Click, Settled, stop_click
from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.mrkdwn import mrkdwn
from adapters.slack.views import TRY_AGAIN
from adapters.slack.workspace import Workspace
from core.errors import StoreError
from core.phrases import NOTHING_TO_STOP

_log = structlog.get_logger(__name__)

STOP = "stop"
STORE_S = 2.0


class Clicks:
    """Takes clicks that are acknowledged already: Slack shows nothing of what becomes of them."""

    def __init__(self, workspace: Workspace, settled: Settled) -> None:
        self._client = workspace.client
        self._inbox = workspace.inbox
        self._directory = workspace.directory
        self._me = workspace.me
        self._settled = settled

    async def stop(self, payload: Mapping[str, Any]) -> None:
        """Stop the answer that the button belongs to."""
        click = stop_click(payload, self._me)
        if click is None:
            _log.warning("slack_click_ignored")
            return
        reply = await self._stopped(click)
        if reply in {NOTHING_TO_STOP, TRY_AGAIN}:
            await self._tell(click, reply)

    async def _stopped(self, click: Click) -> str:
        if self._settled.has(click.address.channel, click.message):
            return NOTHING_TO_STOP
        author = await self._directory.author(click.user, click.team)
        try:
            async with asyncio.timeout(STORE_S):
                return await self._inbox.command(STOP, click.address, author, "")
        except (StoreError, TimeoutError) as error:
            _log.warning("slack_click_not_taken", error=type(error).__name__)
            return TRY_AGAIN

    async def _tell(self, click: Click, reply: str) -> None:
        try:
            await self._client.chat_postEphemeral(
                channel=click.address.channel,
                user=click.user,
                text=mrkdwn(reply),
                thread_ts=click.thread,
            )
        except CALL_ERRORS as error:
            _log.warning("slack_click_not_answered", code=code_of(error))
