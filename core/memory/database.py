"""One database, open: the writer and a reader beside it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiosqlite

from core.errors import LeaseLost, Overtaken, StoreError
from core.memory.connection import connected, owned, prepare_folder
from core.memory.erasing import Erasing, erase_at_start
from core.memory.migrate import migrate
from core.memory.queries import SQL
from core.memory.writer import DEADLINE_S, T, Unit, Writer
from core.storage import Turn

Value = str | int | float | bytes | None
Row = tuple[Value, ...]


class Database:
    """Statements by name: reads go to their own connection, writes to the one writer."""

    def __init__(self, reader: aiosqlite.Connection, writer: Writer, erasing: Erasing) -> None:
        self._reader = reader
        self._writer = writer
        self._erasing = erasing

    async def write(self, unit: Unit[T]) -> T:
        """See :meth:`Writer.do`."""
        return await self._writer.do(unit)

    async def erase(self) -> bool:
        """See :meth:`core.memory.erasing.Erasing.erase`."""
        return await self._erasing.erase()

    async def begin_to_erase(self) -> None:
        """See :meth:`core.memory.erasing.Erasing.begin`."""
        await self._erasing.begin()

    async def row(self, name: str, values: Mapping[str, Value]) -> Row | None:
        """Read one row by a named statement. Raises ``StoreError``."""
        rows = await self.rows(name, values)
        return rows[0] if rows else None

    async def rows(self, name: str, values: Mapping[str, Value]) -> list[Row]:
        """Read all rows of a named statement. Raises ``StoreError``."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await every(self._reader, name, values)
        except (sqlite3.Error, TimeoutError) as error:
            raise StoreError(f"The database cannot be read: {error}") from error


async def run(connection: aiosqlite.Connection, name: str, values: Mapping[str, Value]) -> None:
    """Execute a named statement inside a unit of work."""
    await connection.execute(SQL[name], dict(values))


async def one(connection: aiosqlite.Connection, name: str, values: Mapping[str, Value]) -> Row | None:
    """Execute a named statement and take its first row."""
    rows = await every(connection, name, values)
    return rows[0] if rows else None


async def every(connection: aiosqlite.Connection, name: str, values: Mapping[str, Value]) -> list[Row]:
    """Execute a named statement and take all its rows."""
    return [tuple(row) for row in await connection.execute_fetchall(SQL[name], dict(values))]


async def require_fence(connection: aiosqlite.Connection, thread_key: str, fence: int) -> None:
    """Refuse to go on with a lease that somebody took over. Raises ``LeaseLost``."""
    row = await one(connection, "fence", {"thread_key": thread_key})
    if row is None or row[0] != fence:
        raise LeaseLost(f"fence {fence} of {thread_key} is old")


async def require_no_wish(connection: aiosqlite.Connection, turn: Turn) -> None:
    """Refuse to go on with words that were edited or deleted. Raises ``Overtaken``."""
    row = await one(connection, "wish_of", {"turn_id": turn.id})
    if row is not None and row[0]:
        raise Overtaken(f"turn {turn.id} has to {row[0]!s}")


@asynccontextmanager
async def open_database(folder: Path) -> AsyncIterator[Database]:
    """Own the data folder and open what is in it.

    Raises ``StoreError`` and its kin when it cannot be used; at the end all that was handed to
    the writer is on disk.
    """
    await asyncio.to_thread(prepare_folder, folder)
    async with owned(folder), AsyncExitStack() as stack:
        path = folder / "tampu.db"
        try:
            write_connection = await stack.enter_async_context(connected(path))
            await migrate(write_connection)
            await erase_at_start(write_connection)
            reader = await stack.enter_async_context(connected(path, read_only=True))
        except sqlite3.Error as error:
            raise StoreError(
                f"The database {path} cannot be opened ({error}): move it away, "
                "or set TAMPU_DATA_DIR to another folder."
            ) from error
        writer = Writer(write_connection)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(writer.run(), name="store-writer")
            erasing = Erasing(writer, tasks)
            try:
                yield Database(reader, writer, erasing)
            finally:
                erasing.end()
                # Waited for here: leaving with an error, the group would cut the writer off.
                await writer.close()
