"""The start: absence, what is woken, and how."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bots.model import ChosenModel
from bots.settings import Settings
from bots.wiring import Conversations, wire
from core.conversation.recovery import ALIVE_EVERY_S, LONGEST_ABSENCE_S, MOST_CRASHES, Recovery
from core.conversation.staleness import STALE_S, Staleness
from core.llama.client import LlamaClient
from core.llama.endpoint import Endpoint
from core.memory.store import SqliteStore
from core.storage import Boot, Turn, TurnState
from core.tools.toolbox import Toolbox
from tests.fakes.clock import ManualClock
from tests.questions import asked


@pytest.fixture
async def core(store: SqliteStore) -> AsyncIterator[Conversations]:
    """Wired, with lanes that do not run."""
    client = LlamaClient(Endpoint("http://127.0.0.1:9/v1"))
    yield wire(Settings.model_validate({}), store, ChosenModel(client, 1, ""), Toolbox(()))
    await client.aclose()


def recovery(core: Conversations, clock: ManualClock) -> Recovery:
    return Recovery(core.store, core.lanes, Staleness(), clock)


async def test_a_first_start_was_never_absent(core: Conversations) -> None:
    clock = ManualClock()
    boot = await recovery(core, clock).begin()
    assert recovery(core, clock).absence(boot) is None


async def test_the_absence_begins_when_the_last_one_was_seen(core: Conversations) -> None:
    clock = ManualClock()
    await recovery(core, clock).begin()
    last_seen = clock.now()
    clock.advance(3600)
    boot = await recovery(core, clock).begin()
    absence = recovery(core, clock).absence(boot)
    assert absence is not None
    assert absence.since == last_seen


async def test_the_absence_is_a_day_at_the_most(core: Conversations) -> None:
    clock = ManualClock()
    absence = recovery(core, clock).absence(Boot(2, clock.now() - 30 * 86_400, 0))
    assert absence is not None
    assert absence.since == clock.now() - LONGEST_ABSENCE_S


@pytest.mark.parametrize(("crashes", "suspects"), [(0, 0), (MOST_CRASHES, 0), (MOST_CRASHES + 1, 3)])
async def test_after_a_loop_of_crashes_all_are_suspects(
    core: Conversations, store: SqliteStore, crashes: int, suspects: int
) -> None:
    for number in range(3):
        await store.accept(asked("?", number=number, thread=f"t{number}"), (), float(number))
    await store.accept(asked("?", number=9, platform="elsewhere"), (), 9.0)
    await recovery(core, ManualClock()).open_lanes(Boot(1, None, crashes), {"test"})
    assert core.lanes._suspects.qsize() == suspects
    assert core.lanes._waiting.qsize() == 3 - suspects


async def test_what_waits_at_the_start_is_judged_by_its_age(core: Conversations, store: SqliteStore) -> None:
    old = asked("?")
    await store.accept(old, (), 1.0)
    clock = ManualClock(old.sent_at + STALE_S + 1)
    start = recovery(core, clock)
    boot = await start.begin()
    await start.open_lanes(boot, {"test"})
    turn = Turn("turn", old.address, 1, 1, TurnState.RUNNING, (old,), "q1")
    assert start.staleness.is_stale(turn)


class StoppingClock(ManualClock):
    """Sleeps so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        assert seconds == ALIVE_EVERY_S
        self.advance(seconds)
        self.times -= 1
        if self.times < 0:
            self.over.set()
            await asyncio.Event().wait()


async def test_life_is_noted_again_and_again(core: Conversations) -> None:
    clock = StoppingClock(5)
    start = recovery(core, clock)
    boot = await start.begin()
    begun_at = clock.now()
    async with asyncio.TaskGroup() as tasks:
        life = tasks.create_task(start.note_life(boot))
        await clock.over.wait()
        life.cancel()
    following = await recovery(core, clock).begin()
    assert following.last_seen == begun_at + 5 * ALIVE_EVERY_S
    assert following.crashes == 1
