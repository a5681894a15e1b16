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
    DUPLICATE = "duplicate"  # or its message was deleted since
    NOT_ADDRESSED = "not_addressed"


@dataclass(frozen=True, slots=True)
class Shared:
    """An answer that was given in private and is to be shown to others: its thread, and the turn's id."""

    address: Address
    turn: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that may want an answer.

    ``key`` is unique within (platform, account) for this occurrence, e.g. ``"C1:171.22"``.
    ``message_id`` is the platform's id of the message: it orders a thread, and answers hang on it.
    ``text`` is Markdown with the mention of the assistant removed and other mentions as names.
    ``sent_at`` is unix seconds by the platform's clock. ``joined_midway`` says that people had
    written in this thread before this message. ``opener``, when set, is posted first, because
    the question itself stands nowhere on the platform (a form, a command). ``parent`` is the channel around
    a thread that is a channel of its own. ``preset`` names what is done with pictures
    (:mod:`core.presets`), and ``schema`` is the JSON Schema as JSON text that the answer has to follow.
    ``asked_in`` is the channel where an answer in private was asked for. With ``shared`` no model
    is asked: that answer is posted here. ``about`` is the platform's id of an answer of ours in this thread
    whose pictures it is about. ``looks_back`` is how many of the newest pictures of the channel
    it is about, 0 for those that came with it. The last ``carried`` of the attachments are those of another
    person's message that it replies to.
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
    parent: str = ""
    preset: str = ""
    schema: str = ""
    asked_in: Address | None = None
    shared: Shared | None = None
    looks_back: int = 0
    about: str = ""
    carried: int = 0


@dataclass(frozen=True, slots=True)
class Revised:
    """A message was edited.

    ``asked`` is the whole message as it stands now, under the key that it first had.
    ``revision`` is the platform's time of the edit in unix seconds: an older one changes nothing.
    """

    asked: Asked
    revision: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A message was deleted. ``key`` is that of its :class:`Asked`; ``sent_at`` as there."""

    platform: str
    account: str
    channel: str
    message_id: str
    key: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class Closed:
    """A channel or thread was deleted, or we were removed from it.

    An empty ``channel`` means the whole account.
    """

    platform: str
    account: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which events may have been missed: from ``since`` (unix seconds) until now.

    ``threads`` are those with something said in the last days, the newest first.
    """

    since: float
    threads: tuple[Address, ...]
