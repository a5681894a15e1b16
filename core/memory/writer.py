"""The one writer: units of work in a row, each in a savepoint, one commit for a batch."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import aiosqlite
import structlog

from core.errors import StoreError

T = TypeVar("T")
Unit = Callable[[aiosqlite.Connection], Awaitable[T]]
BATCH = 64
DEADLINE_S = 20.0

log = structlog.get_logger()


class Queued(NamedTuple):
    """A unit that waits, and who waits for it; ``alone`` outside of any transaction."""

    unit: Unit[Any]
    future: asyncio.Future[Any]
    alone: bool = False


class Writer:
    """Runs units of work on the connection that it owns. :meth:`run` must be going."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[Queued | None] = asyncio.Queue()
        # Taken from the queue too early: it is next.
        self._held: Queued | None = None
        self._ended = asyncio.Event()

    async def do(self, unit: Unit[T]) -> T:
        """Run a unit alone in its savepoint; returns once its batch is durable.

        Raises what the unit raised (its changes undone), or ``StoreError`` when the database
        could not commit. A caller that is cancelled does not undo its unit.
        """
        return await self._done(unit, DEADLINE_S, alone=False)

    async def do_alone(self, unit: Unit[T], deadline_s: float) -> T:
        """Run what SQLite runs in no transaction, between two batches. Raises as :meth:`do`."""
        return await self._done(unit, deadline_s, alone=True)

    async def _done(self, unit: Unit[T], deadline_s: float, *, alone: bool) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(Queued(unit, future, alone))
        try:
            async with asyncio.timeout(deadline_s):
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
            while (first := await self._next()) is not None:
                if first.alone:
                    _tell(first.future, await self._by_itself(first.unit))
                else:
                    await self._commit(self._batch(first))
        finally:
            self._ended.set()

    async def _next(self) -> Queued | None:
        held, self._held = self._held, None
        return held or await self._queue.get()

    async def _by_itself(self, unit: Unit[Any]) -> object:
        try:
            result: object = await unit(self._connection)
        except sqlite3.Error as error:
            return StoreError(f"The database cannot be written: {error}")
        except Exception as error:  # noqa: BLE001 - handed to the one who asked for the unit
            return error
        return result

    def _batch(self, first: Queued) -> list[Queued]:
        batch = [first]
        while len(batch) < BATCH and not self._queue.empty():
            following = self._queue.get_nowait()
            if following is None:
                self._queue.put_nowait(None)
                break
            if following.alone:
                self._held = following
                break
            batch.append(following)
        return batch

    async def _commit(self, batch: list[Queued]) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
            done = [(future, await self._one(unit)) for unit, future, _ in batch]
            await self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            await self._undo()
            log.exception("store.commit_failed", units=len(batch))
            done = [(one.future, StoreError(f"The database cannot be written: {error}")) for one in batch]
        for future, outcome in done:
            _tell(future, outcome)

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


def _tell(future: asyncio.Future[Any], outcome: object) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
