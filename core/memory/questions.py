"""A question as it is stored: what it says now, and what answers it."""

from dataclasses import dataclass

import aiosqlite

from core.events import Asked
from core.memory.database import one
from core.memory.rows import event_from
from core.transcript import Part, TextPart


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """An event's row. ``turn_id`` is ``None`` until a turn takes it."""

    id: int
    asked: Asked
    revised_at: float
    is_withdrawn: bool
    turn_id: str | None

    @property
    def is_forgotten(self) -> bool:
        """Whether its author had it forgotten: nobody's name is left."""
        return not self.asked.author.id

    def has_files_of(self, other: Asked) -> bool:
        """Whether the same files hang on it; the address of a file changes with every look."""
        return [file.id for file in self.asked.attachments] == [file.id for file in other.attachments]


async def stored_question(
    connection: aiosqlite.Connection, platform: str, account: str, key: str
) -> StoredQuestion | None:
    """Read a question by its event's key within a unit of work."""
    whose = {"platform": platform, "account": account, "event_key": key}
    row = await one(connection, "event_by_key", whose)
    if row is None:
        return None
    number, payload, revised_at, withdrawn, turn_id = row
    return StoredQuestion(
        id=int(str(number)),
        asked=event_from(str(payload)),
        revised_at=float(str(revised_at)),
        is_withdrawn=bool(withdrawn),
        turn_id=None if turn_id is None else str(turn_id),
    )


def worded(parts: tuple[Part, ...], text: str) -> tuple[Part, ...]:
    """Put the words of a question before what its files came to."""
    return (TextPart(text), *(part for part in parts if not isinstance(part, TextPart)))
