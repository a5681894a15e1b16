"""The state of one workspace: people, channels, messages, files, forms."""

import time
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.slack import members
from tests.emulators.slack.members import Member, UserGroup

Json = dict[str, Any]

TEAM = members.TEAM
APP_ID = "A0TAMPU"
BOT_USER = "U0TAMPU"
BOT_ID = "B0TAMPU"
BOT_TOKEN = "xoxb-emulated-bot"
APP_TOKEN = "xapp-1-emulated-app"
TRIGGER_SECONDS = 3.0


class Refusal(Exception):
    """``ok: false`` with this error code."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra: Json = extra


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that people saw from ``at`` (monotonic seconds) on."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as people see it now. ``text`` is what is drawn: the blocks if there are any.

    ``revisions`` begins with the text as posted; ``edited`` is Slack's "(edited)" mark;
    ``key`` is the payload key of the message's metadata, ``buttons`` the labels below the text.
    """

    ts: str
    user: str
    text: str
    thread: str | None
    revisions: tuple[Revision, ...]
    edited: bool
    files: tuple[str, ...]
    key: str | None
    buttons: tuple[str, ...] = ()

    @property
    def from_bot(self) -> bool:
        return self.user == BOT_USER


@dataclass(slots=True)
class Channel:
    """``kind`` is channel, group, mpim or im, as in ``channel_type`` of events."""

    id: str
    name: str
    kind: str = "channel"
    members: set[str] = field(default_factory=set)
    archived: bool = False

    def as_json(self) -> Json:
        shown: Json = {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "channel",
            "is_archived": self.archived,
            "is_member": BOT_USER in self.members,
            "context_team_id": TEAM,
        }
        if self.kind == "im":
            del shown["name"], shown["is_member"]
            shown["user"] = next((m for m in sorted(self.members) if m != BOT_USER), BOT_USER)
        return shown


@dataclass(slots=True)
class File:
    """An upload. ``stub`` shows only ``check_file_info``, as Slack Connect does; ``deleted`` a tombstone."""

    id: str
    name: str
    mime: str
    content: bytes
    user: str
    origin: str
    stub: bool = False
    deleted: bool = False
    title: str = ""
    alt: str = ""

    def whole_json(self) -> Json:
        address = f"{self.origin}/files-pri/{TEAM}-{self.id}"
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mime,
            "filetype": self.name.rpartition(".")[2],
            "size": len(self.content),
            "user": self.user,
            "mode": "hosted",
            "alt_txt": self.alt,
            "url_private": f"{address}/{self.name}",
            "url_private_download": f"{address}/download/{self.name}",
        }

    def as_json(self) -> Json:
        if self.deleted:
            return {"id": self.id, "mode": "tombstone"}
        if self.stub:
            return {"id": self.id, "mode": "file_access", "file_access": "check_file_info"}
        return self.whole_json()


@dataclass(slots=True)
class Post:
    """One message. ``subtype`` is Slack's; ``edited_ts`` the whole second of its last edit.

    ``lag`` and ``metadata_lag``, 0 to 1, say how late in the workspace's ranges it shows in history.
    """

    channel: str
    ts: str
    user: str
    text: str
    at: float
    thread_ts: str | None = None
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    metadata: Json | None = None
    subtype: str | None = None
    edited: bool = False
    edited_ts: str = ""
    lag: float = 1.0
    metadata_lag: float = 1.0
    revisions: list[Revision] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def is_tombstone(self) -> bool:
        """What is left of a deleted message that has replies."""
        return self.subtype == "tombstone"

    @property
    def drawn(self) -> str:
        """What people read."""
        pieces = [drawn_block(block) for block in self.blocks]
        return "\n".join(piece for piece in pieces if piece) or self.text

    def as_json(self, *, with_metadata: bool = False) -> Json:
        shown: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM}
        optional = {
            "subtype": self.subtype,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": [file.as_json() for file in self.files],
        }
        shown.update({name: value for name, value in optional.items() if value})
        if self.user == BOT_USER:
            shown |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.is_tombstone:
            shown["hidden"] = True
        if self.edited:
            shown["edited"] = {"user": self.user, "ts": self.edited_ts or self.ts}
        if with_metadata and self.metadata is not None:
            shown["metadata"] = self.metadata
        return shown

    @property
    def buttons(self) -> list[Json]:
        """The elements of all actions blocks."""
        return [e for block in self.blocks if block.get("type") == "actions" for e in block["elements"]]

    def seen(self) -> Seen:
        payload = (self.metadata or {}).get("event_payload", {})
        return Seen(
            ts=self.ts,
            user=self.user,
            text=self.drawn,
            thread=self.thread_ts,
            revisions=tuple(self.revisions),
            edited=self.edited,
            files=tuple(file.name for file in self.files),
            key=payload.get("key"),
            buttons=tuple(button["text"]["text"] for button in self.buttons),
        )


def drawn_block(block: Json) -> str:
    text = block.get("text", "")
    return text["text"] if isinstance(text, dict) else str(text)


@dataclass(slots=True)
class Trigger:
    """A trigger_id: it lives three seconds and opens one form."""

    id: str
    user: str
    at: float
    used: bool = False


class Workspace:
    """Everything that Slack remembers."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.groups: dict[str, UserGroup] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: dict[tuple[str, str], Post] = {}
        self.files: dict[str, File] = {}
        self.triggers: dict[str, Trigger] = {}
        self.views: dict[str, Json] = {}
        self.view_owner: dict[str, str] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.reactions: set[tuple[str, str, str]] = set()
        self.uninstalled = False
        self._last_ts = 0
        self._serial = 0
        self._furnish()

    def _furnish(self) -> None:
        self.members[BOT_USER] = Member(BOT_USER, "tampu", "Tampu", "Tampu", flags={"is_bot"})
        for user, real_name, display in (("U1", "Ada Lovelace", "Ada"), ("U2", "Grace Hopper", "Grace")):
            self.members[user] = Member(user, display.lower(), real_name, display)
        self.members["U3"] = Member("U3", "linus", "Linus")
        everybody = {"U1", "U2", "U3"}
        self.channels["C1"] = Channel("C1", "general", members=everybody | {BOT_USER})
        self.channels["C2"] = Channel("C2", "random", members=set(everybody))
        self.channels["C3"] = Channel("C3", "ops", members=everybody | {BOT_USER})
        self.channels["G1"] = Channel("G1", "board", "group", members={"U1", "U2", BOT_USER})
        self.channels["G2"] = Channel(
            "G2", "mpdm-ada--grace--tampu-1", "mpim", members={"U1", "U2", BOT_USER}
        )

    def next_ts(self) -> str:
        """A message id: unix time in microseconds, never the same twice."""
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def next_id(self, prefix: str) -> str:
        self._serial += 1
        return f"{prefix}{self._serial:08d}"

    def direct(self, user: str) -> Channel:
        """The direct message channel of the bot with a person."""
        return self.channels.setdefault(f"D{user}", Channel(f"D{user}", "", "im", members={user, BOT_USER}))

    def new_trigger(self, user: str) -> Trigger:
        trigger = Trigger(self.next_id("13345224609.738474920."), user, time.monotonic())
        self.triggers[trigger.id] = trigger
        return trigger

    def use_trigger(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - trigger.at > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def in_channel(self, channel: str) -> list[Post]:
        """All messages of a channel, oldest first."""
        found = [post for (home, _), post in self.posts.items() if home == channel]
        return sorted(found, key=lambda post: post.ts)

    def thread(self, channel: str, root: str) -> list[Post]:
        """A thread with its root, oldest first."""
        return [post for post in self.in_channel(channel) if root in {post.ts, post.thread_ts}]

    def bury(self, post: Post) -> None:
        """Leave a tombstone where a message with replies was."""
        post.user, post.text, post.subtype = "USLACKBOT", "This message was deleted.", "tombstone"
        post.blocks, post.attachments, post.files, post.metadata = [], [], [], None

    def as_json(self, post: Post, *, with_metadata: bool = False) -> Json:
        """A message with what Slack says of its thread, and of an author of another workspace."""
        shown = post.as_json(with_metadata=with_metadata)
        author = self.members.get(post.user)
        if author is not None and author.team != TEAM:
            shown |= {"team": author.team, "user_team": author.team, "source_team": author.team}
        if post.is_reply:
            root = self.posts.get((post.channel, str(post.thread_ts)))
            shown["parent_user_id"] = root.user if root is not None else "USLACKBOT"
            return shown
        replies = self.thread(post.channel, post.ts)[1:]
        if replies or post.is_tombstone:
            users = sorted({reply.user for reply in replies})
            shown |= {
                "thread_ts": post.ts,
                "reply_count": len(replies),
                "reply_users_count": len(users),
                "reply_users": users,
                "latest_reply": replies[-1].ts if replies else "0000000000.000000",
                "is_locked": False,
                "subscribed": False,
            }
        return shown

    def add(self, post: Post) -> Post:
        post.revisions.append(Revision(post.at, post.drawn))
        self.posts[post.channel, post.ts] = post
        if post.is_reply and (root := self.posts.get((post.channel, str(post.thread_ts)))) is not None:
            root.thread_ts = root.ts
        return post
