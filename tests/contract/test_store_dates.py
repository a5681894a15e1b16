"""Whatever the machine says the date is: what is young stays, and what is old goes in the end."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.conversation.clock_trust import DAY_S, LEAP_S
from core.conversation.retention import KeepingStore, Retention
from core.storage import Boot, Store
from tests.contract.stores import NOW, answered, begun, commit
from tests.fakes.clock import ManualClock
from tests.fakes.store import MemoryStore
from tests.questions import asked

HOUR_S = 3_600.0
YEARS_S = 10 * 365 * DAY_S
DAYS = 30


class Kept(Store, KeepingStore):
    """A store that lets go by age."""


async def test_nothing_goes_in_the_wrong_year_and_it_is_said_once(
    store: Kept, capfd: pytest.CaptureFixture[str]
) -> None:
    await answered(store)
    clock = ManualClock(NOW + YEARS_S)
    for _ in range(3):
        # A process that is started again and again does not make the date any better.
        await store.boot(clock.now())
        retention = Retention(store, clock, 30)
        for _ in range(4):
            assert await retention.look() == 0
            clock.advance(HOUR_S)
    assert len(await store.recent("test", 0.0)) == 1
    assert "".join(capfd.readouterr()).count("retention.waits") == 3


async def test_after_an_honest_year_things_go_a_day_later(store: Kept) -> None:
    await answered(store)
    clock = ManualClock(NOW + 365 * DAY_S)
    retention = Retention(store, clock, 30)
    gone = []
    for _ in range(25):
        gone.append(await retention.look())
        clock.advance(HOUR_S)
    assert gone == [0] * 24 + [1]


async def test_who_runs_it_for_an_hour_a_day_waits_for_the_second_day(store: Kept) -> None:
    await answered(store)
    clock = ManualClock(NOW + 365 * DAY_S)
    gone = []
    for _ in range(3):
        boot = await store.boot(clock.now())
        gone.append(await Retention(store, clock, 30).look())
        await store.shut(boot, clock.now() + HOUR_S)
        clock.advance(DAY_S + HOUR_S)
    assert gone == [0, 1, 0]


async def test_what_the_platform_dates_now_is_young_whatever_the_machine_said(store: Kept) -> None:
    """A machine that begins in the wrong year notes it there, until its clock is set."""
    year_1970 = 100_000.0
    turn = await begun(store, replace(asked("x"), sent_at=NOW), now=year_1970)
    await commit(store, turn, "y", now=year_1970)
    await store.end(turn, year_1970)
    assert await store.prune_threads(NOW, 50) == 0
    assert await store.prune_threads(NOW + 1, 50) == 1


@dataclass
class Machine:
    """One that is started, set to some date, asked, and stopped again and again; it knows the true time.

    ``platform`` says whether questions carry the true time, as those of a chat platform do.
    """

    platform: bool
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    born: dict[str, float] = field(default_factory=dict)
    asked: int = 0
    ahead: int = 0
    noted: dict[int, float] = field(default_factory=dict)
    boot: Boot | None = None
    retention: Retention | None = None

    def note(self) -> None:
        """Something is written down with this date."""
        self.noted.setdefault(self.ahead, self.clock.ticks)

    async def start(self) -> None:
        self.note()
        self.boot = await self.store.boot(self.clock.now())
        self.retention = Retention(self.store, self.clock, DAYS)

    async def run(self, hours: int) -> None:
        """Let it look every hour, as it does."""
        self.note()
        for _ in range(hours):
            self.clock.advance(HOUR_S)
            assert self.boot is not None
            assert self.retention is not None
            await self.store.alive(self.boot, self.clock.now())
            before = set(self.store.threads)
            await self.retention.look()
            for key in before - set(self.store.threads):
                if key in self.born:
                    self.judge(self.clock.ticks - self.born[key])

    async def ask(self) -> None:
        self.note()
        self.asked += 1
        number = self.asked
        true = self.clock.ticks + NOW
        event = replace(
            asked("x", number=number, thread=f"t{number}"),
            sent_at=true if self.platform else self.clock.now(),
        )
        turn_at = self.clock.now()
        await self.store.accept(event, (), turn_at)
        turn = await self.store.begin(event.address, turn_at)
        assert turn is not None
        await self.store.end(turn, turn_at)
        # What is only known to be from years ago looks as old as it says.
        if self.clock.now() >= true or self.platform:
            self.born[event.address.key] = self.clock.ticks

    def judge(self, age: float) -> None:
        """What went was old, but for a week; or the date was this one a day ago already."""
        about = [at for ahead, at in self.noted.items() if abs(ahead - self.ahead) * DAY_S <= LEAP_S]
        assert age > DAYS * DAY_S - LEAP_S or self.clock.ticks - min(about) >= DAY_S

    async def rest(self, days: int) -> None:
        self.clock.advance(days * DAY_S)
        await self.start()

    async def set(self, days: int) -> None:
        """Set the date so far from the true one."""
        self.clock.at = NOW + self.clock.ticks + days * DAY_S
        self.ahead = days


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(1, 40)),
        st.tuples(st.just("rest"), st.sampled_from((0, 1, 3, 10, 40, 400))),
        st.tuples(st.just("set"), st.sampled_from((-4_000, -20, 0, 5, 20, 40, 4_000))),
        st.tuples(st.just("ask"), st.just(0)),
    ),
    max_size=25,
)


async def live(machine: Machine, steps: list[tuple[str, int]]) -> None:
    await machine.start()
    await machine.ask()
    for step, number in steps:
        if step == "ask":
            await machine.ask()
        else:
            await {"run": machine.run, "rest": machine.rest, "set": machine.set}[step](number)
    # The date is set right at last, and it runs on without a pause.
    await machine.set(0)
    await machine.run(26)
    old = [key for key, at in machine.born.items() if machine.clock.ticks - at > (DAYS + 2) * DAY_S]
    future = [key for key in old if key in machine.store.threads]
    for key in future:
        # Only what was noted in a year that is not yet over is kept.
        assert machine.store.threads[key].updated_at > machine.clock.now() - DAYS * DAY_S


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, platform=st.booleans())
@example(steps=[("set", 4_000), ("run", 3), ("rest", 0), ("run", 3), ("rest", 0), ("run", 3)], platform=False)
@example(steps=[("rest", 400), ("run", 30)], platform=True)
def test_any_life_of_a_machine(steps: list[tuple[str, int]], platform: bool) -> None:
    asyncio.run(live(Machine(platform), steps))
