"""The account of who did what: each act once, by whom and where, and never a word that was said."""

import asyncio
from dataclasses import replace

import pytest

from core.audit import Action, AuditEntry, AuditSearch
from core.conversation.permits import TOLD_FOR_S
from core.memory.store import SqliteStore
from core.message import Author, Standing
from core.principal import Principal
from core.rules import Rule, Who, WhoKind
from core.transcript import ToolCall, ToolResult
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked
from tests.scenario.clock import StoryClock
from tests.scenario.conftest import Begin, FakeToolbox, Talk

HERE = asked("").address
CHANNEL = "test:a1:c1"
SECRET = "xylophone"
GUEST = Author("U9", "Gus", standing=Standing.GUEST)
OWNER = Author("U7", "Olga", standing=Standing.OWNER)
ADAS, BENS, GUESTS = (Principal.of(author, HERE).person_key for author in (ADA, BEN, GUEST))
Noted = tuple[str, str, dict[str, str]]


async def entries(talk: Talk) -> tuple[AuditEntry, ...]:
    return tuple(reversed(await talk.conversations.store.entries(AuditSearch())))


async def noted(talk: Talk) -> list[Noted]:
    """By whom, what, and its details, the oldest first."""
    return [(entry.actor, entry.action, dict(entry.detail)) for entry in await entries(talk)]


async def typed(talk: Talk, *lines: str, author: Author = ADA, first: int = 1) -> None:
    for number, line in enumerate(lines, first):
        await talk.ask(asked(line, number=number, author=author))
        await talk.quiet()


class FailingToolbox(FakeToolbox):
    """Has no luck."""

    async def run(self, call: ToolCall) -> ToolResult:
        return replace(await super().run(call), failed=True)


async def test_what_is_done_by_typed_commands(talk: Talk) -> None:
    await typed(
        talk,
        f"/pin the {SECRET} is mine",
        f"/pin the {SECRET} is mine",
        "/unpin 1",
        "/unpin 1",
        "/settings temperature 0.2",
        "/settings temperature 0.20",
        "/settings temperature 9",
        "/settings persona brief",
        "/settings reset",
        f"Tell me of {SECRET}",
        "/new",
        "/help",
    )
    assert await noted(talk) == [
        (ADAS, Action.PINNED, {"number": "1"}),
        (ADAS, Action.UNPINNED, {"number": "1"}),
        (ADAS, Action.SETTINGS_CHANGED, {"setting": "temperature", "after": "0.2"}),
        (ADAS, Action.PERSONA_CHOSEN, {"setting": "persona", "after": "brief"}),
        (ADAS, Action.PERSONA_CHOSEN, {"setting": "persona", "before": "brief"}),
        (ADAS, Action.SETTINGS_CHANGED, {"setting": "temperature", "before": "0.2"}),
        (ADAS, Action.BEGAN_AFRESH, {}),
    ]
    assert {entry.place for entry in await entries(talk)} == {HERE.key}
    assert "audit" not in talk.rows_with(SECRET)


async def test_what_is_done_for_a_channel_is_told_of_the_channel(talk: Talk) -> None:
    address = replace(HERE, thread="")
    await talk.conversations.intake.command("settings", address, ADA, "length 300")
    await talk.conversations.intake.command("settings", address, OWNER, "length 300")
    (entry,) = await entries(talk)
    assert (entry.name, entry.action, entry.place) == ("Olga", Action.SETTINGS_CHANGED, CHANNEL)
    assert dict(entry.detail) == {"setting": "answer_tokens", "after": "300"}


@pytest.mark.parametrize("is_typed", [True, False])
async def test_whoever_stops_the_answer_to_somebody_else(talk: Talk, is_typed: bool) -> None:
    talk.model.stall(f"The {SECRET}")
    await talk.ask("Tell me a story")
    await talk.shows(f"The {SECRET}")
    if is_typed:
        await talk.ask(asked("/stop", number=2, author=BEN))
    else:
        await talk.conversations.intake.command("stop", HERE, BEN, "")
    await talk.quiet()
    await talk.conversations.intake.command("stop", HERE, BEN, "")
    assert await noted(talk) == [(BENS, Action.STOPPED, {"answer to": ADA.id})]


async def test_to_stop_ones_own_answer_is_nobody_elses_business(talk: Talk) -> None:
    talk.model.stall("A beginning")
    await talk.ask("Tell me a story")
    await talk.shows("A beginning")
    await talk.ask(asked("/stop", number=2))
    await talk.quiet()
    assert await noted(talk) == []


@pytest.mark.parametrize(("toolbox", "end"), [(FakeToolbox(), "ok"), (FailingToolbox(), "failed")])
async def test_tools_run_in_the_name_of_who_asked(
    begin: Begin, model: ModelEmulator, toolbox: FakeToolbox, end: str
) -> None:
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tools(("look_up", {"word": SECRET}), ("read_up", {"word": SECRET}))
        model.say("Found.")
        await talk.ask(asked("Look it up", author=BEN))
        await talk.quiet()
        assert sorted(await noted(talk), key=repr) == [
            (BENS, Action.TOOL_RAN, {"tool": "look_up", "end": end}),
            (BENS, Action.TOOL_RAN, {"tool": "read_up", "end": end}),
        ]
        assert {entry.place for entry in await entries(talk)} == {HERE.key}
        assert talk.rows_with(SECRET) == {"tool_call"}


async def test_a_tool_that_there_is_not_is_a_word_of_the_models(talk: Talk) -> None:
    talk.model.call_tool(f"tell_{SECRET}", {})
    talk.model.say("There is none.")
    await talk.ask("Call it")
    await talk.quiet()
    assert await noted(talk) == []


async def test_a_tool_that_a_rule_keeps_from_somebody(begin: Begin, model: ModelEmulator) -> None:
    rules = (
        Rule("no looking up", who=(Who(WhoKind.PERSON, BEN.id),), no_tools=("look_up",)),
        Rule("looking up alone", who=(Who(WhoKind.PERSON, ADA.id),), tools=("look_up",)),
    )
    async with begin(model, tampu_rules=rules) as talk:
        for number, author in enumerate((ADA, BEN)):
            model.call_tools(("look_up", {}), ("read_up", {}), (f"tell_{SECRET}", {}))
            model.say("Done.")
            await talk.ask(asked("Do all", number=number, author=author))
            await talk.quiet()
        assert sorted(await noted(talk), key=repr) == [
            (ADAS, Action.TOOL_DENIED, {"tool": "read_up", "rule": "looking up alone"}),
            (ADAS, Action.TOOL_RAN, {"tool": "look_up", "end": "ok"}),
            (BENS, Action.TOOL_DENIED, {"tool": "look_up", "rule": "no looking up"}),
            (BENS, Action.TOOL_RAN, {"tool": "read_up", "end": "ok"}),
        ]
        assert "audit" not in talk.rows_with(SECRET)


@pytest.mark.parametrize(
    ("tool", "ends"), [("look_up", ["unknown"]), ("read_up", ["unknown", "ok"])], ids=["once", "made again"]
)
async def test_a_crash_leaves_a_call_with_an_end_that_nobody_knows(
    begin: Begin, model: ModelEmulator, tool: str, ends: list[str]
) -> None:
    toolbox, platform, clock = FakeToolbox(held={tool}), FakePlatform(), StoryClock()
    model.call_tool(tool, {"word": SECRET})
    async with begin(model, platform, toolbox=toolbox, clock=clock) as talk:
        await talk.ask("Do it")
        await talk.until(lambda: toolbox.calls != [])
        assert [detail["end"] for _, _, detail in await noted(talk)] == ["unknown"]
        talk.crashed = True
    for life in range(2):
        model.hang()
        async with begin(model, platform, clock=clock) as talk:
            await model.arrived(2 + life)
            talk.crashed = True
    async with begin(model, platform, clock=clock) as talk:
        await talk.quiet()
        assert await noted(talk) == [(ADAS, Action.TOOL_RAN, {"tool": tool, "end": end}) for end in ends]


async def test_a_stop_while_a_tool_runs_leaves_its_end_unknown(begin: Begin, model: ModelEmulator) -> None:
    toolbox = FakeToolbox(held={"look_up"})
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tool("look_up", {})
        await talk.ask("Do it")
        await talk.until(lambda: toolbox.calls != [])
        await talk.conversations.intake.command("stop", HERE, ADA, "")
        await talk.quiet()
        assert await noted(talk) == [(ADAS, Action.TOOL_RAN, {"tool": "look_up", "end": "unknown"})]


@pytest.mark.parametrize(
    "command",
    [
        "/pin a fact",
        "/unpin 1",
        "/settings persona brief",
        "/settings reset",
        "/new",
        "/rules remove quiet",
    ],
)
async def test_a_command_that_a_crash_cut_is_noted_once(
    begin: Begin, model: ModelEmulator, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    cut = asyncio.Event()

    async def never(*_: object) -> None:
        cut.set()
        await asyncio.Event().wait()

    async with begin(model) as talk:
        await talk.ask("hello")
        await talk.quiet()
        await typed(talk, "/pin another fact", "/settings temperature 0.3", first=2)
        await talk.conversations.intake.command("rules", HERE, OWNER, "set quiet who=guests answers=no")
        before = len(await noted(talk))
        with monkeypatch.context() as patched:
            patched.setattr(SqliteStore, "commit_answer", never)
            await talk.ask(asked(command, number=9, author=OWNER))
            await asyncio.wait_for(cut.wait(), 10)
            assert len(await noted(talk)) == before + 1
            talk.crashed = True
    # The same platform: whether the message stood there before the crash is a matter of milliseconds.
    async with begin(model, talk.platform) as talk:
        await talk.quiet()
        assert len(talk.platform.texts()) == 4
        assert len(await noted(talk)) == before + 1


async def test_who_is_turned_away_is_noted_as_often_as_told(begin: Begin, model: ModelEmulator) -> None:
    clock = StoryClock()
    refusal = (GUESTS, Action.REFUSED, {"why": "not answered", "standing": "guest", "rule": "default"})
    async with begin(model, clock=clock) as talk:
        for number in range(3):
            await talk.ask(asked(SECRET, number=number, author=GUEST))
            await talk.quiet()
        assert await noted(talk) == [refusal]
        assert (await entries(talk))[0].place == CHANNEL
        clock.skip(TOLD_FOR_S + 1)
        await talk.ask(asked(SECRET, number=4, author=GUEST))
        await talk.quiet()
        assert await noted(talk) == [refusal] * 2
        assert "audit" not in talk.rows_with(SECRET)


async def test_a_refusal_that_a_crash_cut_is_noted_once(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(pause=30.0)
    async with begin(model, platform) as talk:
        await talk.ask(asked("hi", author=GUEST))
        await talk.until(lambda: "post" in platform.requests)
        talk.crashed = True
    platform.pause = 0.0
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert len(await noted(talk)) == 1


async def test_who_is_kept_from_commands_is_noted_once_an_hour(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_rules=(Rule("closed", answers=False),)) as talk:
        command = talk.conversations.intake.command
        for name in ("pin", "new", SECRET):
            await command(name, HERE, ADA, SECRET)
        await command(SECRET, HERE, BEN, "")
        refused = {"why": "not answered", "standing": "member", "rule": "closed"}
        assert await noted(talk) == [
            (ADAS, Action.REFUSED, {**refused, "command": "pin"}),
            (BENS, Action.REFUSED, {**refused, "command": "help"}),
        ]


async def test_who_asks_too_often_is_noted(begin: Begin, model: ModelEmulator) -> None:
    rules = (Rule("slowly", who=(Who(WhoKind.PERSON, BEN.id),), turns_per_hour=1),)
    async with begin(model, tampu_rules=rules) as talk:
        for number in range(4):
            await talk.ask(asked("hi", number=number, author=BEN))
            await talk.quiet()
        assert await noted(talk) == [(BENS, Action.REFUSED, {"why": "asked too often", "standing": "member"})]


async def test_after_forgetting_only_ids_are_left_of_who_did_it(talk: Talk) -> None:
    talk.model.call_tool("look_up", {"word": SECRET})
    talk.model.say("Found.")
    await typed(talk, "Look it up", f"/pin the {SECRET}", "/settings persona brief")
    await talk.ask(asked("/pin mine", number=8, author=BEN))
    await talk.quiet()
    await typed(talk, "/forget everything yes", first=9)
    found = await entries(talk)
    assert [(entry.name, entry.actor == ADAS, entry.action) for entry in found] == [
        ("", True, Action.TOOL_RAN),
        ("", True, Action.PINNED),
        ("", True, Action.PERSONA_CHOSEN),
        ("Ben", False, Action.PINNED),
        ("", True, Action.FORGOT),
    ]
    assert talk.rows_with(SECRET) == set()
    assert "audit" not in talk.rows_with('"Ada"')
