"""The state of the emulated server: who is there, what was said, who may do what."""

import random
import re
import time
from dataclasses import dataclass, field, replace

from tests.emulators.discord.cdn import Cdn
from tests.emulators.discord.values import (
    Channel,
    ChannelKind,
    Edition,
    Json,
    Message,
    MessageKind,
    Permission,
    Person,
    Refusal,
    Snowflakes,
    StoredFile,
    unix_of,
)

USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")
# What @everyone may do: all that is asked for here, but nothing of what makes an administrator.
ORDINARY = Permission.EVERYTHING & ~(Permission.ADMINISTRATOR | Permission.MANAGE_GUILD)


@dataclass
class World:
    """One server (guild) with its bot, and the private conversations around it."""

    ids: Snowflakes = field(default_factory=Snowflakes)
    cdn: Cdn = field(default_factory=Cdn)
    guild_name: str = "Test Server"
    guild_id: str = ""
    bot: Person = field(init=False)
    bot_role: str = field(init=False)
    owner: Person = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    allowed_by: dict[str, int] = field(default_factory=dict)
    roles_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    unscreened: set[str] = field(default_factory=set)
    channels: dict[str, Channel] = field(default_factory=dict)
    timeline: dict[str, list[Message]] = field(default_factory=dict)
    denied: dict[str, set[str]] = field(default_factory=dict)
    closed_to_bot: set[str] = field(default_factory=set)
    content_allowed: bool = True
    content_claimed: bool = True
    history_lag: float = 0.0
    history_lags: tuple[float, float] | None = None
    lots: random.Random = field(default_factory=random.Random)
    lag_of: dict[str, float] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    bot_is_member: bool = True
    guild_available: bool = True

    def __post_init__(self) -> None:
        self.guild_id = self.ids.take()
        self.bot = self.add_person("Tampu", is_bot=True)
        self.owner = self.add_person("Olga")
        self.allowed_by[self.guild_id] = ORDINARY
        self.bot_role = self.add_role("Tampu", Permission.EVERYTHING)
        self.roles_of[self.bot.id] = (self.bot_role,)

    def add_person(self, name: str, *, is_bot: bool = False) -> Person:
        person = Person(self.ids.take(), name, is_bot)
        self.people[person.id] = person
        return person

    def add_role(self, name: str, permissions: int = 0) -> str:
        role = self.ids.take()
        self.roles[role], self.allowed_by[role] = name, permissions
        return role

    def is_member(self, person: Person) -> bool:
        return person.id in self.people and person.id not in self.strangers

    def permissions(self, person: Person) -> int:
        """What somebody may do on the server, by their roles; the owner and administrators everything."""
        allowed = self.allowed_by[self.guild_id]
        for role in self.roles_of.get(person.id, ()):
            allowed |= self.allowed_by[role]
        whole = person == self.owner or allowed & Permission.ADMINISTRATOR
        return Permission.EVERYTHING if whole else allowed

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        self.timeline[channel.id] = []
        return channel

    def remove_channel(self, channel_id: str) -> Channel:
        self.removed.add(channel_id)
        return self.channels[channel_id]

    def channel(self, channel_id: str) -> Channel:
        """The channel, as the API finds it. Raises 10003 when there is none."""
        if channel_id not in self.channels or channel_id in self.removed:
            raise Refusal(404, 10003, "Unknown Channel")
        return self.channels[channel_id]

    def require(self, channel_id: str, permission: str, code: int = 50013) -> None:
        """Raise 403 unless the bot has ``permission`` in the channel (or in a thread's parent)."""
        channel = self.channel(channel_id)
        if channel.guild_id and not self.bot_is_member:
            raise Refusal(403, 50001, "Missing Access")
        denied = self.denied.get(channel_id, set()) | self.denied.get(channel.parent_id or "", set())
        if "VIEW_CHANNEL" in denied:
            raise Refusal(403, 50001, "Missing Access")
        if permission in denied:
            raise Refusal(403, code, "Missing Permissions")

    def may(self, channel_id: str, permission: str) -> bool:
        return permission not in self.denied.get(channel_id, set())

    def message(self, channel_id: str, message_id: str) -> Message:
        """A message, as the API finds it. Raises 10008 when there is none."""
        for message in self.timeline[self.channel(channel_id).id]:
            if message.id == message_id:
                return message
        raise Refusal(404, 10008, "Unknown Message")

    def seek(self, channel_id: str, message_id: str) -> Message | None:
        """The message, or ``None``; also the message that began a thread, which stands in its parent."""
        return next((each for each in self.timeline.get(channel_id, ()) if each.id == message_id), None)

    def add(self, message: Message, allowed: Json | None = None, *, ping_author: bool = True) -> Message:
        """Put a new message into its channel, with its mentions and pings worked out."""
        everyone = bool(EVERYONE.search(message.text))
        users = tuple(dict.fromkeys(u for u in USER_MENTION.findall(message.text) if u in self.people))
        roles = tuple(dict.fromkeys(r for r in ROLE_MENTION.findall(message.text) if r in self.roles))
        pings = pinged(users, roles, everyone=everyone, allowed=allowed)
        users = tuple(user for user in users if allowed is None or user in pings)
        answered = self.seek(message.channel_id, message.reply_to) if message.reply_to else None
        if answered is not None and replied_user(allowed, default=ping_author):
            users = tuple(dict.fromkeys((*users, answered.author.id)))
            pings = tuple(dict.fromkeys((*pings, answered.author.id)))
        message = replace(
            message,
            mentions=users,
            role_mentions=roles,
            mention_everyone="everyone" in pings,
            pings=pings,
            sent_at=unix_of(message.id),
            editions=(Edition(message.at, message.text),),
        )
        self.timeline[message.channel_id].append(message)
        if not message.ephemeral:
            self.newest[message.channel_id] = message.id
        if self.history_lags is not None:
            self.lag_of[message.id] = self.lots.uniform(*self.history_lags)
        return message

    def reworded(self, message: Message, text: str) -> Message:
        """A person's message with another text, whose mentions count anew and ping nobody."""
        answered = self.seek(message.channel_id, message.reply_to) if message.reply_to else None
        kept = [answered.author.id] if answered is not None and answered.author.id in message.mentions else []
        named = [user for user in USER_MENTION.findall(text) if user in self.people]
        roles = tuple(dict.fromkeys(role for role in ROLE_MENTION.findall(text) if role in self.roles))
        users = tuple(dict.fromkeys((*named, *kept)))
        everyone = bool(EVERYONE.search(text))
        return self.change(message, text=text, mentions=users, role_mentions=roles, mention_everyone=everyone)

    def change(self, message: Message, **fields: object) -> Message:
        """Replace fields of a message; a new text becomes an edition."""
        fresh = replace(message, **fields)  # type: ignore[arg-type]  # the caller names Message's own fields
        if "text" in fields:
            now = time.monotonic()
            fresh = replace(
                fresh, edited_at=time.time(), editions=(*message.editions, Edition(now, fresh.text))
            )
        timeline = self.timeline[message.channel_id]
        timeline[timeline.index(message)] = fresh
        return fresh

    def drop(self, message: Message) -> None:
        self.timeline[message.channel_id].remove(message)

    def keep_file(self, channel_id: str, name: str, content: bytes, mime: str, alt: str = "") -> StoredFile:
        return self.cdn.keep(StoredFile(self.ids.take(), channel_id, name, mime, content, alt))

    def people_see(self, channel_id: str) -> list[Message]:
        """All messages of a channel, without those for one person's eyes."""
        return [message for message in self.timeline[channel_id] if not message.ephemeral]

    def history(self, channel_id: str) -> list[Message]:
        """What the history endpoint shows now: the bot's own messages appear late."""
        now = time.monotonic()
        return [
            message
            for message in self.people_see(channel_id)
            if message.author != self.bot or message.at + self.lag_of.get(message.id, self.history_lag) <= now
        ]

    def content_visible(self, message: Message, *, with_intent: bool) -> bool:
        """Whether the bot may read a message's content, by Discord's rules for the privileged intent."""
        if with_intent or message.author.id == self.bot.id or self.bot.id in message.mentions:
            return True
        channel = self.channels[message.channel_id]
        return channel.kind == ChannelKind.DIRECT

    def answerable(self, message: Message) -> bool:
        """Whether a reply may refer to it: system messages refuse."""
        return message.kind in {MessageKind.DEFAULT, MessageKind.REPLY, MessageKind.COMMAND}


def pinged(
    users: tuple[str, ...], roles: tuple[str, ...], *, everyone: bool, allowed: Json | None
) -> tuple[str, ...]:
    """Who is notified, by Discord's rules for ``allowed_mentions``; without it, everybody is."""
    if allowed is None:
        return (*users, *roles, *(("everyone",) if everyone else ()))
    parse = allowed.get("parse", [])
    named = {str(each) for each in (*allowed.get("users", []), *allowed.get("roles", []))}
    return (
        *(user for user in users if "users" in parse or user in named),
        *(role for role in roles if "roles" in parse or role in named),
        *(("everyone",) if everyone and "everyone" in parse else ()),
    )


def replied_user(allowed: Json | None, *, default: bool) -> bool:
    """Whether a reply notifies the author of what it answers."""
    return default if allowed is None else bool(allowed.get("replied_user", False))
