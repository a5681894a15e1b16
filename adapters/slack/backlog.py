"""What was said in Slack while no event came: read from history, within limits."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, UNCERTAIN, code_of, retry_after
from adapters.slack.identity import is_ts

Json = Mapping[str, Any]
_log = structlog.get_logger(__name__)

MAX_CALLS = 60
CALLS_AT_ONCE = 4
MAX_IN_CHANNEL = 200
MAX_THREADS_IN_CHANNEL = 20
PAGE = 200
TRIES = 2
AGAIN_S = 1.0
KINDS = "im,mpim,private_channel,public_channel"


class Backlog:
    """Reads messages since a time (unix seconds). What cannot be read is logged and left out."""

    def __init__(self, client: AsyncWebClient, since: float) -> None:
        self._client = client
        self._since = since
        self._calls = MAX_CALLS
        self._slots = asyncio.Semaphore(CALLS_AT_ONCE)

    async def channels(self) -> tuple[str, ...]:
        """Where we are a member, direct messages first."""
        found: list[Json] = []
        args = {"types": KINDS, "exclude_archived": True, "limit": PAGE}
        async with aclosing(self._pages("users.conversations", args)) as pages:
            async for page in pages:
                found += page.get("channels", ())
        found.sort(key=lambda channel: not channel.get("is_im"))
        return tuple(str(channel["id"]) for channel in found)

    async def said(self, channel: str, threads: Sequence[str]) -> list[Json]:
        """The channel's messages, oldest first, replies among them.

        ``threads`` are roots that are worth a look even if the history does not show them any more.
        """
        top = await self._history(channel)
        if top is None:
            return []
        found = {str(message["ts"]): message for message in top if self._is_new(message)}
        for root in self._moved(top, threads)[:MAX_THREADS_IN_CHANNEL]:
            for message in await self._replies(channel, root):
                found.setdefault(str(message["ts"]), message)
        return sorted(found.values(), key=_ts)[-MAX_IN_CHANNEL:]

    async def _history(self, channel: str) -> list[Json] | None:
        """The newest messages at the top level: those before the time may have new replies."""
        found: list[Json] | None = None
        async with aclosing(
            self._pages("conversations.history", {"channel": channel, "limit": PAGE})
        ) as pages:
            async for page in pages:
                found = [*(found or ()), *page.get("messages", ())]
                if len(found) >= MAX_IN_CHANNEL or not any(map(self._is_new, found[-1:])):
                    break
        return found

    def _moved(self, top: Sequence[Json], threads: Sequence[str]) -> list[str]:
        """Roots of threads in which something was, or may have been, said."""
        shown = {str(message["ts"]) for message in top}
        answered = [message for message in top if float(message.get("latest_reply") or 0) > self._since]
        answered.sort(key=lambda message: str(message["latest_reply"]), reverse=True)
        broadcast = [str(message.get("thread_ts") or "") for message in top if self._is_new(message)]
        unseen = [root for root in (*broadcast, *threads) if is_ts(root) and root not in shown]
        return list(dict.fromkeys([*(str(message["ts"]) for message in answered), *unseen]))

    async def _replies(self, channel: str, root: str) -> list[Json]:
        found: list[Json] = []
        args = {"channel": channel, "ts": root, "oldest": f"{self._since:.6f}", "limit": PAGE}
        async with aclosing(self._pages("conversations.replies", args)) as pages:
            async for page in pages:
                found += page.get("messages", ())
                if len(found) >= MAX_IN_CHANNEL:
                    break
        began = next((message for message in found if message["ts"] == root), {})
        by = {"parent_user_id": began["user"]} if began.get("user") else {}
        return [
            message if message is began else {**by, **message} for message in found if self._is_new(message)
        ]

    def _is_new(self, message: Json) -> bool:
        return _ts(message) > self._since

    async def _pages(self, method: str, args: Json) -> AsyncGenerator[Json]:
        cursor: dict[str, str] = {}
        while True:
            page = await self._call(method, {**args, **cursor})
            if page is None:
                return
            yield page
            cursor = {"cursor": (page.get("response_metadata") or {}).get("next_cursor") or ""}
            if not cursor["cursor"]:
                return

    async def _call(self, method: str, args: Json) -> Json | None:
        """One page; ``None`` when it cannot be had or the calls are used up. A rate limit is waited for."""
        if self._calls == 0:
            return None
        self._calls -= 1
        tries = 0
        while True:
            tries += 1
            try:
                async with self._slots:
                    answer = await self._client.api_call(method, params=dict(args), http_verb="GET")
            except CALL_ERRORS as error:
                wait = _pause(error, tries)
                if wait is None:
                    _log.warning("slack_backlog_not_read", method=method, code=code_of(error))
                    return None
                await asyncio.sleep(wait)
            else:
                assert isinstance(answer.data, dict)
                return answer.data


def _ts(message: Json) -> float:
    return float(str(message["ts"]))


def _pause(error: BaseException, tries: int) -> float | None:
    """Seconds before the same call is worth another try; ``None`` when it is not."""
    limited = retry_after(error) if isinstance(error, SlackApiError) else None
    if limited is not None:
        return limited
    code = code_of(error)
    passing = not isinstance(error, SlackApiError) or code in UNCERTAIN or code.startswith("http_5")
    return AGAIN_S if passing and tries < TRIES else None
