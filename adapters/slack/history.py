"""What stands in a Slack thread: earlier messages, and our own by their key."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from itertools import chain, repeat
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import markup
from adapters.slack.attempts import Search
from adapters.slack.directory import Directory
from adapters.slack.faults import CALL_ERRORS, GONE, as_platform_error, code_of
from adapters.slack.identity import Identity, is_ts
from adapters.slack.inbound import files
from adapters.slack.reading import mentioned, quoted, to_markdown
from adapters.slack.roots import Roots
from core.events import Asked
from core.message import Author, PastMessage
from core.outgoing import tag

Json = Mapping[str, Any]

EVENT_TYPE = "tampu_message"
PAGE = 200
MAX_PAGES = 5
# Seconds between looks for a post: it is mostly there at once. The last is repeated.
PAUSES = (0.7, 1.3, 2.0, 4.0)

_LINK = re.compile(r"<((?:https?://|mailto:)[^|<>]*)(?:\|[^<>]*)?>")


class History:
    """Reads threads. Raises ``PlatformError`` when Slack cannot be asked."""

    def __init__(self, client: AsyncWebClient, directory: Directory, roots: Roots) -> None:
        self._client = client
        self._directory = directory
        self._roots = roots

    async def find(self, search: Search, me: Identity) -> str | None:
        """The id of our message whose metadata carries the key: in a thread, else among the top level.

        ``None`` only from a look that began when the post, had it arrived, must have been visible.
        A message that says the text and carries no key by then is taken for it.
        """
        pauses = chain(PAUSES, repeat(PAUSES[-1]))
        while True:
            wait = search.settled_at - time.monotonic()
            found = await self._look(search, me, is_settled=wait <= 0)
            if found is not None or wait <= 0:
                return found
            await asyncio.sleep(min(next(pauses), wait))

    async def _look(self, search: Search, me: Identity, *, is_settled: bool) -> str | None:
        lookup = search.lookup
        near = next(filter(is_ts, (lookup.after, *sorted(lookup.claimed))), None)
        try:
            root = await self._roots.find(lookup.address, near)
        except CALL_ERRORS as error:
            if code_of(error) in GONE:
                return None
            raise as_platform_error(error) from error
        after = {"oldest": lookup.after} if is_ts(lookup.after) else {}
        thread = {} if root is None else {"ts": root}
        alike = []
        async with aclosing(
            self._messages({"channel": lookup.address.channel, **after, **thread})
        ) as messages:
            async for message in messages:
                if lookup.is_file and (file := _file_of(message, lookup.key, me)) is not None:
                    return file
                key = _key_of(message)
                if key == lookup.key and message["ts"] not in lookup.claimed:
                    return str(message["ts"])
                if is_settled and key is None and _says(message, search, me):
                    alike.append(str(message["ts"]))
        return alike[0] if len(alike) == 1 else None

    async def past(self, question: Asked, limit: int, me: Identity) -> tuple[PastMessage, ...]:
        """The newest ``limit`` messages before the question, oldest first, our own among them."""
        address = question.address
        if not is_ts(address.thread) or limit <= 0:
            return ()
        source = {"channel": address.channel, "ts": address.thread, "latest": question.message_id}
        async with aclosing(self._messages(source)) as messages:
            before = [message async for message in messages if message["ts"] < question.message_id]
        return await self._named(before[-limit:], me)

    async def _named(self, messages: list[Json], me: Identity) -> tuple[PastMessage, ...]:
        people: set[str] = set()
        for message in messages:
            people |= mentioned(str(message.get("text") or ""))
            people |= {str(message["user"])} if message.get("user") else set()
        names = await self._directory.names(people)
        return tuple(_past(message, names, me) for message in messages)

    async def _messages(self, source: Json) -> AsyncGenerator[Json]:
        """Messages of a thread (oldest first) or, without ``ts``, of a channel, page by page."""
        method = "conversations.replies" if "ts" in source else "conversations.history"
        args = {**source, "limit": PAGE, "include_all_metadata": True}
        for _ in range(MAX_PAGES):
            try:
                page = (await self._client.api_call(method, params=args, http_verb="GET")).data
            except CALL_ERRORS as error:
                if isinstance(error, SlackApiError) and code_of(error) in GONE:
                    return
                raise as_platform_error(error) from error
            assert isinstance(page, dict)
            for message in page.get("messages", ()):
                yield message
            cursor = page.get("response_metadata", {}).get("next_cursor")
            if not cursor:
                return
            args["cursor"] = cursor


def _key_of(message: Json) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return str((metadata.get("event_payload") or {}).get("key"))


def _file_of(message: Json, key: str, me: Identity) -> str | None:
    """The id of the file that we posted under a key, if this message shows it."""
    files = message.get("files") or () if message.get("user") == me.user else ()
    return next((str(file["id"]) for file in files if tag(key) in str(file.get("name", ""))), None)


def _says(message: Json, search: Search, me: Identity) -> bool:
    """Whether this is a message of ours that nobody knows, with the text of the search."""
    ts, lookup = str(message["ts"]), search.lookup
    is_ours = message.get("user") == me.user or (me.bot and message.get("bot_id") == me.bot)
    is_later = not is_ts(lookup.after) or ts > lookup.after
    if not (is_ours and is_later) or ts in lookup.claimed | search.others or search.text is None:
        return False
    sent = {markup.notification(search.text), markup.fallback(search.text) or ""}
    return _plainly(str(message.get("text") or "")) in {_plainly(text) for text in sent if text.strip()}


def _plainly(text: str) -> str:
    """A text without what Slack adds to it: marks around links, changed white space."""
    return " ".join(_LINK.sub(r"\1", text).split())


def _past(message: Json, names: Mapping[str, str], me: Identity) -> PastMessage:
    user = str(message.get("user") or message.get("bot_id") or "")
    name = names.get(user) or str(message.get("username") or user)
    text = to_markdown(str(message.get("text") or ""), names, "")
    pieces = [piece for piece in (text, quoted(message, names, me.user)) if piece]
    pieces += [f"[file: {file.get('name', 'unnamed')}]" for file in message.get("files") or ()]
    return PastMessage(
        author=Author(user, name, is_bot=bool(message.get("bot_id"))),
        text="\n\n".join(pieces),
        message_id=str(message["ts"]),
        sent_at=float(message["ts"]),
        attachments=() if user == me.user else files(message),
    )
