"""Documents on disk: in steps, through crashes, and in a SQLite that cannot search."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.documents import MOST_DOCUMENTS
from core.errors import LeaseLost, StoreError
from core.forgetting import EVERYTHING
from core.memory.queries import SQL
from core.memory.store import SqliteStore, open_store
from core.storage import Change, Turn
from tests.contract.documents import FILE, brought, keep, pages_of, report
from tests.contract.keeping import person
from tests.contract.stores import ADDRESS, NOW, begin, begun, commit, delete
from tests.integration.canaries import find
from tests.questions import asked

LARGE = pages_of(*(f"WORD{number} " + "some more words " * 150 for number in range(600)))
EVENT = asked("read it", attachments=(FILE,))
TABLES = (
    "document",
    "document_source",
    "document_page",
    "document_table",
    "document_rows",
    "page_words_docsize",
)
DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from core.memory import document_writing
from core.memory.store import open_store
from tests.integration import test_documents_on_disk as stage
async def main():
    steps = 0
    original = getattr(document_writing.Keeping, sys.argv[2])
    async def dying(self, *args, **named):
        nonlocal steps
        steps += 1
        if steps == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return await original(self, *args, **named)
    setattr(document_writing.Keeping, sys.argv[2], dying)
    async with open_store(Path(sys.argv[1])) as store:
        turn = await stage.begun(store, stage.EVENT)
        await stage.keep(store, turn, stage.EVENT, stage.LARGE)
asyncio.run(main())
"""

DIES_GOING = """
import asyncio, os, signal, sys
from pathlib import Path
from core.memory import document_writing
from core.memory.store import open_store
from tests.integration import test_documents_on_disk as stage
async def main():
    async with open_store(Path(sys.argv[1])) as store:
        turn, _ = await stage.brought(store, stage.LARGE, stage.EVENT)
        await stage.over(store, turn)
        original, steps = document_writing._some_less, 0
        async def dying(connection, document):
            nonlocal steps
            steps += 1
            if steps == 5:
                os.kill(os.getpid(), signal.SIGKILL)
            return await original(connection, document)
        document_writing._some_less = dying
        await stage.go(store, sys.argv[2])
asyncio.run(main())
"""


def counts(folder: Path) -> list[int]:
    """How many rows each of the tables has."""
    with closing(sqlite3.connect(f"file:{folder / 'tampu.db'}?mode=ro", uri=True)) as database:
        return [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]


@pytest.mark.parametrize(("at", "step"), [("_go_on", 1), ("_go_on", 20), ("_end", 1)])
async def test_what_a_crash_left_half_kept_goes_and_is_kept_anew(tmp_path: Path, at: str, step: int) -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, str(tmp_path), at, str(step))
    async with asyncio.timeout(60):
        assert await child.wait() == -9
    assert counts(tmp_path)[0] == 1
    async with open_store(tmp_path) as store:
        assert counts(tmp_path) == [0] * len(TABLES)
        turn = await begin(store)
        assert await store.documents(ADDRESS) == ()
        assert await keep(store, turn, EVENT, LARGE) is not None
        assert [one.number for one in await store.search(ADDRESS, "word417", 5)] == [418]


async def test_others_write_while_a_large_document_is_kept(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        turn = await begun(store, EVENT)
        kept = asyncio.create_task(keep(store, turn, EVENT, LARGE))
        between = 0
        while not kept.done():
            between += 1
            await store.accept(asked("hi", number=between + 1, thread="t2"), (), NOW)
        assert await kept is not None
        assert between > 10


async def test_nothing_of_it_is_found_before_all_of_it_is(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        turn = await begun(store, EVENT)
        kept = asyncio.create_task(keep(store, turn, EVENT, LARGE))
        while counts(tmp_path)[2] < len(LARGE.pages):
            hits = await store.search(ADDRESS, "word1", 5)
            listed = await store.documents(ADDRESS)
            assert (hits, listed) == ((), ()) or counts(tmp_path)[2] == len(LARGE.pages)
        assert await kept is not None
        assert len(await store.search(ADDRESS, "word1", 5)) == 1


async def test_a_lane_that_is_taken_away_stops_the_keeping(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        old = await begun(store, EVENT)
        kept = asyncio.create_task(keep(store, old, EVENT, LARGE))
        while counts(tmp_path)[2] == 0:
            await store.documents(ADDRESS)
        new = await begin(store)
        with pytest.raises(LeaseLost):
            await kept
        assert await store.documents(ADDRESS) == ()
        # What is left of the first attempt is in nobody's way.
        assert await keep(store, new, EVENT, LARGE) is not None
        assert counts(tmp_path)[:3] == [1, 1, len(LARGE.pages)]


@pytest.mark.parametrize("how", ["withdrawn", "forgotten"])
async def test_a_question_that_goes_meanwhile_takes_all_of_it_along(tmp_path: Path, how: str) -> None:
    async with open_store(tmp_path) as store:
        turn = await begun(store, EVENT)
        kept = asyncio.create_task(keep(store, turn, EVENT, LARGE))
        while counts(tmp_path)[2] == 0:
            await store.documents(ADDRESS)
        await go(store, how)
        if how == "withdrawn":
            assert await kept is None
        else:
            with pytest.raises(LeaseLost):
                await kept
        assert counts(tmp_path) == [0] * len(TABLES)


async def go(store: SqliteStore, how: str) -> None:
    if how == "forgotten":
        await store.forget(person(), EVERYTHING, NOW)
    else:
        await delete(store, EVENT)


async def over(store: SqliteStore, turn: Turn) -> None:
    await commit(store, turn, "Read.")
    await store.end(turn, NOW)


@pytest.mark.parametrize("how", ["withdrawn", "forgotten"])
async def test_a_crash_while_a_document_goes_leaves_nothing_of_it(tmp_path: Path, how: str) -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES_GOING, str(tmp_path), how)
    async with asyncio.timeout(60):
        assert await child.wait() == -9
    assert 0 < counts(tmp_path)[2] < len(LARGE.pages)
    assert await find(tmp_path, [b"WORD417"])
    async with open_store(tmp_path) as store:
        assert counts(tmp_path) == [0] * len(TABLES)
        assert await store.documents(ADDRESS) == ()
        # Neither as it stood there, nor as the index has it.
        assert await find(tmp_path, [b"WORD417", b"ord417", b"ord599"]) == []


async def test_others_write_while_a_large_document_goes(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        turn, _ = await brought(store, LARGE, EVENT)
        await over(store, turn)
        gone = asyncio.create_task(delete(store, EVENT))
        between = 0
        while not gone.done():
            between += 1
            await store.accept(asked("hi", number=between + 1, thread="t2"), (), NOW)
        assert (await gone).change is Change.ANEW
        assert between > 5
        assert counts(tmp_path) == [0] * len(TABLES)


async def test_what_there_is_no_room_for_leaves_no_rows(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        for number in range(1, MOST_DOCUMENTS + 6):
            event = asked("read", number=number, attachments=(replace(FILE, id=f"f{number}"),))
            turn, _ = await brought(store, report(), event, sha256=f"h{number}")
            await over(store, turn)
        assert counts(tmp_path)[:3] == [MOST_DOCUMENTS, MOST_DOCUMENTS, 3 * MOST_DOCUMENTS]


async def test_a_sqlite_that_cannot_search_is_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = {**SQL, "has_search": "SELECT 1 WHERE 0"}
    monkeypatch.setattr("core.memory.migrate.SQL", lacking)
    with pytest.raises(StoreError, match=r"full-text search \(FTS5\)"):
        async with open_store(tmp_path):
            pass
