"""Post, edit, delete, read: what the core asks of Slack."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import markup
from adapters.slack.directory import Directory
from adapters.slack.faults import (
    CALL_ERRORS,
    GONE,
    REFUSED_BLOCKS,
    as_platform_error,
    code_of,
    of_edit,
    of_post,
)
from adapters.slack.history import EVENT_TYPE, History
from adapters.slack.identity import Identity, is_ts
from adapters.slack.inbound import attachment as read_file_object
from adapters.slack.roots import Roots
from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.delivery import Draft, Lookup, MessageRef, Outcome, Rejected, Sent
from core.errors import FileError
from core.events import Asked
from core.files.faults import LOGIN_PAGE
from core.message import Attachment, PastMessage

Json = Mapping[str, Any]
OutcomeOf = Callable[[BaseException], Outcome]

FILE_HOSTS = frozenset({"files.slack.com", ".slack.com", "slack-files.com"})
NOT_OPENED = "Slack did not let me open it; an admin may need to add the files:read scope."
WORKING = "is thinking…"
WORKING_CALL_S = 3.0
# Slack clears the line after two minutes without a message.
WORKING_REFRESH_S = 60.0
# A reply that is not over after an hour has left no line to take away.
WORKING_KEPT_S = 3600.0
NO_STATUS_HERE = frozenset(
    {"feature_not_enabled", "method_deprecated", "missing_scope", "not_allowed", "not_allowed_token_type"}
    | {"not_authorized", "unknown_method"}
)

# https://docs.slack.dev/apis/web-api/rate-limits: posts about 1/s per channel, chat.update 50 a minute.
CAPABILITIES = Capabilities(
    max_message=markup.MAX_MESSAGE,
    measure=markup.weight,
    paces=(
        Pace(frozenset({Action.POST}), Scope.CHANNEL, per_second=0.9, burst=3),
        # All replies share it; most of it is kept for the ends of answers.
        Pace(frozenset({Action.EDIT}), Scope.ACCOUNT, per_second=0.75, burst=8, reserve=5),
        # The post counts as well: the first edit comes a second later, and the last one at once.
        Pace(frozenset({Action.POST, Action.EDIT}), Scope.MESSAGE, per_second=1.0, burst=2),
    ),
    formatting=(
        "Slack draws standard Markdown: headings, lists, quotes, code fences with a language, links, "
        "and at most one table in a message. It draws no HTML and no pictures."
    ),
)


class Fetcher(Protocol):
    """Downloads from allowed hosts only; the files' own guard."""

    async def get(
        self,
        url: str,
        *,
        hosts: frozenset[str],
        headers: Mapping[str, str],
        max_bytes: int,
        timeout_s: float,
    ) -> bytes:
        """The body, at most ``max_bytes`` long. Raises ``FileError``."""


class SlackOutbound:
    """Slack, outward, for one workspace: :class:`core.ports.Platform`."""

    def __init__(self, client: AsyncWebClient, fetcher: Fetcher) -> None:
        self.identity = Identity()
        self.directory = Directory(client)
        self._client = client
        self._fetcher = fetcher
        self._history = History(client, self.directory)
        self._roots = Roots(client)
        self._status_works = True
        self._shown_at: dict[Address, float] = {}

    @property
    def name(self) -> str:
        """``"slack"``."""
        return "slack"

    @property
    def capabilities(self) -> Capabilities:
        """Slack's limits."""
        return CAPABILITIES

    async def post(self, draft: Draft) -> Outcome:
        """Post once; a refusal of the blocks is answered with the same message as plain text."""
        args: dict[str, Any] = {
            "channel": draft.address.channel,
            "unfurl_links": False,
            "unfurl_media": False,
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"key": draft.key}},
        }
        try:
            thread = await self._roots.find(draft.address, draft.reply_to)
        except CALL_ERRORS as error:
            # Nothing was posted yet, so nothing can have arrived.
            return of_edit(error)
        if thread is not None:
            args["thread_ts"] = thread
        self._shown_at.pop(draft.address, None)
        outcome = await self._write("chat.postMessage", args, draft.text, of_post)
        if thread is None and isinstance(outcome, Sent):
            self._roots.learn(draft.address, outcome.id)
        return outcome

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        """Set the whole text. With blocks Slack shows no "(edited)"."""
        args = {"channel": ref.address.channel, "ts": ref.id}
        return await self._write("chat.update", args, text, of_edit)

    async def _write(self, method: str, args: Json, text: str, outcome_of: OutcomeOf) -> Outcome:
        blocks = [{"type": "markdown", "text": markup.render(text)}]
        whole = {**args, "blocks": blocks, "text": markup.notification(text)}
        outcome = await self._call(method, whole, outcome_of)
        plain = (
            markup.fallback(text)
            if isinstance(outcome, Rejected) and outcome.code in REFUSED_BLOCKS
            else None
        )
        if plain is None:
            return outcome
        # A refused call did nothing, so this is no repeat.
        return await self._call(method, {**args, "text": plain}, outcome_of)

    async def _call(self, method: str, args: Json, outcome_of: OutcomeOf) -> Outcome:
        try:
            answer = await self._client.api_call(method, json=dict(args))
        except CALL_ERRORS as error:
            return outcome_of(error)
        return Sent(str(answer["ts"]))

    async def delete(self, ref: MessageRef) -> Outcome:
        """Remove a message of ours."""
        return await self._call("chat.delete", {"channel": ref.address.channel, "ts": ref.id}, of_edit)

    async def find(self, lookup: Lookup) -> str | None:
        """The id of our message with this key, read from message metadata for up to three seconds."""
        near = next(filter(is_ts, (lookup.after, *sorted(lookup.claimed))), None)
        try:
            root = await self._roots.find(lookup.address, near)
        except CALL_ERRORS as error:
            if code_of(error) in GONE:
                return None
            raise as_platform_error(error) from error
        return await self._history.find(lookup, root)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """The thread before the question; the thread of a command has none."""
        return await self._history.past(question, limit, self.identity)

    async def show_working(self, address: Address) -> None:
        """Slack's "is thinking" line under a thread; at most once a minute."""
        now = time.monotonic()
        if now - self._shown_at.get(address, -WORKING_REFRESH_S) >= WORKING_REFRESH_S:
            fresh = {one: at for one, at in self._shown_at.items() if now - at < WORKING_KEPT_S}
            self._shown_at = {**fresh, address: now}
            await self._set_status(address, WORKING)

    async def show_idle(self, address: Address) -> None:
        """Take that line away, where it is not gone with our message."""
        if self._shown_at.pop(address, None) is not None:
            await self._set_status(address, "")

    async def _set_status(self, address: Address, status: str) -> None:
        if not self._status_works or not is_ts(address.thread):
            return
        try:
            async with asyncio.timeout(WORKING_CALL_S):
                await self._client.assistant_threads_setStatus(
                    channel_id=address.channel, thread_ts=address.thread, status=status
                )
        except CALL_ERRORS as error:
            self._status_works = code_of(error) not in NO_STATUS_HERE

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """A file's bytes. The token goes to Slack's hosts only, or to where our API address points."""
        url = attachment.locator or await self._address_of(attachment)
        headers = {"Authorization": f"Bearer {self._client.token}"} if self._is_slacks(url) else {}
        try:
            content = await self._fetcher.get(
                url, hosts=FILE_HOSTS, headers=headers, max_bytes=max_bytes, timeout_s=30.0
            )
        except FileError as error:
            raise FileError(NOT_OPENED) if error.told == LOGIN_PAGE else error from None
        if _is_page(content) and "html" not in attachment.mime:
            raise FileError(NOT_OPENED)
        return content

    async def _address_of(self, attachment: Attachment) -> str:
        """Where a stub's bytes are: Slack Connect sends ``check_file_info`` instead of an address."""
        try:
            answer = await self._client.files_info(file=attachment.id)
        except CALL_ERRORS:
            raise FileError(NOT_OPENED) from None
        locator = read_file_object(answer["file"]).locator
        if not locator:
            raise FileError("Slack keeps no copy of it that I could read.")
        return locator

    def _is_slacks(self, url: str) -> bool:
        asked, ours = urlsplit(url), urlsplit(self._client.base_url)
        if (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc):
            return True
        host = asked.hostname or ""
        return asked.scheme == "https" and any(
            host == known or (known.startswith(".") and host.endswith(known)) for known in FILE_HOSTS
        )


def _is_page(content: bytes) -> bool:
    return content[:64].lstrip().lower().startswith((b"<!doctype html", b"<html"))
