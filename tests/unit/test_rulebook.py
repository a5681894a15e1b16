"""The operator's rules, and those that people set by command where they manage."""

from dataclasses import replace

import pytest

from bots.rulebook import EVERYBODYS_LIMIT, house_rules, is_direct, may_choose
from bots.settings import Settings
from core import policy_phrases as phrases
from core.address import Address
from core.message import Author, Standing
from core.policy import Ruled
from core.rulebook import RULES_MOST, Rulebook
from core.rules import Place, Rule, Who, WhoKind
from core.settings import Scope
from tests.fakes.store import MemoryStore

NOW = 1_700_000_000.0
HERE = Address("slack", "T1", "C1", "1.0")
BESIDE = replace(HERE, channel="C2")
ELSEWHERE = replace(HERE, account="T2")
IN_SLACK_PRIVATE = replace(HERE, channel="D1")
IN_DISCORD_PRIVATE = Address("discord", "direct", "42", "42")
MIA = Author("U1", "Mia")
ADA = Author("U2", "Ada", standing=Standing.ADMIN)
GUS = Author("U3", "Gus", standing=Standing.GUEST)
BOT = Author("B1", "Bot", is_bot=True, standing=Standing.ADMIN)
GUESTS = Who(WhoKind.STANDING, Standing.GUEST)
ALLOW_GUESTS = Rule("guests", (GUESTS,), answers=True)


def book(*house: Rule) -> Rulebook:
    return Rulebook(MemoryStore(), house, is_direct)


async def answers(rules: Rulebook, author: Author, address: Address) -> bool:
    return (await rules.decide(rules.principal(author, address))).answers.value


async def test_a_rule_by_command_holds_in_its_account_at_once() -> None:
    rules = book()
    assert not await answers(rules, GUS, HERE)
    assert await rules.put(ALLOW_GUESTS, ADA, HERE, NOW) == ""
    for address in (HERE, BESIDE, IN_SLACK_PRIVATE):
        assert await answers(rules, GUS, address)
    assert not await answers(rules, GUS, ELSEWHERE)
    (kept,) = await rules.store.rules_of(HERE)
    assert (kept.by, kept.by_id, kept.at) == ("Ada", "U2", NOW)
    assert kept.rule == replace(ALLOW_GUESTS, where=(Place("slack", "T1"),), by_command=True)
    assert await rules.take_away("guests", ADA, HERE) == ""
    assert not await answers(rules, GUS, HERE)


@pytest.mark.parametrize("author", [MIA, GUS, BOT], ids=lambda author: author.name)
@pytest.mark.parametrize("address", [HERE, IN_SLACK_PRIVATE])
async def test_who_does_not_manage_the_account_sets_nothing(author: Author, address: Address) -> None:
    rules = book()
    assert await rules.put(ALLOW_GUESTS, author, address, NOW) == phrases.RULE_NOT_YOURS
    own = replace(ALLOW_GUESTS, where=(Place("slack", "T1", address.channel),))
    assert await rules.put(own, author, address, NOW) == phrases.RULE_NOT_YOURS
    assert await rules.put(ALLOW_GUESTS, ADA, HERE, NOW) == ""
    assert await rules.take_away("guests", author, address) == phrases.RULE_NOT_YOURS
    assert len(await rules.store.rules_of(HERE)) == 1


async def test_nobody_lets_themselves_in_where_they_talk_with_us_alone() -> None:
    rules = book()
    for author in (GUS, ADA):
        refusal = await rules.put(ALLOW_GUESTS, author, IN_DISCORD_PRIVATE, NOW)
        assert refusal == phrases.RULE_NEEDS_AN_ACCOUNT
    assert not await answers(rules, GUS, IN_DISCORD_PRIVATE)
    decision = await rules.decide(rules.principal(GUS, IN_SLACK_PRIVATE))
    assert decision.manages.value


@pytest.mark.parametrize(
    "place", [Place("discord"), Place("slack", "T2"), Place("slack", "T2", "C1"), Place(account="T2")]
)
async def test_a_rule_by_command_holds_nowhere_else(place: Place) -> None:
    rules = book()
    rule = replace(ALLOW_GUESTS, where=(Place("slack", "T1"), place))
    assert await rules.put(rule, ADA, HERE, NOW) == phrases.RULE_ELSEWHERE


@pytest.mark.parametrize("place", [Place("slack"), Place(channel="C1"), Place(is_direct=True)])
async def test_a_wide_rule_is_narrowed_to_its_account(place: Place) -> None:
    rules = book()
    assert await rules.put(replace(ALLOW_GUESTS, where=(place,)), ADA, HERE, NOW) == ""
    (kept,) = await rules.store.rules_of(HERE)
    assert kept.rule.where == (replace(place, platform="slack", account="T1"),)


async def test_who_manages_a_channel_sets_rules_for_that_channel() -> None:
    house = Rule("mia has c1", (Who(WhoKind.PERSON, "U1"),), (Place("slack", "T1", "C1"),), manages=True)
    rules = book(house)
    channel = replace(ALLOW_GUESTS, where=(Place("slack", "T1", "C1"),))
    assert await rules.put(ALLOW_GUESTS, MIA, HERE, NOW) == phrases.RULE_NOT_YOURS
    assert await rules.put(replace(channel, where=(Place(channel="C2"),)), MIA, HERE, NOW) == (
        phrases.RULE_NOT_YOURS
    )
    assert await rules.put(channel, MIA, BESIDE, NOW) == ""
    assert await answers(rules, GUS, HERE)
    assert not await answers(rules, GUS, BESIDE)
    # A name does not lead to a rule of those who manage more.
    assert await rules.put(replace(ALLOW_GUESTS, name="all"), ADA, HERE, NOW) == ""
    assert await rules.put(replace(channel, name="all"), MIA, HERE, NOW) == phrases.RULE_NOT_YOURS


async def test_what_only_the_operator_says() -> None:
    rules = book(Rule("house", answers=True))
    gives = replace(ALLOW_GUESTS, manages=True)
    assert await rules.put(gives, ADA, HERE, NOW) == phrases.RULE_GIVES_RIGHTS
    assert await rules.put(replace(gives, manages=False), ADA, HERE, NOW) == phrases.RULE_GIVES_RIGHTS
    assert await rules.put(Rule("house", answers=False), ADA, HERE, NOW) == phrases.RULE_IS_THE_OPERATORS
    assert await rules.store.rules_of(HERE) == ()


async def test_what_the_file_denies_no_command_allows() -> None:
    rules = book(
        Rule("no guests", (GUESTS,), answers=False),
        Rule("limits", models=("small",), no_tools=("shell",), turns_per_hour=5),
    )
    person = replace(
        ALLOW_GUESTS,
        who=(Who(WhoKind.PERSON, "U3"),),
        where=(Place(channel="C1"),),
        models=("*",),
        tools=("*",),
        turns_per_hour=0,
    )
    assert await rules.put(person, ADA, HERE, NOW) == ""
    decision = await rules.decide(rules.principal(GUS, HERE))
    assert decision.answers == Ruled(value=False, rule="no guests")
    assert not decision.allows_model("large")
    assert not decision.allows_tool("shell")
    assert decision.turns_per_hour == Ruled(5, "limits")


async def test_managers_who_shut_themselves_out_open_again() -> None:
    rules = book()
    assert await rules.put(Rule("quiet", answers=False), ADA, HERE, NOW) == ""
    assert not await answers(rules, ADA, HERE)
    assert await rules.take_away("quiet", ADA, HERE) == ""
    assert await answers(rules, ADA, HERE)


async def test_a_rule_that_is_not_there() -> None:
    rules = book()
    assert "None has been set." in await rules.take_away("gue`sts", ADA, HERE)
    await rules.put(ALLOW_GUESTS, ADA, HERE, NOW)
    assert "`guests`" in await rules.take_away("guest", ADA, HERE)
    assert "None has been set." in await rules.take_away("guests", ADA, ELSEWHERE)


async def test_rules_have_an_end() -> None:
    rules = book()
    for number in range(RULES_MOST):
        assert await rules.put(replace(ALLOW_GUESTS, name=f"r{number}"), ADA, HERE, NOW) == ""
    assert str(RULES_MOST) in await rules.put(ALLOW_GUESTS, ADA, HERE, NOW)
    assert await rules.put(replace(ALLOW_GUESTS, name="r7", answers=False), ADA, HERE, NOW) == ""


async def test_a_thread_of_its_own_channel_is_asked_with_the_channel_around_it() -> None:
    rules = book(Rule("not in c1", where=(Place("discord", "G1", "10"),), answers=False))
    thread = Address("discord", "G1", "99", "99")
    inside = await rules.decide(rules.principal(MIA, thread, parent="10"))
    assert not inside.answers.value
    (reason,) = await rules.explain(rules.principal(MIA, thread, parent="10"))
    assert reason.rule.name == "not in c1"
    assert (await rules.decide(rules.principal(MIA, thread))).answers.value


async def test_the_limit_of_the_settings_is_everybodys() -> None:
    small = Rule("guests", (GUESTS,), turns_per_hour=3)
    settings = Settings(_env_file=None, tampu_turns_per_hour=9, tampu_rules=(small,))  # type: ignore[call-arg]
    rules = book(*house_rules(settings))
    assert (await rules.decide(rules.principal(MIA, HERE))).turns_per_hour == Ruled(9, EVERYBODYS_LIMIT)
    assert (await rules.decide(rules.principal(GUS, HERE))).turns_per_hour == Ruled(3, "guests")
    await rules.put(Rule("more", (Who(WhoKind.PERSON, "U1"),), turns_per_hour=100), ADA, HERE, NOW)
    assert (await rules.decide(rules.principal(MIA, HERE))).turns_per_hour == Ruled(9, EVERYBODYS_LIMIT)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (IN_SLACK_PRIVATE, True),
        (IN_DISCORD_PRIVATE, True),
        (HERE, False),
        (Address("discord", "G1", "D1", ""), False),
        (Address("web", "local", "page", "x"), False),
    ],
)
def test_direct_messages_are_known_by_their_address(address: Address, expected: bool) -> None:
    assert is_direct(address) is expected


ALLOWED = ""


@pytest.mark.parametrize(
    ("author", "address", "thread", "channel", "account"),
    [
        (MIA, HERE, ALLOWED, phrases.NOT_FOR_ALL_TO_CHANGE, phrases.NOT_FOR_ALL_TO_CHANGE),
        (ADA, HERE, ALLOWED, ALLOWED, ALLOWED),
        (MIA, IN_SLACK_PRIVATE, ALLOWED, ALLOWED, phrases.NOT_FOR_ALL_TO_CHANGE),
        (ADA, IN_SLACK_PRIVATE, ALLOWED, ALLOWED, ALLOWED),
        (MIA, IN_DISCORD_PRIVATE, ALLOWED, ALLOWED, phrases.NOT_FOR_ALL_TO_CHANGE),
        (ADA, IN_DISCORD_PRIVATE, ALLOWED, ALLOWED, phrases.NOT_FOR_ALL_TO_CHANGE),
        (GUS, HERE, *[phrases.NOT_FOR_GUESTS] * 3),
        (BOT, HERE, *[phrases.NOT_FOR_BOTS] * 3),
        (BOT, IN_SLACK_PRIVATE, *[phrases.NOT_FOR_BOTS] * 3),
    ],
)
async def test_who_may_change_settings(
    author: Author, address: Address, thread: str, channel: str, account: str
) -> None:
    rules = book()
    told = [await may_choose(rules, author, address, scope) for scope in Scope]
    assert told == [thread, channel, account]


async def test_who_manages_may_change_settings_where_nobody_is_answered() -> None:
    rules = book(Rule("quiet", answers=False))
    assert await may_choose(rules, ADA, HERE, Scope.CHANNEL) == ""
    assert await may_choose(rules, MIA, HERE, Scope.THREAD) == phrases.NOT_HERE
