"""``/rules``: those who manage a place set its rules by words; every change is on the account."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.choice_words import NotUnderstood
from bots.rule_names import Known
from bots.rule_words import RuleWish, rule_wish
from bots.rulebook import is_direct
from bots.ruling import NOT_YOURS, WITHOUT_EFFECT, RuleCommand
from core import policy_phrases as phrases
from core.address import Address
from core.audit import Action, AuditSearch
from core.message import Author, Standing
from core.rulebook import Rulebook
from core.rules import Place, Rule, Who, WhoKind
from tests.fakes.clock import ManualClock
from tests.fakes.store import MemoryStore

HERE = Address("slack", "T1", "C1", "1.0")
PRIVATE = replace(HERE, channel="D1")
SERVER = Address("discord", "81", "9", "9")
ADA = Author("U2", "Ada", standing=Standing.ADMIN)
MIA = Author("U1", "Mia")
GUS = Author("U3", "Gus", standing=Standing.GUEST)
GUESTS = Who(WhoKind.STANDING, Standing.GUEST)


@dataclass
class Desk:
    """The command over a store in memory, with a rule of the operator's."""

    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.rules = Rulebook(self.store, (Rule("house", models=("small",)),), is_direct)
        self.command = RuleCommand(self.rules, ManualClock())

    async def say(self, argument: str, author: Author = ADA, address: Address = HERE) -> str:
        return await self.command.run(address, author, argument, "/")

    async def answered(self, author: Author, address: Address = HERE) -> bool:
        return (await self.rules.decide(self.rules.principal(author, address))).answers.value


async def test_a_rule_is_set_shown_and_taken_away() -> None:
    desk = Desk()
    assert (await desk.say("")).startswith("No rules have been set here.")
    said = await desk.say("set guests in c1 who=guests where=here answers=yes turns_per_hour=5")
    shown = "`guests in c1` holds for `guests` in `slack:T1:C1`: `answered: yes; questions an hour: 5`"
    assert said == f"From now on {shown}."
    assert await desk.answered(GUS)
    assert not await desk.answered(GUS, replace(HERE, channel="C2"))
    listed = await desk.say("list")
    assert f"- {shown} (Ada, " in listed
    assert "`/rules remove`" in listed
    assert await desk.say("remove  guests in  c1") == "The rule `guests in c1` is taken away."
    assert not await desk.answered(GUS)
    noted = [(one.action, one.actor, one.place) for one in await desk.store.entries(AuditSearch())]
    assert noted == [
        (action, "person:slack:T1:U2", "slack:T1") for action in (Action.RULE_REMOVED, Action.RULE_SET)
    ]
    (*_, first) = await desk.store.entries(AuditSearch())
    assert first.detail["rule"] == "guests in c1"


@pytest.mark.parametrize("author", [MIA, GUS, Author("B1", "Bot", is_bot=True, standing=Standing.ADMIN)])
@pytest.mark.parametrize("address", [HERE, PRIVATE])
async def test_others_neither_see_nor_set(author: Author, address: Address) -> None:
    desk = Desk()
    await desk.say("set secretive who=U9 answers=no")
    for argument in ("", "list", "set mine who=guests answers=yes", "remove secretive", "nonsense"):
        assert await desk.say(argument, author, address) == NOT_YOURS
    assert len(await desk.store.rules_of(HERE)) == 1
    assert len(await desk.store.entries(AuditSearch())) == 1


async def test_a_direct_message_of_a_server_has_no_rules() -> None:
    direct = Address("discord", "direct", "42", "42")
    assert await Desk().say("set a answers=no", ADA, direct) == phrases.RULE_NEEDS_AN_ACCOUNT


async def test_an_admin_may_set_them_from_a_direct_message_of_the_account() -> None:
    desk = Desk()
    assert (await desk.say("set calm answers=no where=C7,direct", ADA, PRIVATE)).startswith("From now on")
    (kept,) = await desk.store.rules_of(HERE)
    assert kept.rule.where == (Place("slack", "T1", "C7"), Place("slack", "T1", is_direct=True))


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("set rights who=members manages=yes", phrases.RULE_GIVES_RIGHTS),
        ("set other where=slack:T2 answers=no", phrases.RULE_ELSEWHERE),
        ("set other where=discord answers=no", phrases.RULE_ELSEWHERE),
        ("set house answers=no", phrases.RULE_IS_THE_OPERATORS),
        ("remove what", phrases.no_such_rule("what", ())),
        ("remove", "I know `list`, `set` and `remove` here"),
        ("guests answers=no", "I know `list`, `set` and `remove` here"),
        ("set", "A rule begins with its name"),
        ("set who=guests answers=no", "A rule begins with its name"),
        ("set a", "This rule says nothing: give it one of answers"),
        ("set a who=guest answers=no", 'did you mean "guests"?'),
        ("set a who=@ada answers=no", "people and groups go by their ids"),
        ("set a who= answers=no", "This rule who is empty"),
        ("set a where=#general answers=no", 'a where that is not understood, "slack:T1:#general"'),
        ("set a answer=no", "This rule has no setting answer; did you mean answers?"),
        ("set a answers=maybe", "`answers` is `yes` or `no`."),
        ("set a turns_per_hour=ten", "`turns_per_hour` is a whole number"),
        ("set a turns_per_hour=-1", "`turns_per_hour` is a whole number"),
        ("set a turns_per_hour=99999999999999999999", "`turns_per_hour` is a whole number"),
        ("set a turns_per_hour=²", "`turns_per_hour` is a whole number"),
        ("set a who=U1 who=U2 answers=no", "`who` stands there twice"),
        ("set a models=none", "models is empty"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(argument: str, said: str) -> None:
    desk = Desk()
    assert said in await desk.say(argument)
    assert await desk.store.rules_of(HERE) == ()
    assert await desk.store.entries(AuditSearch()) == ()


@pytest.mark.parametrize(
    ("argument", "idle"),
    [
        ("set more who=U1 turns_per_hour=500 tools=calculate", "questions an hour: 500"),
        ("set more turns_per_hour=0", "questions an hour: no limit"),
        ("set large models=large,small channel_turns_per_hour=9", "models: large, small"),
        ("set guests who=guests answers=yes", ""),
        ("set bots who=bots answers=yes", "answered: yes"),
        ("set fewer who=group:S1 turns_per_hour=5 models=small", ""),
        ("set calmer where=C2 turns_per_hour=5", "questions an hour: 5"),
        ("set both where=C2,C3 turns_per_hour=5", ""),
        ("set guests who=guests where=C2 turns_per_hour=500", ""),
        ("set no who=bots answers=no", ""),
    ],
)
async def test_what_the_operators_rules_leave_no_room_for_is_said(argument: str, idle: str) -> None:
    house = (
        Rule("models", models=("small",)),
        Rule("no bots", (Who(WhoKind.BOTS),), answers=False),
        Rule("free", where=(Place(channel="C2"),), turns_per_hour=0),
        Rule("all", turns_per_hour=120),
    )
    rules = Rulebook(MemoryStore(), house, is_direct)
    said = await RuleCommand(rules, ManualClock()).run(HERE, ADA, argument, "/")
    assert said.startswith("From now on `")
    assert said.partition(". But ")[2] == (WITHOUT_EFFECT[4:].format(what=f"`{idle}`") if idle else "")


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        (
            "set a no_tools=calculater",
            "This rule names the tool calculater, which is not there; did you mean",
        ),
        (
            "set a tools=calculate,web",
            "names the tool web, which is not there. There is calculate, draw_chart.",
        ),
        ("set a models=lage", "This rule names the model lage, which is not there; did you mean large?"),
        ("set a models=large no_tools=*", "From now on"),
        ("set a tools=none", "From now on"),
    ],
)
async def test_tools_and_models_that_are_not_there_are_not_taken(argument: str, said: str) -> None:
    async def knowing() -> Known:
        return Known(("calculate", "draw_chart"), ("large", "small"))

    store = MemoryStore()
    command = RuleCommand(Rulebook(store, (), is_direct), ManualClock(), knowing)
    assert said in await command.run(HERE, ADA, argument, "/")
    assert (await store.rules_of(HERE) != ()) == said.startswith("From now on")


def test_everything_that_a_rule_may_say() -> None:
    wish = rule_wish(
        "SET the  large one Who=U1,group:S1, admins where=here, C2, direct except_who=bots "
        "except_where=slack:T1:C3 answers=on models=large,small tools=none no_tools=calculate "
        "turns_per_hour=5 channel_turns_per_hour=0",
        HERE,
    )
    rule = Rule(
        "the large one",
        (Who(WhoKind.PERSON, "U1"), Who(WhoKind.GROUP, "S1"), Who(WhoKind.STANDING, Standing.ADMIN)),
        (Place("slack", "T1", "C1"), Place("slack", "T1", "C2"), Place("slack", "T1", is_direct=True)),
        (Who(WhoKind.BOTS),),
        (Place("slack", "T1", "C3"),),
        answers=True,
        models=("large", "small"),
        tools=(),
        no_tools=("calculate",),
        turns_per_hour=5,
        channel_turns_per_hour=0,
    )
    assert wish == RuleWish("the large one", rule)
    role = rule_wish("set r who=role:7 where=here answers=no", SERVER).rule
    assert role is not None
    assert (role.who, role.where) == ((Who(WhoKind.GROUP, "7"),), (Place("discord", "81", "9"),))


@given(st.text(alphabet="set remov=,who@:*`\n \N{LLAMA}\u202e1", max_size=60).map(lambda rest: f"set {rest}"))
def test_any_words_are_a_rule_or_a_sentence(argument: str) -> None:
    said = ""
    try:
        wish = rule_wish(argument, HERE)
    except NotUnderstood as error:
        said = str(error)
    assert said.endswith((".", "?")) if said else wish.rule is not None and wish.rule.says
    assert len(said) < 600


async def test_a_hostile_name_is_shown_as_text() -> None:
    desk = Desk()
    said = await desk.say("set `@everyone`**x** models=@everyone,`a`")
    assert "`@everyone **x**`" in said
    assert "`models: @everyone, a`" in said


async def test_who_manages_a_channel_rules_its_threads_that_are_channels_of_their_own() -> None:
    store, thread = MemoryStore(), replace(HERE, channel="C2", thread="C2")
    mias = Rule("mias", (Who(WhoKind.PERSON, MIA.id),), (Place(channel="C1"),), manages=True)
    rules = Rulebook(store, (mias,), is_direct)
    wanted = "set calm who=guests where=here turns_per_hour=5"
    inside = RuleCommand(rules.inside("C1"), ManualClock())
    assert (await inside.run(thread, MIA, wanted, "/")).startswith("From now on `calm` holds")
    assert "is taken away" in await inside.run(thread, MIA, "remove calm", "/")
    assert await RuleCommand(rules, ManualClock()).run(thread, MIA, wanted, "/") == NOT_YOURS
