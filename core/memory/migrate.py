"""Numbered migrations, applied in order; a database newer than the code is refused."""

import asyncio
from importlib.resources import files

import aiosqlite

from core.errors import NewerDatabase, StoreError
from core.memory.queries import SQL


def migrations() -> tuple[tuple[int, str], ...]:
    """All (number, SQL) pairs, in order; the numbers are 1, 2, 3 ..."""
    found = sorted(
        (int(entry.name.split("_", 1)[0]), entry.read_text(encoding="utf-8"))
        for entry in files("core.memory").joinpath("migrations").iterdir()
        if entry.name.endswith(".sql")
    )
    return tuple(found)


async def migrate(connection: aiosqlite.Connection) -> int:
    """Bring the database to the newest schema; the number it is at then.

    Raises ``NewerDatabase`` when it was written by a later version, ``StoreError`` when SQLite lacks a
    part that we need. Each migration is one transaction together with its number, so a crash leaves the
    old or the new schema.
    """
    await _require_search(connection)
    at = await schema_of(connection)
    known = await asyncio.to_thread(migrations)
    newest = known[-1][0]
    require_known(at, newest)
    for number, sql in known:
        if number > at:
            await connection.executescript(
                f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;"
            )
    return newest


async def _require_search(connection: aiosqlite.Connection) -> None:
    row = await (await connection.execute(SQL["has_search"])).fetchone()
    if row is None:
        raise StoreError(
            "The SQLite of this Python has no full-text search (FTS5), without which nothing is found in "
            "people's documents: use a Python whose sqlite3 has it."
        )


async def schema_of(connection: aiosqlite.Connection) -> int:
    """Read the number of the last migration that was applied; 0 for a new database."""
    cursor = await connection.execute("PRAGMA user_version")
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


def require_known(at: int, newest: int) -> None:
    """Refuse a schema that is newer than the code. Raises ``NewerDatabase``."""
    if at > newest:
        raise NewerDatabase(
            f"The database is of a newer Tampu (schema {at}; this one knows {newest}): "
            "run the newer version, or point TAMPU_DATA_DIR at another folder."
        )
