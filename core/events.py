"""What an adapter tells the core."""

from dataclasses import dataclass
from enum import StrEnum

from core.address import Address
from core.message import Attachment, Author


class Addressing(StrEnum):
    """How a message turns to the assistant; the gate decides with it whether to answer."""

    DIRECT = "direct"  # written in private
    MENTION = "mention"
    REPLY = "reply"  # a reply to one of the assistant's messages
    COMMAND = "command"  # a slash command that asks something
    OVERHEARD = "overheard"  # in a thread, to nobody in particular
    ELSEWHERE = "elsewhere"  # turns to another person


class Verdict(StrEnum):
    """What became of an event that was handed to the intake."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    NOT_ADDRESSED = "not_addressed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may want an answer.

    ``key`` is unique within (platform, account) for this occurrence, e.g. ``"C1:171.22"``.
    ``message_id`` is the platform's id of the message: it orders a thread, and answers hang on it.
    ``text`` is Markdown with the mention of the assistant removed and other mentions as names.
    ``sent_at`` is unix seconds by the platform's clock. ``joined_midway`` says that people had
    written in this thread before this message. ``opener``, when set, is posted first, because
    the question itself stands nowhere on the platform (a form, a command).
    """

    key: str
    address: Address
    author: Author
    text: str
    message_id: str
    sent_at: float
    addressing: Addressing
    attachments: tuple[Attachment, ...] = ()
    place: str = ""
    joined_midway: bool = False
    opener: str | None = None
