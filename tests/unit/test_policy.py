"""Who may, by any table of rules: the more specific wins, a refusal is final."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.address import Address
from core.message import Author, Standing
from core.policy import Decision, Match, Ruled, decide, explain
from core.principal import Principal
from core.rules import Aspect, Narrowness, Place, Rule, Who, WhoKind
from tests.unit import policy_reference as reference
from tests.unit.policy_cases import NAMES, PLACES, PRINCIPALS, RULES, TABLES, WHO

ANN = Principal("p", "a", "c", "u", groups=("g",))
PERSON = Who(WhoKind.PERSON, "u")
GROUP = Who(WhoKind.GROUP, "g")
MEMBERS = Who(WhoKind.STANDING, Standing.MEMBER)
WIDENING_WHO = ((PERSON,), (GROUP,), (MEMBERS,), ())
WIDENING_WHERE = (
    (Place("p", "a", "c"),),
    (Place("p", "a"),),
    (Place("p"),),
    (),
)
SAYING = (
    {"models": ("one",)},
    {"models": ("two",)},
    {"tools": ("one",)},
    {"tools": ()},
    {"turns_per_hour": 3},
    {"turns_per_hour": 0},
    {"channel_turns_per_hour": 7},
    {"manages": True},
    {"manages": False},
)


def allowed(decision: Decision) -> set[str]:
    """Everything that a decision allows, in words that can be compared."""
    tools = {f"tool {name}" for name in NAMES if name != "*" and decision.allows_tool(name)}
    return tools | ({"answers"} if decision.answers.value else set())


def values(decision: Decision) -> list[object]:
    return [getattr(decision, aspect).value for aspect in Aspect]


@given(TABLES, PRINCIPALS)
def test_it_decides_as_the_slow_reading_does(rules: list[Rule], principal: Principal) -> None:
    decision = decide(rules, principal)
    assert decision.answers == Ruled(*reference.answers(rules, principal))
    assert decision.manages == Ruled(*reference.manages(rules, principal))
    assert decision.models == Ruled(*reference.names(rules, principal, "models"))
    assert decision.tools == Ruled(*reference.names(rules, principal, "tools"))
    for aspect in ("turns_per_hour", "channel_turns_per_hour"):
        assert getattr(decision, aspect) == Ruled(*reference.limit(rules, principal, aspect))
    denied, by = reference.denied_tools(rules, principal)
    assert (set(decision.no_tools.value), decision.no_tools.rule) == (denied, by)
    for name in NAMES[:-1]:
        is_open = decision.tools.value is None or {"*", name} & set(decision.tools.value)
        assert decision.allows_tool(name) == (bool(is_open) and not {"*", name} & denied)


@given(TABLES, PRINCIPALS)
def test_every_rule_is_explained_and_the_explanation_is_the_decision(
    rules: list[Rule], principal: Principal
) -> None:
    decision, reasons = decide(rules, principal), explain(rules, principal)
    assert sorted(reason.rule.name for reason in reasons) == sorted(rule.name for rule in rules)
    counting = [reason.rule for reason in reasons if reason.match is Match.MATCHES]
    assert counting == reference.in_force(rules, principal)
    assert [reason.rule for reason in reasons][: len(counting)] == counting
    for aspect in set(Aspect) - {Aspect.NO_TOOLS}:
        named = [reason.rule.name for reason in reasons if aspect in reason.decided]
        assert named == [name for name in [getattr(decision, aspect).rule] if name]
    denying = [reason.rule.no_tools for reason in reasons if Aspect.NO_TOOLS in reason.decided]
    assert {name for names in denying for name in names or ()} == set(decision.no_tools.value)


@given(TABLES, PRINCIPALS)
def test_two_rules_of_one_name_are_explained_one_by_one(rules: list[Rule], principal: Principal) -> None:
    namesakes = [replace(rule, name="same") for rule in rules]
    told = [reason.decided for reason in explain(rules, principal)]
    assert [reason.decided for reason in explain(namesakes, principal)] == told


@given(TABLES, RULES, PRINCIPALS, st.data())
def test_a_refusal_more_never_allows_anything(
    rules: list[Rule], deny: Rule, principal: Principal, data: st.DataObject
) -> None:
    deny = Rule(
        "deny",
        deny.who,
        deny.where,
        deny.except_who,
        deny.except_where,
        answers=False,
        no_tools=deny.no_tools,
    )
    place = data.draw(st.integers(0, len(rules)))
    before, after = decide(rules, principal), decide([*rules[:place], deny, *rules[place:]], principal)
    assert allowed(after) <= allowed(before)
    assert values(after)[1:3] == values(before)[1:3]


@given(TABLES, RULES, PRINCIPALS)
def test_a_rule_that_does_not_match_changes_nothing(
    rules: list[Rule], more: Rule, principal: Principal
) -> None:
    (reason,) = explain([more], principal)
    assume(reason.match is not Match.MATCHES)
    assert decide([more, *rules], principal) == decide([*rules, more], principal) == decide(rules, principal)


@given(TABLES, PRINCIPALS, st.data())
def test_order_matters_among_equals_only(
    rules: list[Rule], principal: Principal, data: st.DataObject
) -> None:
    weight = {
        rule.name: (reference.best_who(rule, principal), reference.best_where(rule, principal))
        for rule in rules
    }
    # Anything may change places, but equals keep their order.
    queues = {of: [rule for rule in rules if weight[rule.name] == of] for of in set(weight.values())}
    drawn = data.draw(st.permutations(rules))
    shuffled = [queues[weight[rule.name]].pop(0) for rule in drawn]
    assert decide(shuffled, principal) == decide(rules, principal)


@given(TABLES, RULES, PRINCIPALS)
def test_a_refusal_is_final(rules: list[Rule], deny: Rule, principal: Principal) -> None:
    deny = replace(deny, answers=False, no_tools=("one",), who=(), except_who=(), where=(), except_where=())
    decision = decide([*rules, deny], principal)
    assert not decision.answers.value
    assert not decision.allows_tool("one")


@pytest.mark.parametrize("says", SAYING, ids=str)
def test_the_more_specific_decides_whatever_the_order(says: dict[str, object]) -> None:
    ((aspect, value),) = says.items()
    others = [other for other in SAYING if aspect in other and other != says] or [{aspect: 99}]
    levels = [(who, where) for who in WIDENING_WHO for where in WIDENING_WHERE]
    for index, (who, where) in enumerate(levels):
        near = Rule("near", who, where, **says)  # type: ignore[arg-type]
        far = [Rule("far", *wider, **others[0]) for wider in levels[index + 1 :]]
        for rules in ([near, *far], [*far, near]):
            assert getattr(decide(rules, ANN), aspect) == Ruled(value, "near")


@given(RULES, PRINCIPALS, st.text(), st.text())
def test_display_names_never_matter(rule: Rule, principal: Principal, one: str, other: str) -> None:
    address = Address(principal.platform, principal.account, principal.channel, "t")
    decisions = {
        repr(decide([rule], Principal.of(Author(principal.person, name, groups=principal.groups), address)))
        for name in (one, other, "u", "owner")
    }
    assert len(decisions) == 1


@given(st.lists(WHO, max_size=3), st.lists(PLACES, max_size=3), PRINCIPALS)
def test_selectors_of_one_rule_have_no_order(
    who: list[Who], where: list[Place], principal: Principal
) -> None:
    wide = Rule("wide", turns_per_hour=1)
    decisions = [
        decide([wide, Rule("r", tuple(whose), tuple(place), turns_per_hour=2)], principal)
        for whose in permutations(who)
        for place in permutations(where)
    ]
    assert all(decision == decisions[0] for decision in decisions)


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("is_bot", [False, True])
def test_without_rules_members_are_answered_and_admins_manage(standing: Standing, is_bot: bool) -> None:
    someone = replace(ANN, standing=standing, is_bot=is_bot)
    decision = decide([], someone)
    answered = standing in {Standing.OWNER, Standing.ADMIN, Standing.MEMBER} and not is_bot
    assert decision.answers == Ruled(answered)
    assert decision.manages == Ruled(standing in {Standing.OWNER, Standing.ADMIN} and not is_bot)
    for private in (replace(someone, account="direct"), replace(someone, is_direct=True)):
        assert decide([], private).manages == Ruled(not is_bot)
        assert decide([], private).answers == Ruled(answered)
    assert (decision.models.value, decision.tools.value, decision.no_tools.value) == (None, None, ())
    assert decision.allows_tool("anything")
    assert decision.allows_model("anything")


def test_members_are_people() -> None:
    bot = replace(ANN, is_bot=True)
    rule = Rule("members", (MEMBERS,), answers=True)
    assert not decide([rule], bot).answers.value
    assert decide([Rule("bots", (Who(WhoKind.BOTS),), answers=True)], bot).answers == Ruled(True, "bots")
    assert decide([Rule("this one", (PERSON,), answers=True)], bot).answers.value
    assert not decide([Rule("quiet", answers=False), Rule("bots", answers=True)], bot).answers.value


def test_a_thread_of_its_own_channel_lies_in_the_channel_around_it() -> None:
    rule = Rule("not there", where=(Place("p", "a", "c"),), answers=False)
    assert not decide([rule], replace(ANN, channel="thread", parent="c")).answers.value
    assert decide([rule], replace(ANN, channel="thread")).answers.value


def test_exceptions_make_only_here_possible() -> None:
    only = Rule(
        "only there",
        where=(Place("p", "a"),),
        except_where=(Place("p", "a", "c"), Place("p", is_direct=True)),
        answers=False,
    )
    assert decide([only], ANN).answers == Ruled(True)
    assert decide([only], replace(ANN, channel="d")).answers == Ruled(False, "only there")
    assert decide([only], replace(ANN, channel="d", is_direct=True)).answers == Ruled(True)
    assert decide([only], replace(ANN, account="b", channel="d")).answers == Ruled(True)
    (reason,) = explain([only], ANN)
    assert (reason.match, reason.decided) == (Match.EXCEPT_WHERE, ())


def test_a_rule_is_matched_as_narrowly_as_it_can_be() -> None:
    rule = Rule("r", (MEMBERS, PERSON), (Place("p"), Place("p", "a")), answers=True)
    (reason,) = explain([rule], ANN)
    assert (reason.who, reason.where) == (Narrowness.ONE, Narrowness.PART)
    (reason,) = explain([rule], replace(ANN, person="v"))
    assert (reason.who, reason.where) == (Narrowness.KIND, Narrowness.PART)


@given(TABLES, TABLES, PRINCIPALS)
def test_rules_by_command_allow_nothing_that_the_operators_deny(
    operators: list[Rule], others: list[Rule], principal: Principal
) -> None:
    house = [replace(rule, by_command=False) for rule in operators]
    set_later = [replace(rule, by_command=True, name=f"set {rule.name}") for rule in others]
    alone, together = decide(house, principal), decide([*house, *set_later], principal)
    if alone.answers.rule and not alone.answers.value:
        assert not together.answers.value
    assert together.manages == alone.manages
    for name in alone.no_tools.value:
        assert not together.allows_tool(name)
    for name in NAMES[:-1]:
        if alone.models.value is not None:
            assert together.allows_model(name) <= alone.allows_model(name)
        if alone.tools.value is not None:
            assert together.allows_tool(name) <= alone.allows_tool(name)
    for limit in ("turns_per_hour", "channel_turns_per_hour"):
        most, now = getattr(alone, limit).value, getattr(together, limit).value
        if most:
            assert 0 < now <= most


def test_rules_by_command_count_like_the_operators_where_those_leave_room() -> None:
    house = [Rule("house", models=("one", "two"), turns_per_hour=20)]
    guests = Rule("guests", (Who(WhoKind.STANDING, Standing.GUEST),), answers=True, by_command=True)
    small = Rule("small", where=(Place("p", "a", "c"),), models=("two",), turns_per_hour=5, by_command=True)
    decision = decide([*house, guests, small], replace(ANN, standing=Standing.GUEST))
    assert decision.answers == Ruled(True, "guests")
    assert (decision.models, decision.turns_per_hour) == (Ruled(("two",), "small"), Ruled(5, "small"))
    large = replace(small, name="large", models=("two", "three"), turns_per_hour=0, tools=("one",))
    decision = decide([*house, large], ANN)
    assert (decision.models, decision.turns_per_hour) == (Ruled(("one", "two"), "house"), Ruled(20, "house"))
    assert decision.tools == Ruled(("one",), "large")
