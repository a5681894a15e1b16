"""What every store must keep of what calls of models use."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from core.budgets import Amount, Budget, Measure, Period, Span, Whom
from core.memory.store import open_store
from core.principal import Principal
from core.rates import Rate
from core.rules import Place, Who, WhoKind
from core.spending import Purpose, Report, Spent, Use
from core.transcript import Usage
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
    refused,
    reserved,
    spend,
    spent,
    stands,
    tokens,
)
from tests.contract.stores import NOW, begin, begun, edit

DAILY = budget(tokens(1000))
# 2023-11-14 22:15:00 UTC
MIDNIGHT = NOW - NOW % DAY_S + DAY_S
DECEMBER = 1_701_388_800.0


async def test_nothing_is_used_at_first(store: Spends) -> None:
    assert await stands(store, DAILY) == [(0, 0)]
    assert await store.used(ADA.person_key, 0.0) == Amount()
    assert await store.report(0.0) == Report(0.0)
    assert await store.balances((), NOW) == ()


async def test_a_reservation_counts_until_it_is_settled_and_then_what_was_used(store: Spends) -> None:
    held = await reserved(store, claim(DAILY))
    assert await stands(store, DAILY) == [(0, 500)]
    assert await store.settle(held.id, spent(90, 10)) == Amount()
    assert await stands(store, DAILY) == [(100, 0)]
    assert await store.used(ADA.person_key, NOW) == Amount(100, 100, 110)


async def test_a_released_reservation_leaves_nothing(store: Spends) -> None:
    held = await reserved(store, claim(DAILY))
    await store.release(held.id)
    assert await stands(store, DAILY) == [(0, 0)]
    assert await store.used("house", 0.0) == Amount()
    assert await store.report(0.0) == Report(0.0)


async def test_what_does_not_fit_is_refused_and_writes_nothing(store: Spends) -> None:
    await spend(store, claim(DAILY, most=700))
    outcome = await refused(store, claim(DAILY))
    assert (outcome.balance.used, outcome.balance.left) == (800, 200)
    assert outcome.balance.resets_at == MIDNIGHT
    assert await stands(store, DAILY) == [(800, 0)]
    assert (await store.report(0.0)).models[0].calls == 1


async def test_a_shorter_answer_is_granted_where_it_is_worth_it(store: Spends) -> None:
    await spend(store, claim(DAILY, most=500))
    granted = await reserved(store, claim(DAILY, most=4096))
    assert granted.estimate.usage == Usage(100, 300)
    assert await stands(store, DAILY) == [(600, 400)]
    await store.release(granted.id)
    await spend(store, claim(DAILY, prompt=45, most=0))
    assert (await refused(store, claim(DAILY, most=4096))).balance.left == 355


async def test_a_short_answer_is_granted_where_no_more_was_asked_for(store: Spends) -> None:
    await spend(store, claim(DAILY, most=790))
    assert (await reserved(store, claim(DAILY, most=10))).estimate.max_tokens == 10
    await refused(store, claim(DAILY, prompt=1, most=1))


async def test_money_buys_what_it_buys_to_the_last_millionth(store: Spends) -> None:
    pot = budget(money(1000))
    # 100 sent cost 100; 900 buy 450 answered.
    granted = await reserved(store, claim(pot, most=9999))
    assert (granted.estimate.max_tokens, granted.estimate.cost) == (450, 1000)
    await refused(store, claim(pot, prompt=1, most=0))
    assert await stands(store, pot) == [(0, 1000)]


async def test_money_is_rounded_up_for_each_call(store: Spends) -> None:
    pot = budget(money(3))
    cheap = Rate(hosted=True, sent=Decimal("0.01"), answered=Decimal("0.01"))
    for _ in range(3):
        await spend(store, claim(pot, prompt=1, most=1, rate=cheap))
    assert await stands(store, pot) == [(3, 0)]
    await refused(store, claim(pot, prompt=1, most=1, rate=cheap))


async def test_the_balance_that_begins_anew_last_refuses(store: Spends) -> None:
    both = budget(tokens(100), tokens(100, Span.MONTH))
    assert (await refused(store, claim(both))).balance.resets_at == DECEMBER


async def test_each_of_several_budgets_has_to_have_room(store: Spends) -> None:
    person, channel = DAILY, budget(tokens(1200), whom=Whom.CHANNEL, name="c")
    house = budget(money(10_000), whom=Whom.HOUSE, name="h")
    await spend(store, claim(person, channel, house, who=BEN))
    await spend(store, claim(person, channel, house))
    assert (await refused(store, claim(person, channel, house))).balance.budget == channel
    assert await stands(store, person, channel, house) == [(500, 0), (1000, 0), (1800, 0)]
    await spend(store, claim(person, channel, house, who=EVE))
    assert await stands(store, person, channel, house, who=EVE) == [(500, 0), (500, 0), (2700, 0)]


async def test_a_group_shares_its_budget_wherever_its_members_are(store: Spends) -> None:
    shared = budget(tokens(1000), whom=Whom.GROUP, group="G1")
    await spend(store, claim(shared))
    await spend(store, claim(shared, who=EVE))
    await refused(store, claim(shared))
    await spend(store, claim(shared, who=BEN))
    assert await stands(store, shared) == [(1000, 0)]
    assert await stands(store, shared, who=BEN) == []


async def test_a_budget_for_some_people_in_some_places_counts_only_that(store: Spends) -> None:
    here = Budget("x", Whom.PERSON, (tokens(600),), where=(Place(channel="c1"),))
    mates = Budget("y", Whom.HOUSE, (tokens(600),), who=(Who(WhoKind.GROUP, "G1"),))
    await spend(store, claim(here, mates, who=replace(ADA, channel="c2")))
    assert await stands(store, here, mates) == [(0, 0), (500, 0)]
    assert (await refused(store, claim(here, mates))).balance.budget == mates
    await spend(store, claim(here, mates, who=BEN))
    assert (await refused(store, claim(here, mates, who=BEN))).balance.budget == here


async def test_a_thread_that_is_a_channel_counts_for_the_channel_around_it(store: Spends) -> None:
    channel = budget(tokens(1000), whom=Whom.CHANNEL)
    await spend(store, claim(channel, who=Principal("test", "a1", "thread", "U1", parent="c1")))
    assert await stands(store, channel, who=BEN) == [(500, 0)]


async def test_tokens_without_a_key_cost_nothing_and_are_not_the_houses(store: Spends) -> None:
    house = budget(tokens(100), money(1), whom=Whom.HOUSE, name="h")
    await spend(store, claim(DAILY, house, rate=OWN))
    await spend(store, claim(DAILY, house, rate=OWN))
    assert await stands(store, DAILY, house) == [(1000, 0), (0, 0), (0, 0)]
    assert (await refused(store, claim(DAILY, house, rate=OWN))).balance.budget == DAILY
    assert (await refused(store, claim(house, who=BEN))).balance.budget == house


async def test_what_nobody_knows_the_price_of_costs_nothing_and_is_said(store: Spends) -> None:
    pot = budget(money(1))
    unknown = Rate(hosted=True)
    await spend(store, claim(pot, rate=unknown))
    assert await stands(store, pot) == [(0, 0)]
    assert (await store.report(0.0)).models == (Use("m", 1, Usage(100, 400), 0, unpriced=1),)


async def test_more_than_was_reserved_is_written_honestly(store: Spends) -> None:
    held = await reserved(store, claim(DAILY))
    assert await store.settle(held.id, spent(1000, 200)) == Amount(700, 700, 500)
    assert await stands(store, DAILY) == [(1200, 0)]
    await refused(store, claim(DAILY, prompt=1, most=0))


async def test_a_fallback_that_costs_nothing_gives_back_the_money(store: Spends) -> None:
    pot = budget(money(900))
    held = await reserved(store, claim(DAILY, pot))
    await store.settle(held.id, spent(100, 50, OWN, "own"))
    assert await stands(store, DAILY, pot) == [(150, 0), (0, 0)]
    assert [use.label for use in (await store.report(0.0)).models] == ["own"]


async def test_a_reservation_ends_once(store: Spends) -> None:
    settled, released = await reserved(store, claim(DAILY)), await reserved(store, claim(DAILY))
    await store.settle(settled.id, spent(10, 10))
    await store.release(released.id)
    later = await reserved(store, claim(DAILY))
    assert later.id not in (settled.id, released.id)
    for number in (settled.id, released.id, 999):
        assert await store.settle(number, spent(900, 900)) == Amount()
        await store.release(number)
    assert await stands(store, DAILY) == [(20, 500)]
    assert await store.settle_left() == 1
    assert await stands(store, DAILY) == [(520, 0)]


async def test_what_a_dead_process_left_is_settled_at_its_whole_estimate(store: Spends) -> None:
    first, second = await begun(store), None
    await reserved(store, claim(DAILY, most=300, turn=first.id))
    await reserved(store, claim(DAILY, most=300, turn=second))
    assert await store.settle_left(first.id) == 1
    assert await stands(store, DAILY) == [(400, 400)]
    assert await store.settle_left() == 1
    assert await store.settle_left() == 0
    assert await stands(store, DAILY) == [(800, 0)]


async def test_a_redone_turn_pays_for_each_of_its_calls(store: Spends) -> None:
    turn = await begun(store)
    await spend(store, claim(DAILY, most=300, turn=turn.id))
    await edit(store, turn.questions[0], "3+3?")
    again = await begin(store)
    assert again.id == turn.id
    await spend(store, claim(DAILY, most=300, turn=again.id))
    assert await stands(store, DAILY) == [(800, 0)]


@pytest.mark.parametrize(
    ("span", "last", "first"),
    [(Span.DAY, MIDNIGHT - 0.001, MIDNIGHT), (Span.MONTH, DECEMBER - 0.001, DECEMBER)],
)
async def test_a_budget_begins_anew_at_midnight_of_utc(
    store: Spends, span: Span, last: float, first: float
) -> None:
    limited = budget(tokens(500, span))
    await spend(store, claim(limited), last)
    outcome = await refused(store, claim(limited), last)
    assert outcome.balance.period == Period.of(span, last)
    assert outcome.balance.resets_at == first
    await spend(store, claim(limited), first)
    assert await stands(store, limited, now=first) == [(500, 0)]


async def test_a_call_over_midnight_counts_for_the_day_on_which_it_began(store: Spends) -> None:
    held = await reserved(store, claim(DAILY), MIDNIGHT - 1)
    await spend(store, claim(DAILY), MIDNIGHT + 1)
    await store.settle(held.id, spent(1, 1))
    assert await stands(store, DAILY, now=MIDNIGHT - 1) == [(2, 0)]
    assert await stands(store, DAILY, now=MIDNIGHT + 1) == [(500, 0)]


async def test_a_clock_that_goes_back_gives_nothing_twice(store: Spends) -> None:
    both = budget(tokens(1000), tokens(1500, Span.MONTH))
    await spend(store, claim(both, most=900), MIDNIGHT + 60)
    # Yesterday again: its day has room, the month knows of both.
    await spend(store, claim(both, most=400), MIDNIGHT - 60)
    assert (await refused(store, claim(both), MIDNIGHT - 60)).balance.limit.span is Span.MONTH
    await refused(store, claim(both), MIDNIGHT + 60)
    assert await stands(store, both, now=MIDNIGHT - 60) == [(500, 0), (1500, 0)]


async def test_the_report_sums_by_subject_and_model_the_most_first(store: Spends) -> None:
    await spend(store, claim(), NOW - 10)
    held = await reserved(store, replace(claim(who=BEN), purpose=Purpose.SUMMARY))
    await store.settle(held.id, Spent("other", Usage(7, 3), 17, hosted=True))
    await reserved(store, claim(who=EVE))
    report = await store.report(NOW - 20)
    assert report.models == (Use("m", 1, Usage(100, 400), 900), Use("other", 1, Usage(7, 3), 17))
    assert [(use.label, use.calls, use.cost) for use in report.subjects] == [
        ("account:test:a1", 2, 917),
        ("channel:test:a1:c1", 2, 917),
        ("house", 2, 917),
        ("group:test:a1:G1", 1, 900),
        ("person:test:a1:U1", 1, 900),
        ("person:test:a1:U2", 1, 17),
    ]
    assert [use.label for use in (await store.report(NOW)).models] == ["other"]


async def test_a_place_without_a_person_pays_for_itself(store: Spends) -> None:
    place = Principal("test", "a1", "c1", "")
    channel = budget(tokens(1000), whom=Whom.CHANNEL)
    guests = Budget("g", Whom.HOUSE, (tokens(1),), who=(Who(WhoKind.STANDING, "member"),))
    await spend(store, claim(DAILY, channel, guests, who=place))
    assert {use.label for use in (await store.report(0.0)).subjects} == {
        "channel:test:a1:c1",
        "account:test:a1",
        "house",
    }


async def test_a_forgotten_person_is_in_nothing_older_and_pays_on(store: Spends) -> None:
    here = Budget("x", Whom.PERSON, (tokens(9000),), where=(Place(channel="c1"),))
    shared = budget(tokens(9000), whom=Whom.CHANNEL)
    near = Principal("test", "a1", "c1", "U11")
    for who in (ADA, BEN, near):
        await spend(store, claim(here, shared, who=who), MIDNIGHT - 5)
        await spend(store, claim(here, shared, who=who), MIDNIGHT)
    await store.forget_person(ADA.person_key, MIDNIGHT + 99)
    subjects = {use.label: use.calls for use in (await store.report(0.0)).subjects}
    assert {label: calls for label, calls in subjects.items() if label.startswith("person")} == {
        "person:test:a1:U1": 1,
        "person:test:a1:U1@@::c1:": 1,
        "person:test:a1:U2": 2,
        "person:test:a1:U2@@::c1:": 2,
        "person:test:a1:U11": 2,
        "person:test:a1:U11@@::c1:": 2,
    }
    assert await stands(store, here, shared, now=MIDNIGHT) == [(500, 0), (1500, 0)]
    assert await stands(store, here, shared, now=MIDNIGHT - 5) == [(0, 0), (1500, 0)]
    assert await store.used("house", 0.0) == Amount(3000, 3000, 5400)


async def test_a_call_of_a_forgotten_day_may_still_end(store: Spends) -> None:
    held = await reserved(store, claim(DAILY), MIDNIGHT - 5)
    await store.forget_person(ADA.person_key, MIDNIGHT)
    await store.settle(held.id, spent(10, 10))
    assert await store.used(ADA.person_key, 0.0) == Amount()
    assert await store.used("house", 0.0) == Amount(20, 20, 30)


async def test_old_charges_go_and_the_sums_of_places_stay(store: Spends) -> None:
    monthly = budget(tokens(9000, Span.MONTH), whom=Whom.CHANNEL)
    await spend(store, claim(DAILY, monthly), MIDNIGHT - 5)
    held = await reserved(store, claim(DAILY, monthly), MIDNIGHT - 4)
    await spend(store, claim(DAILY, monthly, who=BEN), MIDNIGHT)
    await store.prune_charges(MIDNIGHT + 99)
    assert [use.calls for use in (await store.report(0.0)).models] == [1]
    assert await stands(store, monthly, now=MIDNIGHT) == [(1000, 500)]
    assert await store.used(ADA.person_key, 0.0) == Amount()
    await store.settle(held.id, spent(1, 1))
    assert await stands(store, monthly, now=MIDNIGHT) == [(1002, 0)]
    assert await stands(store, DAILY, now=MIDNIGHT - 5) == [(0, 0)]
    assert await store.used(BEN.person_key, 0.0) == Amount(500, 500, 900)


async def test_a_turn_that_is_let_go_of_leaves_its_charge(tmp_path: Path) -> None:
    async with open_store(tmp_path) as opened:
        turn = await begun(opened)
        await spend(opened, claim(DAILY, turn=turn.id))
    with closing(sqlite3.connect(tmp_path / "tampu.db")) as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA defer_foreign_keys = ON")
        for table in ("outbox", "message", "inbox", "turn"):
            database.execute(f"DELETE FROM {table}")
        database.commit()
        assert database.execute("SELECT turn_id, prompt_tokens FROM charge").fetchall() == [(None, 100)]


async def test_ids_with_signs_are_themselves(store: Spends) -> None:
    odd = Principal("test", "a:1", "c%", "U@1'; --")
    await spend(store, claim(DAILY, who=odd))
    await spend(store, claim(DAILY, who=replace(odd, person="U")))
    await store.forget_person(replace(odd, person="U").person_key, MIDNIGHT)
    assert await stands(store, DAILY, who=odd) == [(500, 0)]
    assert PAID.cost(Usage(100, 400)) == 900


@pytest.mark.parametrize("measure", list(Measure))
async def test_a_limit_of_nothing_lets_nothing_through(store: Spends, measure: Measure) -> None:
    limit = tokens(0) if measure is Measure.TOKENS else money(0)
    await refused(store, claim(budget(limit), prompt=1, most=0))
