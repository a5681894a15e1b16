"""What the emulated Discord is made of: people, channels, messages, and what a test reads back."""

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000


class ChannelKind:
    """Discord's channel types that the emulator knows."""

    TEXT = 0
    DIRECT = 1
    THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


THREADS = frozenset({ChannelKind.THREAD, ChannelKind.PRIVATE_THREAD})


class MessageKind:
    """Discord's message types that the emulator makes."""

    DEFAULT = 0
    JOIN = 7
    REPLY = 19
    COMMAND = 20
    THREAD_STARTER = 21


class Flag:
    """Message flags."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    SUPPRESS_NOTIFICATIONS = 1 << 12
    VOICE = 1 << 13
    SNAPSHOT = 1 << 14
    COMPONENTS_V2 = 1 << 15


class Intent:
    """Gateway intents that decide what a session is sent."""

    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


class Permission:
    """Permissions that decide what somebody is on a server."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    EVERYTHING = (1 << 53) - 1


class Refusal(Exception):
    """An answer with an error of Discord's: HTTP status, its own code, its words."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.body: Json = {"message": message, "code": code}
        if errors:
            self.body["errors"] = errors


def invalid(path: str, code: str, message: str) -> Refusal:
    """50035 about one field; ``path`` is dotted, e.g. ``"embeds.0.title"``."""
    errors: Json = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(path.split(".")):
        errors = {part: errors}
    return Refusal(400, 50035, "Invalid Form Body", errors)


@dataclass(frozen=True, slots=True)
class Person:
    """A user; ``mention`` is what stands in a text to name them."""

    id: str
    name: str
    is_bot: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, thread, forum or direct message channel. ``guild_id`` is ``None`` for the latter."""

    id: str
    name: str
    kind: int
    guild_id: str | None
    parent_id: str | None = None
    owner_id: str | None = None
    recipients: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file; its address is signed anew each time that its message is shown."""

    id: str
    channel_id: str
    name: str
    mime: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """What a message said from ``at`` (monotonic seconds) on."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as people see it.

    ``at`` is monotonic seconds; ``editions`` has the first text and every later one; ``pings`` are
    the ids of users and roles, or ``"everyone"``, that it notified; ``nonce`` is what came with it,
    which Discord never shows in a history.
    """

    id: str
    channel_id: str
    author: Person
    text: str
    at: float
    kind: int = MessageKind.DEFAULT
    flags: int = 0
    files: tuple[StoredFile, ...] = ()
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    reference: Json | None = None
    snapshot: "Message | None" = None
    mentions: tuple[str, ...] = ()
    role_mentions: tuple[str, ...] = ()
    pings: tuple[str, ...] = ()
    mention_everyone: bool = False
    nonce: str | None = None
    sent_at: float = 0.0
    edited_at: float | None = None
    editions: tuple[Edition, ...] = ()
    webhook_id: str | None = None
    interaction: Json | None = None
    stickers: tuple[str, ...] = ()
    poll: tuple[str, tuple[str, ...]] | None = None

    @property
    def reply_to(self) -> str | None:
        """The id of the message that this one answers."""
        if self.reference is None or self.reference.get("type", 0) != 0:
            return None
        return str(self.reference["message_id"])

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & Flag.EPHEMERAL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as the emulator saw it.

    ``at`` is monotonic seconds at its arrival, ``done`` when its answer was ready. ``route`` is the
    path's pattern, e.g. ``/channels/{channel}/messages``. ``status`` 0 means that the connection
    was cut. ``effect`` says whether the handler ran, and ``message_id`` which message came of it.
    """

    at: float
    done: float
    method: str
    route: str
    path: str
    body: Any
    status: int
    code: int = 0
    message_id: str | None = None
    effect: bool = True
    fault: bool = False


@dataclass(frozen=True, slots=True)
class GatewayEntry:
    """One thing that happened on the gateway: ``op`` as sent by the client, or open, close, dispatch."""

    at: float
    what: str
    detail: str = ""


@dataclass
class Snowflakes:
    """Ids that grow with time and are never given twice."""

    last: int = field(default=0)

    def take(self, at: float | None = None) -> str:
        """A new id for unix time ``at`` (now when not given)."""
        now_ms = int((time.time() if at is None else at) * 1000)
        wanted = (now_ms - DISCORD_EPOCH_MS) << 22
        self.last = max(self.last + 1, wanted)
        return str(self.last)


def unix_of(snowflake: str) -> float:
    """The unix seconds that an id carries."""
    return ((int(snowflake) >> 22) + DISCORD_EPOCH_MS) / 1000
