"""What every store must keep of the rules that people set by command."""

import asyncio
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from core.message import Standing
from core.policy_store import RuleStore, SetRule, account_key
from core.rules import Place, Rule, Who, WhoKind
from tests.contract.stores import ADDRESS, NOW
from tests.questions import ADA, BEN, asked
from tests.unit.policy_cases import RULES

ELSEWHERE = replace(ADDRESS, account="a2")
WHOLE = Rule(
    "no guests in “café” \N{LLAMA}",
    (Who(WhoKind.STANDING, Standing.GUEST), Who(WhoKind.GROUP, "S:1", "test", "a1")),
    (Place("test", "a1", "c:1"), Place("test", "a1", is_direct=True)),
    (Who(WhoKind.PERSON, "U1"), Who(WhoKind.BOTS)),
    (Place("test"),),
    answers=False,
    models=("*",),
    tools=(),
    no_tools=("time_in",),
    turns_per_hour=0,
    channel_turns_per_hour=7,
    manages=False,
    by_command=True,
)
ONE = Rule("one", answers=False, by_command=True)


async def rules(store: RuleStore) -> list[Rule]:
    return [kept.rule for kept in await store.rules_of(ADDRESS)]


async def test_there_are_none_at_first(store: RuleStore) -> None:
    assert await store.rules_of(ADDRESS) == ()
    assert await store.take_rule_away("one", ADDRESS) is None


async def test_a_rule_comes_back_as_it_was_set(store: RuleStore) -> None:
    await store.put_rule(WHOLE, ADDRESS, ADA, NOW)
    assert await store.rules_of(ADDRESS) == (SetRule(WHOLE, account_key(ADDRESS), "U1", "Ada", NOW),)


async def test_whatever_is_put_is_a_rule_by_command(store: RuleStore) -> None:
    await store.put_rule(replace(ONE, by_command=False), ADDRESS, ADA, NOW)
    assert await rules(store) == [ONE]


async def test_each_account_has_its_own(store: RuleStore) -> None:
    await store.put_rule(ONE, ADDRESS, ADA, NOW)
    for other in (ELSEWHERE, replace(ADDRESS, platform="other"), replace(ADDRESS, account="a1:c1")):
        assert await store.rules_of(other) == ()
        assert await store.take_rule_away("one", other) is None
    await store.put_rule(replace(ONE, answers=True), ELSEWHERE, BEN, NOW)
    assert await rules(store) == [ONE]
    beside = asked("", thread="t2").address
    assert await store.rules_of(replace(beside, channel="c2")) == await store.rules_of(ADDRESS)


async def test_they_stand_in_the_order_in_which_they_were_set(store: RuleStore) -> None:
    for number, name in enumerate("cab"):
        await store.put_rule(replace(ONE, name=name), ADDRESS, ADA, NOW + number)
    assert [rule.name for rule in await rules(store)] == ["c", "a", "b"]
    await store.put_rule(replace(ONE, name="c", answers=True), ADDRESS, BEN, NOW + 9)
    assert [rule.name for rule in await rules(store)] == ["a", "b", "c"]
    (*_, newest) = await store.rules_of(ADDRESS)
    assert (newest.rule.answers, newest.by, newest.by_id, newest.at) == (True, "Ben", "U2", NOW + 9)


async def test_one_is_taken_away(store: RuleStore) -> None:
    await store.put_rule(ONE, ADDRESS, ADA, NOW)
    await store.put_rule(WHOLE, ADDRESS, BEN, NOW + 1)
    taken = await store.take_rule_away(WHOLE.name, ADDRESS)
    assert taken == SetRule(WHOLE, account_key(ADDRESS), "U2", "Ben", NOW + 1)
    assert await store.take_rule_away(WHOLE.name, ADDRESS) is None
    assert await rules(store) == [ONE]


async def test_many_at_once_are_all_kept(store: RuleStore) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(40):
            one = replace(ONE, name=f"r{number % 20}", turns_per_hour=number)
            tasks.create_task(store.put_rule(one, ADDRESS, ADA, NOW + number))
    assert sorted(rule.turns_per_hour or 0 for rule in await rules(store)) == list(range(20, 40))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(RULES)
async def test_any_rule_comes_back(store: RuleStore, rule: Rule) -> None:
    await store.put_rule(rule, ADDRESS, ADA, NOW)
    assert await rules(store) == [replace(rule, by_command=True)]
