"""Discord's JSON for people, channels, messages and the server."""

import time
from datetime import UTC, datetime

from tests.emulators.discord.values import (
    THREADS,
    Channel,
    ChannelKind,
    Flag,
    Json,
    Message,
    MessageKind,
    Permission,
    Person,
)
from tests.emulators.discord.world import World

ALL_PERMISSIONS = str(Permission.EVERYTHING)


def stamp(unix: float) -> str:
    """Discord's timestamp for unix seconds."""
    return datetime.fromtimestamp(unix, UTC).isoformat()


def user(person: Person) -> Json:
    return {
        "id": person.id,
        "username": person.name.lower().replace(" ", "_"),
        "discriminator": "0",
        "global_name": None if person.is_bot else person.name,
        "avatar": None,
        "bot": person.is_bot,
    }


def member(world: World, person: Person, *, whole: bool = True) -> Json:
    """A guild member; inside a message the user stands beside it (``whole=False``), and it is not said
    whether they were screened: nobody else can write."""
    data: Json = {
        "nick": None,
        "roles": list(world.roles_of.get(person.id, ())),
        "joined_at": stamp(time.time() - 86_400),
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    if not whole:
        return data
    return data | {"user": user(person), "pending": person.id in world.unscreened}


def channel(world: World, place: Channel) -> Json:
    """A channel or thread object."""
    data: Json = {"id": place.id, "type": place.kind, "flags": 0}
    data["last_message_id"] = world.newest.get(place.id)
    if place.kind == ChannelKind.DIRECT:
        return data | {"recipients": [user(each) for each in place.recipients]}
    data |= {"guild_id": place.guild_id, "name": place.name, "parent_id": place.parent_id}
    if place.kind in THREADS:
        return data | {
            "owner_id": place.owner_id or world.bot.id,
            "message_count": len(world.timeline[place.id]),
            "member_count": 1,
            "rate_limit_per_user": 0,
            "thread_metadata": {
                "archived": place.id in world.archived,
                "auto_archive_duration": 1440,
                "archive_timestamp": stamp(time.time()),
                "locked": False,
            },
        }
    return data | {
        "position": 0,
        "permission_overwrites": [],
        "nsfw": False,
        "topic": None,
        "rate_limit_per_user": 0,
        "available_tags": [],
    }


def guild(world: World) -> Json:
    """The whole server, as GUILD_CREATE brings it."""
    places = [
        place
        for place in world.channels.values()
        if place.guild_id == world.guild_id and place.id not in world.removed
    ]
    return {
        "id": world.guild_id,
        "name": world.guild_name,
        "owner_id": world.owner.id,
        "unavailable": False,
        "member_count": len(world.people),
        "large": False,
        "roles": roles(world),
        "emojis": [],
        "stickers": [],
        "features": [],
        "channels": [channel(world, each) for each in places if each.kind not in THREADS],
        "threads": [
            channel(world, each) for each in places if each.kind in THREADS and each.id not in world.archived
        ],
        "members": [member(world, world.bot)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "system_channel_flags": 0,
        "premium_progress_bar_enabled": False,
        "icon": None,
        "splash": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "joined_at": stamp(time.time() - 86_400),
    }


def roles(world: World) -> list[Json]:
    """All roles; @everyone has the id of the server."""
    return [role(world, each) for each in (world.guild_id, *world.roles)]


def role(world: World, role_id: str) -> Json:
    bot = world.bot if role_id == world.bot_role else None
    data: Json = {
        "id": role_id,
        "name": world.roles.get(role_id, "@everyone"),
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(world.allowed_by[role_id]),
        "managed": bot is not None,
        "mentionable": bot is None,
        "flags": 0,
    }
    return data | ({"tags": {"bot_id": bot.id}} if bot else {})


def application(world: World) -> Json:
    return {
        "id": world.bot.id,
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "summary": "",
        "verify_key": "00",
        "flags": (1 << 19) if world.content_claimed else 0,
        "owner": user(world.bot),
        "team": None,
    }


def message(world: World, item: Message, *, with_intent: bool, depth: int = 1) -> Json:
    """A message as a bot is shown it; what it may not read is empty, as Discord documents."""
    visible = world.content_visible(item, with_intent=with_intent)
    data = {
        "id": item.id,
        "channel_id": item.channel_id,
        "author": user(item.author),
        "timestamp": stamp(item.sent_at),
        "edited_timestamp": stamp(item.edited_at) if item.edited_at else None,
        "tts": False,
        "mention_everyone": item.mention_everyone,
        "mentions": [user(world.people[each]) for each in item.mentions],
        "mention_roles": list(item.role_mentions),
        "pinned": False,
        "type": item.kind,
        "flags": item.flags,
    } | content(world, item, visible=visible)
    if item.webhook_id:
        data |= {"webhook_id": item.webhook_id, "application_id": item.webhook_id}
    if item.interaction:
        data["interaction_metadata"] = item.interaction
    if item.reference is None:
        return data
    data["message_reference"] = item.reference
    if item.snapshot is not None:
        data["message_snapshots"] = [{"message": snapshot(world, item.snapshot, visible=visible)}]
    elif depth and item.kind in {MessageKind.REPLY, MessageKind.THREAD_STARTER}:
        answered = world.seek(item.reference["channel_id"], item.reference["message_id"])
        data["referenced_message"] = (
            None if answered is None else message(world, answered, with_intent=with_intent, depth=depth - 1)
        )
    return data


def content(world: World, item: Message, *, visible: bool) -> Json:
    """The fields that the message content intent guards."""
    if not visible:
        return {"content": "", "attachments": [], "embeds": [], "components": []}
    data: Json = {
        "content": item.text,
        "attachments": [world.cdn.payload(file) for file in item.files],
        "embeds": [] if item.flags & Flag.SUPPRESS_EMBEDS else list(item.embeds),
        "components": list(item.components),
    }
    if item.stickers:
        data["sticker_items"] = [
            {"id": world.ids.take(), "name": name, "format_type": 1} for name in item.stickers
        ]
    if item.poll:
        question, answers = item.poll
        data["poll"] = {
            "question": {"text": question},
            "answers": [
                {"answer_id": number, "poll_media": {"text": text}}
                for number, text in enumerate(answers, start=1)
            ],
            "expiry": stamp(time.time() + 86_400),
            "allow_multiselect": False,
            "layout_type": 1,
        }
    return data


def snapshot(world: World, item: Message, *, visible: bool) -> Json:
    """A forwarded message: its content, and no author."""
    return {
        "type": item.kind,
        "timestamp": stamp(item.sent_at),
        "edited_timestamp": None,
        "flags": item.flags,
        "mentions": [user(world.people[each]) for each in item.mentions],
        "mention_roles": [],
    } | content(world, item, visible=visible)
