"""chat.*: what the app writes."""

import re
import time

from tests.emulators.slack.backend import Backend, Ephemeral
from tests.emulators.slack.blocks import check_message_blocks
from tests.emulators.slack.workspace import BOT_USER, Json, Post, Refusal

TS = re.compile(r"\d{10}\.\d{6}")
MAX_POST_TEXT = 40_000
MAX_UPDATE_TEXT = 4_000
MAX_METADATA = 8_000


def check_content(args: Json, max_text: int) -> None:
    """Refuse what cannot be drawn."""
    text, blocks = str(args.get("text") or ""), args.get("blocks") or []
    if not text and not blocks and not args.get("attachments"):
        raise Refusal("no_text")
    if len(text) > max_text:
        raise Refusal("msg_too_long")
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    check_message_blocks(blocks)


def check_metadata(args: Json) -> None:
    metadata = args.get("metadata")
    if metadata is None:
        return
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if not str(metadata.get("event_type") or ""):
        raise Refusal("metadata_must_be_sent_from_app")
    if len(str(metadata)) > MAX_METADATA:
        raise Refusal("metadata_too_large")


def post_message(backend: Backend, args: Json) -> Json:
    channel = backend.joined(args.get("channel"))
    check_content(args, MAX_POST_TEXT)
    check_metadata(args)
    thread = args.get("thread_ts")
    if thread is not None:
        if TS.fullmatch(str(thread)) is None:
            raise Refusal("invalid_thread_ts")
        if (channel.id, str(thread)) not in backend.workspace.posts:
            if not backend.orphans:
                raise Refusal("thread_not_found")
            thread = None
    post = Post(
        channel=channel.id,
        ts=backend.workspace.next_ts(),
        user=BOT_USER,
        text=str(args.get("text") or ""),
        at=time.monotonic(),
        thread_ts=None if thread is None else str(thread),
        blocks=args.get("blocks") or [],
        metadata=args.get("metadata") if backend.keeps_metadata else None,
    )
    backend.add(post)
    backend.workspace.statuses.pop((channel.id, str(thread)), None)
    return {"channel": channel.id, "ts": post.ts, "message": post.as_json()}


def own(backend: Backend, args: Json, refusal: str) -> Post:
    """The message of ours that a method names."""
    channel = backend.joined(args.get("channel"))
    post = backend.workspace.posts.get((channel.id, str(args.get("ts"))))
    if post is None:
        raise Refusal("message_not_found")
    if post.user != BOT_USER:
        raise Refusal(refusal)
    return post


def update(backend: Backend, args: Json) -> Json:
    post = own(backend, args, "cant_update_message")
    check_content(args, MAX_UPDATE_TEXT)
    check_metadata(args)
    previous = backend.workspace.as_json(post)
    post.text = str(args.get("text") or "")
    post.blocks = args.get("blocks") or []
    post.edited = post.edited or not post.blocks
    post.edited_ts = f"{int(time.time())}.000000"
    if args.get("metadata") is not None:
        post.metadata = args["metadata"]
    backend.change(post, previous)
    return {"channel": post.channel, "ts": post.ts, "text": post.text, "message": post.as_json()}


def delete(backend: Backend, args: Json) -> Json:
    post = own(backend, args, "cant_delete_message")
    backend.remove(post)
    return {"channel": post.channel, "ts": post.ts}


def post_ephemeral(backend: Backend, args: Json) -> Json:
    channel = backend.joined(args.get("channel"))
    check_content(args, MAX_POST_TEXT)
    if args.get("user") not in channel.members:
        raise Refusal("user_not_in_channel")
    text = str(args.get("text") or "")
    backend.ephemerals.append(Ephemeral(channel.id, str(args["user"]), text, time.monotonic()))
    return {"message_ts": backend.workspace.next_ts()}


def permalink(backend: Backend, args: Json) -> Json:
    """The address of a message for people."""
    channel = backend.readable(args.get("channel"))
    ts = str(args.get("message_ts"))
    if (channel.id, ts) not in backend.workspace.posts:
        raise Refusal("message_not_found")
    place = f"{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"https://works.slack.com/archives/{place}"}


METHODS = {
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
    "chat.postEphemeral": post_ephemeral,
}
