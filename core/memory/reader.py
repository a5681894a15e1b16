"""What is on its way to people and what never reached them, read beside the running product."""

import math
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from core import phrases
from core.address import Address
from core.memory.beside import read_beside
from core.memory.database import Row, every, one
from core.storage import DeadLetter


@dataclass(frozen=True, slots=True)
class Underway:
    """A question that has no whole answer yet.

    ``state`` is ``waiting``, ``running``, ``delivering``, or what a changed question wants: ``redo``,
    ``withdraw``. ``out`` of ``messages`` of its answer are posted; ``since`` is unix seconds.
    """

    address: Address
    state: str
    since: float
    attempts: int
    out: int
    messages: int
    text: str


@dataclass(frozen=True, slots=True)
class Outbox:
    """``lost`` is newest first, ``underway`` oldest first; ``last_seen`` is a sign of life, unix seconds."""

    lost: tuple[DeadLetter, ...]
    underway: tuple[Underway, ...]
    last_seen: float | None


async def read_outbox(folder: Path, limit: int) -> Outbox:
    """Read at most ``limit`` rows of each kind, from one moment; nothing is made, locked or migrated.

    Raises ``StoreError`` and its kin, with one sentence, when there is no database that can be read.
    """

    async def read(connection: aiosqlite.Connection) -> Outbox:
        return await _read(connection, limit)

    return await read_beside(folder, read)


async def _read(connection: aiosqlite.Connection, limit: int) -> Outbox:
    lost = [_letter(row) for row in await every(connection, "dead_letters", {"limit": limit})]
    never = await every(connection, "never_said", {"limit": limit, "note": phrases.NOT_TAKEN})
    lost += [_letter(row) for row in never]
    lost.sort(key=lambda letter: letter.at, reverse=True)
    underway = await every(connection, "underway", {"limit": limit})
    # Whatever the clock of then said.
    seen = await one(connection, "last_seen", {"now": math.inf})
    return Outbox(
        lost=tuple(lost[:limit]),
        underway=tuple(_underway(row) for row in underway),
        last_seen=float(str(seen[0])) if seen else None,
    )


def _letter(row: Row) -> DeadLetter:
    turn, key, text, reason, at = row
    return DeadLetter(str(turn), Address.from_key(str(key)), str(text or ""), str(reason), float(str(at)))


def _underway(row: Row) -> Underway:
    key, state, since, attempts, out, messages, text = row
    return Underway(
        address=Address.from_key(str(key)),
        state=str(state),
        since=float(str(since)),
        attempts=int(str(attempts)),
        out=int(str(out)),
        messages=int(str(messages)),
        text=str(text or ""),
    )
