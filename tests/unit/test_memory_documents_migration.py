"""From a schema without documents to the one that keeps and searches them."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.memory.store import open_store
from tests.contract.documents import report
from tests.contract.stores import NOW, commit, delete
from tests.questions import asked
from tests.unit.first_schema import columns_of, contents, leave_first_schema, schema
from tests.unit.second_schema import leave_second_schema
from tests.unit.test_memory_migrations import CRASH, NEWEST, THREADS

OLD_QUESTION = asked("what is it?", number=2, thread="t2")


async def test_a_turn_of_the_first_schema_keeps_a_document(tmp_path: Path) -> None:
    path = leave_first_schema(tmp_path)
    columns = columns_of(path)
    before = contents(path, columns)
    async with open_store(tmp_path) as store:
        assert contents(path, columns) == before
        assert await store.documents(THREADS[2]) == ()
        turn = await store.begin(THREADS[2], NOW)
        assert turn is not None
        number = await store.keep_document(turn, turn.questions[0], "old.pdf", "h1", report(), NOW)
        await commit(store, turn, "A report.")
        await store.end(turn, NOW)
    async with open_store(tmp_path) as store:
        assert [one.id for one in await store.documents(THREADS[2])] == [number]
        assert [one.number for one in await store.search(THREADS[2], "refunds", 5)] == [1]
        await delete(store, OLD_QUESTION)
        assert await store.search(THREADS[2], "refunds", 5) == ()
    assert schema(path)[0] == NEWEST


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE document_page", "CREATE VIRTUAL TABLE", "CREATE VIEW", "user_version = 6"]
)
async def test_a_crash_within_leaves_the_schema_before_it_whole(tmp_path: Path, statement: str) -> None:
    path = leave_second_schema(tmp_path)
    columns = columns_of(path)
    before = contents(path, columns)
    crash = [sys.executable, "-c", CRASH, str(path), statement]
    crashed = subprocess.run(crash, capture_output=True, timeout=60, check=False)  # noqa: ASYNC221 - nothing else runs
    assert crashed.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (5,)
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
        assert not [name for name in names if "document" in name or "page" in name]
    assert contents(path, columns) == before
    async with open_store(tmp_path) as store:
        assert await store.documents(THREADS[2]) == ()
