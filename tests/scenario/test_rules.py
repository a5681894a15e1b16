"""Rules in force: who is answered, what they are told, and what the model may do for them."""

import asyncio
from dataclasses import replace

import pytest

from core import phrases, policy_phrases
from core.conversation.permits import TOLD_FOR_S
from core.events import Addressing, Asked
from core.message import Author, Standing
from core.policy_phrases import NOT_FOR_EXTERNAL, NOT_FOR_GUESTS, NOT_HERE
from core.rules import Place, Rule, Who, WhoKind
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked
from tests.scenario.clock import StoryClock
from tests.scenario.conftest import Begin, Talk

GUEST = Author("U9", "Gus", standing=Standing.GUEST)
STRANGER = Author("U8", "Eve", standing=Standing.EXTERNAL)
OWNER = Author("U7", "Olga", standing=Standing.OWNER)
BOT = Author("B1", "Robot", is_bot=True)


def person(author: Author) -> Who:
    return Who(WhoKind.PERSON, author.id)


@pytest.mark.parametrize(
    ("author", "sentence"),
    [(GUEST, NOT_FOR_GUESTS), (STRANGER, NOT_FOR_EXTERNAL)],
    ids=["guest", "external"],
)
async def test_who_is_no_member_is_told_so_once_and_the_model_never_reads_it(
    talk: Talk, author: Author, sentence: str
) -> None:
    for number in range(1, 4):
        await talk.ask(asked("the secret word is llama", number=number, author=author))
        await talk.quiet()
    assert talk.platform.texts() == [sentence]
    assert len(talk.model.journal) == 0
    await talk.ask(asked("What was said?", number=9))
    await talk.quiet()
    assert "secret" not in talk.read()


async def test_another_channel_and_another_hour_are_told_anew(begin: Begin, model: ModelEmulator) -> None:
    clock = StoryClock()
    async with begin(model, clock=clock) as talk:
        first = asked("hi", author=GUEST)
        await talk.ask(first)
        await talk.ask(replace(first, key="c2:1", address=replace(first.address, channel="c2")))
        await talk.quiet()
        assert talk.platform.texts() == [NOT_FOR_GUESTS] * 2
        clock.skip(TOLD_FOR_S + 1)
        await talk.ask(asked("hi again", number=2, author=GUEST))
        await talk.quiet()
        assert talk.platform.texts() == [NOT_FOR_GUESTS] * 3


@pytest.mark.parametrize(
    "question",
    [asked("hi", author=BOT), asked("hi", author=GUEST, addressing=Addressing.OVERHEARD)],
    ids=["bot", "to nobody in particular"],
)
async def test_who_did_not_turn_to_us_as_a_person_hears_nothing(
    begin: Begin, model: ModelEmulator, question: Asked
) -> None:
    async with begin(model) as talk:
        await talk.ask(asked("begin", number=0))
        await talk.quiet()
        await talk.ask(replace(question, key="c1:5"))
        await talk.quiet()
        assert talk.platform.texts() == ["You said: begin"]


async def test_a_refusal_that_a_crash_cut_is_said_after_the_restart(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform(pause=30.0)
    async with begin(model, platform) as talk:
        await talk.ask(asked("hi", author=GUEST))
        await talk.until(lambda: "post" in platform.requests)
        talk.crashed = True
    platform.pause = 0.0
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == [NOT_FOR_GUESTS]


async def test_a_rule_lets_guests_in_and_a_refusal_is_final(begin: Begin, model: ModelEmulator) -> None:
    rules = (
        Rule("guests", who=(Who(WhoKind.STANDING, Standing.GUEST),), answers=True),
        Rule("not here", where=(Place(channel="c1"),), who=(person(BEN),), answers=False),
        Rule("ben everywhere", who=(person(BEN),), answers=True),
    )
    async with begin(model, tampu_rules=rules) as talk:
        await talk.ask(asked("a guest", author=GUEST))
        await talk.quiet()
        await talk.ask(asked("ben", number=2, author=BEN))
        await talk.quiet()
        assert talk.platform.texts() == ["You said: a guest", NOT_HERE]


async def test_a_thread_that_is_a_channel_of_its_own_is_inside_its_channel(
    begin: Begin, model: ModelEmulator
) -> None:
    rules = (Rule("quiet", where=(Place(channel="general"),), answers=False),)
    async with begin(model, tampu_rules=rules) as talk:
        await talk.ask(replace(asked("hi"), parent="general"))
        await talk.quiet()
        assert talk.platform.texts() == [NOT_HERE]


async def test_commands_obey_too_and_whoever_manages_can_undo_it(begin: Begin, model: ModelEmulator) -> None:
    rules = (Rule("closed", answers=False),)
    address = asked("").address
    async with begin(model, tampu_rules=rules) as talk:
        command = talk.conversations.intake.command
        for name in ("help", "new", "pin", "model", "settings", "rules"):
            assert await command(name, address, ADA, "") == NOT_HERE
        assert await command("stop", address, ADA, "") == phrases.NOTHING_TO_STOP
        assert (await command("rules", address, OWNER, "")).startswith("No rules have been set here.")
        assert await command("help", address, OWNER, "") == NOT_HERE
        await talk.ask("/settings temperature 1.5")
        await talk.quiet()
        assert talk.platform.texts() == [NOT_HERE]


async def test_only_who_manages_a_channel_changes_it_for_everybody(talk: Talk) -> None:
    command = talk.conversations.intake.command
    address = replace(asked("").address, thread="")
    assert await command("settings", address, ADA, "temperature 1.5") == policy_phrases.NOT_FOR_ALL_TO_CHANGE
    assert "1.5" in await command("settings", address, OWNER, "temperature 1.5")
    assert "0.3" in await command("settings", asked("").address, ADA, "temperature 0.3")


async def test_commands_in_a_thread_that_is_a_channel_obey_the_rules_of_the_channel_around_it(
    begin: Begin, model: ModelEmulator
) -> None:
    keepers = Rule(
        "keepers", who=(person(GUEST),), where=(Place(channel="general"),), answers=True, manages=True
    )
    async with begin(model, tampu_rules=(keepers,)) as talk:
        command, thread = talk.conversations.intake.command, asked("").address
        for told in ("length 100", "temperature 1.5 channel"):
            said = await command("settings", thread, GUEST, told, "general")
            assert said.startswith("For this ")
        assert await command("settings", thread, GUEST, "length 100") == NOT_FOR_GUESTS
        assert (await command("rules", thread, GUEST, "", "general")).startswith("No rules have been set")
        assert await command("rules", thread, GUEST, "", "random") == NOT_FOR_GUESTS


async def test_a_rule_set_by_command_holds_at_once(talk: Talk) -> None:
    address = asked("").address
    command = talk.conversations.intake.command
    assert "guests" in await command("rules", address, OWNER, "set visitors who=guests answers=yes")
    await talk.ask(asked("a guest", author=GUEST))
    await talk.quiet()
    assert talk.platform.texts() == ["You said: a guest"]
    await command("rules", address, OWNER, "remove visitors")
    await talk.ask(asked("again", number=2, author=GUEST))
    await talk.quiet()
    assert talk.platform.texts()[-1] == NOT_FOR_GUESTS


async def test_tools_are_those_of_who_asks(begin: Begin, model: ModelEmulator) -> None:
    rules = (Rule("no looking up", who=(person(BEN),), no_tools=("look_up",)),)
    async with begin(model, tampu_rules=rules) as talk:
        await talk.ask(asked("what may you use?", author=BEN))
        await talk.quiet()
        assert [tool["function"]["name"] for tool in model.journal[0].ask.body["tools"]] == ["read_up"]
        model.call_tool("look_up", {"to": "Ben"})
        model.say("Then not.")
        await talk.ask(asked("Do it all the same", number=2, author=BEN))
        await talk.quiet()
        assert talk.toolbox.calls == []
        assert talk.platform.texts()[-1] == "Then not."
        model.call_tool("look_up", {"to": "Ben"})
        model.say("Found.")
        await talk.ask(asked("And I?", number=3, author=ADA))
        await talk.quiet()
        assert len(talk.toolbox.calls) == 1


async def test_a_model_that_may_not_answer_does_not(begin: Begin, model: ModelEmulator) -> None:
    rules = (Rule("only the large", models=("large",)),)
    async with begin(model, tampu_rules=rules) as talk:
        await talk.ask("hi")
        await talk.quiet()
        assert talk.platform.texts() == [policy_phrases.NO_MODEL]
        for number, author in ((3, ADA), (4, BEN)):
            overheard = asked("and then?", number=number, author=author, addressing=Addressing.OVERHEARD)
            await talk.ask(overheard)
            await talk.ask(asked("hi?", number=number + 4))
            await talk.quiet()
        assert talk.platform.texts() == [policy_phrases.NO_MODEL]
    rules = (Rule("this one", models=("emulated-llama",)),)
    async with begin(model, tampu_rules=rules) as talk:
        await talk.ask(asked("hi again", number=2, thread="t2"))
        await talk.quiet()
        assert talk.platform.texts("t2") == ["You said: hi again"]


async def test_limits_for_a_person_and_for_a_channel(begin: Begin, model: ModelEmulator) -> None:
    rules = (
        Rule("ben", who=(person(BEN),), turns_per_hour=1),
        Rule("channel", where=(Place(channel="c1"),), channel_turns_per_hour=3),
    )
    async with begin(model, tampu_rules=rules) as talk:
        for number, author in enumerate((BEN, BEN, ADA, ADA, ADA), 1):
            await talk.ask(asked(f"{number}", number=number, author=author, thread=f"t{number}"))
            await talk.quiet()
        one, two, three, four, five = [talk.platform.texts(f"t{number}")[0] for number in range(1, 6)]
        assert (one, three, four) == ("You said: 1", "You said: 3", "You said: 4")
        assert two.startswith("You have asked me 1 question within")
        assert five.startswith("I have been asked 3 questions here within an hour")


async def test_of_a_burst_as_many_are_answered_as_the_limit_allows(
    begin: Begin, model: ModelEmulator
) -> None:
    rules = (
        Rule("ben", who=(person(BEN),), turns_per_hour=2),
        Rule("channel", where=(Place(channel="c1"),), channel_turns_per_hour=5),
    )
    async with begin(model, tampu_rules=rules) as talk:
        for author, numbers in ((BEN, range(1, 6)), (ADA, range(6, 12))):
            burst = [asked("hi", number=number, author=author, thread=f"t{number}") for number in numbers]
            async with asyncio.TaskGroup() as asking:
                for question in burst:
                    asking.create_task(talk.ask(question))
            await talk.quiet()
        said = [text for number in range(1, 12) for text in talk.platform.texts(f"t{number}")]
        assert said.count("You said: hi") == 5
        assert [text.partition(" question")[0] for text in said if text != "You said: hi"] == [
            "You have asked me 2",
            "I have been asked 5",
        ]


async def test_a_channels_limit_is_not_evaded_by_edits(begin: Begin, model: ModelEmulator) -> None:
    rules = (Rule("channel", where=(Place(channel="c1"),), channel_turns_per_hour=2),)
    async with begin(model, tampu_rules=rules) as talk:
        question = asked("hi")
        await talk.ask(question)
        for number in range(1, 5):
            await talk.quiet()
            await talk.edit(question, f"hi {number}", float(number))
        await talk.quiet()
        (said,) = talk.platform.texts()
        assert said.startswith("I have been asked 2 questions here within an hour")
        assert len(model.journal) == 2


async def test_a_channels_limit_is_not_evaded_by_threads_that_are_channels_of_their_own(
    begin: Begin, model: ModelEmulator
) -> None:
    rules = (Rule("channel", where=(Place(channel="general"),), channel_turns_per_hour=2),)
    async with begin(model, tampu_rules=rules) as talk:
        for number, author in enumerate((ADA, BEN, ADA), 1):
            question = asked("hi", number=number, thread=f"t{number}", author=author)
            inside = replace(question.address, channel=f"t{number}")
            await talk.ask(replace(question, address=inside, parent="general"))
            await talk.quiet()
        one, two, three = [talk.platform.texts(f"t{number}")[0] for number in range(1, 4)]
        assert (one, two) == ("You said: hi", "You said: hi")
        assert three.startswith("I have been asked 2 questions here within an hour")
