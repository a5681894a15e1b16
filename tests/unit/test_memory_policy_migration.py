"""From the schema that knew what was spent only by turn to the one with charges."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.budgets import Amount
from core.memory.store import open_store
from core.spending import Report, Use
from core.transcript import Usage
from tests.unit.first_schema import leave_first_schema
from tests.unit.second_schema import leave_second_schema
from tests.unit.test_memory_migrations import CRASH, THREADS

AT = 1_700_000_011.0
TOMORROW = AT + 86_400
MORE = "INSERT INTO spend VALUES (7, 'done', 'own', 0, 100, 50, ?), (8, 'done', 'm', 1, 1, 2, ?)"


async def test_what_was_spent_is_charged_to_the_house(tmp_path: Path) -> None:
    path = leave_second_schema(tmp_path)
    with closing(sqlite3.connect(path)) as database:
        database.execute(MORE, (AT, TOMORROW))
        database.commit()
    async with open_store(tmp_path) as store:
        assert await store.used("house", 0.0) == Amount(168, 18, 0)
        assert await store.used("house", TOMORROW) == Amount(3, 3, 0)
        assert await store.report(0.0) == Report(
            0.0,
            (Use("house", 3, Usage(111, 57), 0, unpriced=2),),
            (Use("own", 1, Usage(100, 50), 0), Use("m", 2, Usage(11, 7), 0, unpriced=2)),
        )


async def test_an_old_database_without_charges_has_none(tmp_path: Path) -> None:
    path = leave_first_schema(tmp_path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM spend")
        database.commit()
    async with open_store(tmp_path) as store:
        assert await store.report(0.0) == Report(0.0)
    with closing(sqlite3.connect(path)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "spend" not in tables
        assert database.execute("SELECT count(*) FROM tally").fetchone() == (0,)


@pytest.mark.parametrize("statement", ["CREATE TABLE charge_subject", "DROP TABLE spend", "user_version = 4"])
async def test_a_crash_within_leaves_what_was_spent(tmp_path: Path, statement: str) -> None:
    path = leave_first_schema(tmp_path)
    # The migrations before it are done, each by itself.
    crash = [sys.executable, "-c", CRASH, str(path), statement]
    crashed = subprocess.run(crash, capture_output=True, timeout=60, check=False)  # noqa: ASYNC221 - nothing else runs
    assert crashed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT * FROM spend").fetchall() == [(1, "done", "m", 1, 10, 5, AT)]
        assert database.execute("PRAGMA user_version").fetchone() == (3,)
    async with open_store(tmp_path) as store:
        assert (await store.used("house", 0.0)).paid_tokens == 15
        assert await store.waiting() == tuple(THREADS[2:])
