"""conversations.*: channels and their history."""

import base64

from tests.emulators.slack.backend import Backend
from tests.emulators.slack.workspace import BOT_USER, Channel, Json, Post, Refusal

DEFAULT_LIMIT = 100
MAX_LIMIT = 999


def info(backend: Backend, args: Json) -> Json:
    return {"channel": backend.channel(args.get("channel")).as_json()}


def members(backend: Backend, args: Json) -> Json:
    found = sorted(backend.readable(args.get("channel")).members)
    limit, start = int(args.get("limit") or DEFAULT_LIMIT), int(str(args.get("cursor") or "0"))
    if not 1 <= limit <= MAX_LIMIT:
        raise Refusal("invalid_limit")
    cursor = str(start + limit) if start + limit < len(found) else ""
    return {"members": found[start : start + limit], "response_metadata": {"next_cursor": cursor}}


def open_direct(backend: Backend, args: Json) -> Json:
    users = args.get("users", "")
    user = users if isinstance(users, str) else ",".join(users)
    if user not in backend.workspace.members or user == BOT_USER:
        raise Refusal("user_not_found")
    return {"channel": {"id": backend.workspace.direct(user).id}}


def history(backend: Backend, args: Json) -> Json:
    """Top-level messages and replies that were sent to the channel too, newest first."""
    channel = backend.readable(args.get("channel"))
    in_channel = backend.workspace.in_channel(channel.id)
    posts = [post for post in in_channel if not post.is_reply or post.subtype == "thread_broadcast"]
    within = [post for post in reversed(posts) if _within(post, args)]
    return _page(backend, args, within)


def replies(backend: Backend, args: Json) -> Json:
    """A thread with its root, oldest first. The id of a reply gives that message alone."""
    channel = backend.readable(args.get("channel"))
    post = backend.workspace.posts.get((channel.id, str(args.get("ts"))))
    if post is None or not backend.is_shown(post):
        raise Refusal("thread_not_found")
    if post.is_reply:
        return _page(backend, args, [post])
    thread = backend.workspace.thread(channel.id, post.ts)
    return _page(backend, args, [p for p in thread if p.ts == post.ts or _within(p, args)])


def of_users(backend: Backend, args: Json) -> Json:
    """users.conversations: where the app is a member, without the archived ones on request."""
    kinds = {"public_channel": "channel", "private_channel": "group", "mpim": "mpim", "im": "im"}
    wanted = {kinds[name] for name in str(args.get("types") or "public_channel").split(",")}
    unarchived = truthy(args.get("exclude_archived"))
    found = [
        channel
        for _, channel in sorted(backend.workspace.channels.items())
        if BOT_USER in channel.members and channel.kind in wanted and not (unarchived and channel.archived)
    ]
    return _channels(args, found)


def _channels(args: Json, found: list[Channel]) -> Json:
    limit, start = int(args.get("limit") or DEFAULT_LIMIT), int(str(args.get("cursor") or "0"))
    more = start + limit < len(found)
    return {
        "channels": [channel.as_json() for channel in found[start : start + limit]],
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


def _within(post: Post, args: Json) -> bool:
    inclusive = truthy(args.get("inclusive"))
    oldest, latest = str(args.get("oldest") or ""), str(args.get("latest") or "")
    if oldest and not (post.ts > oldest or (inclusive and post.ts == oldest)):
        return False
    return not latest or post.ts < latest or (inclusive and post.ts == latest)


def truthy(value: object) -> bool:
    return str(value).lower() in {"1", "true"}


def _page(backend: Backend, args: Json, posts: list[Post]) -> Json:
    limit = int(args.get("limit") or DEFAULT_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise Refusal("invalid_limit")
    shown = [post for post in posts if backend.is_shown(post)]
    start = _position(args, shown)
    page = shown[start : start + limit]
    with_metadata = truthy(args.get("include_all_metadata"))
    more = start + limit < len(shown)
    cursor = base64.b64encode(f"next_ts:{shown[start + limit].ts}".encode()).decode() if more else ""
    return {
        "messages": [backend.shown(post, with_metadata=with_metadata) for post in page],
        "has_more": more,
        "response_metadata": {"next_cursor": cursor},
    }


def _position(args: Json, posts: list[Post]) -> int:
    cursor = str(args.get("cursor") or "")
    if not cursor:
        return 0
    try:
        ts = base64.b64decode(cursor, validate=True).decode().removeprefix("next_ts:")
        return next(index for index, post in enumerate(posts) if post.ts == ts)
    except (ValueError, StopIteration):
        raise Refusal("invalid_cursor") from None


METHODS = {
    "conversations.info": info,
    "conversations.members": members,
    "conversations.open": open_direct,
    "conversations.history": history,
    "conversations.replies": replies,
    "users.conversations": of_users,
}
