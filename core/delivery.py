"""Values of the road from a finished text to a message that people see."""

from dataclasses import dataclass

from core.address import Address
from core.outgoing import OutFile


@dataclass(frozen=True, slots=True)
class Offer:
    """What the buttons below a whole answer offer.

    ``presets`` are names of :mod:`core.presets`, to ask more of its pictures. ``share`` is the channel
    where an answer that was given in private can be posted. ``turn`` names the answer.
    """

    turn: str
    presets: tuple[str, ...] = ()
    share: Address | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to post.

    ``key`` (25 characters of a-z2-7) is the same for every attempt at this message: an adapter
    hands it to the platform where the platform can use or keep it. ``text`` is Markdown within
    the capabilities. ``reply_to`` is the platform's id of the message that it answers, and
    ``first`` says that no message of this answer stands before it. ``turn`` names the answer that
    it is part of. ``live`` says that it still grows: where there are buttons, one stops it. ``offer`` is
    what its buttons are for once it is whole.
    """

    address: Address
    key: str
    turn: str
    text: str
    reply_to: str | None
    first: bool
    live: bool = False
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class FileDraft:
    """One file to post below an answer, as a message of its own; the fields are those of a draft.

    It goes out under :func:`core.outgoing.posted_name`, by which an adapter finds it again.
    """

    address: Address
    key: str
    turn: str
    file: OutFile
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message of ours on the platform. ``offer`` is as in a draft: an edit without one takes it away."""

    address: Address
    id: str
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """It is there, under this id."""

    id: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform refused it and will again. ``code`` is the platform's word for why."""

    code: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not taken, nothing happened; try again after ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request went out and no answer came back: it may or may not be there."""

    code: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The message is no longer there; with ``place`` the thread or channel, or our right to write there."""

    code: str
    place: bool = False


Outcome = Sent | Rejected | Retry | Unknown | Gone


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question to the platform: did a post with this key arrive?

    ``after`` is the id of the message that was answered; ``claimed`` are ids of our messages in
    the thread that are known to be others. The post was tried a moment ago or long before, by
    this process or an earlier one. With ``is_file`` it was a file, or the words that stand in its place.
    """

    address: Address
    key: str
    after: str
    claimed: frozenset[str]
    is_file: bool = False
