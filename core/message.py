"""What people send and what stands around it, as it crosses a platform's border."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """A person or a bot. ``id`` is the platform's own; ``name`` is for display only."""

    id: str
    name: str
    is_bot: bool = False


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
class PastMessage:
    """A message that was in a thread before the assistant was asked; never stored."""

    author: Author
    text: str
    message_id: str
    sent_at: float
