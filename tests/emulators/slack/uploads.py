"""Files that the app uploads: an address, the bytes, and the message that shows them a moment later.

Shapes: https://docs.slack.dev/reference/methods/files.getUploadURLExternal and
https://docs.slack.dev/reference/methods/files.completeUploadExternal
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from tests.emulators.slack.backend import Backend
from tests.emulators.slack.workspace import BOT_USER, Json, Post, Refusal

ALT_MOST = 1000


@dataclass(slots=True)
class Trouble:
    """What the next upload of bytes meets: an HTTP ``status``, or a connection that is cut in the middle."""

    status: int = 0
    cut: bool = False


def check_scope(backend: Backend) -> None:
    if not backend.files_write_scope:
        raise Refusal("missing_scope", needed="files:write", provided="chat:write,files:read")


def upload_url(backend: Backend, args: Json) -> Json:
    check_scope(backend)
    length, alt = int(args.get("length") or 0), str(args.get("alt_txt") or "")
    if not args.get("filename") or length <= 0 or len(alt) > ALT_MOST:
        raise Refusal("invalid_arguments")
    if length > backend.largest_upload:
        raise Refusal("file_upload_size_restricted")
    file = backend.file(BOT_USER, (str(args["filename"]), b"", "application/octet-stream"))
    file.alt = alt
    backend.places[file.id] = (length, time.monotonic())
    return {"upload_url": f"{backend.origin}/upload/{file.id}", "file_id": file.id}


def complete_upload(backend: Backend, args: Json) -> Json:
    check_scope(backend)
    given = args.get("files") or []
    if not given or any(entry.get("id") not in backend.uploads for entry in given):
        raise Refusal("file_not_found")
    channel = None if args.get("channel_id") is None else backend.joined(args["channel_id"])
    thread = args.get("thread_ts")
    if thread is not None and channel and (channel.id, str(thread)) not in backend.workspace.posts:
        raise Refusal("thread_not_found")
    files = [backend.workspace.files[entry["id"]] for entry in given]
    for file, entry in zip(files, given, strict=True):
        file.content, file.title = backend.uploads.pop(file.id), str(entry.get("title") or file.name)
    if channel is not None:
        backend.add(
            Post(
                channel=channel.id,
                ts=backend.workspace.next_ts(),
                user=BOT_USER,
                text=str(args.get("initial_comment") or ""),
                at=time.monotonic(),
                thread_ts=None if thread is None else str(thread),
                files=files,
                subtype="file_share",
            )
        )
    # The message is not told of: Slack makes it after its answer.
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def delete(backend: Backend, args: Json) -> Json:
    """Take a file away, with each message that shows nothing else."""
    check_scope(backend)
    file = backend.workspace.files.get(str(args.get("file")))
    if file is None:
        raise Refusal("file_not_found")
    if file.deleted:
        raise Refusal("file_deleted")
    if file.user != BOT_USER:
        raise Refusal("cant_delete_file")
    file.deleted = True
    for post in [post for post in backend.workspace.posts.values() if file in post.files]:
        if not post.text and all(each.deleted for each in post.files):
            backend.remove(post)
    return {}


async def receive(backend: Backend, request: web.Request) -> web.StreamResponse:
    """The bytes, at an address that is good once, for some time, and for as many as were announced."""
    file_id = request.match_info["file"]
    trouble = backend.upload_troubles.pop(0) if backend.upload_troubles else Trouble()
    if trouble.cut:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)
    length, at = backend.places.pop(file_id, (0, float("-inf")))
    if trouble.status or time.monotonic() - at > backend.upload_seconds:
        return web.Response(status=trouble.status or 410, text="upload address expired")
    content = await request.read()
    if len(content) != length:
        return web.Response(status=400, text="another length was announced")
    backend.uploads[file_id] = content
    return web.Response(text=f"OK - {len(content)}")


METHODS: dict[str, Callable[[Backend, Json], Json]] = {
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.delete": delete,
}
