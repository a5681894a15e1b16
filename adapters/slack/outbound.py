"""Post, edit, delete, read: what the core asks of Slack."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import markup
from adapters.slack.attempts import Attempts
from adapters.slack.buttons import Settled, offer_row, stop_row
from adapters.slack.directory import Directory
from adapters.slack.faults import CALL_ERRORS, REFUSED_BLOCKS, of_edit, of_post
from adapters.slack.files import Fetcher, Files
from adapters.slack.gallery import Gallery
from adapters.slack.history import EVENT_TYPE, History
from adapters.slack.identity import Identity
from adapters.slack.roots import Roots
from adapters.slack.status import Status
from adapters.slack.uploads import Uploads
from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.delivery import Draft, FileDraft, Gone, Lookup, MessageRef, Offer, Outcome, Rejected, Sent
from core.events import Asked
from core.message import Attachment, PastMessage, PastPicture
from core.outgoing import FILE_BYTES_MOST

# With what a file's id begins; a message's is a number.
FILE_SIGN = "F"

Json = Mapping[str, Any]
OutcomeOf = Callable[[BaseException], Outcome]
_log = structlog.get_logger(__name__)

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
    stop_button=True,
    max_file=FILE_BYTES_MOST,
)


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message shows, with a Stop button while ``live``, and then those of its offer."""

    address: Address
    text: str
    live: bool
    offer: Offer | None = None

    @property
    def drawn(self) -> dict[str, Any]:
        blocks: list[Json] = [{"type": "markdown", "text": markup.render(self.text)}]
        row = stop_row(self.address) if self.live else offer_row(self.address, self.offer)
        if row is not None:
            blocks.append(row)
        return {"blocks": blocks, "text": markup.notification(self.text)}

    @property
    def plain(self) -> dict[str, Any] | None:
        """The same without blocks; ``None`` when it would have to be cut."""
        text = markup.fallback(self.text)
        return None if text is None else {"text": text}


class SlackOutbound:
    """Slack, outward, for one workspace: :class:`core.ports.Platform`."""

    def __init__(self, client: AsyncWebClient, fetcher: Fetcher) -> None:
        self.identity = Identity()
        self.directory = Directory(client)
        self.settled = Settled()
        self._client = client
        self._files = Files(client, fetcher)
        self._roots = Roots(client)
        self._history = History(client, self.directory, self._roots)
        self._gallery = Gallery(client)
        self._attempts = Attempts()
        self._status = Status(client)
        self._uploads = Uploads(client)

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
        self._status.gone(draft.address)
        content = _Content(draft.address, draft.text, draft.live, draft.offer)
        with self._attempts.trying(draft.key, draft.text):
            outcome = await self._write("chat.postMessage", args, content, of_post)
        if isinstance(outcome, Sent):
            self._attempts.sent(draft.key, outcome.id)
            if thread is None:
                self._roots.learn(draft.address, outcome.id)
        return outcome

    async def post_file(self, draft: FileDraft) -> Outcome:
        """Upload a file and share it in the thread; ``files:write`` allows it."""
        try:
            thread = await self._roots.find(draft.address, draft.reply_to)
        except CALL_ERRORS as error:
            return of_edit(error)
        with self._attempts.trying(draft.key, ""):
            return await self._uploads.post(draft, thread)

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        """Set the whole text. With blocks Slack shows no "(edited)"; without its row a button is gone."""
        args = {"channel": ref.address.channel, "ts": ref.id}
        outcome = await self._write(
            "chat.update", args, _Content(ref.address, text, live, ref.offer), of_edit
        )
        if isinstance(outcome, Sent):
            self.settled.note(ref.address.channel, ref.id, live=live)
        return outcome

    async def _write(self, method: str, args: Json, content: _Content, outcome_of: OutcomeOf) -> Outcome:
        outcome = await self._call(method, {**args, **content.drawn}, outcome_of)
        refused = isinstance(outcome, Rejected) and outcome.code in REFUSED_BLOCKS
        plain = content.plain if refused else None
        # A refused call did nothing, so this is no repeat.
        return outcome if plain is None else await self._call(method, {**args, **plain}, outcome_of)

    async def _call(self, method: str, args: Json, outcome_of: OutcomeOf) -> Outcome:
        try:
            answer = await self._client.api_call(method, json=dict(args))
        except CALL_ERRORS as error:
            return outcome_of(error)
        message = answer.get("message")
        if "thread_ts" in args and message and not message.get("thread_ts"):
            return await self._take_back(args, str(answer["ts"]))
        return Sent(str(answer["ts"]))

    async def _take_back(self, args: Json, ts: str) -> Outcome:
        """Slack lets a reply whose thread was deleted meanwhile stand in the channel, where nobody asked."""
        outcome = await self._call("chat.delete", {"channel": args["channel"], "ts": ts}, of_edit)
        _log.warning("slack_thread_gone", taken_back=isinstance(outcome, Sent))
        return Gone("thread_not_found", place=True)

    async def delete(self, ref: MessageRef) -> Outcome:
        """Remove a message of ours, or a file with what shows it."""
        if ref.id.startswith(FILE_SIGN):
            return await self._uploads.delete(ref.id)
        return await self._call("chat.delete", {"channel": ref.address.channel, "ts": ref.id}, of_edit)

    async def find(self, lookup: Lookup) -> str | None:
        """The id of our message with this key, read from message metadata.

        Looks until what was sent must be visible, eight seconds after the post was last tried.
        """
        return await self._history.find(self._attempts.search(lookup), self.identity)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """The thread before the question; the thread of a command has none."""
        return await self._history.past(question, limit, self.identity)

    async def show_working(self, address: Address) -> None:
        """Slack's "is thinking" line under a thread; at most once a minute."""
        await self._status.show(address)

    async def show_idle(self, address: Address) -> None:
        """Take that line away, where it is not gone with our message."""
        await self._status.clear(address)

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        """See :meth:`Gallery.newest`."""
        return await self._gallery.newest(question, limit, self.identity)

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """A file's bytes."""
        return await self._files.read(attachment, max_bytes)
