"""Letting go by age: once an hour, in small steps, and whatever the store says."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from core.audit import TAMPU, Action, AuditEntry, AuditSearch
from core.conversation.clock_trust import DAY_S
from core.conversation.retention import AUDIT_KEPT_S, BATCH, BREATH_S, EVERY_S, FIRST_S, Retention
from core.errors import StoreError
from tests.contract.stores import NOW, answered, ask
from tests.fakes.clock import ManualClock
from tests.fakes.store import MemoryStore
from tests.questions import asked

DEADLINE_S = 5.0


class Waiting(ManualClock):
    """A clock whose time passes while it is slept by, and that ends the sleeper after so many sleeps."""

    def __init__(self, sleeps: int = 1_000) -> None:
        super().__init__(NOW)
        self.slept: list[float] = []
        self.sleeps = sleeps

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self.sleeps:
            raise asyncio.CancelledError
        self.advance(seconds)
        await super().sleep(seconds)


@dataclass
class Watched(MemoryStore):
    """Counts what is asked of it, and fails as often as it is told."""

    batches: list[int] = field(default_factory=list)
    erased_at: list[float] = field(default_factory=list)
    failures: int = 0

    async def prune_threads(self, before: float, most: int) -> int:
        if self.failures:
            self.failures -= 1
            raise StoreError("the disk is full")
        gone = await super().prune_threads(before, most)
        self.batches.append(gone)
        return gone

    async def erase(self) -> bool:
        self.erased_at.append(len(self.batches))
        return True


async def answered_threads(store: MemoryStore, many: int) -> None:
    for number in range(many):
        await answered(store, asked("x", number=number, thread=f"t{number}"))


async def known(store: MemoryStore, clock: ManualClock) -> None:
    """There was a start two days ago: the date has come as it should."""
    await store.boot(clock.now() - 2 * DAY_S)


async def threads(store: MemoryStore) -> int:
    return len(await store.recent("test", 0.0))


async def test_what_is_old_goes_and_what_is_not_stays() -> None:
    store, clock = Watched(), Waiting()
    retention = Retention(store, clock, 180)
    await answered_threads(store, 3)
    clock.advance(180 * DAY_S)
    new = replace(asked("new", number=9, thread="new"), sent_at=clock.now())
    await ask(store, new, clock.now())
    await known(store, clock)
    assert await retention.look() == 0
    clock.advance(1)
    assert await retention.look() == 3
    assert [address.thread for address in await store.recent("test", 0.0)] == ["new"]
    assert await store.entries(AuditSearch()) == (
        AuditEntry(clock.now() - BREATH_S, TAMPU, "", Action.PRUNED, "", {"threads": "3"}),
    )


async def test_many_threads_go_in_steps_with_a_moment_for_others() -> None:
    store, clock = Watched(), Waiting()
    await answered_threads(store, 2 * BATCH + 10)
    clock.advance(31 * DAY_S)
    await known(store, clock)
    assert await Retention(store, clock, 30).look() == 2 * BATCH + 10
    assert store.batches == [BATCH, BATCH, 10, 0]
    assert clock.slept == [BREATH_S] * 3


async def test_zero_days_keep_everything_but_old_notes() -> None:
    store, clock = Watched(), Waiting()
    await answered_threads(store, 2)
    await store.record(AuditEntry(NOW, TAMPU, "", Action.PRUNED))
    clock.advance(AUDIT_KEPT_S)
    await known(store, clock)
    retention = Retention(store, clock, 0)
    assert await retention.look() == 0
    assert len(await store.entries(AuditSearch())) == 1
    clock.advance(1)
    await retention.look()
    assert await store.entries(AuditSearch()) == ()
    assert await threads(store) == 2


async def test_the_file_is_rewritten_once_a_day() -> None:
    store, clock = Watched(), Waiting()
    retention = Retention(store, clock, 30)
    await known(store, clock)
    for _ in range(49):
        await retention.look()
        clock.advance(EVERY_S)
    assert store.erased_at == [1, 25, 49]


async def test_it_looks_every_hour_and_goes_on_after_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    store, clock = Watched(failures=2), Waiting(sleeps=6)
    await answered_threads(store, 1)
    clock.advance(31 * DAY_S)
    await known(store, clock)
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(DEADLINE_S):
            await Retention(store, clock, 30).run()
    assert clock.slept == [FIRST_S, EVERY_S, EVERY_S, BREATH_S, EVERY_S, EVERY_S]
    assert await threads(store) == 0
    assert "".join(capfd.readouterr()).count("retention.failed") == 2
