"""Two processes and one data folder: one of them owns it, whatever happens to the other."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import LeaseLost
from core.memory.store import SqliteStore, open_store
from core.storage import Answer, PostState, Turn, TurnState
from core.transcript import Role, TextPart
from tests.faults.machine import Machine, machine
from tests.product import failing
from tests.questions import asked

NOW = 1_700_000_100.0
SLOW_S = 0.1
STOPPED_S = 3.0


@pytest.fixture
async def around(tmp_path: Path) -> AsyncIterator[Machine]:
    async with machine(tmp_path) as opened:
        yield opened


async def refused(around: Machine, pid: int) -> None:
    """A second start says in one sentence who is there, and changes nothing."""
    code, out, error = await failing(around.env)
    (line,) = [line for line in error.splitlines() if not line.startswith("{")]
    assert (code, out) == (1, "")
    assert line.startswith("tampu: ")
    assert f"process {pid}" in line


async def test_the_second_waits_for_the_end_of_the_first(around: Machine) -> None:
    around.delay_s = SLOW_S
    async with around.life() as first:
        await around.ask()
        await around.begun()
        await asyncio.gather(refused(around, first.process.pid), refused(around, first.process.pid))
        assert first.process.returncode is None
        await first.kill()
    around.delay_s = 0.0
    async with around.life():
        await around.answered()
        await around.ask()
        await around.answered()
        await around.all_once()


async def test_one_that_is_frozen_is_still_the_owner(around: Machine) -> None:
    around.delay_s = SLOW_S
    async with around.life() as first:
        await around.ask()
        await around.begun()
        first.process.send_signal(signal.SIGSTOP)
        try:
            await refused(around, first.process.pid)
            await asyncio.sleep(STOPPED_S)
        finally:
            first.process.send_signal(signal.SIGCONT)
        await around.answered()
        await around.all_once()


async def begun(store: SqliteStore) -> Turn:
    turn = await store.begin(asked("").address, NOW)
    assert turn is not None
    return turn


async def test_a_zombie_writes_nothing_once_its_lane_is_taken(tmp_path: Path) -> None:
    answer = Answer(Role.ASSISTANT, "An old answer.", TurnState.DONE)
    async with open_store(tmp_path / "data") as zombie:
        await zombie.accept(asked("2+2?"), (), NOW)
        old = await begun(zombie)
        await zombie.intend(old, 0)
        # Nobody can take the kernel's lock, but somebody may remove its file.
        (tmp_path / "data" / "tampu.lock").unlink()
        async with open_store(tmp_path / "data") as owner:
            new = await begun(owner)
            assert (new.id, new.fence > old.fence) == (old.id, True)
            await owner.accept(asked("and 3+3?", number=2), (), NOW)
            for write in (
                zombie.join(old, NOW),
                zombie.intend(old, 1),
                zombie.posted(old, 0, "m1", "An old answer."),
                zombie.shown(old, 0, "An old answer."),
                zombie.lost(old, 0, PostState.GONE, "gone", NOW),
                zombie.tool_started(old, "c1", "clock", "{}", NOW),
                zombie.keep_parts(old, old.questions[0], (TextPart("old"),), ()),
                zombie.pardon(old),
                zombie.commit_answer(old, answer, ("An old answer.",), NOW),
                zombie.end(old, NOW),
            ):
                with pytest.raises(LeaseLost):
                    await write
            assert [question.text for question in await owner.join(new, NOW)] == ["and 3+3?"]
            assert [post.state for post in await owner.posts(new)] == [PostState.INTENT]
            await owner.posted(new, 0, "m2", "Four.")
            await owner.commit_answer(new, Answer(Role.ASSISTANT, "Four.", TurnState.DONE), ("Four.",), NOW)
            await owner.end(new, NOW)
            assert await owner.waiting() == ()
            messages = await owner.transcript(new.address, 10)
            words = [
                part.text for message in messages for part in message.parts if isinstance(part, TextPart)
            ]
            assert words == ["2+2?", "and 3+3?", "Four."]
