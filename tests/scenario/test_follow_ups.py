"""A person writes again while an answer is being made for them."""

import asyncio
from dataclasses import replace

import pytest

from core import phrases
from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, FakeToolbox, Talk

FIRST = asked("What is a tampu?")
SECOND = asked("In one sentence, please", number=2)


async def in_a_tool(talk: Talk, text: str = "") -> None:
    """Ask, and have a tool at work for it."""
    talk.toolbox.held.add("look_up")
    talk.model.call_tool("look_up", {"word": "tampu"}, text=text)
    await talk.ask(FIRST)
    await talk.until(lambda: talk.toolbox.calls != [])


async def half_said(talk: Talk) -> asyncio.Event:
    gate = talk.model.say_held("A tampu is", " a way-station.")
    await talk.ask(FIRST)
    await talk.shows("A tampu is")
    return gate


async def test_it_joins_where_a_tool_has_run(talk: Talk) -> None:
    await in_a_tool(talk)
    await talk.ask(SECOND)
    talk.model.say("A way-station.")
    talk.toolbox.gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["A way-station."]
    assert [line.role for line in talk.model.journal[1].ask.messages][1:] == [
        "user",
        "assistant",
        "tool",
        "user",
    ]
    assert talk.model.journal[1].ask.last_user_text == SECOND.text
    assert len(talk.model.journal) == 2


async def test_the_talk_goes_on_with_both_questions(talk: Talk) -> None:
    await in_a_tool(talk)
    await talk.ask(SECOND)
    talk.model.say("A way-station.")
    talk.toolbox.gate.set()
    await talk.quiet()
    await talk.ask(asked("Thanks", number=3))
    await talk.quiet()
    lines = talk.model.journal[2].ask.messages
    assert [line.role for line in lines] == ["system", "user", "assistant", "user"]
    assert lines[1].text == f"{FIRST.text}\n{SECOND.text}"


async def test_several_join_at_once_and_at_each_tool(talk: Talk) -> None:
    await in_a_tool(talk)
    for number in (2, 3):
        await talk.ask(asked(f"More {number}", number=number))
    talk.model.call_tool("look_up", {"word": "again"})
    talk.toolbox.gate.set()
    await talk.quiet()
    assert len(talk.model.journal) == 3
    lines = [line.text for line in talk.model.journal[2].ask.messages if line.role == "user"]
    assert lines == [FIRST.text, "More 2\nMore 3"]
    assert len(talk.platform.texts()) == 1


async def test_with_a_file(talk: Talk) -> None:
    talk.platform.files["notes"] = b"the plan is blue"
    await in_a_tool(talk)
    await talk.ask(
        asked("See here", number=2, attachments=(Attachment("f1", "n.txt", "text/plain", None, "notes"),))
    )
    talk.toolbox.gate.set()
    await talk.quiet()
    assert "the plan is blue" in talk.read()
    assert len(talk.platform.texts()) == 1


async def test_without_a_tool_it_is_the_next_turn(talk: Talk) -> None:
    gate = await half_said(talk)
    await talk.ask(SECOND)
    talk.model.say("A way-station!")
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["A tampu is a way-station.", "A way-station!"]
    assert [shown.draft.reply_to for shown in talk.platform.messages.values()] == ["q1", "q2"]


async def test_another_persons_never_joins(talk: Talk) -> None:
    await in_a_tool(talk)
    await talk.ask(asked("And me?", number=2, author=BEN))
    talk.model.say("A way-station.")
    talk.model.say("And you.")
    talk.toolbox.gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["A way-station.", "And you."]
    assert "And me?" not in talk.read(1)
    assert "And me?" in talk.read(2)


async def test_nobody_is_passed_by(talk: Talk) -> None:
    """What Ada writes after Ben waits behind Ben."""
    await in_a_tool(talk)
    await talk.ask(asked("And me?", number=2, author=BEN))
    await talk.ask(asked("More", number=3, author=ADA))
    talk.toolbox.gate.set()
    await talk.quiet()
    assert [call.ask.last_user_text.split("\n")[-1] for call in talk.model.journal] == [
        FIRST.text,
        FIRST.text,
        "And me?",
        "More",
    ]
    assert len(talk.platform.texts()) == 3


async def test_a_command_does_not_join(talk: Talk) -> None:
    await in_a_tool(talk)
    await talk.ask(asked("/model", number=2))
    await talk.ask(asked("More", number=3))
    talk.model.say("A way-station.")
    talk.toolbox.gate.set()
    await talk.quiet()
    assert talk.platform.texts()[0] == "A way-station."
    assert "emulated-llama" in talk.platform.texts()[1]
    assert talk.platform.texts()[2].endswith("More")
    assert "/model" not in talk.read(1)


async def test_an_edit_of_what_joined_is_answered_in_place(talk: Talk) -> None:
    await in_a_tool(talk)
    await talk.ask(SECOND)
    talk.toolbox.gate.set()
    await talk.quiet()
    await talk.edit(SECOND, "In two sentences, please")
    await talk.quiet()
    assert len(talk.platform.messages) == 1
    assert "In two sentences, please" in talk.read()
    assert SECOND.text not in talk.read()


async def test_a_restart_after_it_joined(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await in_a_tool(talk)
        await talk.ask(SECOND)
        model.stall("A way")
        talk.toolbox.gate.set()
        await talk.shows("A way")
    model.say("A way-station.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["A way-station."]
    read = talk.model.journal[-1].ask
    assert SECOND.text in "\n".join(line.text for line in read.messages if line.role == "user")
    assert [result.text for result in read.tool_results] == ['found {"word": "tampu"}']


async def test_a_restart_before_it_joined(begin: Begin, model: ModelEmulator) -> None:
    """What is taken up again answers what came since, too."""
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
        await talk.ask(SECOND)
    model.say("A way-station.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["A way-station."]
    assert model.journal[-1].ask.last_user_text == f"{FIRST.text}\n{SECOND.text}"


async def test_a_restart_after_a_command_and_a_message_of_somebody_else(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
        await talk.ask(asked("And me?", number=2, author=BEN))
        await talk.ask(asked("/model", number=3))
        await talk.ask(asked("More", number=4))
    async with begin(model, platform) as talk:
        await talk.quiet()
    first, second, third, fourth = platform.texts()
    assert first.endswith(FIRST.text)
    assert second.endswith("And me?")
    assert "emulated-llama" in third
    assert fourth.endswith("More")


async def test_queued_it_waits_for_its_own_turn(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_follow_up="queue") as talk:
        await in_a_tool(talk)
        await talk.ask(SECOND)
        model.say("A way-station.")
        model.say("A way-station!")
        talk.toolbox.gate.set()
        await talk.quiet()
        assert talk.platform.texts() == ["A way-station.", "A way-station!"]
        assert SECOND.text not in talk.read(1)


async def test_queued_it_waits_after_a_restart_too(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    async with begin(model, platform, tampu_follow_up="queue") as talk:
        await half_said(talk)
        await talk.ask(SECOND)
    model.say("A tampu is an inn.")
    model.say("An inn.")
    async with begin(model, platform, tampu_follow_up="queue") as talk:
        await talk.quiet()
    assert platform.texts() == ["A tampu is an inn.", "An inn."]


async def test_an_interruption_before_anything_is_shown_begins_anew_with_both(
    begin: Begin, model: ModelEmulator
) -> None:
    async with begin(model, tampu_follow_up="interrupt") as talk:
        model.hang()
        await talk.ask(FIRST)
        await model.arrived()
        model.say("A way-station.")
        await talk.ask(SECOND)
        await talk.quiet()
        assert talk.platform.texts() == ["A way-station."]
        assert model.journal[0].disconnected
        assert model.journal[1].ask.last_user_text == f"{FIRST.text}\n{SECOND.text}"
        assert len(model.journal) == 2


async def test_an_interruption_ends_what_is_shown_there(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_follow_up="interrupt") as talk:
        await half_said(talk)
        model.say("A way-station!")
        await talk.ask(SECOND)
        await talk.quiet()
        assert talk.platform.texts() == [f"A tampu is\n\n{phrases.INTERRUPTED}", "A way-station!"]
        assert model.journal[0].disconnected
        assert phrases.INTERRUPTED not in talk.read()


async def test_ten_interruptions_are_one_answer(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_follow_up="interrupt") as talk:
        model.hang()
        await talk.ask(asked("Line 1"))
        await model.arrived()
        for number in range(2, 11):
            await talk.ask(asked(f"Line {number}", number=number))
        await talk.quiet()
        read = talk.read().split("\n")
        assert [line for line in read if line.startswith("Line ")] == [f"Line {n}" for n in range(1, 11)]
        shown = "\n".join(talk.platform.texts())
        assert shown.count("Line 10") == 1


@pytest.mark.parametrize("parent", ["forum", "random"])
async def test_a_forums_way_is_that_of_its_posts(begin: Begin, model: ModelEmulator, parent: str) -> None:
    async with begin(model, tampu_follow_up="queue,forum=interrupt") as talk:
        gate = talk.model.say_held("A tampu is", " a way-station.")
        await talk.ask(replace(FIRST, parent=parent))
        await talk.shows("A tampu is")
        await talk.ask(replace(SECOND, parent=parent))
        gate.set()
        await talk.quiet()
        first = talk.platform.texts()[0]
        assert first == (
            f"A tampu is\n\n{phrases.INTERRUPTED}" if parent == "forum" else "A tampu is a way-station."
        )


async def test_nobody_else_interrupts_and_no_command_does(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_follow_up="interrupt") as talk:
        gate = await half_said(talk)
        await talk.ask(asked("And me?", number=2, author=BEN))
        await talk.ask(asked("/model", number=3))
        # Delivered again, it is no message of its own.
        await talk.ask(FIRST)
        gate.set()
        await talk.quiet()
        assert talk.platform.texts()[0] == "A tampu is a way-station."
        assert len(talk.platform.texts()) == 3


async def test_in_another_thread_nothing_is_interrupted(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_follow_up="interrupt") as talk:
        gate = await half_said(talk)
        await talk.ask(asked("Elsewhere", number=2, thread="t2"))
        gate.set()
        await talk.quiet()
        assert talk.platform.texts() == ["A tampu is a way-station."]
        assert talk.platform.texts("t2") == ["You said: Elsewhere"]


async def test_an_answer_on_its_way_is_not_interrupted(begin: Begin, model: ModelEmulator) -> None:
    gate = asyncio.Event()
    platform = FakePlatform(gate=gate)
    async with begin(model, platform, tampu_follow_up="interrupt") as talk:
        model.say("A way-station.")
        await talk.ask(FIRST)
        await model.ended()
        await talk.until(lambda: "post" in platform.requests)
        await asyncio.sleep(0.1)
        await talk.ask(SECOND)
        gate.set()
        await talk.quiet()
    assert platform.texts() == ["A way-station.", f"You said: {SECOND.text}"]
    assert len(model.journal) == 2


async def test_what_is_interrupted_in_a_tool_is_not_called_twice(begin: Begin, model: ModelEmulator) -> None:
    toolbox = FakeToolbox()
    async with begin(model, toolbox=toolbox, tampu_follow_up="interrupt") as talk:
        await in_a_tool(talk)
        model.call_tool("look_up", {"word": "tampu"})
        model.say("I do not know.")
        await talk.ask(SECOND)
        await talk.quiet()
        assert len(toolbox.calls) == 1
        assert talk.platform.texts() == ["I do not know."]
        results = [result.text for result in model.journal[-1].ask.tool_results]
        assert [phrases.UNCERTAIN_CALL in result for result in results] == [True, True]
        assert SECOND.text in talk.read()


@pytest.mark.parametrize(
    ("setting", "texts"),
    [
        ("queue,c1=interrupt", [f"A tampu is\n\n{phrases.INTERRUPTED}", "Next."]),
        ("interrupt,c1=queue", ["A tampu is a way-station.", "Next."]),
        ("interrupt,c2=queue", [f"A tampu is\n\n{phrases.INTERRUPTED}", "Next."]),
        ("c1=interrupt", [f"A tampu is\n\n{phrases.INTERRUPTED}", "Next."]),
        ("c2=interrupt", ["A tampu is a way-station.", "Next."]),
    ],
)
async def test_each_channel_may_have_its_way(
    begin: Begin, model: ModelEmulator, setting: str, texts: list[str]
) -> None:
    async with begin(model, tampu_follow_up=setting) as talk:
        gate = await half_said(talk)
        model.say("Next.")
        await talk.ask(SECOND)
        gate.set()
        await talk.quiet()
        assert talk.platform.texts() == texts
