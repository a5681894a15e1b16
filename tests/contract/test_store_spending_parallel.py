"""Whatever runs at once, and in whatever order: no budget is ever overdrawn."""

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.budgets import Amount, Budget, Measure, Span, Whom, holding
from core.memory.store import open_store
from core.principal import Principal
from core.spending import Reserved, Spent
from core.transcript import Usage
from tests.contract.pair import Pair, Two, play
from tests.contract.spenders import (
    ADA,
    BEN,
    DAY_S,
    EVE,
    OWN,
    PAID,
    Spends,
    budget,
    claim,
    money,
    reserved,
    spent,
    stands,
    tokens,
)
from tests.contract.stores import NOW

AT_ONCE = 50
CALL = 300  # millionths: 100 tokens sent, 100 answered
LAST_CENT = budget(money(10_000), whom=Whom.HOUSE)


async def never_over(store: Spends, *budgets: Budget, who: Principal = ADA, now: float = NOW) -> None:
    for balance in await store.balances(holding(budgets, who), now):
        assert balance.used + balance.reserved <= balance.limit.most, balance


async def at_once(store: Spends, *budgets: Budget) -> list[Reserved]:
    """Fifty people ask in the same moment; those who may."""
    people = [Principal("test", "a1", "c1", f"U{number}") for number in range(AT_ONCE)]
    wanted = [claim(*budgets, who=who, most=100) for who in people]
    outcomes = await asyncio.gather(*(store.reserve(one, NOW) for one in wanted))
    return [outcome for outcome in outcomes if isinstance(outcome, Reserved)]


async def test_fifty_reserve_against_the_last_cent_and_then_all_settle(store: Spends) -> None:
    before = await reserved(store, claim(LAST_CENT, prompt=8000, most=0))
    await store.settle(before.id, spent(8000, 0))
    granted = await at_once(store, LAST_CENT)
    # 2,000 millionths are left: six calls, and none pays a part of one.
    assert len(granted) == 2000 // CALL
    await never_over(store, LAST_CENT)
    assert await stands(store, LAST_CENT) == [(8000, 1800)]
    excess = await asyncio.gather(*(store.settle(one.id, spent(100, 100)) for one in granted))
    assert set(excess) == {Amount()}
    assert await stands(store, LAST_CENT) == [(9800, 0)]
    assert await at_once(store, LAST_CENT) == []


@pytest.mark.parametrize("seed", range(4))
async def test_fifty_reserve_and_settle_in_one_another(store: Spends, seed: int) -> None:
    channel = budget(tokens(3000), whom=Whom.CHANNEL, name="c")
    chance = random.Random(seed)
    done: list[Spent] = []
    slots = asyncio.Semaphore(12)

    async def one(number: int) -> bool:
        async with slots:
            return await called(Principal("test", "a1", "c1", f"U{number}"))

    async def called(who: Principal) -> bool:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        outcome = await store.reserve(claim(LAST_CENT, channel, who=who, most=100), NOW)
        if not isinstance(outcome, Reserved):
            return False
        await never_over(store, LAST_CENT, channel)
        if chance.random() < 0.2:
            await store.release(outcome.id)
            return True
        used = spent(chance.randrange(101), chance.randrange(101))
        await store.settle(outcome.id, used)
        done.append(used)
        await never_over(store, LAST_CENT, channel)
        return True

    went = await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    # What is settled makes room for others: more than what could be reserved at one time.
    assert 3000 // 200 < sum(went) < AT_ONCE
    cost, used_tokens = sum(one.amount.cost for one in done), sum(one.amount.tokens for one in done)
    assert await stands(store, LAST_CENT, channel) == [(cost, 0), (used_tokens, 0)]


async def test_fifty_of_one_person_share_what_is_left_to_the_last_token(store: Spends) -> None:
    own = budget(tokens(10_000))
    wanted = [claim(own, prompt=100, most=2000) for _ in range(AT_ONCE)]
    outcomes = await asyncio.gather(*(store.reserve(one, NOW) for one in wanted))
    granted = [outcome.estimate.max_tokens for outcome in outcomes if isinstance(outcome, Reserved)]
    assert granted == [2000, 2000, 2000, 2000, 1500]
    assert await stands(store, own) == [(0, 10_000)]


async def test_callers_that_are_cancelled_never_overdraw(store: Spends) -> None:
    wanted = [asyncio.ensure_future(store.reserve(claim(LAST_CENT, most=100), NOW)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    for task in wanted[::2]:
        task.cancel()
    await asyncio.gather(*wanted, return_exceptions=True)
    await at_once(store, LAST_CENT)
    await never_over(store, LAST_CENT)
    await store.settle_left()
    await never_over(store, LAST_CENT)


async def test_what_is_reserved_outlives_the_process_and_is_never_over(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        granted = await at_once(store, LAST_CENT)
        assert len(granted) == 10_000 // CALL
        await asyncio.gather(*(store.settle(one.id, spent(1, 1)) for one in granted[::2]))
    async with open_store(tmp_path) as store:
        await at_once(store, LAST_CENT)
        await never_over(store, LAST_CENT)
        assert await store.settle_left() > AT_ONCE // 3
        await never_over(store, LAST_CENT)
    with closing(sqlite3.connect(tmp_path / "tampu.db")) as database:
        charged = database.execute("SELECT sum(cost), sum(hosted) FROM charge WHERE state = 'settled'")
        summed = database.execute("SELECT cost, held_cost FROM tally WHERE subject = 'house'")
        assert charged.fetchone()[0] == summed.fetchone()[0] <= 10_000


BUDGETS = (
    budget(tokens(4000), tokens(9000, Span.MONTH)),
    budget(money(5000), whom=Whom.CHANNEL, name="c"),
    budget(tokens(6000), money(9000, Span.MONTH), whom=Whom.HOUSE, name="h"),
    budget(tokens(5000), whom=Whom.GROUP, name="g", group="G1"),
)
PEOPLE = (ADA, BEN, EVE)
INDEX = st.integers(0, 9)
SHARE = st.sampled_from([0.0, 0.3, 1.0])


@dataclass
class Open:
    """A reservation under way."""

    held: Two[Reserved]
    most: Usage
    is_own: bool


class Spending(RuleBasedStateMachine):
    """People who reserve, settle and release in any order while the days go by, and go back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.pair = Pair(Path(self.folder.name))
        self.now = NOW
        self.open: list[Open] = []
        self.days = {NOW}

    @rule(
        who=st.sampled_from(PEOPLE),
        prompt=st.integers(0, 900),
        most=st.integers(0, 3000),
        is_own=st.sampled_from([False, False, True]),
    )
    def somebody_reserves(self, who: Principal, prompt: int, most: int, *, is_own: bool) -> None:
        wanted = claim(*BUDGETS, who=who, prompt=prompt, most=most, rate=OWN if is_own else PAID)
        outcome = self.ask(lambda store: store.reserve(wanted, self.now))
        if isinstance(outcome.on_disk, Reserved):
            self.open.append(Open(outcome, outcome.on_disk.estimate.usage, is_own))

    @rule(index=INDEX, share=SHARE)
    def a_call_ends(self, index: int, share: float) -> None:
        for one in self.taken(index):
            rate = OWN if one.is_own else PAID
            used = spent(int(one.most.prompt_tokens * share), int(one.most.completion_tokens * share), rate)
            excess = self.tell(one.held, lambda store, held, used=used: store.settle(held.id, used))
            assert excess.on_disk == Amount()

    @rule(index=INDEX)
    def a_call_is_not_made(self, index: int) -> None:
        for one in self.taken(index):
            self.tell(one.held, lambda store, held: store.release(held.id))

    @rule()
    def the_process_dies(self) -> None:
        assert self.ask(lambda store: store.settle_left()).on_disk == len(self.open)
        self.open.clear()

    @rule(days=st.sampled_from([1, 1, -1, 20]))
    def days_go_by(self, days: int) -> None:
        self.now += days * DAY_S
        self.days.add(self.now)

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_is_forgotten(self, who: Principal) -> None:
        before = min(self.days) + DAY_S
        self.ask(lambda store: store.forget_person(who.person_key, before))

    def taken(self, index: int) -> Sequence[Open]:
        return [self.open.pop(index)] if index < len(self.open) else []

    def ask(self, what: Any) -> Two[Any]:
        return self.tell(Two(None, None), lambda store, _: what(store))

    def tell(self, given: Two[Any], what: Any) -> Two[Any]:
        told = self.pair.tell(given, what)
        assert told is not None
        return told

    @invariant()
    def nothing_is_overdrawn(self) -> None:
        for who in PEOPLE:
            for now in sorted(self.days)[-3:]:
                counted = holding(BUDGETS, who)
                found = self.ask(lambda store, counted=counted, now=now: store.balances(counted, now))
                for balance in found.on_disk:
                    assert balance.used + balance.reserved <= balance.limit.most
                    assert balance.reserved >= 0
                    assert balance.limit.measure is not Measure.MONEY or balance.used >= 0
        self.ask(lambda store: store.report(0.0))

    def teardown(self) -> None:
        self.pair.close()
        self.folder.cleanup()


def test_no_sequence_overdraws_a_budget_and_both_stores_count_alike() -> None:
    play(Spending, examples=20, steps=40)
