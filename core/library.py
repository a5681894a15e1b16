"""Stored conversations as people see them."""

from dataclasses import dataclass

from core.address import Address
from core.transcript import Role


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """A line in a list of conversations. ``title`` is the beginning of the first question."""

    address: Address
    title: str
    updated_at: float


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file of an answer, shown out of the store; ``key`` is its post's, ``size`` in bytes."""

    turn: str
    key: str
    name: str
    mime: str
    alt: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message on screen.

    ``role`` is user, assistant or notice; ``text`` is Markdown. ``turn`` is the id of the answer
    for an assistant or notice row (the same as in its drafts), empty for a question.
    ``stopped`` marks an answer that was ended by a person. ``shown`` is what stands on the screen once an
    answer is whole, with what was said beside it: its opener, notes on files, marks.
    """

    id: str
    role: Role
    author: str
    text: str
    files: tuple[str, ...]
    sent_at: float
    turn: str = ""
    stopped: bool = False
    shown: str = ""
