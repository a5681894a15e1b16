"""The rows of the store in memory."""

from dataclasses import dataclass, field

from core.address import Address
from core.commands import COMMAND_SIGN
from core.events import Asked
from core.storage import Post, TurnState
from core.transcript import Part, Role

OPEN = (TurnState.RUNNING, TurnState.DELIVERING)


@dataclass
class ThreadRow:
    """A thread; the model reads the rows behind ``reset_after``."""

    address: Address
    updated_at: float
    reset_after: int = 0


@dataclass
class EventRow:
    """An event; ``state`` is new, claimed or done."""

    event: Asked
    received_at: float
    state: str = "new"
    turn_id: str = ""


@dataclass
class TurnRow:
    """A turn."""

    id: str
    address: Address
    author_id: str
    begun_at: float
    state: TurnState = TurnState.RUNNING
    ending: TurnState = TurnState.DONE
    attempts: int = 1
    model: str = ""


@dataclass
class MessageRow:
    """A question, with the event that it came as, or an answer."""

    number: int
    address: Address
    turn_id: str
    role: Role
    parts: tuple[Part, ...]
    sent_at: float
    platform_id: str
    question: Asked | None = None

    @property
    def author(self) -> str:
        return self.question.author.name if self.question else ""


@dataclass
class ToolRow:
    """A tool call; ``state`` is started, ok, failed or uncertain."""

    state: str
    arguments: str
    result: str = ""


@dataclass
class Spent:
    """Tokens that were paid for."""

    tokens: int
    at: float


@dataclass
class Tables:
    """What the parts of the store share."""

    threads: dict[str, ThreadRow] = field(default_factory=dict)
    events: dict[tuple[str, str, str], EventRow] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    turn_rows: dict[str, TurnRow] = field(default_factory=dict)
    rows: list[MessageRow] = field(default_factory=list)
    outbox: dict[tuple[str, int], Post] = field(default_factory=dict)
    spent: list[Spent] = field(default_factory=list)

    def events_of(self, address: Address) -> list[EventRow]:
        """A thread's events in the order in which they were sent."""
        found = [row for row in self.events.values() if row.event.address == address]
        return sorted(found, key=lambda row: row.event.sent_at)


def leading(waiting: list[EventRow]) -> list[EventRow]:
    """The first author's rows up to someone else's; a command, or what has an opener, stands alone."""
    taken: list[EventRow] = []
    for row in waiting:
        alone = row.event.text.startswith(COMMAND_SIGN) or row.event.opener is not None
        if taken and (alone or row.event.author.id != taken[0].event.author.id):
            break
        taken.append(row)
        if alone:
            break
    return taken
