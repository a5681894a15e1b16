"""From a Slack event to a core value, or a named reason to ignore it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from adapters.slack.identity import Identity
from adapters.slack.reading import mentioned, quoted, to_markdown
from core.address import Address
from core.events import Addressing, Asked
from core.message import Attachment, Author

Json = Mapping[str, Any]

# What a person's own message can carry; every other subtype is Slack telling of something.
PEOPLES_SUBTYPES = frozenset({"file_share", "thread_broadcast", "me_message"})
SLACKS_OWN_BOTS = frozenset({"USLACKBOT", "USLACK"})


class Ignored(StrEnum):
    """Why an event is no question."""

    OWN = "own"
    OTHER_BOT = "other_bot"
    SLACKBOT = "slackbot"
    UNCHANGED = "unchanged"  # a link was unfurled, a thumbnail drawn, a reply shown in the channel
    SUBTYPE = "subtype"
    OTHER_EVENT = "other_event"
    NOT_ADDRESSED = "not_addressed"


@dataclass(frozen=True, slots=True)
class Post:
    """A message that may be a question, before names and places are known.

    ``thread_ts`` is ``None`` at the top level. ``rooted_in_ours`` says that the thread began with
    a message of ours.
    """

    channel: str
    ts: str
    thread_ts: str | None
    user: str
    addressing: Addressing
    rooted_in_ours: bool
    event: Json

    @property
    def key(self) -> str:
        """The same for every event about this message: a mention brings two."""
        return f"{self.channel}:{self.ts}"

    @property
    def team(self) -> str:
        """The workspace that the author writes from, as far as the event tells."""
        told = (self.event.get(name) for name in ("user_team", "source_team", "team"))
        return str(next(filter(None, told), ""))

    @property
    def people(self) -> frozenset[str]:
        """Ids of everybody else whose name is needed: whoever is mentioned."""
        texts = [str(self.event.get("text") or "")]
        texts += [str(attachment.get("text") or "") for attachment in self.event.get("attachments") or ()]
        return frozenset[str]().union(*(mentioned(text) for text in texts)) - {self.user}


def sift(event: Json, me: Identity, otherwise: Addressing | None = None) -> Post | Ignored:
    """The message in an event, or why there is nothing to answer.

    ``otherwise`` is how a message in a channel turns to us that names nobody; without it, not at all.
    """
    reason = not_a_persons(event, me)
    if reason is not None:
        return reason
    ts, thread = str(event["ts"]), event.get("thread_ts")
    thread_ts = str(thread) if thread and thread != ts else None
    rooted = thread_ts is not None and event.get("parent_user_id") == me.user
    addressing = _addressing(event, me, in_thread=thread_ts is not None, rooted_in_ours=rooted) or otherwise
    if addressing is None:
        return Ignored.NOT_ADDRESSED
    return Post(str(event["channel"]), ts, thread_ts, str(event["user"]), addressing, rooted, event)


def not_a_persons(event: Json, me: Identity) -> Ignored | None:
    """Why a message is no person's own words; ``None`` when it is."""
    subtype, user = event.get("subtype"), event.get("user")
    checks = (
        (event.get("type") not in {"message", "app_mention"}, Ignored.OTHER_EVENT),
        (bool(user) and user == me.user, Ignored.OWN),
        (bool(event.get("bot_id")) and event.get("bot_id") == me.bot, Ignored.OWN),
        (user in SLACKS_OWN_BOTS, Ignored.SLACKBOT),
        (subtype == "bot_message" or bool(event.get("bot_id")), Ignored.OTHER_BOT),
        (subtype is not None and subtype not in PEOPLES_SUBTYPES, Ignored.SUBTYPE),
        (not user or not event.get("ts") or not event.get("channel"), Ignored.SUBTYPE),
    )
    return next((reason for applies, reason in checks if applies), None)


def _addressing(event: Json, me: Identity, *, in_thread: bool, rooted_in_ours: bool) -> Addressing | None:
    people = mentioned(str(event.get("text") or ""))
    if event.get("channel_type") == "im":
        return Addressing.DIRECT
    if me.user in people or event.get("type") == "app_mention":
        return Addressing.MENTION
    if not in_thread:
        return None
    if people:
        return Addressing.ELSEWHERE
    return Addressing.REPLY if rooted_in_ours else Addressing.OVERHEARD


def default_address(post: Post, me: Identity) -> Address:
    """The thread that a message belongs to, or begins."""
    return Address("slack", me.team, post.channel, post.thread_ts or post.ts)


def asked(
    post: Post, address: Address, me: Identity, author: Author, names: Mapping[str, str], place: str
) -> Asked:
    """The question in a message. ``names`` are those mentioned by id; ``place`` is where it was said."""
    event, names = post.event, {**names, author.id: author.name}
    text = to_markdown(str(event.get("text") or ""), names, me.user)
    whole = "\n\n".join(piece for piece in (text, quoted(event, names, me.user)) if piece)
    return Asked(
        key=post.key,
        address=address,
        author=author,
        text=whole,
        message_id=post.ts,
        sent_at=float(post.ts),
        addressing=post.addressing,
        attachments=files(event),
        place=place,
        joined_midway=post.thread_ts is not None and not post.rooted_in_ours,
    )


def files(event: Json) -> tuple[Attachment, ...]:
    """The files of a message and of what it forwards, without those that were deleted."""
    given = list(event.get("files") or ())
    for forwarded in event.get("attachments") or ():
        given += forwarded.get("files") or ()
    return tuple(attachment(file) for file in given if file.get("id") and file.get("mode") != "tombstone")


def attachment(file: Json) -> Attachment:
    """A file object. A stub (``check_file_info``, from Slack Connect) has no locator yet."""
    size = file.get("size")
    return Attachment(
        id=str(file["id"]),
        name=str(file.get("name") or file.get("title") or "a shared file"),
        mime=str(file.get("mimetype") or "application/octet-stream"),
        size=size if isinstance(size, int) else None,
        locator=str(file.get("url_private_download") or file.get("url_private") or ""),
    )
