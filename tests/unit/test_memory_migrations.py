"""From one schema to the next: nothing is lost, and a crash in between leaves one of them whole."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from core.address import Address
from core.errors import NewerDatabase, StoreError
from core.memory.connection import connected
from core.memory.migrate import migrate, migrations
from core.memory.store import open_store
from core.storage import Change, PostState, ToolState, TurnState
from core.transcript import Image, ImagePart, Role, TextPart
from tests.contract.stores import NOW, commit, delete, edit
from tests.questions import ADA, asked
from tests.unit.first_schema import columns_of, contents, leave_first_schema, schema

NEWEST = len(migrations())
THREADS = [Address("test", "a1", "c1", f"t{number}") for number in range(5)]

CRASH = """
import asyncio, os, signal, sys
from pathlib import Path
from core.memory.connection import connected
from core.memory.migrate import migrate
def trace(statement):
    if sys.argv[2] in statement:
        os.kill(os.getpid(), signal.SIGKILL)
async def main():
    async with connected(Path(sys.argv[1])) as connection:
        await connection.set_trace_callback(trace)
        await migrate(connection)
asyncio.run(main())
"""


def test_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_every_row_of_the_first_schema_is_still_there(tmp_path: Path) -> None:
    path = leave_first_schema(tmp_path)
    columns = columns_of(path)
    before = contents(path, columns)
    assert all(before.values())
    async with connected(path) as connection:
        assert await migrate(connection) == NEWEST
        assert await migrate(connection) == NEWEST
    assert contents(path, columns) == before
    assert schema(path)[0] == NEWEST


async def test_an_old_and_a_new_database_have_the_same_schema(tmp_path: Path) -> None:
    async with connected(leave_first_schema(tmp_path)) as old, connected(tmp_path / "new.db") as new:
        assert await migrate(old) == await migrate(new)
    assert schema(tmp_path / "tampu.db") == schema(tmp_path / "new.db")


async def test_what_was_said_under_the_first_schema_is_read(tmp_path: Path) -> None:
    leave_first_schema(tmp_path)
    async with open_store(tmp_path) as store:
        assert [message.text for message in await store.messages(THREADS[1])] == ["2+2?", "Four."]
        assert await store.transcript(THREADS[1], 10) == ()
        assert [message.text for message in await store.messages(THREADS[4])] == ["anybody?"]
        assert await store.upload("f2") == b"abc"
        assert await store.images(("h1",)) == (("h1", Image("image/png", b"png")),)
        assert await store.locate("test", "a1", "c1", "m2") == THREADS[2]
        assert (await store.used("house", 0.0)).paid_tokens == 15
        assert (await store.turns_of(THREADS[1], ADA.id, 0.0)).count == 3
        assert not await store.accept(asked("2+2?"), (), NOW)
        assert await store.waiting() == tuple(THREADS[2:])
        assert await store.dead_letters(10) == ()
        assert (await store.boot(NOW)).last_seen is None


async def test_a_turn_that_ran_under_the_first_schema_goes_on(tmp_path: Path) -> None:
    leave_first_schema(tmp_path)
    async with open_store(tmp_path) as store:
        turn = await store.begin(THREADS[2], NOW)
        assert turn is not None
        assert (turn.id, turn.state, turn.attempt, turn.strikes) == ("run", TurnState.RUNNING, 3, 0)
        assert (turn.fence, turn.anchor, turn.joined) == (8, "q2", ())
        assert [question.text for question in turn.questions] == ["what is it?"]
        (row,) = await store.transcript(THREADS[2], 10)
        assert row.parts == (TextPart("what is it?"), ImagePart("h1", "image/png", 1, 1, "cat.png"))
        assert [(call.call.id, call.state, call.outdated) for call in await store.tool_calls(turn)] == [
            ("call_1", ToolState.OK, False),
            ("call_2", ToolState.UNCERTAIN, False),
        ]
        posts = await store.posts(turn)
        assert [(post.key[0], post.state, post.platform_id) for post in posts] == [
            ("b", PostState.SENT, "m2"),
            ("c", PostState.INTENT, None),
        ]
        await commit(store, turn, "A", "cat.")
        await store.end(turn, NOW)
        assert [row.role for row in await store.transcript(THREADS[2], 10)] == [Role.USER, Role.ASSISTANT]


async def test_a_delivery_under_the_first_schema_goes_on(tmp_path: Path) -> None:
    leave_first_schema(tmp_path)
    async with open_store(tmp_path) as store:
        turn = await store.begin(THREADS[3], NOW)
        assert turn is not None
        assert (turn.state, turn.ending) == (TurnState.DELIVERING, TurnState.STOPPED)
        assert [post.final for post in await store.posts(turn)] == ["Long.", "Longer."]
        await store.end(turn, NOW)
        new = await store.begin(THREADS[4], NOW)
        assert new is not None
        assert [question.text for question in new.questions] == ["anybody?"]


async def test_questions_of_the_first_schema_are_edited_and_deleted(tmp_path: Path) -> None:
    leave_first_schema(tmp_path)
    async with open_store(tmp_path) as store:
        running = asked("what is it?", number=2, thread="t2")
        assert (await edit(store, running, "who is it?")).turn == "run"
        again = await store.begin(THREADS[2], NOW)
        assert again is not None
        assert [question.text for question in again.questions] == ["who is it?"]
        done = asked("2+2?")
        assert (await edit(store, done, "3+3?")).change is Change.NOTHING
        assert (await delete(store, done)).turn == "done"
        assert await store.messages(THREADS[1]) == ()


@pytest.mark.parametrize(
    "statement", ["ADD COLUMN wish", "CREATE TABLE tombstone", "user_version = 2", "COMMIT"]
)
def test_a_crash_within_a_migration_leaves_the_old_schema_whole(tmp_path: Path, statement: str) -> None:
    path = leave_first_schema(tmp_path)
    columns = columns_of(path)
    before = schema(path), contents(path, columns)
    crashed = subprocess.run(
        [sys.executable, "-c", CRASH, str(path), statement], capture_output=True, timeout=60, check=False
    )
    assert crashed.returncode == -signal.SIGKILL
    assert (schema(path), contents(path, columns)) == before


async def test_a_database_is_used_after_a_migration_that_crashed(tmp_path: Path) -> None:
    path = leave_first_schema(tmp_path)
    crash = [sys.executable, "-c", CRASH, str(path), "CREATE TABLE boot"]
    subprocess.run(crash, capture_output=True, timeout=60, check=False)  # noqa: ASYNC221 - nothing else runs
    async with open_store(tmp_path) as store:
        assert await store.waiting() == tuple(THREADS[2:])
    assert schema(path)[0] == NEWEST


async def test_a_migration_that_fails_leaves_the_old_schema_and_says_so(tmp_path: Path) -> None:
    path = leave_first_schema(tmp_path)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE boot (mine TEXT)")
    database.close()
    before = schema(path), contents(path, columns_of(path))
    with pytest.raises(StoreError, match="TAMPU_DATA_DIR"):
        async with open_store(tmp_path):
            pass
    assert (schema(path), contents(path, columns_of(path))) == before


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.accept(asked("hi"), (), 1.0)
    with sqlite3.connect(tmp_path / "tampu.db") as database:
        database.execute("PRAGMA user_version = 999")
    with pytest.raises(NewerDatabase, match="newer Tampu"):
        async with open_store(tmp_path):
            pass
    with sqlite3.connect(tmp_path / "tampu.db") as database:
        assert database.execute("PRAGMA user_version").fetchone() == (999,)
        assert database.execute("SELECT count(*) FROM inbox").fetchone() == (1,)
