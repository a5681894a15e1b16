"""What the Web API's methods and the acting people share."""

import random
import time
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.slack import events
from tests.emulators.slack.faults import FaultPlan
from tests.emulators.slack.journal import Journal
from tests.emulators.slack.limits import RateLimits
from tests.emulators.slack.sockets import Sockets
from tests.emulators.slack.workspace import (
    BOT_USER,
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


Lag = float | tuple[float, float]


def delay(lag: Lag, drawn: float) -> float:
    """Seconds: a fixed number, or the point of a range that was drawn for a message."""
    low, high = lag if isinstance(lag, tuple) else (lag, lag)
    return low + (high - low) * drawn


@dataclass(slots=True)
class Backend:
    """One workspace with its wires.

    ``metadata_lag`` and ``visibility_lag`` are seconds before the metadata of a message, or the
    message of ours itself, is found in history: a number, or a range out of which each message draws
    by the seed. ``keeps_metadata`` off drops the metadata of new posts. ``mention_first`` sends
    app_mention ahead of its message event; ``mention_has_files`` lets it carry the files;
    ``mention_on_edit`` sends it again when a message with a mention is edited. ``orphans`` lets a
    reply whose thread is gone land in the channel instead of refusing it. Without ``files_scope`` a
    download shows the login page, without ``files_write_scope`` nothing is uploaded; an upload has at
    most ``largest_upload`` bytes, its address is good for ``upload_seconds``, and the next ones meet
    ``upload_troubles`` (``uploads.Trouble``); without ``groups_scope`` user groups are not told. The app
    subscribes to ``user_change`` while ``tells_of_people``. ``enterprise`` is the organisation of the
    workspace.
    """

    workspace: Workspace
    journal: Journal
    limits: RateLimits
    faults: FaultPlan
    sockets: Sockets
    origin: str = ""
    metadata_lag: Lag = 0.0
    visibility_lag: Lag = 0.0
    keeps_metadata: bool = True
    mention_first: bool = True
    mention_has_files: bool = False
    mention_on_edit: bool = True
    orphans: bool = False
    files_scope: bool = True
    groups_scope: bool = True
    tells_of_people: bool = False
    enterprise: str | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    ephemerals: list[Ephemeral] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    places: dict[str, tuple[int, float]] = field(default_factory=dict)
    upload_troubles: list[Any] = field(default_factory=list)
    upload_seconds: float = 60.0
    largest_upload: int = 1 << 30
    files_write_scope: bool = True
    response_urls: dict[str, tuple[str, str, int]] = field(default_factory=dict)

    def file(self, owner: str, given: tuple[str, bytes, str], *, stub: bool = False) -> File:
        """Keep a file. ``given`` is its name, content and MIME type."""
        name, content, mime = given
        file = File(self.workspace.next_id("F"), name, mime, content, owner, self.origin, stub)
        self.workspace.files[file.id] = file
        return file

    def is_shown(self, post: Post) -> bool:
        """Whether history has the message by now; what people wrote is there at once."""
        return post.user != BOT_USER or time.monotonic() - post.at >= delay(self.visibility_lag, post.lag)

    def shown(self, post: Post, *, with_metadata: bool) -> Json:
        """A message as history gives it now."""
        ripe = time.monotonic() - post.at >= delay(self.metadata_lag, post.metadata_lag)
        return self.workspace.as_json(post, with_metadata=with_metadata and ripe)

    def channel(self, channel_id: Any) -> Channel:
        """The channel that a method names, if the app may know of it."""
        channel = self.workspace.channels.get(str(channel_id))
        hidden = channel is not None and channel.kind != "channel" and BOT_USER not in channel.members
        if channel is None or hidden:
            raise Refusal("channel_not_found")
        return channel

    def joined(self, channel_id: Any) -> Channel:
        """The channel, if the app is in it and may write there."""
        channel = self.readable(channel_id)
        if channel.archived:
            raise Refusal("is_archived")
        return channel

    def readable(self, channel_id: Any) -> Channel:
        """The channel, if the app is in it; an archived one can still be read."""
        channel = self.channel(channel_id)
        if BOT_USER not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def add(self, post: Post) -> Post:
        """Store a message and tell the app about it."""
        post.lag, post.metadata_lag = self.chance.random(), self.chance.random()
        self.workspace.add(post)
        channel = self.workspace.channels[post.channel]
        if BOT_USER in channel.members:
            told = [events.said(self.workspace, post)]
            if events.mentions_app(post, channel):
                mention = events.mention(self.workspace, post, with_files=self.mention_has_files)
                told.insert(0 if self.mention_first else 1, mention)
            if post.subtype == "thread_broadcast":
                told.append(events.changed(self.workspace, post, self.workspace.as_json(post)))
            for event in told:
                self.send(event)
        self.journal.touch()
        return post

    def change(self, post: Post, previous: Json, *, by_hand: bool = False) -> None:
        """Tell about a message that reads differently now; ``by_hand`` when a person edited it."""
        post.revisions.append(Revision(time.monotonic(), post.drawn))
        channel = self.workspace.channels[post.channel]
        if BOT_USER in channel.members:
            told = [events.changed(self.workspace, post, previous)]
            if by_hand and self.mention_on_edit and events.mentions_app(post, channel):
                mention = events.mention(self.workspace, post, with_files=self.mention_has_files)
                told.insert(0 if self.mention_first else 1, mention)
            for event in told:
                self.send(event)
        self.journal.touch()

    def remove(self, post: Post) -> None:
        """Delete a message and tell about it. One with replies leaves a tombstone in its place."""
        previous = self.workspace.as_json(post)
        replies = [] if post.is_reply else self.workspace.thread(post.channel, post.ts)[1:]
        if replies and not post.is_tombstone:
            self.workspace.bury(post)
            event = events.changed(self.workspace, post, previous)
        else:
            del self.workspace.posts[post.channel, post.ts]
            event = events.deleted(self.workspace, post, previous)
        if BOT_USER in self.workspace.channels[post.channel].members:
            self.send(event)
        root = self.workspace.posts.get((post.channel, str(post.thread_ts)))
        if root is not None and root.is_tombstone and not self.workspace.thread(root.channel, root.ts)[1:]:
            self.remove(root)
        self.journal.touch()

    def send(self, event: Json) -> None:
        """One Events API event with its outer payload."""
        self.sockets.send_event(events.envelope(event, self.workspace.next_id("Ev")))
