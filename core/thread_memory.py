"""What the model is to know of a thread: pinned facts, a summary of what is far back, and the rows since."""

from dataclasses import dataclass
from typing import Protocol

from core.address import Address
from core.commands import split_command
from core.message import Author
from core.transcript import ImagePart, Message

PIN = "pin"
PINS_MOST = 20
PIN_LENGTH_MOST = 500


@dataclass(frozen=True, slots=True)
class Pin:
    """A fact that people want kept in mind. ``number`` is its name in its thread; ``at`` is unix seconds."""

    number: int
    text: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Summary:
    """What a thread's rows up to one came to; the rows themselves are kept.

    ``upto`` is the position of the last row that it stands for. ``tokens`` is an estimate of its own
    length, ``model`` who wrote it, ``made_at`` is unix seconds.
    """

    upto: int
    text: str
    tokens: int
    model: str
    made_at: float


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """A row that the model reads.

    ``position`` grows within the thread and is never given again; ``version`` counts how often the
    row's words changed.
    """

    position: int
    version: int
    message: Message


@dataclass(frozen=True, slots=True)
class ThreadMemory:
    """A thread as of one moment: ``rows`` are oldest first, and behind the summary.

    A question that is being answered is among them even where the summary covers it.
    """

    pins: tuple[Pin, ...] = ()
    summary: Summary | None = None
    rows: tuple[MemoryRow, ...] = ()


def pinned_text(said: str) -> str | None:
    """Return what a typed ``/pin`` asks to keep in mind; ``None`` when it is no such thing, or too long."""
    command = split_command(said)
    if command is None or command[0] != PIN or not 0 < len(command[1]) <= PIN_LENGTH_MOST:
        return None
    return command[1]


class RecallStore(Protocol):
    """What the model is to know of a thread beside its newest rows.

    A summary is gone in the transaction that edits, deletes or takes back any row that it covers.
    Who pins and unpins is in the audit; a call that changes nothing is not.
    """

    async def memory(self, address: Address, limit: int) -> ThreadMemory:
        """Read a thread with the newest ``limit`` rows behind its summary, chosen as in a transcript."""

    async def oldest(self, address: Address, limit: int) -> ThreadMemory:
        """Read a thread with the oldest ``limit`` rows behind its summary: what is summarized next."""

    async def pictures_about(self, address: Address, message_id: str) -> tuple[ImagePart, ...]:
        """Find the pictures that one of this thread's answers is about, in the order in which they were sent.

        ``message_id`` is the platform's id of any of the answer's messages. They came with its questions, or
        are those of the answer that these were about in turn. None since the last reset, or of a question
        that is gone, are found.
        """

    async def put_summary(self, address: Address, summary: Summary, made_from: ThreadMemory) -> bool:
        """Let a summary stand for ``made_from``'s own and its rows up to ``summary.upto``.

        False, and nothing changes, when one of these is no longer as it was read: edited, deleted,
        forgotten, or summarized by another.
        """

    async def pin(self, address: Address, text: str, by: Author, now: float) -> Pin | None:
        """Pin a fact; the same text is pinned once. ``None`` when there are ``PINS_MOST`` already.

        It changes, and goes, with the typed ``/pin`` of the same person that says it.
        """

    async def unpin(self, address: Address, number: int, by: Author, now: float) -> Pin | None:
        """Take a pinned fact away, and return it; ``None`` when there is none of this number."""

    async def pins(self, address: Address) -> tuple[Pin, ...]:
        """List a thread's pinned facts, the oldest first."""
