"""Events as Slack shapes them (https://docs.slack.dev/reference/events)."""

import time

from tests.emulators.slack.workspace import APP_ID, BOT_USER, TEAM, Channel, Json, Post, Workspace


def envelope(event: Json, event_id: str) -> Json:
    """The outer payload of an event."""
    bot = {"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}
    return {
        "token": "deprecated",
        "team_id": TEAM,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time.time()),
        "authorizations": [bot],
        "is_ext_shared_channel": False,
    }


def said(workspace: Workspace, post: Post) -> Json:
    """A message event."""
    kind = workspace.channels[post.channel].kind
    return workspace.as_json(post) | {"channel": post.channel, "channel_type": kind, "event_ts": post.ts}


def mention(workspace: Workspace, post: Post, *, with_files: bool) -> Json:
    """The app_mention of a message; of an edited one it comes again, with ``edited``."""
    event = workspace.as_json(post)
    event |= {"type": "app_mention", "channel": post.channel, "event_ts": post.ts}
    event.pop("subtype", None)
    if not with_files:
        event.pop("files", None)
    return event


def changed(workspace: Workspace, post: Post, previous: Json) -> Json:
    """A message_changed event; its own ``ts`` is the time of the event."""
    return _about_message(workspace, post, "message_changed", previous) | {"message": workspace.as_json(post)}


def deleted(workspace: Workspace, post: Post, previous: Json) -> Json:
    """A message_deleted event."""
    return _about_message(workspace, post, "message_deleted", previous) | {"deleted_ts": post.ts}


def _about_message(workspace: Workspace, post: Post, subtype: str, previous: Json) -> Json:
    at = workspace.next_ts()
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": post.channel,
        "channel_type": workspace.channels[post.channel].kind,
        "previous_message": previous,
        "event_ts": at,
        "ts": at,
    }


def about_channel(workspace: Workspace, channel: Channel, what: str, **more: str) -> Json:
    """``channel_archive`` or ``group_archive``, and their kin, by the kind of the channel."""
    kind = "channel" if channel.kind == "channel" else "group"
    return {"type": f"{kind}_{what}", "channel": channel.id, "event_ts": workspace.next_ts(), **more}


def mentions_app(post: Post, channel: Channel) -> bool:
    """Whether an app_mention goes out: never in direct messages, never for our own."""
    return channel.kind != "im" and post.user != BOT_USER and f"<@{BOT_USER}>" in post.text
