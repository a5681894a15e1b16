"""What people send and what stands around it, as it crosses a platform's border."""

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What somebody is in a workspace or server, by the platform's own word."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"  # let into some channels only
    EXTERNAL = "external"  # of another workspace, or a passer-by


@dataclass(frozen=True, slots=True)
class Author:
    """A person or a bot. ``id`` is the platform's own; ``name`` is for display only.

    ``groups`` are the platform's ids of user groups or roles, as far as it tells them.
    """

    id: str
    name: str
    is_bot: bool = False
    standing: Standing = Standing.MEMBER
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; the bytes stay with the platform until they are read.

    ``locator`` is whatever the adapter needs to fetch it again and means nothing to the core.
    ``mime`` and ``size`` (bytes) are the sender's claim and may be wrong or unknown.
    """

    id: str
    name: str
    mime: str
    size: int | None
    locator: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that arrive together with their event, from a surface that keeps no files itself."""

    attachment_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PastPicture:
    """A picture that stands in a channel; never stored. ``link`` is its message's address for people."""

    attachment: Attachment
    link: str = ""


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that was in a thread before the assistant was asked; its words are never stored.

    ``attachments`` are files that others posted; of the assistant's own messages there are none. What they
    come to may be kept with the question that was asked below them.
    """

    author: Author
    text: str
    message_id: str
    sent_at: float
    attachments: tuple[Attachment, ...] = ()
