"""What the model is to know of a thread: pinned facts, a summary of what is far back, and the rows since."""

from dataclasses import dataclass

from core.commands import split_command
from core.transcript import Message

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
