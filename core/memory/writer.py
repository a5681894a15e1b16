"""The one writer: units of work in a row, each in a savepoint, one commit for a batch."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiosqlite
import structlog

from core.errors import StoreError

T = TypeVar("T")
Unit = Callable[[aiosqlite.Connection], Awaitable[T]]
Queued = tuple[Unit[Any], asyncio.Future[Any]]
BATCH = 64
DEADLINE_S = 20.0

log = structlog.get_logger()


class Writer:
    """Runs units of work on the connection that it owns. :meth:`run` must be going."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[Queued | None] = asyncio.Queue()
        self._ended = asyncio.Event()

    async def do(self, unit: Unit[T]) -> T:
        """Run a unit alone in its savepoint; returns once its batch is durable.

        Raises what the unit raised (its changes undone), or ``StoreError`` when the database
        could not commit. A caller that is cancelled does not undo its unit.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((unit, future))
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await future
        except TimeoutError as error:
            raise StoreError("The database did not answer in time.") from error

    async def close(self) -> None:
        """Wait until what is queued by now is written and :meth:`run` has returned."""
        self._queue.put_nowait(None)
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._ended.wait()
        except TimeoutError:
            log.error("store.not_all_written", units=self._queue.qsize())  # noqa: TRY400 - the trace is this line

    async def run(self) -> None:
        """Serve until closed."""
        try:
            while (first := await self._queue.get()) is not None:
                await self._commit(self._batch(first))
        finally:
            self._ended.set()

    def _batch(self, first: Queued) -> list[Queued]:
        batch = [first]
        while len(batch) < BATCH and not self._queue.empty():
            following = self._queue.get_nowait()
            if following is None:
                self._queue.put_nowait(None)
                break
            batch.append(following)
        return batch

    async def _commit(self, batch: list[Queued]) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
            done = [(future, await self._one(unit)) for unit, future in batch]
            await self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            await self._undo()
            log.exception("store.commit_failed", units=len(batch))
            done = [(future, StoreError(f"The database cannot be written: {error}")) for _, future in batch]
        for future, outcome in done:
            if future.done():
                continue
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def _one(self, unit: Unit[Any]) -> object:
        await self._connection.execute("SAVEPOINT unit")
        try:
            result: object = await unit(self._connection)
        except sqlite3.OperationalError:
            raise  # a full disk or a lock concerns the whole batch
        except Exception as error:  # noqa: BLE001 - handed to the one who asked for the unit
            await self._connection.execute("ROLLBACK TO unit")
            await self._connection.execute("RELEASE unit")
            return error
        await self._connection.execute("RELEASE unit")
        return result

    async def _undo(self) -> None:
        if self._connection.in_transaction:
            await self._connection.execute("ROLLBACK")
