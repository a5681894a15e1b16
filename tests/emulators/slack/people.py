"""What people write, edit and delete."""

import time
from collections.abc import Sequence
from typing import Any

from tests.emulators.slack.backend import Backend
from tests.emulators.slack.workspace import Post

GivenFile = tuple[str, bytes, str]


class People:
    """Acts of people, each returning once Slack itself has taken it."""

    backend: Backend

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        *,
        thread: str | None = None,
        files: Sequence[GivenFile] = (),
        stub_files: bool = False,
        broadcast: bool = False,
        **extra: Any,
    ) -> str:
        """Write a message; its ts. ``thread`` is the ts of a root; ``extra`` sets blocks, attachments,
        subtype. A file is (name, content, MIME type); stubs carry ``check_file_info`` only."""
        kept = [self.backend.file(user, file, stub=stub_files) for file in files]
        subtype = "thread_broadcast" if broadcast else "file_share" if files else None
        post = Post(
            channel=channel,
            ts=self.backend.workspace.next_ts(),
            user=user,
            text=text,
            at=time.monotonic(),
            thread_ts=thread,
            files=kept,
            subtype=extra.pop("subtype", subtype),
            **extra,
        )
        return self.backend.add(post).ts

    async def edit(
        self, channel: str, ts: str, text: str, *, files: Sequence[GivenFile] | None = None
    ) -> None:
        """Edit a message; ``files`` replaces what is attached. Its ``edited.ts`` is a whole second."""
        post = self.backend.workspace.posts[channel, ts]
        previous = self.backend.workspace.as_json(post)
        post.text, post.edited, post.edited_ts = text, True, f"{int(time.time())}.000000"
        if files is not None:
            post.files = [self.backend.file(post.user, file) for file in files]
        self.backend.change(post, previous, by_hand=True)

    async def unfurl(self, channel: str, ts: str, url: str, title: str = "A page") -> None:
        """Slack draws a preview of a link: the message changes without being edited."""
        post = self.backend.workspace.posts[channel, ts]
        previous = self.backend.workspace.as_json(post)
        post.attachments = [*post.attachments, {"id": 1, "from_url": url, "title": title, "text": "preview"}]
        self.backend.change(post, previous)

    async def remove_file(self, channel: str, ts: str, name: str) -> None:
        """Delete a file: its message changes without being edited."""
        post = self.backend.workspace.posts[channel, ts]
        previous = self.backend.workspace.as_json(post)
        next(file for file in post.files if file.name == name).deleted = True
        self.backend.change(post, previous)

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message; one with replies leaves a tombstone."""
        self.backend.remove(self.backend.workspace.posts[channel, ts])
