"""Clicks on buttons: to the inbox, and a word to the person when there is something to say."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.slack.buttons import SHARE_ACTION, Click, Settled, read_click
from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.homes import Homes
from adapters.slack.mrkdwn import MARKS, mrkdwn
from adapters.slack.views import TRY_AGAIN
from adapters.slack.workspace import Workspace
from core import picture_phrases
from core.address import Address
from core.errors import StoreError
from core.events import Addressing, Asked, Shared, Verdict
from core.phrases import NOTHING_TO_STOP
from core.presets import named, question

_log = structlog.get_logger(__name__)

STOP = "stop"
STORE_S = 2.0
SHARED_WORDS = 2
DIRECT_SIGN = "D"
NOT_FROM_HERE = "This answer cannot be posted from here."
MAY_NOT = "You are not in the channel where you asked any more, so I don't post it there."
NOT_IN_CHANNEL = "I am not in the channel where you asked. Invite me there, and press the button again."


class Clicks:
    """Takes clicks that are acknowledged already: Slack shows nothing of what becomes of them."""

    def __init__(self, workspace: Workspace, settled: Settled) -> None:
        self._client = workspace.client
        self._inbox = workspace.inbox
        self._directory = workspace.directory
        self._me = workspace.me
        self._homes = Homes(workspace.client)
        self._settled = settled

    async def take(self, payload: Mapping[str, Any]) -> None:
        """Do what the button says, where it may."""
        click = read_click(payload, self._me)
        if click is None:
            _log.warning("slack_click_ignored")
            return
        try:
            async with asyncio.timeout(STORE_S):
                reply = await self._done(click)
        except (StoreError, TimeoutError) as error:
            _log.warning("slack_click_not_taken", error=type(error).__name__)
            reply = TRY_AGAIN
        if reply:
            await self._tell(click, reply)

    async def _done(self, click: Click) -> str:
        """What the person is told, if anything."""
        if click.action == SHARE_ACTION:
            return await self._share(click)
        if named(click.preset).prompt:
            return await self._ask_more(click)
        return await self._stop(click)

    async def _stop(self, click: Click) -> str:
        if self._settled.has(click.address.channel, click.message):
            return NOTHING_TO_STOP
        author = await self._directory.author(click.user, click.team)
        reply = await self._inbox.command(STOP, click.address, author, "")
        return reply if reply == NOTHING_TO_STOP else ""

    async def _ask_more(self, click: Click) -> str:
        """Ask in the answer's thread, once for each person: a second click is the same event."""
        author = await self._directory.author(click.user, click.team)
        preset = named(click.preset)
        event = Asked(
            key=f"more:{click.address.channel}:{click.message}:{preset.name}:{click.user}",
            address=click.address,
            author=author,
            text=question(preset, ""),
            # A message of the thread: by it the opener finds the thread after a restart.
            message_id=click.message,
            sent_at=time.time(),
            addressing=Addressing.COMMAND,
            place=await self._directory.place(click.address.channel),
            opener=f"**{author.name.translate(MARKS)} asked:** {preset.label}",
            preset=preset.name,
            about=click.message,
        )
        verdict = await self._inbox.accept(event)
        return "" if verdict is Verdict.STORED else picture_phrases.ASKED_ALREADY

    async def _share(self, click: Click) -> str:
        """Post an answer that was given in direct messages to its channel; its key names the answer."""
        target = self._target(click)
        if target is None:
            return NOT_FROM_HERE
        if not await self._homes.may_write(target.channel):
            return NOT_IN_CHANNEL
        try:
            # They were there when they asked, and may be no longer.
            may_post = await self._homes.is_open_to(target.channel, click.user)
        except CALL_ERRORS as error:
            _log.warning("slack_members_not_read", code=code_of(error))
            return TRY_AGAIN
        if not may_post:
            return MAY_NOT
        turn = click.words[0]
        event = Asked(
            key=f"share:{turn}",
            address=target,
            author=await self._directory.author(click.user, click.team),
            text=picture_phrases.SHARE_REQUEST,
            message_id=f"share-{turn}",
            sent_at=time.time(),
            addressing=Addressing.COMMAND,
            place=await self._directory.place(target.channel),
            shared=Shared(click.address, turn),
        )
        verdict = await self._inbox.accept(event)
        is_new = verdict is Verdict.STORED
        return picture_phrases.SHARED if is_new else picture_phrases.SHARED_ALREADY

    def _target(self, click: Click) -> Address | None:
        """The thread that the answer begins in its channel; ``None`` when the button says nothing of one."""
        if len(click.words) != SHARED_WORDS or not click.address.channel.startswith(DIRECT_SIGN):
            return None
        try:
            asked_in = Address.from_key(click.words[1])
        except ValueError:
            return None
        is_ours = (asked_in.platform, asked_in.account) == ("slack", self._me.team)
        return (
            Address("slack", self._me.team, asked_in.channel, f"share-{click.words[0]}") if is_ours else None
        )

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
