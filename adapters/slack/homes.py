"""Where the answer to a command can be given."""

import asyncio
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.faults import CALL_ERRORS, GONE, code_of

# A command's form must be open within three seconds of the command.
LOOK_S = 1.2
# The most that Slack lists at once.
MEMBERS_AT_ONCE = 999


@dataclass(frozen=True, slots=True)
class Home:
    """A channel where we may write; ``moved`` when it is not the one that was asked in."""

    channel: str
    moved: bool

    @property
    def note(self) -> str:
        """What the person is told about it, or nothing."""
        return "I am not in this channel, so I answer in our direct messages." if self.moved else ""


class Homes:
    """Commands work in every channel, also where we are no member and may not write."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def find(self, channel: str, user: str) -> Home:
        """The channel itself, or the person's direct messages with us. Unknown in time: the channel."""
        try:
            async with asyncio.timeout(LOOK_S):
                if await self.may_write(channel):
                    return Home(channel, moved=False)
                return Home(await self.direct(user), moved=True)
        except CALL_ERRORS:
            return Home(channel, moved=False)

    async def direct(self, user: str) -> str:
        """The person's direct messages with us. Raises what ``CALL_ERRORS`` names."""
        async with asyncio.timeout(LOOK_S):
            answer = await self._client.conversations_open(users=user)
        return str(answer["channel"]["id"])

    async def may_write(self, channel: str) -> bool:
        """Whether we may write there. Raises nothing: what is not known in time is tried."""
        try:
            shown = (await self._client.conversations_info(channel=channel))["channel"]
        except CALL_ERRORS as error:
            return code_of(error) not in GONE
        return bool(shown.get("is_member") or shown.get("is_im"))

    async def is_open_to(self, channel: str, user: str) -> bool:
        """Whether somebody is in a channel or could go in: everybody may go into a public one.

        Raises what ``CALL_ERRORS`` names. https://docs.slack.dev/reference/methods/conversations.members
        """
        shown = (await self._client.conversations_info(channel=channel))["channel"]
        if not shown.get("is_private"):
            return True
        cursor = ""
        while True:
            found = await self._client.conversations_members(
                channel=channel, cursor=cursor, limit=MEMBERS_AT_ONCE
            )
            cursor = str((found.get("response_metadata") or {}).get("next_cursor") or "")
            if user in found["members"] or not cursor:
                return user in found["members"]
