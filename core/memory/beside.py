"""Reading beside the process that owns the database, or without one."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite

from core.errors import StoreError
from core.memory.connection import connected_to_read
from core.memory.migrate import migrations, require_known, schema_of

T = TypeVar("T")
TRIES = 3
DEADLINE_S = 20.0


async def read_beside(
    folder: Path, read: Callable[[aiosqlite.Connection], Awaitable[T]], deadline_s: float = DEADLINE_S
) -> T:
    """Read from one moment of the database in a data folder; nothing is made, locked or migrated.

    ``read`` may be called again, after a start or an end of the owner in between. Raises ``StoreError``
    and its kin, with one sentence, when there is no database that can be read.
    """
    path = folder / "tampu.db"
    for _ in range(TRIES):
        # Only the database of a Tampu that was stopped in order has no log.
        is_settled = await asyncio.to_thread(_is_settled, path)
        try:
            async with (
                asyncio.timeout(deadline_s),
                connected_to_read(path, is_settled=is_settled) as connection,
            ):
                await connection.execute("BEGIN")
                await _require_same_schema(connection)
                found = await read(connection)
        except (sqlite3.Error, TimeoutError) as error:
            why = str(error) or "no answer in time"
            raise StoreError(f"The database {path} cannot be read ({why}).") from error
        if not is_settled or await asyncio.to_thread(_is_settled, path):
            return found
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


async def _require_same_schema(connection: aiosqlite.Connection) -> None:
    at = await schema_of(connection)
    newest = (await asyncio.to_thread(migrations))[-1][0]
    require_known(at, newest)
    if at < newest:
        raise StoreError(
            f"The database is of an older Tampu (schema {at}; this one reads {newest}): "
            "`tampu run` brings it up to date when it starts."
        )
