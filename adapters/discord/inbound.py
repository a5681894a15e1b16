"""A message of Discord's as the core reads it, or a named reason to leave it alone. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import discord

from core.address import Address
from core.events import Addressing, Asked
from core.message import Attachment, Author

PLATFORM = "discord"
DIRECT = "direct"

MessageChannel = (
    discord.TextChannel
    | discord.VoiceChannel
    | discord.StageChannel
    | discord.Thread
    | discord.DMChannel
    | discord.GroupChannel
    | discord.PartialMessageable
)

# Default and reply; 20 and 23 answer somebody's command, all others are notices of Discord's.
# https://discord.com/developers/docs/resources/message#message-object-message-types
_WRITTEN = frozenset({discord.MessageType.default, discord.MessageType.reply})
_TOKEN = re.compile(
    r"<@!?(?P<user>\d+)>|<@&(?P<role>\d+)>|<#(?P<channel>\d+)>|<a?:(?P<emoji>\w+):\d+>"
    r"|</(?P<command>[^:>]+):\d+>"
)


class Ignored(StrEnum):
    """Why a message gets no answer."""

    OWN = "own message"
    BOT = "written by a bot or webhook"
    SYSTEM = "a notice of Discord's"
    EMPTY = "nothing in it that could be read"
    UNEDITED = "only a preview or a mark of Discord's has changed"
    NOT_ADDRESSED = "not addressed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message belongs: its thread, and whether people had written there before."""

    address: Address
    joined_midway: bool


def not_a_person(message: discord.Message, me: int) -> Ignored | None:
    """Return the reason when no person wrote a message."""
    if message.author.id == me:
        return Ignored.OWN
    if message.author.bot or message.webhook_id is not None:
        return Ignored.BOT
    return None if message.type in _WRITTEN else Ignored.SYSTEM


def unwanted(message: discord.Message, me: int) -> Ignored | None:
    """Return the reason to ignore a message that lies in the message alone."""
    if (reason := not_a_person(message, me)) is not None:
        return reason
    files = message.attachments or message.message_snapshots
    said = message.content or files or message.stickers or message.poll
    return None if said else Ignored.EMPTY


def unedited(message: discord.Message, before: discord.Message | None) -> Ignored | None:
    """Return the reason when an update is no edit by its author.

    Discord sends one for each preview that it adds, without a time of an edit or with that of an
    earlier one. https://discord.com/developers/docs/events/gateway-events#message-update
    """
    known = before.edited_at if before is not None else None
    return Ignored.UNEDITED if message.edited_at in {None, known} else None


def key_of(channel_id: int, message_id: int) -> str:
    """Return the key under which a message is handed to the core, whatever becomes of it."""
    return f"{channel_id}:{message_id}"


def answered_id(message: discord.Message) -> int | None:
    """Return the id of the message that this one replies to."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return None
    return reference.message_id if reference.channel_id == message.channel.id else None


def addressing(message: discord.Message, me: int, answered: discord.Message | None) -> Addressing | None:
    """How a message turns to us; ``None`` in a channel when it does not.

    ``answered`` is the message that it replies to, where it can be seen.
    """
    if isinstance(message.channel, discord.DMChannel):
        return Addressing.DIRECT
    if _mentions_us(message, me):
        return Addressing.MENTION
    if answered is not None and answered.author.id == me:
        return Addressing.REPLY
    if not isinstance(message.channel, discord.Thread):
        return None
    others = [user for user in message.mentions if user.id != me]
    turned = others or message.role_mentions or message.mention_everyone or answered is not None
    return Addressing.ELSEWHERE if turned else Addressing.OVERHEARD


def _mentions_us(message: discord.Message, me: int) -> bool:
    """By name, or by the role that Discord made for the bot; @everyone is not us."""
    named = me in message.raw_mentions and any(user.id == me for user in message.mentions)
    return named or any(role.tags is not None and role.tags.bot_id == me for role in message.role_mentions)


def guild_id_of(message: discord.Message) -> int | None:
    """The server of a message, also while Discord has not described it yet; ``None`` in private."""
    if message.guild is not None:
        return message.guild.id
    return message.channel.guild_id if isinstance(message.channel, discord.PartialMessageable) else None


def account_of(guild_id: int | None) -> str:
    """The account of an address: the server, or private messages."""
    return DIRECT if guild_id is None else str(guild_id)


def command_thread(interaction_id: int | str) -> str:
    """Name the thread that a command's question begins in a channel."""
    return f"i{interaction_id}"


def settled_place(channel: MessageChannel, guild_id: int | None, message_id: int) -> Place | None:
    """The place of a message whose channel is its thread: threads, forum posts, direct messages."""
    own = Address(PLATFORM, account_of(guild_id), str(channel.id), str(channel.id))
    if guild_id is None:
        return Place(own, joined_midway=False)
    if isinstance(channel, discord.Thread):
        # A forum post's first message has the id of its thread: nobody wrote before it.
        return Place(own, joined_midway=message_id != channel.id)
    return None


def asked(
    message: discord.Message,
    me: int,
    how: Addressing,
    place: Place,
    author: Author,
    carried: Sequence[Attachment] = (),
) -> Asked:
    """The event. ``carried`` are files of the message that it replies to."""
    return Asked(
        key=key_of(message.channel.id, message.id),
        address=place.address,
        author=author,
        text=text_of(message, me),
        message_id=str(message.id),
        sent_at=message.created_at.timestamp(),
        addressing=how,
        attachments=(*attachments_of(message), *carried),
        carried=len(carried),
        place=place_name(message.channel),
        joined_midway=place.joined_midway,
        parent=parent_of(message.channel),
    )


def parent_of(channel: object) -> str:
    """The channel around a thread or forum post, empty for other channels."""
    return str(channel.parent_id) if isinstance(channel, discord.Thread) else ""


def author_of(user: discord.abc.User) -> Author:
    """Who wrote, without what they are there; the name is the one shown on that server."""
    return Author(str(user.id), user.display_name, user.bot)


def place_name(channel: object) -> str:
    """Where people are, in words."""
    if isinstance(channel, discord.Thread):
        parent = f" in #{channel.parent.name}" if channel.parent else ""
        return f"the thread “{channel.name}”{parent}, on the server {channel.guild.name}"
    if isinstance(channel, discord.abc.GuildChannel):
        return f"#{channel.name} in {channel.guild.name}"
    if isinstance(channel, discord.DMChannel):
        return "a direct message"
    return "a channel"


def text_of(message: discord.Message, me: int) -> str:
    """What was said, as Markdown: names for ids, without our own mention; what is no text in brackets."""
    names = {user.id: user.display_name for user in message.mentions}
    parts = [_named(message.content, me, names, message.guild)]
    for snapshot in message.message_snapshots:
        quoted = _named(snapshot.content, 0, names, message.guild).split("\n")
        parts.append("\n".join(["[forwarded message]", *(f"> {line}" for line in quoted)]))
    parts += [f"[sticker: {sticker.name}]" for sticker in message.stickers]
    if message.poll is not None:
        answers = " / ".join(answer.text for answer in message.poll.answers)
        parts.append(f"[poll: {message.poll.question} {answers}]")
    return "\n".join(part for part in parts if part)


def _named(content: str, me: int, names: dict[int, str], guild: discord.Guild | None) -> str:
    """Discord's tokens as words."""

    def word(found: re.Match[str]) -> str:
        if user := found["user"]:
            return f"@{names.get(int(user), 'someone')}"
        if role_id := found["role"]:
            role = guild.get_role(int(role_id)) if guild else None
            ours = role is not None and role.tags is not None and role.tags.bot_id == me
            return "" if ours else f"@{role.name if role else 'role'}"
        if channel_id := found["channel"]:
            channel = guild.get_channel_or_thread(int(channel_id)) if guild else None
            return f"#{channel.name if channel else 'channel'}"
        return f":{found['emoji']}:" if found["emoji"] else f"/{found['command']}"

    without_us = re.sub(rf"<@!?{me}>[,:]?\s*", "", content)
    return _TOKEN.sub(word, without_us).strip()


def attachments_of(message: discord.Message) -> tuple[Attachment, ...]:
    """The files of a message and of what it forwards."""
    files = [*message.attachments]
    for snapshot in message.message_snapshots:
        files += snapshot.attachments
    return tuple(attachment_of(file, message.channel.id, message.id) for file in files)


def attachment_of(file: discord.Attachment, channel_id: int = 0, message_id: int = 0) -> Attachment:
    """A file. Its address expires: the message to ask for a fresh one stands behind the ``#``."""
    source = f"#{channel_id}/{message_id}" if message_id else ""
    mime = (file.content_type or "").partition(";")[0].strip()
    return Attachment(str(file.id), file.filename, mime, file.size, file.url + source)
