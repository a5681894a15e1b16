"""From events to the inbox: in order of arrival per channel, durable before the acknowledgement."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.directory import Directory
from adapters.slack.faults import CALL_ERRORS, code_of
from adapters.slack.identity import Identity
from adapters.slack.inbound import Ignored, Post, asked, default_address, sift
from core.address import Address
from core.ports import Inbox

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

# Slack waits three seconds for an acknowledgement.
STORE_S = 2.0
# How long a mention waits for the message event of the same post.
TWIN_S = 0.5
MAX_TWINS = 2_000


class Twins:
    """Which posts were taken by their message event: a mention in a channel brings two events."""

    def __init__(self) -> None:
        self._taken: OrderedDict[str, asyncio.Event] = OrderedDict()

    def take(self, key: str) -> None:
        """The message event of this post is stored."""
        self._of(key).set()

    async def taken(self, key: str, seconds: float) -> bool:
        """Whether it was, or is within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._of(key).wait()
        except TimeoutError:
            return False
        return True

    def _of(self, key: str) -> asyncio.Event:
        event = self._taken.setdefault(key, asyncio.Event())
        if len(self._taken) > MAX_TWINS:
            self._taken.popitem(last=False)
        return event


class Intake:
    """Takes message events.

    Both events of a mention lead to the same question. ``app_mention`` can lack the files, so the
    message event is the one that is used; the mention only waits for it, holding nobody up. When it
    does not come (an app without the history scopes), the message itself is read from Slack.
    """

    def __init__(self, client: AsyncWebClient, inbox: Inbox, directory: Directory, me: Identity) -> None:
        self._client = client
        self._inbox = inbox
        self._directory = directory
        self._me = me
        self._twins = Twins()
        self._gates: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def take(self, event: Json) -> None:
        """Returns once the event is durable or needs no answer: acknowledge it then.

        Raises ``StoreError`` or ``TimeoutError`` when it could not be stored: do not acknowledge.
        """
        post = sift(event, self._me)
        if isinstance(post, Ignored):
            _log.debug("slack_event_ignored", reason=post.value)
        elif event.get("type") != "app_mention":
            await self._in_turn(post)
            self._twins.take(post.key)
        elif not await self._twins.taken(post.key, TWIN_S):
            await self._in_turn(await self._whole(post))

    async def _in_turn(self, post: Post) -> None:
        """Bolt runs each event in a task of its own: the lock, first come first served, keeps their order."""
        gate = self._gates.setdefault(post.channel, asyncio.Lock())
        async with gate:
            await self._store(post)

    async def _store(self, post: Post) -> None:
        channel_type = str(post.event.get("channel_type") or "")
        names, place = await asyncio.gather(
            self._directory.names(post.people), self._directory.place(post.channel, channel_type)
        )
        async with asyncio.timeout(STORE_S):
            address = await self._address(post)
            if post.thread_ts not in {None, address.thread}:
                post = replace(post, rooted_in_ours=True)
            verdict = await self._inbox.accept(asked(post, address, self._me, names, place))
        _log.info("slack_event", verdict=verdict.value, addressing=post.addressing.value)

    async def _address(self, post: Post) -> Address:
        """A thread below a message of ours may belong to a conversation that began elsewhere: a command's."""
        if post.thread_ts is not None:
            known = await self._inbox.locate("slack", self._me.team, post.channel, post.thread_ts)
            if known is not None:
                return known
        return default_address(post, self._me)

    async def _whole(self, post: Post) -> Post:
        """The mention with everything that belongs to it, or as it came."""
        if post.event.get("files"):
            return post
        try:
            async with asyncio.timeout(STORE_S):
                answer = await self._client.conversations_replies(channel=post.channel, ts=post.ts, limit=1)
        except CALL_ERRORS as error:
            _log.warning("slack_mention_not_read", code=code_of(error))
            return post
        messages: list[Json] = answer["messages"]
        found = next((message for message in messages if message.get("ts") == post.ts), None)
        whole = sift({**post.event, **found, "type": "app_mention"}, self._me) if found else post
        return post if isinstance(whole, Ignored) else whole
