"""What is on its way to people and what never reached them, read beside the running product."""

import asyncio
import math
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from core import phrases
from core.address import Address
from core.errors import StoreError
from core.memory.connection import connected_to_read
from core.memory.database import Row, every, one
from core.memory.migrate import migrations, require_known, schema_of
from core.storage import DeadLetter

TRIES = 3
DEADLINE_S = 20.0


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
    path = folder / "tampu.db"
    for _ in range(TRIES):
        # Only the database of a Tampu that was stopped in order has no log.
        is_settled = await asyncio.to_thread(_is_settled, path)
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                connected_to_read(path, is_settled=is_settled) as connection,
            ):
                outbox = await _read(connection, limit)
        except (sqlite3.Error, TimeoutError) as error:
            why = str(error) or "no answer in time"
            raise StoreError(f"The database {path} cannot be read ({why}).") from error
        if not is_settled or await asyncio.to_thread(_is_settled, path):
            return outbox
    raise StoreError(f"The database {path} is being opened and closed all the time: try again in a moment.")


def _is_settled(path: Path) -> bool:
    """Whether everything stands in the file itself. Raises ``StoreError`` when there is none."""
    try:
        if not path.is_file():
            raise StoreError(
                f"There is no database {path} yet: start `tampu run` first, or set TAMPU_DATA_DIR to its "
                "folder."
            )
        return not path.with_name(f"{path.name}-wal").exists()
    except OSError as error:
        raise StoreError(f"The database {path} cannot be read ({error.strerror}).") from error


async def _read(connection: aiosqlite.Connection, limit: int) -> Outbox:
    await connection.execute("BEGIN")
    await _require_same_schema(connection)
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


async def _require_same_schema(connection: aiosqlite.Connection) -> None:
    at = await schema_of(connection)
    newest = (await asyncio.to_thread(migrations))[-1][0]
    require_known(at, newest)
    if at < newest:
        raise StoreError(
            f"The database is of an older Tampu (schema {at}; this one reads {newest}): "
            "`tampu run` brings it up to date when it starts."
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
