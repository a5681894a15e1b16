"""What the Web API's methods and the acting people share."""

import time
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.slack.faults import FaultPlan
from tests.emulators.slack.journal import Journal
from tests.emulators.slack.limits import RateLimits
from tests.emulators.slack.sockets import Sockets
from tests.emulators.slack.workspace import (
    APP_ID,
    BOT_USER,
    TEAM,
    Channel,
    File,
    Json,
    Post,
    Refusal,
    Revision,
    Workspace,
)


@dataclass(slots=True)
class Ephemeral:
    """A message that one person sees: an answer to a command, or chat.postEphemeral."""

    channel: str
    user: str
    text: str
    at: float


@dataclass(slots=True)
class Backend:
    """One workspace with its wires.

    ``metadata_lag`` and ``visibility_lag`` are seconds before the metadata of a message, or the
    message itself, is found in history. ``mention_first`` sends app_mention ahead of its message
    event; ``mention_has_files`` lets it carry the files. Without ``files_scope`` a download shows the
    login page.
    """

    workspace: Workspace
    journal: Journal
    limits: RateLimits
    faults: FaultPlan
    sockets: Sockets
    origin: str = ""
    metadata_lag: float = 0.0
    visibility_lag: float = 0.0
    mention_first: bool = True
    mention_has_files: bool = False
    files_scope: bool = True
    ephemerals: list[Ephemeral] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    response_urls: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def file(self, owner: str, given: tuple[str, bytes, str], *, stub: bool = False) -> File:
        """Keep a file. ``given`` is its name, content and MIME type."""
        name, content, mime = given
        file = File(self.workspace.next_id("F"), name, mime, content, owner, self.origin, stub)
        self.workspace.files[file.id] = file
        return file

    def channel(self, channel_id: Any) -> Channel:
        """The channel that a method names, if the app may know of it."""
        channel = self.workspace.channels.get(str(channel_id))
        hidden = channel is not None and channel.kind != "channel" and BOT_USER not in channel.members
        if channel is None or hidden:
            raise Refusal("channel_not_found")
        return channel

    def joined(self, channel_id: Any) -> Channel:
        """The channel, if the app is in it."""
        channel = self.channel(channel_id)
        if BOT_USER not in channel.members:
            raise Refusal("not_in_channel")
        if channel.archived:
            raise Refusal("is_archived")
        return channel

    def add(self, post: Post) -> Post:
        """Store a message and tell the app about it."""
        self.workspace.add(post)
        channel = self.workspace.channels[post.channel]
        if BOT_USER in channel.members:
            events = [self._message_event(post, channel)]
            if self._mentions_app(post, channel):
                events.insert(0 if self.mention_first else 1, self._mention_event(post))
            for event in events:
                self.send(event)
        self.journal.touch()
        return post

    def change(self, post: Post, previous: Json) -> None:
        """Tell about a message that reads differently now."""
        post.revisions.append(Revision(time.monotonic(), post.drawn))
        kind = self.workspace.channels[post.channel].kind
        self.send(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": post.channel,
                "channel_type": kind,
                "message": post.as_json(),
                "previous_message": previous,
                "event_ts": self.workspace.next_ts(),
                "ts": post.ts,
            }
        )
        self.journal.touch()

    def remove(self, post: Post) -> None:
        """Delete a message and tell about it."""
        del self.workspace.posts[post.channel, post.ts]
        self.send(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": post.channel,
                "channel_type": self.workspace.channels[post.channel].kind,
                "deleted_ts": post.ts,
                "previous_message": post.as_json(),
                "event_ts": self.workspace.next_ts(),
                "ts": post.ts,
            }
        )
        self.journal.touch()

    def send(self, event: Json) -> None:
        """One Events API event with its outer payload."""
        bot = {"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}
        self.sockets.send_event(
            {
                "token": "deprecated",
                "team_id": TEAM,
                "api_app_id": APP_ID,
                "event": event,
                "type": "event_callback",
                "event_id": self.workspace.next_id("Ev"),
                "event_time": int(time.time()),
                "authorizations": [bot],
                "is_ext_shared_channel": False,
            }
        )

    def _message_event(self, post: Post, channel: Channel) -> Json:
        event = post.as_json()
        event |= {"channel": post.channel, "channel_type": channel.kind, "event_ts": post.ts}
        if post.is_reply:
            root = self.workspace.posts.get((post.channel, str(post.thread_ts)))
            event["parent_user_id"] = root.user if root is not None else "USLACKBOT"
        return event

    def _mention_event(self, post: Post) -> Json:
        event = post.as_json()
        event |= {"type": "app_mention", "channel": post.channel, "event_ts": post.ts}
        event.pop("subtype", None)
        if not self.mention_has_files:
            event.pop("files", None)
        return event

    @staticmethod
    def _mentions_app(post: Post, channel: Channel) -> bool:
        return channel.kind != "im" and post.user != BOT_USER and f"<@{BOT_USER}>" in post.text
