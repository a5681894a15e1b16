"""Pictures that stand in a channel already."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, as_platform_error
from adapters.slack.identity import Identity
from adapters.slack.inbound import files
from adapters.slack.stubs import described
from core.events import Asked
from core.message import PastPicture

Json = Mapping[str, Any]

# One page: conversations.history is a Tier 3 method (https://docs.slack.dev/apis/web-api/rate-limits).
MESSAGES_MOST = 100
LINKS_S = 5.0
# How many files are asked about, of which a message tells nothing.
UNTOLD_MOST = 12
PICTURE = "image/"


class Gallery:
    """Looks through the newest messages of a channel; what stands in its threads is theirs."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def newest(self, question: Asked, limit: int, me: Identity) -> tuple[PastPicture, ...]:
        """The newest pictures, our own left out, newest first. Raises ``PlatformError``."""
        channel = question.address.channel
        try:
            page = await self._client.conversations_history(channel=channel, limit=MESSAGES_MOST)
        except CALL_ERRORS as error:
            raise as_platform_error(error) from error
        messages: list[Json] = page["messages"]
        posted = [
            (str(message["ts"]), file)
            for message in messages
            if message.get("user") != me.user
            for file in files(message)
            if file.mime.startswith(PICTURE) or not file.locator
        ][: limit + UNTOLD_MOST]
        told = await described(self._client, (file for _, file in posted))
        found = [
            (ts, PastPicture(file))
            for (ts, _), file in zip(posted, told, strict=True)
            if file.mime.startswith(PICTURE)
        ][:limit]
        links = await self._links(channel, {ts for ts, _ in found})
        return tuple(replace(picture, link=links.get(ts, "")) for ts, picture in found)

    async def _links(self, channel: str, timestamps: set[str]) -> dict[str, str]:
        """The addresses of messages for people, as far as Slack tells them in time."""
        links: dict[str, str] = {}

        async def ask(ts: str) -> None:
            try:
                answer = await self._client.chat_getPermalink(channel=channel, message_ts=ts)
            except CALL_ERRORS:
                return
            links[ts] = str(answer["permalink"])

        try:
            async with asyncio.timeout(LINKS_S), asyncio.TaskGroup() as tasks:
                for ts in timestamps:
                    tasks.create_task(ask(ts))
        except TimeoutError:
            return links
        return links
