"""A full disk: what is not kept is not acknowledged, people are told, and with room again it goes on."""

import asyncio
import resource
import sqlite3
import subprocess
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from core.errors import StoreError
from core.memory.store import SqliteStore, open_store
from core.storage import Turn
from tests.faults.machine import Machine, SlackTown, machine
from tests.integration.web_stage import Visitor
from tests.product import Product, failing
from tests.questions import asked

NOW = 1_700_000_100.0
FULL_S = 5.5
SLOW_S = 0.08
# A log that fills the rest of the disk would make it worse.
MOST_LINES = 100
SPARE = 3 * 2**20
SIZE = f"{6 * 2**20}"


@dataclass(frozen=True, slots=True)
class Disk:
    """What fills it, and what makes room again."""

    fill: Callable[[], None]
    free: Callable[[], None]


def limited(product: Product) -> Disk:
    """The kernel refuses each write of the process to a file: EFBIG, which SQLite calls an I/O error."""
    pid = product.process.pid

    def limit(most: int) -> Callable[[], None]:
        return lambda: _ignored(resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY)))

    return Disk(fill=limit(1), free=limit(resource.RLIM_INFINITY))


def _ignored(_limits: object) -> None:
    """The limits of before are of no use."""


def small(folder: Path) -> Disk:
    """A file system of a few MiB, and a file that takes the rest of it: ENOSPC, which SQLite calls full."""
    rest = folder / "rest"

    def fill() -> None:
        with rest.open("wb", buffering=0) as file:
            for size in (2**16, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    return Disk(fill, rest.unlink)


@contextmanager
def file_system(folder: Path) -> Iterator[Path]:
    """A mounted one, where this user may mount."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root may mount a file system of its own here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@asynccontextmanager
async def visitor(product: Product) -> AsyncIterator[Visitor]:
    place = urlsplit(product.page)
    origin = f"http://{place.netloc}"
    async with httpx.AsyncClient(base_url=origin, headers={"origin": origin}) as http:
        assert (await http.get(product.page)).status_code == HTTPStatus.OK
        yield Visitor(http, str(uuid.uuid4()))


async def while_full(around: Machine, product: Product, disk: Disk, guest: Visitor) -> None:
    """Answers are under way, the disk is full, people ask."""
    slack, discord = around.people
    around.delay_s = SLOW_S
    await around.ask(0)
    await around.begun(0)
    disk.fill()
    await slack.ask(1)
    await discord.ask(1, notice=StoreError.told)
    refused = await guest.say("are you there?")
    assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "was not sent" in refused.json()["message"]
    await asyncio.sleep(FULL_S)
    assert isinstance(slack.town, SlackTown)
    assert around.slack.journal.ack_of(slack.town.roots[0]) is not None
    assert around.slack.journal.ack_of(slack.town.roots[1]) is None
    assert slack.town.shown(1) == []
    assert discord.town.shown(1) == [StoreError.told]
    assert product.process.returncode is None
    assert (await guest.http.get("/api/about")).status_code == HTTPStatus.OK
    assert len(product.errors) < MOST_LINES


async def goes_on(around: Machine, disk: Disk, guest: Visitor) -> None:
    """There is room again: what was asked is answered once, and everybody can go on."""
    around.delay_s = 0.0
    disk.free()
    await around.answered()
    assert not around.slack.sockets.lost
    await around.ask(1)
    assert (await guest.say("Q30000: and now?")).status_code == HTTPStatus.ACCEPTED
    await guest.answered()
    await around.answered()
    await around.all_once()


async def test_no_write_gets_through_for_a_while(tmp_path: Path) -> None:
    async with machine(tmp_path) as around, around.life() as product, visitor(product) as guest:
        disk = limited(product)
        await while_full(around, product, disk, guest)
        await goes_on(around, disk, guest)
        assert await product.stop() == 0
        assert_sound(around)


async def test_a_file_system_without_room(tmp_path: Path) -> None:
    with file_system(tmp_path / "small") as folder:
        async with machine(folder) as around, around.life() as product, visitor(product) as guest:
            disk = small(folder)
            await while_full(around, product, disk, guest)
            await goes_on(around, disk, guest)
            assert await product.stop() == 0
            assert_sound(around)


async def test_kill_9_on_a_full_disk_and_a_start_on_it(tmp_path: Path) -> None:
    with file_system(tmp_path / "small") as folder:
        disk = small(folder)
        async with machine(folder) as around:
            around.delay_s = SLOW_S
            async with around.life() as product:
                await around.ask(0)
                await around.begun(0)
                disk.fill()
                await around.people[0].ask(1)
                await asyncio.sleep(1.0)
                await product.kill()
            code, _, error = await failing(around.env)
            (line,) = [line for line in error.splitlines() if not line.startswith("{")]
            assert code == 1
            assert "full" in line
            disk.free()
            around.delay_s = 0.0
            async with around.life():
                await around.answered()
                await around.all_once()
            assert_sound(around)


async def test_the_store_goes_on_once_there_are_pages_again(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data") as store:
        await store.accept(asked("2+2?"), (), NOW)
        connection = store._database._writer._connection
        cursor = await connection.execute("PRAGMA page_count")
        pages = await cursor.fetchone()
        assert pages is not None
        await connection.execute(f"PRAGMA max_page_count = {pages[0]}")
        long = "All of it. " * 20_000
        refusals = await asyncio.gather(
            *(store.accept(asked(long, number=number), (), NOW) for number in range(2, 12)),
            return_exceptions=True,
        )
        assert {type(refusal) for refusal in refusals} == {StoreError}
        assert [question.text for question in (await begun(store)).questions] == ["2+2?"]
        await connection.execute("PRAGMA max_page_count = 4294967294")
        assert await store.accept(asked(long, number=2), (), NOW)


async def begun(store: SqliteStore) -> Turn:
    turn = await store.begin(asked("").address, NOW)
    assert turn is not None
    return turn


def assert_sound(around: Machine) -> None:
    """The database is whole."""
    with closing(sqlite3.connect(around.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
