"""From events to the inbox: in order of arrival per channel, durable before the acknowledgement."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from adapters.slack.changes import Edit, Happening, edited_at, read
from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.inbound import Ignored, Post, asked, default_address, files, sift
from adapters.slack.order import LINGER_S, Order
from adapters.slack.stubs import described
from adapters.slack.twins import Twins
from adapters.slack.workspace import Workspace
from core.address import Address
from core.events import Asked, Closed, Revised, Verdict, Withdrawn

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

# Slack waits three seconds for an acknowledgement.
STORE_S = 2.0
# How long a mention waits for the message event of the same post.
TWIN_S = 0.5


class Intake:
    """Takes events about messages and channels.

    Both events of a mention, and of its edit, lead to the same question. ``app_mention`` can lack the
    files, so the message event is the one that is used; the mention only waits for it, holding nobody
    up. When it does not come (an app without the history scopes), the message itself is read from Slack.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._client = workspace.client
        self._inbox = workspace.inbox
        self._directory = workspace.directory
        self._me = workspace.me
        self._twins = Twins()
        self._order = Order()

    async def take(self, event: Json) -> None:
        """Returns once the event is durable or needs no answer: acknowledge it then.

        Raises ``StoreError`` or ``TimeoutError`` when it could not be stored: do not acknowledge.
        """
        if self._directory.hear(event):
            return
        happening = read(event, self._me)
        if isinstance(happening, Ignored):
            _log.debug("slack_event_ignored", reason=happening.value)
        elif event.get("type") != "app_mention" or not isinstance(happening, Post | Edit):
            await self._in_turn(happening, event)
        elif not await self._twins.taken(happening.key, TWIN_S):
            await self._in_turn(await self._whole(happening), event)

    async def _in_turn(self, happening: Happening, event: Json) -> None:
        channel = happening.post.channel if isinstance(happening, Edit) else happening.channel
        # What is read from history has only the message's own time, and comes in order.
        at = float(event.get("event_ts") or event.get("ts") or time.time())
        async with self._order.turn(channel, at, LINGER_S if "event_ts" in event else 0.0):
            await self._store(happening)
        if isinstance(happening, Post | Edit):
            self._twins.take(happening.key)

    async def _store(self, happening: Happening) -> None:
        match happening:
            case Post():
                await self._store_message(happening, self._inbox.accept)
            case Edit(post=post, revision=revision):
                await self._store_message(post, lambda asked: self._inbox.revise(Revised(asked, revision)))
            case Withdrawn():
                async with asyncio.timeout(STORE_S):
                    verdict = await self._inbox.withdraw(happening)
                _log.info("slack_message_deleted", verdict=verdict.value)
            case Closed():
                async with asyncio.timeout(STORE_S):
                    await self._inbox.close(happening)
                _log.info("slack_place_closed", channel=happening.channel)

    async def _store_message(self, post: Post, store: Callable[[Asked], Awaitable[Verdict]]) -> None:
        channel_type = str(post.event.get("channel_type") or "")
        # The author first: who asks matters more than what those are called who are mentioned.
        author, names, place, attachments = await asyncio.gather(
            self._directory.author(post.user, post.team),
            self._directory.names(post.people),
            self._directory.place(post.channel, channel_type),
            described(self._client, files(post.event)),
        )
        async with asyncio.timeout(STORE_S):
            address = await self._address(post)
            if post.thread_ts not in {None, address.thread}:
                post = replace(post, rooted_in_ours=True)
            question = asked(post, address, self._me, author, names, place)
            question = replace(question, attachments=attachments)
            verdict = await store(question)
            if verdict is Verdict.DUPLICATE and (revision := edited_at(post.event)):
                # Read from history after an edit that was missed.
                verdict = await self._inbox.revise(Revised(question, revision))
        _log.info("slack_event", verdict=verdict.value, addressing=post.addressing.value)

    async def _address(self, post: Post) -> Address:
        """A thread below a message of ours may belong to a conversation that began elsewhere: a command's."""
        if post.thread_ts is not None:
            known = await self._inbox.locate("slack", self._me.team, post.channel, post.thread_ts)
            if known is not None:
                return known
        return default_address(post, self._me)

    async def _whole(self, mention: Post | Edit) -> Post | Edit:
        """The mention with everything that belongs to it, or as it came."""
        post = mention.post if isinstance(mention, Edit) else mention
        if post.event.get("files"):
            return mention
        try:
            async with asyncio.timeout(STORE_S):
                answer = await self._client.conversations_replies(channel=post.channel, ts=post.ts, limit=1)
        except CALL_ERRORS as error:
            _log.warning("slack_mention_not_read", code=code_of(error))
            return mention
        messages: list[Json] = answer["messages"]
        found = next((message for message in messages if message.get("ts") == post.ts), None)
        whole = sift({**post.event, **found, "type": "app_mention"}, self._me) if found else post
        if isinstance(whole, Ignored):
            return mention
        return replace(mention, post=whole) if isinstance(mention, Edit) else whole
