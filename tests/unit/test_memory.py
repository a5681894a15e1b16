"""The database itself: its folder, its lock, its writer."""

import asyncio
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import aiosqlite
import pytest

from core import memory
from core.errors import DatabaseInUse, StoreError
from core.memory.database import open_database
from core.memory.queries import SQL
from core.memory.store import open_store
from core.memory.writer import Queued, Writer
from tests.questions import asked

HOLD = """
import asyncio, sys
from pathlib import Path
from core.memory.store import open_store
async def main():
    async with open_store(Path(sys.argv[1])):
        print("open", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_folder_and_files_are_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    before = os.umask(0)
    try:
        async with open_store(folder) as store:
            await store.accept(asked("hi"), (), 1.0)
            assert mode(folder) == 0o700
            assert {mode(path) for path in folder.iterdir()} == {0o600}
    finally:
        os.umask(before)


async def test_a_second_process_is_refused_by_name(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)  # noqa: ASYNC220
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseInUse, match=f"process {holder.pid}.*TAMPU_DATA_DIR"):
            async with open_store(tmp_path):
                pass
    finally:
        holder.kill()
        holder.communicate()
    async with open_store(tmp_path) as store:
        assert await store.waiting() == ()


async def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("x")
    with pytest.raises(StoreError, match="TAMPU_DATA_DIR"):
        async with open_store(blocker / "data"):
            pass


SOURCES = "".join(path.read_text() for path in Path(memory.__file__).parent.glob("*.py"))


async def test_every_statement_is_valid_sql_and_is_used(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        for name, sql in SQL.items():
            values = dict.fromkeys(re.findall(r":(\w+)", sql))
            await database._reader.execute_fetchall(f"EXPLAIN {sql}", values)
            assert f'"{name}"' in SOURCES, f"{name} is used nowhere"


# Read on demand, by hand; the newest rows alone; a picture that is deleted, which must not be anybody else's.
READS_ALL = {"never_said", "totals_by_subject", "lag_of_messages", "forget_pictures"}
GROWING = re.compile(
    r"(SCAN|SEARCH) (inbox|message|turn|outbox|upload|tool_call|anchor|charge|charge_subject|tally|thread)"
)


async def test_no_statement_on_the_way_of_a_message_reads_all_that_was_ever_said(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        for name, sql in SQL.items():
            values = dict.fromkeys(re.findall(r":(\w+)", sql))
            plan = await database._reader.execute_fetchall(f"EXPLAIN QUERY PLAN {sql}", values)
            reads_all = [step[3] for step in plan if GROWING.fullmatch(step[3])]
            assert bool(reads_all) == (name in READS_ALL), (name, reads_all)


async def test_units_of_a_batch_fail_alone(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        async def good(connection: aiosqlite.Connection) -> str:
            await connection.execute("INSERT INTO image VALUES ('a', 'm', x'00')")
            return "kept"

        async def bad(connection: aiosqlite.Connection) -> str:
            await connection.execute("INSERT INTO image VALUES ('b', 'm', x'00')")
            raise ValueError("no")

        outcomes = await asyncio.gather(
            database.write(good), database.write(bad), database.write(bad), return_exceptions=True
        )
        assert outcomes[0] == "kept"
        assert [str(outcome) for outcome in outcomes[1:]] == ["no", "no"]
        rows = await database._reader.execute_fetchall("SELECT sha256 FROM image")
        assert [tuple(row) for row in rows] == [("a",)]


async def test_what_was_handed_over_is_written_before_the_end(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store, asyncio.TaskGroup() as tasks:
        for number in range(50):
            tasks.create_task(store.accept(asked("x", number=number), (), 1.0))
    with sqlite3.connect(tmp_path / "tampu.db") as database:
        assert database.execute("SELECT count(*) FROM inbox").fetchone() == (50,)


async def test_a_writer_that_cannot_commit_says_so_and_goes_on(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        writer: Writer = database._writer

        async def fill(connection: aiosqlite.Connection) -> None:
            await connection.execute("PRAGMA max_page_count = 1")
            await connection.execute("INSERT INTO image VALUES ('big', 'm', zeroblob(9000000))")

        with pytest.raises(StoreError, match="cannot be written"):
            await writer.do(fill)

        async def roomy(connection: aiosqlite.Connection) -> None:
            await connection.execute("PRAGMA max_page_count = 1000000")
            await connection.execute("INSERT INTO image VALUES ('small', 'm', x'00')")

        await writer.do(roomy)
        assert await database.row("select_image", {"sha256": "small"}) == ("m", b"\x00")


async def test_what_was_handed_over_is_written_when_the_end_is_a_failure(tmp_path: Path) -> None:
    async def unit(connection: aiosqlite.Connection) -> None:
        await connection.execute("INSERT INTO image VALUES (hex(randomblob(8)), 'm', x'00')")

    async def fail() -> None:
        async with open_database(tmp_path) as database:
            for _ in range(200):
                database._writer._queue.put_nowait(Queued(unit, asyncio.get_running_loop().create_future()))
            raise ValueError("over")

    with pytest.raises(ExceptionGroup):
        await fail()
    with sqlite3.connect(tmp_path / "tampu.db") as found:
        assert found.execute("SELECT count(*) FROM image").fetchone() == (200,)


async def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tampu.db").write_bytes(b"not a database at all " * 400)
    before = set(threading.enumerate())
    with pytest.raises(StoreError, match=r"tampu\.db cannot be opened .*TAMPU_DATA_DIR"):
        async with open_store(tmp_path):
            pass
    assert (tmp_path / "tampu.db").read_bytes().startswith(b"not a database")
    left = [thread for thread in threading.enumerate() if thread not in before]
    workers = [thread for thread in left if "_connection_worker" in thread.name]
    for worker in workers:
        # Its last word to us comes before its end.
        await asyncio.to_thread(worker.join, 5)
    assert not any(worker.is_alive() for worker in workers)


async def test_a_read_that_fails_is_an_error_of_the_store(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        async def drop(connection: aiosqlite.Connection) -> None:
            await connection.execute("DROP TABLE image")

        await database.write(drop)
        with pytest.raises(StoreError, match="cannot be read"):
            await database.row("select_image", {"sha256": "x"})
