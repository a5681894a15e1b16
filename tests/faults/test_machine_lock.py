"""Another program locks the database: a backup, a browser for databases, a forgotten shell."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from tests.faults.machine import Machine, machine

LOCKED_S = 10.0
SLOW_S = 0.1
READ_S = 20.0


@asynccontextmanager
async def locked(around: Machine) -> AsyncIterator[None]:
    """Within, somebody else has a transaction open that writes."""
    with closing(sqlite3.connect(around.database, isolation_level=None, timeout=5.0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


async def test_ten_seconds_are_waited_for_in_silence(tmp_path: Path) -> None:
    async with machine(tmp_path) as around, around.life() as product:
        around.delay_s = SLOW_S
        await around.ask(0)
        await around.begun(0)
        async with locked(around):
            await around.ask(1)
            await asyncio.sleep(LOCKED_S)
        around.delay_s = 0.0
        await around.answered()
        assert not around.slack.sockets.lost
        await around.ask(1)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0


async def test_a_long_read_holds_nobody_up(tmp_path: Path) -> None:
    """A reader keeps the log from being reset; it only grows meanwhile."""
    async with machine(tmp_path) as around, around.life() as product:
        await around.ask(0)
        await around.answered()
        with closing(sqlite3.connect(around.database, isolation_level=None)) as other:
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM inbox").fetchall()
            for place in (0, 1, 2, 3):
                await around.ask(place)
            await around.answered(READ_S)
            other.execute("COMMIT")
        await around.all_once()
        assert await product.stop() == 0
