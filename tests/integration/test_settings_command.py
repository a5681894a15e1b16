"""/settings, /pin, /pins and /unpin over a real store, read as the person who wrote them reads them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bots.choosing import NAMES_SHOWN, Menu
from bots.commands import CommandTable
from bots.persona_files import PersonaFiles
from core import policy_phrases
from core.address import Address
from core.conversation.running import Running
from core.conversation.voices import Voices
from core.errors import ModelError, ModelUnreachable
from core.llama.client import LlamaClient
from core.llama.endpoint import Endpoint
from core.memory.store import open_store
from core.message import Author
from core.rulebook import Rulebook
from core.rules import Rule, Who, WhoKind
from core.settings import Choices, Scope
from core.storage import Store
from core.thread_memory import PIN_LENGTH_MOST, PINS_MOST
from core.tools.toolbox import Toolbox
from tests.contract.stores import ADDRESS, answered
from tests.fakes.clock import ManualClock
from tests.questions import ADA, BEN, asked

HOUSE = Choices(model="llama-3.1-8b", temperature=0.6)
NEIGHBOUR = asked("", thread="t2").address
SLACK = replace(ADDRESS, platform="slack")


@dataclass
class Server:
    """The models that may be chosen; an error, or no answer at all."""

    models: tuple[str, ...] = ("llama-3.1-8b", "meta-llama/Llama-3.3-70b-instruct", "llama-4-scout")
    error: ModelError | None = None
    is_stalled: bool = False

    async def offered(self) -> tuple[str, ...]:
        if self.is_stalled:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return self.models


@dataclass
class Desk:
    """A registry of commands, and a person who writes them."""

    store: Store
    table: CommandTable
    folder: Path
    server: Server
    clock: ManualClock
    refusals: dict[Scope, str] = field(default_factory=dict)

    async def say(self, text: str, address: Address = ADDRESS, author: Author = ADA) -> str:
        command = self.table.recognise(text)
        assert command is not None
        return await self.table.run(command[0], address, author, command[1])

    async def in_force(self, address: Address = ADDRESS) -> Choices:
        return (await self.store.chain(address)).over(HOUSE)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    folder, server, clock = tmp_path / "personas", Server(), ManualClock()
    folder.mkdir()
    (folder / "pirate.md").write_text("You are a pirate.")
    refusals: dict[Scope, str] = {}

    async def may(author: Author, _address: Address, scope: Scope, _parent: str) -> str:
        return refusals.get(scope, "") if author == BEN else ""

    async with open_store(tmp_path / "data") as store:
        model = LlamaClient(Endpoint("http://127.0.0.1:9/v1"))
        menu = Menu(HOUSE, server.offered, PersonaFiles(folder), may)
        voices = Voices(model, store, Toolbox(()))
        table = CommandTable(voices, store, Rulebook(store), Running(), menu, clock)
        yield Desk(store, table, folder, server, clock, refusals)
        await model.aclose()


async def test_at_first_all_is_as_the_operator_has_set_it(desk: Desk) -> None:
    said = await desk.say("/settings")
    assert said.splitlines() == [
        "How I answer in this conversation:",
        "",
        "- model: `llama-3.1-8b`, as the operator has set it",
        "- persona: `assistant`, as usual",
        "- temperature: **0.6**, as the operator has set it",
        "- length: as suits the model",
        "- reasoning: not shown, as usual",
        "",
        (
            "Change one like this: `/settings temperature 0.2`. Put `channel` behind it for this channel. "
            "`/settings reset` takes back what was chosen. "
            "The personas are `assistant`, `brief`, `coder`, `pirate` and `teacher`."
        ),
    ]


async def test_what_is_chosen_is_shown_with_who_and_when_and_for_what(desk: Desk) -> None:
    assert await desk.say("/settings temperature 0.2") == (
        "For this conversation, temperature is now **0.2**."
    )
    assert await desk.say("/settings persona PIRATE channel", author=BEN) == (
        "For this channel, persona is now `pirate`."
    )
    said = await desk.say("/settings")
    assert "- temperature: **0.2**, chosen by Ada for this conversation on 14 November 2023" in said
    assert "- persona: `pirate`, chosen by Ben for this channel on 14 November 2023" in said
    assert await desk.in_force() == replace(HOUSE, temperature=0.2, persona="pirate")
    assert await desk.in_force(NEIGHBOUR) == replace(HOUSE, persona="pirate")


@pytest.mark.parametrize(
    ("said", "choices"),
    [
        ("/settings temperature 1,5", Choices(temperature=1.5)),
        ("/settings length 800", Choices(answer_tokens=800)),
        ("/settings reasoning on", Choices(shows_reasoning=True)),
        ("/settings model llama-4-scout", Choices(model="llama-4-scout")),
        ("/settings model 3.3-70B", Choices(model="meta-llama/Llama-3.3-70b-instruct")),
        ("/SETTINGS persona = brief here", Choices(persona="brief")),
    ],
)
async def test_every_setting_is_set(desk: Desk, said: str, choices: Choices) -> None:
    assert "For this conversation, " in await desk.say(said)
    assert await desk.in_force() == choices.over(HOUSE)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/settings temperature 3", "from 0 (always the likeliest words) to 2"),
        ("/settings length 5", "from 16 to 32768"),
        ("/settings reasoning maybe", "`on` or `off`"),
        ("/settings persona viking", "There is no persona `viking`. There are `assistant`, `brief`, `coder`"),
        ("/settings model llama", "There are several models like `llama`"),
        ("/settings model gpt-5", "There is no model `gpt-5`. There are `llama-3.1-8b`"),
        ("/settings are confusing, why?", "There is no setting `are`"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(desk: Desk, said: str, told: str) -> None:
    assert told in await desk.say(said)
    assert await desk.in_force() == HOUSE


async def test_models_that_the_rules_do_not_allow_are_not_offered_or_chosen(desk: Desk) -> None:
    rules = (
        Rule("Ada", who=(Who(WhoKind.PERSON, "U1"),), models=("llama-3.1-8b", "llama-4-scout")),
        Rule("Ben", who=(Who(WhoKind.PERSON, "U2"),), models=("another",)),
    )
    desk.table = replace(desk.table, rules=replace(desk.table.rules, house=rules))
    offered = await desk.say("/settings model")
    assert offered.endswith("The models are `llama-3.1-8b` and `llama-4-scout`.")
    refused = await desk.say("/settings model 70b")
    assert "You can't use `meta-llama/Llama-3.3-70b-instruct` here." in refused
    assert "there is `llama-3.1-8b` and `llama-4-scout`" in refused
    assert await desk.in_force() == HOUSE
    assert (await desk.say("/settings model", author=BEN)).endswith(policy_phrases.NO_MODEL)
    assert await desk.say("/settings model scout", author=BEN) == policy_phrases.NO_MODEL
    usual = "- model: `llama-3.1-8b`, as the operator has set it"
    assert usual + "\n" in await desk.say("/settings")
    assert f"{usual}. {policy_phrases.ANOTHER_ANSWERS_YOU[:-1]}\n" in await desk.say("/settings", author=BEN)
    await desk.say("/settings model scout")
    chosen = "`llama-4-scout` answers here, chosen by Ada for this conversation."
    assert await desk.say("/model") == chosen
    assert await desk.say("/model", author=BEN) == f"{chosen} {policy_phrases.ANOTHER_ANSWERS_YOU}"


async def test_one_setting_is_shown_with_what_there_is(desk: Desk) -> None:
    assert "from 0" in await desk.say("/settings temperature")
    assert "`pirate`" in await desk.say("/settings persona")
    assert "`llama-4-scout`" in await desk.say("/settings model")


async def test_what_holds_for_the_channel_is_shown_alone(desk: Desk) -> None:
    await desk.say("/settings temperature 0.2")
    said = await desk.say("/settings channel")
    assert said.startswith("How I answer in this channel:")
    assert "- temperature: **0.6**, as the operator has set it" in said


async def test_a_long_list_of_models_is_cut(desk: Desk) -> None:
    desk.server.models = tuple(f"model-{number:03}" for number in range(300))
    said = await desk.say("/settings model none")
    assert f"and {300 - NAMES_SHOWN} more" in said
    assert len(said) < 500


async def test_a_server_that_cannot_be_asked_changes_nothing(desk: Desk) -> None:
    desk.server.error = ModelUnreachable("refused")
    said = await desk.say("/settings model llama-4-scout")
    assert "nothing is changed. I can't reach the model server" in said
    desk.server.is_stalled = True
    assert "try again in a moment" in await asyncio.wait_for(desk.say("/settings model llama-4-scout"), 5)
    assert await desk.in_force() == HOUSE


async def test_without_a_choice_of_models_that_is_said(desk: Desk) -> None:
    desk.server.models = ()
    assert "There is no other model" in await desk.say("/settings model llama-4-scout")


async def test_a_narrower_choice_is_pointed_out(desk: Desk) -> None:
    await desk.say("/settings temperature 0.2")
    assert await desk.say("/settings temperature 1 channel") == (
        "For this channel, temperature is now **1**. "
        "In this conversation it stays **0.2**, which was chosen just for it."
    )


async def test_choices_are_taken_back(desk: Desk) -> None:
    await desk.say("/settings temperature 1 channel")
    await desk.say("/settings temperature 0.2")
    await desk.say("/settings length 800")
    said = await desk.say("/settings temperature default")
    assert "Now temperature is **1**, chosen by Ada for this channel" in said
    assert await desk.in_force() == replace(HOUSE, temperature=1.0, answer_tokens=800)
    assert await desk.say("/settings reset") == "What was chosen for this conversation is taken back."
    assert await desk.in_force() == replace(HOUSE, temperature=1.0)
    await desk.say("/settings reset channel")
    assert await desk.in_force() == HOUSE


async def test_which_model_answers_is_said_as_it_was_chosen(desk: Desk) -> None:
    assert "can't reach the model server" in await desk.say("/model")
    await desk.say("/settings model scout channel", author=BEN)
    assert await desk.say("/model") == "`llama-4-scout` answers here, chosen by Ben for this channel."


async def test_outside_of_a_conversation_the_channel_is_meant(desk: Desk) -> None:
    channel = replace(ADDRESS, thread="")
    assert (
        await desk.say("/settings temperature 0.2", channel)
        == "For this channel, temperature is now **0.2**."
    )
    assert "no conversation here" in await desk.say("/settings temperature 1 here", channel)
    said = await desk.say("/settings", channel)
    assert said.startswith("How I answer in this channel:")
    assert "Put `channel`" not in said
    assert await desk.in_force() == replace(HOUSE, temperature=0.2)


async def test_who_may_not_is_told_so_and_changes_nothing(desk: Desk) -> None:
    desk.refusals[Scope.CHANNEL] = "Only Ada decides that here."
    assert await desk.say("/settings temperature 1 channel", author=BEN) == "Only Ada decides that here."
    assert await desk.say("/settings reset channel", author=BEN) == "Only Ada decides that here."
    assert await desk.in_force() == HOUSE
    assert "temperature is now" in await desk.say("/settings temperature 1", author=BEN)


async def test_a_persona_is_chosen_as_soon_as_its_file_is_there_and_missed_when_it_is_gone(
    desk: Desk,
) -> None:
    (desk.folder / "sea wolf.md").write_text("You are a sea wolf.")
    assert "is now `sea wolf`" in await desk.say("/settings persona sea wolf")
    (desk.folder / "sea wolf.md").unlink()
    said = await desk.say("/settings")
    assert "on 14 November 2023; its file is gone, so I am as usual\n" in said


async def test_a_model_that_was_chosen_and_is_not_there_any_more_is_said_to_be_gone(desk: Desk) -> None:
    await desk.say("/settings model llama-4-scout")
    desk.server.models = ("another",)
    shown = await desk.say("/settings")
    assert "on 14 November 2023; it is not there any more, so another answers\n" in shown
    assert (await desk.say("/model")).startswith(
        "`llama-4-scout`, chosen by Ada for this conversation, is not there any more. "
    )


async def test_no_name_pings_or_is_markup(desk: Desk) -> None:
    await desk.say("/settings temperature 0.2", author=Author("U3", "*@everyone* <!channel> `x`"))
    said = await desk.say("/settings")
    assert "chosen by everyone !channel x for" in said
    assert "`@everyone`" in await desk.say("/settings persona @everyone")


async def test_facts_are_pinned_listed_and_taken_away(desk: Desk) -> None:
    assert "Nothing is pinned here" in await desk.say("/pins")
    assert "as number 1. `/unpin 1`" in await desk.say("/pin We ship on Fridays.")
    await desk.say("/pin The code\nname is Grüße 🦙.", author=BEN)
    assert (await desk.say("/pins")).splitlines()[2:] == [
        "- **1**: We ship on Fridays. (Ada)",
        "- **2**: The code name is Grüße 🦙. (Ben)",
    ]
    assert "no longer keep this in mind: We ship on Fridays." in await desk.say("/unpin #1")
    assert "There is no pin 1 here" in await desk.say("/unpin 1")
    assert "Nothing is pinned here" in await desk.say("/pins", NEIGHBOUR)
    assert [pin.text for pin in (await desk.store.memory(ADDRESS, 1)).pins] == ["The code\nname is Grüße 🦙."]


@pytest.mark.parametrize("number", ["", "two", "-1", "1 2", "٢", "9" * 400])
async def test_what_is_no_number_takes_nothing_away(desk: Desk, number: str) -> None:
    await desk.say("/pin We ship on Fridays.")
    assert "Which one?" in await desk.say(f"/unpin {number}")
    assert len(await desk.store.pins(ADDRESS)) == 1


async def test_too_much_is_not_pinned(desk: Desk) -> None:
    assert "What shall I keep in mind?" in await desk.say("/pin")
    assert "501 characters" in await desk.say("/pin " + "x" * (PIN_LENGTH_MOST + 1))
    for number in range(PINS_MOST):
        await desk.say(f"/pin Fact {number}.")
    assert "20 facts pinned here already" in await desk.say("/pin One more.")
    assert len(await desk.store.pins(ADDRESS)) == PINS_MOST


async def test_a_command_that_runs_again_after_a_crash_pins_once(desk: Desk) -> None:
    first = await desk.say("/pin We ship on Fridays.")
    assert await desk.say("/pin We ship on Fridays.") == first
    assert len(await desk.store.pins(ADDRESS)) == 1


async def test_facts_belong_to_a_conversation(desk: Desk) -> None:
    channel = replace(ADDRESS, thread="")
    for text in ("/pin We ship on Fridays.", "/pins", "/unpin 1"):
        assert "inside a conversation" in await desk.say(text, channel)
    assert await desk.store.pins(channel) == ()


async def test_a_fresh_start_says_that_pins_go_and_keeps_the_settings(desk: Desk) -> None:
    await answered(desk.store)
    assert "pinned" not in await desk.say("/new")
    await desk.say("/settings temperature 0.2")
    await desk.say("/pin We ship on Fridays.")
    assert "What was pinned here" in await desk.say("/new")
    assert "Nothing is pinned" in await desk.say("/pins")
    assert (await desk.in_force()).temperature == 0.2


async def test_slack_is_told_the_ways_that_work_there(desk: Desk) -> None:
    assert "`/llama settings temperature 0.2`" in await desk.say("/settings", replace(SLACK, thread=""))
    assert "`@Tampu /settings temperature 0.2`" in await desk.say("/settings", SLACK)
    assert "`@Tampu /unpin 1`" in await desk.say("/pin We ship on Fridays.", SLACK)


async def test_where_there_are_no_channels_none_is_named(desk: Desk) -> None:
    page = replace(ADDRESS, platform="web")
    assert "Put `channel` behind it for all conversations here." in await desk.say("/settings", page)
    assert "For all conversations here, " in await desk.say("/settings length 800 channel", page)
