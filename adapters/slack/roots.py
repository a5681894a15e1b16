"""The first message of a thread whose address is not that message's id: one that a command began."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.identity import is_ts
from core.address import Address

MAX_ROOTS = 2_000


class Roots:
    """Thread roots by address. One that is not known, after a restart, is asked of Slack."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._known: OrderedDict[Address, str] = OrderedDict()

    def learn(self, address: Address, root: str) -> None:
        """Remember which message began the thread."""
        self._known[address] = root
        while len(self._known) > MAX_ROOTS:
            self._known.popitem(last=False)

    async def find(self, address: Address, message: str | None) -> str | None:
        """The ts for ``thread_ts``, by any message in the thread; ``None`` where none is there yet.

        Slack wants a thread's first message there, never a reply
        (https://docs.slack.dev/reference/methods/chat.postMessage). Raises what ``CALL_ERRORS`` names.
        """
        if is_ts(address.thread):
            return address.thread
        if message is None or not is_ts(message):
            return None
        if address not in self._known:
            answer = await self._client.conversations_replies(channel=address.channel, ts=message, limit=1)
            messages: list[Mapping[str, Any]] = answer["messages"]
            root = next((found.get("thread_ts") for found in messages), None)
            self.learn(address, str(root or message))
        return self._known[address]
