"""Messages of ours on their way to Discord, and the files of others on their way in."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord
import structlog

from adapters.discord import faults
from adapters.discord.attempts import Attempts
from adapters.discord.buttons import Buttons, offer_view, posted_key, stop_view
from adapters.discord.faults import Request
from adapters.discord.history import History
from adapters.discord.inbound import command_thread
from adapters.discord.link import Link
from adapters.discord.markup import render
from core.address import Address
from core.delivery import Draft, MessageRef, Outcome, Retry, Sent
from core.errors import FileError
from core.files.download import Fetched, Wanted
from core.message import Attachment

REQUEST_S = 35.0
TYPING_EVERY_S = 8.0
TYPING_REQUEST_S = 5.0
OPENER_S = 3.5
REMEMBERED = 1000
FILE_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})

_SOURCE = re.compile(r"(?P<url>[^#]*)#(?P<channel>\d+)/(?P<message>\d+)")
_EXPIRES = re.compile(r"[?&]ex=([0-9a-f]+)")

log = structlog.get_logger()


class Fetcher(Protocol):
    """The one guarded way to download."""

    async def get(self, url: str, wanted: Wanted) -> Fetched:
        """What is behind ``url``. Raises ``FileError``."""


class Openers:
    """Which message shows the question of which command, for as long as the process remembers."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, asyncio.Future[str | None]] = OrderedDict()

    def expect(self, interaction_id: str) -> None:
        """The question of this command is about to be shown."""
        self._shown[interaction_id] = asyncio.get_running_loop().create_future()
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)

    def settle(self, interaction_id: str, message_id: str | None) -> None:
        """It is shown by this message, or by none."""
        future = self._shown.get(interaction_id)
        if future is not None and not future.done():
            future.set_result(message_id)

    def knows(self, interaction_id: str) -> bool:
        """Whether the command came while this process ran."""
        return interaction_id in self._shown

    async def shown_by(self, interaction_id: str) -> str | None:
        """The message that shows the question of a command that is known, once it does."""
        try:
            async with asyncio.timeout(OPENER_S):
                return await asyncio.shield(self._shown[interaction_id])
        except TimeoutError:
            return None


class Outbound:
    """Posts, edits and deletes; one outcome for each request."""

    def __init__(
        self, link: Link, openers: Openers, history: History, attempts: Attempts, buttons: Buttons
    ) -> None:
        self._link = link
        self._openers = openers
        self._history = history
        self._attempts = attempts
        self._buttons = buttons
        self._typed_at: dict[str, float] = {}

    async def post(self, draft: Draft) -> Outcome:
        """Post. discord.py's own repeats carry the same nonce, which Discord enforces."""
        if self._link.client is None:
            return Retry(1.0)
        content = render(draft.text)
        reference = await self._reference(draft)
        with self._attempts.sending(draft.key, content):
            outcome, error = await self._sent(draft, content, reference)
            if reference is not None and error is not None and faults.refuses_reference(error):
                outcome, _ = await self._sent(draft, content, None)
        return outcome

    async def _sent(
        self, draft: Draft, content: str, reference: discord.MessageReference | None
    ) -> tuple[Outcome, Exception | None]:
        address = draft.address
        view = stop_view(address, draft.key) if draft.live else offer_view(address, draft.offer)
        extras: dict[str, Any] = {} if view is None else {"view": view}
        if reference is not None:
            extras |= {"reference": reference, "mention_author": False}
        try:
            async with asyncio.timeout(REQUEST_S):
                channel = self._link.channel(draft.address.channel)
                message = await channel.send(content, nonce=draft.key, suppress_embeds=True, **extras)
        except faults.FOREIGN as error:
            log.warning("discord.post_failed", turn=draft.turn, code=faults.code_of(error))
            return faults.outcome(error, Request.POST), error
        return await self._matched(draft, content, message), None

    async def _matched(self, draft: Draft, content: str, message: discord.Message) -> Outcome:
        """A repeated nonce gives back the earlier message, as it was then: make it ours of now."""
        same_text = message.content.strip() == content.strip()
        has_stop = posted_key(message) is not None
        if same_text and (draft.live or not has_stop):
            self._buttons.note(str(message.id), shown=has_stop)
            return Sent(str(message.id))
        ref = MessageRef(draft.address, str(message.id), draft.offer)
        return await self.edit(ref, draft.text, live=draft.live)

    async def _reference(self, draft: Draft) -> discord.MessageReference | None:
        """The question, for the first message of an answer in a channel where others talk too."""
        if draft.reply_to is None:
            return None
        address = draft.address
        refers = draft.first and address.thread != address.channel
        if self._openers.knows(draft.reply_to):
            # Also where nothing is referred to: the answer waits until its question stands above it.
            found = await self._openers.shown_by(draft.reply_to)
        elif refers and address.thread == command_thread(draft.reply_to):
            # The command came before a restart.
            found = await self._history.opener(address.channel, draft.reply_to)
        else:
            found = draft.reply_to
        if found is None or not refers:
            return None
        return discord.MessageReference(
            message_id=int(found), channel_id=int(address.channel), fail_if_not_exists=False
        )

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        """Set a message's text. A partial message sends no flags: the previews stay suppressed."""
        view = stop_view(ref.address) if live else offer_view(ref.address, ref.offer)
        changes: dict[str, Any] = {"view": view}
        if live and self._buttons.shown(ref.id):
            # As it is: under another id, a click on its way would fail.
            changes = {}

        async def edited() -> None:
            channel = self._link.channel(ref.address.channel)
            await channel.get_partial_message(int(ref.id)).edit(content=render(text), **changes)

        outcome = await self._done(ref, Request.EDIT, edited)
        if isinstance(outcome, Sent):
            self._buttons.note(ref.id, shown=live)
        return outcome

    async def delete(self, ref: MessageRef) -> Outcome:
        """Remove a message of ours."""

        async def deleted() -> None:
            channel = self._link.channel(ref.address.channel)
            await channel.get_partial_message(int(ref.id)).delete()

        return await self._done(ref, Request.DELETE, deleted)

    async def _done(self, ref: MessageRef, request: Request, work: Callable[[], Awaitable[None]]) -> Outcome:
        try:
            async with asyncio.timeout(REQUEST_S):
                await work()
        except faults.FOREIGN as error:
            log.warning("discord.request_failed", request=request, message=ref.id, code=faults.code_of(error))
            return faults.outcome(error, request)
        return Sent(ref.id)

    async def show_working(self, address: Address) -> None:
        """The typing sign, which lasts ten seconds: renewed at most every eight."""
        now = time.monotonic()
        if now - self._typed_at.get(address.channel, float("-inf")) < TYPING_EVERY_S:
            return
        self._typed_at[address.channel] = now
        try:
            async with asyncio.timeout(TYPING_REQUEST_S):
                await self._link.channel(address.channel).typing()
        except faults.FOREIGN as error:
            log.debug("discord.typing_failed", channel=address.channel, code=faults.code_of(error))

    def show_idle(self, address: Address) -> None:
        """The next sign may be shown at once. Discord ends this one with our message."""
        self._typed_at.pop(address.channel, None)


class Files:
    """Attachments, from Discord's own hosts only."""

    def __init__(self, link: Link, fetcher: Fetcher) -> None:
        self._link = link
        self._fetcher = fetcher

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """The bytes. Raises ``FileError``. An address that has expired is asked for anew, once."""
        found = _SOURCE.fullmatch(attachment.locator)
        if found is None:
            return await self._get(attachment.locator, max_bytes)
        url = found["url"]
        if not _has_expired(url):
            try:
                return await self._get(url, max_bytes)
            except FileError as error:
                fresh = await self._fresh(found["channel"], found["message"], attachment.id)
                if fresh in {None, url}:
                    raise
                log.info("discord.file_asked_again", file=attachment.id, error=error.told)
                url = fresh or url
        else:
            url = await self._fresh(found["channel"], found["message"], attachment.id) or url
        return await self._get(url, max_bytes)

    async def _get(self, url: str, max_bytes: int) -> bytes:
        return (await self._fetcher.get(url, Wanted(FILE_HOSTS, max_bytes))).content

    async def _fresh(self, channel_id: str, message_id: str, file_id: str) -> str | None:
        """The file's present address, by asking for its message."""
        try:
            async with asyncio.timeout(REQUEST_S):
                message = await self._link.channel(channel_id).fetch_message(int(message_id))
        except faults.FOREIGN as error:
            log.info("discord.file_not_found_again", file=file_id, code=faults.code_of(error))
            return None
        files = [*message.attachments]
        for snapshot in message.message_snapshots:
            files += snapshot.attachments
        return next((file.url for file in files if str(file.id) == file_id), None)


def _has_expired(url: str) -> bool:
    """By the hexadecimal unix time that Discord signs into an address."""
    found = _EXPIRES.search(url)
    return found is not None and int(found[1], 16) <= time.time()
