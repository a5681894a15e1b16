"""From the schema without settings, pins and summaries to the one that has them."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.memory.connection import connected
from core.memory.migrate import migrate
from core.memory.store import open_store
from core.settings import Chain, Choices, Scope
from core.thread_memory import Summary
from tests.contract.stores import NOW, delete, edit
from tests.questions import ADA, asked
from tests.unit.first_schema import columns_of, contents, leave_first_schema, schema
from tests.unit.second_schema import ADDED, leave_second_schema
from tests.unit.test_memory_migrations import CRASH, NEWEST, THREADS


def added(path: Path) -> list[list[tuple[object, ...]]]:
    database = sqlite3.connect(path)
    try:
        return [database.execute(f"SELECT * FROM {table}").fetchall() for table in ADDED]
    finally:
        database.close()


async def test_every_row_of_the_second_schema_is_still_there(tmp_path: Path) -> None:
    path = leave_second_schema(tmp_path)
    columns = columns_of(path)
    before = contents(path, columns), added(path)
    assert all(before[0].values())
    assert all(before[1])
    async with connected(path) as connection:
        assert await migrate(connection) == NEWEST
    # A later schema may have further columns, behind those of then.
    kept = [[row[: len(then[0])] for row in now] for then, now in zip(before[1], added(path), strict=True)]
    assert (contents(path, columns), kept) == before
    assert schema(path)[0] == NEWEST


async def test_all_ways_lead_to_the_same_schema(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    paths = (leave_first_schema(tmp_path / "first"), leave_second_schema(tmp_path), tmp_path / "new.db")
    for path in paths:
        async with connected(path) as connection:
            await migrate(connection)
    assert schema(paths[0]) == schema(paths[1]) == schema(paths[2])


async def test_an_old_thread_is_summarized_and_its_rows_take_the_summary_along(tmp_path: Path) -> None:
    leave_second_schema(tmp_path)
    async with open_store(tmp_path) as store:
        memory = await store.oldest(THREADS[1], 10)
        assert [(row.message.text, row.version) for row in memory.rows] == [("and 3+3?", 0), ("Six.", 0)]
        summary = Summary(memory.rows[-1].position, "Of 3+3.", 3, "m", NOW)
        assert await store.put_summary(THREADS[1], summary, memory)
        assert (await store.memory(THREADS[1], 10)).rows == ()
        # What was said before the reset is no part of the summary, and still a row that may change.
        await delete(store, asked("and 3+3?", number=5))
        assert (await store.memory(THREADS[1], 10)).summary is None


async def test_an_old_running_turn_is_worded_anew_and_goes_on(tmp_path: Path) -> None:
    leave_second_schema(tmp_path)
    async with open_store(tmp_path) as store:
        await edit(store, asked("what is it?", number=2, thread="t2"), "who is it?", revision=1_700_000_030.0)
        turn = await store.begin(THREADS[2], NOW)
        assert turn is not None
        assert (turn.strikes, [question.text for question in turn.questions]) == (0, ["who is it?"])
        (row,) = (await store.memory(THREADS[2], 10)).rows
        assert row.version == 1


async def test_settings_and_pins_of_an_old_database_begin_empty_and_are_kept(tmp_path: Path) -> None:
    leave_second_schema(tmp_path)
    async with open_store(tmp_path) as store:
        assert await store.chain(THREADS[1]) == Chain()
        await store.choose(THREADS[1], Scope.CHANNEL, Choices(temperature=0.25), ADA, NOW)
        pin = await store.pin(THREADS[1], "We use tabs.", ADA, NOW)
    async with open_store(tmp_path) as store:
        assert (await store.chain(THREADS[2])).over(Choices()) == Choices(temperature=0.25)
        assert await store.pins(THREADS[1]) == (pin,)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE choice", "ADD COLUMN version", "CREATE TRIGGER", "user_version = 3"]
)
async def test_a_crash_within_leaves_the_second_schema_whole(tmp_path: Path, statement: str) -> None:
    path = leave_second_schema(tmp_path)
    before = schema(path), contents(path, columns_of(path)), added(path)
    crash = [sys.executable, "-c", CRASH, str(path), statement]
    crashed = subprocess.run(crash, capture_output=True, timeout=60, check=False)  # noqa: ASYNC221 - nothing else runs
    assert crashed.returncode == -signal.SIGKILL
    assert (schema(path), contents(path, columns_of(path)), added(path)) == before
    async with open_store(tmp_path) as store:
        assert await store.waiting() == (THREADS[3], THREADS[4], THREADS[2])
