"""What an event tells: a message, its edit, its deletion, the end of a channel. Pure.

https://docs.slack.dev/reference/events/message/message_changed and its neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.identity import Identity
from adapters.slack.inbound import Ignored, Post, files, not_a_persons, sift
from core.events import Addressing, Closed, Withdrawn

Json = Mapping[str, Any]

# What is left of a deleted message that has replies.
TOMBSTONE = "tombstone"
CHANNEL_ENDS = frozenset(
    {"channel_archive", "channel_deleted", "channel_left", "group_archive", "group_deleted", "group_left"}
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A message as it reads after an edit. ``revision`` is unix seconds."""

    post: Post
    revision: float

    @property
    def key(self) -> str:
        """The same for every event about this edit: that of a mention brings two."""
        return f"{self.post.key}:{edited_at(self.post.event)}"


Happening = Post | Edit | Withdrawn | Closed


def read(event: Json, me: Identity) -> Happening | Ignored:
    """What happened, or why it does not concern us."""
    kind, subtype = event.get("type"), event.get("subtype")
    if kind == "message" and subtype == "message_changed":
        return _changed(event, me)
    if kind == "message" and subtype == "message_deleted":
        return _withdrawn(event, event.get("deleted_ts"), me)
    if kind in CHANNEL_ENDS and event.get("channel"):
        return Closed("slack", me.team, str(event["channel"]))
    if kind == "app_uninstalled" or (kind == "tokens_revoked" and _is_ours(event, me)):
        return Closed("slack", me.team)
    # Slack sends app_mention again when a message with a mention is edited.
    if kind == "app_mention" and edited_at(event):
        return _edit(event, event, me)
    return sift(event, me)


def edited_at(message: Json) -> float:
    """When a message was last edited, in whole unix seconds; 0 when it was not."""
    return float((message.get("edited") or {}).get("ts") or 0)


def _changed(event: Json, me: Identity) -> Edit | Withdrawn | Ignored:
    message, previous = _inner(event, "message"), _inner(event, "previous_message")
    if message.get("subtype") == TOMBSTONE:
        return _withdrawn(event, message.get("ts"), me)
    if previous and _content(message) == _content(previous):
        return Ignored.UNCHANGED
    place = {name: event.get(name) for name in ("channel", "channel_type")}
    return _edit({**message, **place, "type": "message"}, event, me)


def _edit(message: Json, event: Json, me: Identity) -> Edit | Ignored:
    post = sift(message, me, otherwise=Addressing.OVERHEARD)
    if isinstance(post, Ignored):
        return post
    # ``edited.ts`` is a whole second: only the event tells two quick edits apart.
    return Edit(post, max(edited_at(message), float(event.get("event_ts") or 0)))


def _withdrawn(event: Json, ts: object, me: Identity) -> Withdrawn | Ignored:
    channel, previous = event.get("channel"), _inner(event, "previous_message")
    if not ts or not channel:
        return Ignored.SUBTYPE
    gone = {**previous, "type": "message", "channel": channel, "ts": ts}
    reason = not_a_persons(gone, me) if previous else None
    if reason is not None:
        return reason
    return Withdrawn(
        platform="slack",
        account=me.team,
        channel=str(channel),
        message_id=str(ts),
        key=f"{channel}:{ts}",
        sent_at=float(str(ts)),
    )


def _inner(event: Json, name: str) -> Json:
    """A message within an event; Slack sends an empty list for none."""
    inner = event.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _content(message: Json) -> tuple[object, ...]:
    """What an answer depends on: text, files and pasted tables, not the previews of links."""
    tables = [block for block in message.get("blocks") or () if block.get("type") == "table"]
    return str(message.get("text") or ""), [file.id for file in files(message)], tables


def _is_ours(event: Json, me: Identity) -> bool:
    """Whether it is our bot token that was revoked, not that of a person."""
    return me.user in ((event.get("tokens") or {}).get("bot") or ())
