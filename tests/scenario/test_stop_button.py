"""A message that grows has a button that stops it; one that stays has none."""

import asyncio
from dataclasses import replace

from core import phrases
from core.delivery import Retry
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("Tell me a story")
LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(12)) + "the end"


def with_buttons(limit: int = 2000) -> FakePlatform:
    return FakePlatform(capabilities=replace(fast(limit), stop_button=True))


def buttons(platform: FakePlatform) -> list[bool]:
    return [shown.live for shown in platform.messages.values()]


async def half_said(talk: Talk, text: str = "A beginning") -> asyncio.Event:
    gate = talk.model.say_held(text, " and an end.")
    await talk.ask(QUESTION)
    await talk.until(lambda: " ".join(talk.platform.texts()).endswith(text[-20:]))
    return gate


async def test_it_is_there_while_the_message_grows(begin: Begin, model: ModelEmulator) -> None:
    platform = with_buttons()
    async with begin(model, platform) as talk:
        gate = await half_said(talk)
        assert buttons(platform) == [True]
        gate.set()
        await talk.quiet()
    assert buttons(platform) == [False]
    assert platform.texts() == ["A beginning and an end."]


async def test_it_goes_though_the_text_stays_as_it_is(begin: Begin, model: ModelEmulator) -> None:
    platform = with_buttons()
    async with begin(model, platform) as talk:
        gate = model.say_held("All of it.", "")
        await talk.ask(QUESTION)
        await talk.shows("All of it.")
        edits = platform.requests.count("edit")
        gate.set()
        await talk.quiet()
    assert buttons(platform) == [False]
    assert platform.texts() == ["All of it."]
    assert platform.requests.count("edit") <= edits + 1


async def test_without_buttons_such_an_edit_is_spared(talk: Talk) -> None:
    gate = talk.model.say_held("All of it.", "")
    await talk.ask(QUESTION)
    await talk.shows("All of it.")
    edits = talk.platform.requests.count("edit")
    gate.set()
    await talk.quiet()
    assert talk.platform.requests.count("edit") == edits


async def test_only_the_last_of_several_messages_has_it(begin: Begin, model: ModelEmulator) -> None:
    platform = with_buttons(200)
    async with begin(model, platform) as talk:
        gate = await half_said(talk, LONG)
        count = len(buttons(platform))
        await talk.until(lambda: buttons(platform) == [False] * (count - 1) + [True])
        gate.set()
        await talk.quiet()
    assert set(buttons(platform)) == {False}


async def test_what_is_stopped_has_none(begin: Begin, model: ModelEmulator) -> None:
    platform = with_buttons()
    async with begin(model, platform) as talk:
        await half_said(talk)
        sentence = await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
        assert sentence == phrases.STOPPING
        await talk.quiet()
    assert buttons(platform) == [False]
    assert platform.texts() == [f"A beginning\n\n{phrases.STOPPED}"]


async def test_after_a_restart_it_goes_in_the_end(begin: Begin, model: ModelEmulator) -> None:
    platform = with_buttons(200)
    async with begin(model, platform) as talk:
        model.stall(LONG)
        await talk.ask(QUESTION)
        await talk.until(lambda: " ".join(platform.texts()).endswith("the end"))
        assert True in buttons(platform)
    model.say(LONG, chunk=50)
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert set(buttons(platform)) == {False}
    assert " ".join(" ".join(platform.texts()).split()) == " ".join(LONG.split())


async def test_after_a_crash_between_the_commit_and_the_last_edit_too(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = with_buttons()
    async with begin(model, platform) as talk:
        gate = model.say_held("All of it.", "")
        await talk.ask(QUESTION)
        await talk.shows("All of it.")
        platform.edit_faults.extend([Retry(30.0)] * 9)
        gate.set()
        await model.ended()
        await talk.until(lambda: len(platform.edit_faults) < 9)
        assert buttons(platform) == [True]
    platform.edit_faults.clear()
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert buttons(platform) == [False]
    assert len(model.journal) == 1


async def test_an_answer_that_is_redone_has_it_again_for_a_while(begin: Begin, model: ModelEmulator) -> None:
    platform = with_buttons()
    async with begin(model, platform) as talk:
        await talk.ask(QUESTION)
        await talk.quiet()
        gate = model.say_held("Another beginning", " and end.")
        await talk.edit(QUESTION, "Tell me another story")
        await talk.shows("Another beginning")
        assert buttons(platform) == [True]
        gate.set()
        await talk.quiet()
    assert buttons(platform) == [False]


async def test_while_the_answer_is_only_delivered_there_is_nothing_to_stop(
    begin: Begin, model: ModelEmulator
) -> None:
    gate = asyncio.Event()
    platform = FakePlatform(gate=gate)
    async with begin(model, platform) as talk:
        model.say("All of it.")
        await talk.ask(QUESTION)
        await model.ended()
        await talk.until(lambda: "post" in platform.requests)
        await asyncio.sleep(0.1)
        stop = await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
        await talk.ask(asked("/stop", number=2))
        gate.set()
        await talk.quiet()
    assert stop == phrases.NOTHING_TO_STOP
    assert platform.texts() == ["All of it.", phrases.NOTHING_TO_STOP]


async def test_nor_while_it_is_committed(talk: Talk) -> None:
    gate = talk.model.say_held("All ", "of it.")
    await talk.ask(QUESTION)
    await talk.shows("All ")
    async with talk.one_batch() as batch:
        gate.set()
        await talk.model.ended()
        await talk.shows("All of it.")
        await batch.holds(1)
        # That was what the call used.
        await batch.hold()
        await batch.holds(1)
        stop = await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
    await talk.quiet()
    assert stop == phrases.NOTHING_TO_STOP
    assert talk.platform.texts() == ["All of it."]


async def test_somebody_elses_stop_in_a_channel_stops_nothing(talk: Talk) -> None:
    gate = await half_said(talk)
    stop = await talk.conversations.intake.command("stop", asked("", thread="").address, BEN, "")
    assert stop == phrases.NOTHING_TO_STOP
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["A beginning and an end."]


async def test_a_stop_twice_is_one(talk: Talk) -> None:
    await half_said(talk)
    first = await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
    second = await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
    await talk.quiet()
    assert (first, second) == (phrases.STOPPING, phrases.NOTHING_TO_STOP)
    assert talk.platform.texts() == [f"A beginning\n\n{phrases.STOPPED}"]
