"""Leaving no trace: SQLite keeps pieces of what was deleted in the pages of the file and in its log.

``secure_delete`` overwrites a deleted value where it stands, but a page that was rebuilt before may still
hold an older copy in a gap between its cells. Only ``VACUUM`` writes every page anew. The index of the
full-text search keeps deleted words, too, until all its parts are merged into one.
"""

import asyncio
import sqlite3
import time

import aiosqlite
import structlog

from core.errors import StoreError
from core.memory.queries import SQL
from core.memory.writer import Writer

# So long others may wait for a rewriting: a larger file is rewritten at the next start.
LARGEST_BESIDE_WORK = 1 << 30
# A smaller one is rewritten by way of the memory.
LARGEST_IN_MEMORY = 1 << 26
DEADLINE_S = 120.0
# Some platforms wait no longer than three seconds for the reply to a command.
MOMENT_S = 1.5
BUSY_MS = 100
USUAL_BUSY_MS = 5000
# Somebody who reads beside us keeps the log from being emptied.
PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0, 1.0, 2.0)

log = structlog.get_logger()


class Erasing:
    """Rewrites the file behind the transactions that deleted something. ``tasks`` owns its work."""

    def __init__(self, writer: Writer, tasks: asyncio.TaskGroup) -> None:
        self._writer = writer
        self._tasks = tasks
        self._begun: set[asyncio.Task[bool]] = set()
        self._one_at_a_time = asyncio.Lock()

    async def begin(self) -> None:
        """Begin to :meth:`erase`, and wait a moment for it: most of the time that is all it takes."""
        task = self._tasks.create_task(self.erase(), name="store-erasing")
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        await asyncio.wait({task}, timeout=MOMENT_S)

    def end(self) -> None:
        """Give up what is begun: it stays noted."""
        for task in self._begun:
            task.cancel()

    async def erase(self) -> bool:
        """Overwrite what is left of deleted words; true when nothing is left.

        False when the file is too large to do it now, somebody reads it all the time, or it failed: it
        stays noted, and is done by another call or at the next start.
        """
        async with self._one_at_a_time:
            try:
                return await self._erase()
            except StoreError as error:
                log.warning("store.not_erased", error=str(error))
                return False

    async def _erase(self) -> bool:
        number = await self._writer.do_alone(_due, DEADLINE_S)
        if number is None:
            return True
        if not await self._writer.do_alone(_rewrite_unless_large, DEADLINE_S):
            log.warning("store.erased_at_next_start", largest=LARGEST_BESIDE_WORK)
            return False
        for pause_s in (0.0, *PAUSES_S):
            await asyncio.sleep(pause_s)
            if await self._writer.do_alone(_empty_log, DEADLINE_S):
                await self._writer.do(lambda connection: _done(connection, number))
                return True
        log.warning("store.log_not_emptied")
        return False


async def erase_at_start(connection: aiosqlite.Connection) -> None:
    """Finish before anybody waits what an earlier process did not, however large the file is."""
    try:
        if await connection.execute_fetchall(SQL["delete_documents_in_part"]):
            await connection.execute(SQL["mark_erasure"])
        number = await _due(connection)
        if number is None:
            return
        await _rewrite(connection)
        if await _empty_log(connection):
            await _done(connection, number)
    except sqlite3.Error as error:
        # It stays noted; without room on the disk for a second file the product can still run.
        log.warning("store.not_erased", error=str(error))


async def _due(connection: aiosqlite.Connection) -> int | None:
    row = await (await connection.execute(SQL["erasure_due"])).fetchone()
    return None if row is None else int(row[0])


async def _done(connection: aiosqlite.Connection, number: int) -> None:
    """Unless something more was deleted meanwhile."""
    await connection.execute(SQL["erasure_done"], {"number": number})


async def _rewrite_unless_large(connection: aiosqlite.Connection) -> bool:
    if await _size(connection) > LARGEST_BESIDE_WORK:
        return False
    await _rewrite(connection)
    return True


async def _rewrite(connection: aiosqlite.Connection) -> None:
    began = time.monotonic()
    is_small = await _size(connection) <= LARGEST_IN_MEMORY
    if not is_small:
        await connection.execute("PRAGMA temp_store = FILE")
    try:
        await connection.execute(SQL["merge_words"])
        await connection.execute("VACUUM")
    finally:
        if not is_small:
            await connection.execute("PRAGMA temp_store = MEMORY")
    log.info("store.erased", seconds=round(time.monotonic() - began, 3))


async def _empty_log(connection: aiosqlite.Connection) -> bool:
    """Bring the log into the file and cut it to nothing; false when a reader still needs it."""
    await connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    try:
        row = await (await connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")).fetchone()
    finally:
        await connection.execute(f"PRAGMA busy_timeout = {USUAL_BUSY_MS}")
    return row is not None and row[0] == 0


async def _size(connection: aiosqlite.Connection) -> int:
    """Return the size of the file in bytes."""
    product = 1
    for pragma in ("page_count", "page_size"):
        row = await (await connection.execute(f"PRAGMA {pragma}")).fetchone()
        product *= int(row[0]) if row else 0
    return product
