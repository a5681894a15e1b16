"""What the database holds, whatever table it stands in; and what is written together."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import aiosqlite

from core.memory.writer import Writer


def tables_with(folder: Path, word: str) -> set[str]:
    """The tables in which some row holds a word, in text or in bytes."""
    with closing(sqlite3.connect(folder / "tampu.db")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name
            for name in names
            for row in connection.execute(f"SELECT * FROM {name}")
            if any(_holds(value, word) for value in row)
        }


def _holds(value: object, word: str) -> bool:
    if isinstance(value, bytes):
        return word.encode() in value
    return isinstance(value, str) and word in value


@dataclass
class Batch:
    """Units of work that wait to be committed together."""

    writer: Writer
    tasks: asyncio.TaskGroup
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def holds(self, units: int) -> None:
        """Wait until so many wait. Raises TimeoutError."""
        async with asyncio.timeout(10):
            while self.writer._queue.qsize() < units:  # noqa: ASYNC110 - a queue tells nobody of its size
                await asyncio.sleep(0.001)

    async def hold(self) -> None:
        """Let what waits be committed, and hold what comes behind it."""
        at_work, go_on = asyncio.Event(), asyncio.Event()

        async def unit(_connection: aiosqlite.Connection) -> None:
            at_work.set()
            await go_on.wait()

        self.tasks.create_task(self.writer.do_alone(unit, 20))
        # It stands in the queue now, behind what waits.
        await asyncio.sleep(0)
        self.go_on.set()
        self.go_on = go_on
        await at_work.wait()


@asynccontextmanager
async def one_batch(writer: Writer) -> AsyncIterator[Batch]:
    """Hold the writer while the context lasts: what is handed to it by then is one commit."""
    async with asyncio.TaskGroup() as tasks:
        batch = Batch(writer, tasks)
        await batch.hold()
        try:
            yield batch
        finally:
            batch.go_on.set()
