"""After a person was forgotten no byte of theirs is left: in the database, its log, any file, the log."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from core.forgetting import EVERYTHING, Extent
from core.memory import erasing
from core.memory.queries import SQL
from core.memory.store import open_store
from core.message import Author
from core.principal import Principal
from tests.integration.canaries import NOW, Aviary, find, values_of
from tests.questions import asked

TURNS = 120
ADA = Principal.of(Author("ada", ""), asked("").address)
DIES = """
import asyncio, json, os, signal, sys
from pathlib import Path
from core.memory import erasing
from core.memory.store import open_store
from tests.integration import canaries, test_forget_canary
async def main():
    async with open_store(Path(sys.argv[1])) as store:
        aviary = canaries.Aviary(store)
        await aviary.talk(test_forget_canary.TURNS)
        sung = {who: [word.decode() for word in words] for who, words in aviary.sung.items()}
        print(json.dumps(sung), flush=True)
        async def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        setattr(erasing, sys.argv[2], die)
        await store.forget(test_forget_canary.ADA, test_forget_canary.EVERYTHING, canaries.NOW)
asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_of_a_person_is_left_and_everything_of_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], seed: int
) -> None:
    async with open_store(tmp_path) as store:
        aviary = Aviary(store, seed)
        await aviary.talk(TURNS)
        mine, others = aviary.sung["ada"], [*aviary.sung["ben"], *aviary.sung["eve"]]
        assert len(await find(tmp_path, mine)) > len(mine) / 2
        for indexed in aviary.indexed.values():
            assert len(await find(tmp_path, indexed)) > len(indexed) * 0.9
        before = await values_of(tmp_path)
        kept = [canary for canary in others if canary in before]
        assert len(kept) > len(others) * 0.6
        forgotten = await store.forget(ADA, EVERYTHING, NOW)
        assert forgotten.inventory.questions > 20
        assert await find(tmp_path, mine) == []
        after = await values_of(tmp_path)
    assert [canary for canary in kept if canary not in after] == []
    assert await find(tmp_path, [*mine, *aviary.indexed["ada"]]) == []
    # A long text goes over several pages, and a word may stand on the border of two.
    assert len(await find(tmp_path, kept)) > len(kept) * 0.8
    theirs = [*aviary.indexed["ben"], *aviary.indexed["eve"]]
    assert len(await find(tmp_path, theirs)) > len(theirs) * 0.9
    logged = "".join(capfd.readouterr())
    assert "store.erased" in logged
    assert not any(canary.decode() in logged for canary in mine)


async def test_nothing_of_one_thread_is_left(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        aviary = Aviary(store)
        await aviary.talk(60)
        before = set(aviary.sung["ada"])
        event = aviary.question("ada", 3_000, "secret")
        await aviary.one_turn(event, "ada")
        here = [canary for canary in aviary.sung["ada"] if canary not in before]
        assert await find(tmp_path, here)
        await store.forget(ADA, Extent(event.address), NOW)
        assert await find(tmp_path, here) == []
        assert not (await store.inventory(ADA, EVERYTHING)).is_empty


@pytest.mark.parametrize("at", ["_rewrite", "_empty_log", "_done"])
async def test_a_process_that_is_killed_leaves_nothing_to_the_next(tmp_path: Path, at: str) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DIES, str(tmp_path), at, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        out, _ = await child.communicate()
    assert child.returncode == -9
    sung = {who: [word.encode() for word in words] for who, words in json.loads(out.splitlines()[0]).items()}
    async with open_store(tmp_path) as store:
        assert await find(tmp_path, sung["ada"]) == []
        assert (await store.inventory(ADA, EVERYTHING)).is_empty
        values = await values_of(tmp_path)
        kept = [canary for canary in sung["ben"] if canary in values]
        assert len(kept) > len(sung["ben"]) * 0.6
    assert await find(tmp_path, sung["ada"]) == []


async def test_while_somebody_reads_beside_it_is_put_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "PAUSES_S", (0.01,))
    async with open_store(tmp_path) as store:
        aviary = Aviary(store)
        await aviary.talk(30)
        reader = await asyncio.to_thread(held_open, tmp_path)
        await store.forget(ADA, EVERYTHING, NOW)
        assert not await store.erase()
        assert await find(tmp_path, aviary.sung["ada"])
        reader.close()
        assert await store.erase()
        assert await find(tmp_path, aviary.sung["ada"]) == []


def held_open(folder: Path) -> sqlite3.Connection:
    """A reader that looks at the database as it is now."""
    reader = sqlite3.connect(
        f"file:{folder / 'tampu.db'}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM message").fetchone()
    return reader


async def test_a_large_file_is_rewritten_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "LARGEST_BESIDE_WORK", 0)
    monkeypatch.setattr(erasing, "LARGEST_IN_MEMORY", 0)
    async with open_store(tmp_path) as store:
        aviary = Aviary(store)
        await aviary.talk(30)
        await store.forget(ADA, EVERYTHING, NOW)
        assert not await store.erase()
        assert (await store.inventory(ADA, EVERYTHING)).is_empty
    async with open_store(tmp_path) as store:
        assert await find(tmp_path, aviary.sung["ada"]) == []
        assert await store.erase()


async def test_others_write_while_the_file_is_rewritten(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        aviary = Aviary(store)
        await aviary.talk(60)
        mine = list(aviary.sung["ada"])
        questions = [aviary.question("ben", 1_000 + number, f"new-{number}") for number in range(40)]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(store.forget(ADA, EVERYTHING, NOW))
            for question in questions:
                tasks.create_task(store.accept(question, (), NOW))
        assert await store.erase()
        assert await find(tmp_path, mine) == []
        assert len(await store.waiting()) == len(questions)


async def test_old_threads_leave_no_trace_either(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        aviary = Aviary(store)
        await aviary.talk(60)
        everything = [canary for canaries in aviary.sung.values() for canary in canaries]
        names = {name.encode() for name in aviary.names.values()}
        while await store.prune_threads(NOW + 1, 7):
            pass
        assert await store.erase()
        # Who chose something for a channel is still known.
        assert set(await find(tmp_path, everything)) == names
        assert await find(tmp_path, [word for words in aviary.indexed.values() for word in words]) == []


async def test_without_room_for_a_second_file_the_product_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_connection: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_rewrite", full)
        async with open_store(tmp_path) as store:
            aviary = Aviary(store)
            await aviary.talk(20)
            await store.forget(ADA, EVERYTHING, NOW)
            assert not await store.erase()
        async with open_store(tmp_path) as store:
            assert (await store.inventory(ADA, EVERYTHING)).is_empty
            assert not await store.erase()
    async with open_store(tmp_path) as store:
        assert await store.erase()
        assert await find(tmp_path, aviary.sung["ada"]) == []


async def test_without_a_merged_index_words_of_documents_would_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmerged = {**SQL, "merge_words": "DELETE FROM erasure WHERE number < 0"}
    async with open_store(tmp_path) as store:
        aviary = Aviary(store)
        await aviary.talk(60)
        with monkeypatch.context() as patched:
            patched.setattr("core.memory.erasing.SQL", unmerged)
            await store.forget(ADA, EVERYTHING, NOW)
            assert await store.erase()
            assert await find(tmp_path, aviary.sung["ada"]) == []
            assert await find(tmp_path, aviary.indexed["ada"])
        # Whoever is forgotten next takes it along.
        await store.forget(Principal.of(Author("ben", ""), asked("").address), EVERYTHING, NOW)
        assert await store.erase()
        assert await find(tmp_path, aviary.indexed["ada"] + aviary.indexed["ben"]) == []
