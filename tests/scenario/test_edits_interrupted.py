"""An edit in an awkward moment: beside its question, under a slow platform, before a restart."""

import asyncio
from itertools import pairwise

import pytest

from core import phrases
from core.delivery import Retry, Unknown
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import said
from tests.fakes.platform import FakePlatform
from tests.questions import asked
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("What is the capital of Peru?")


async def answered(talk: Talk, text: str = "Lima.") -> None:
    talk.model.say(text)
    await talk.ask(QUESTION)
    await talk.quiet()


async def half_said(talk: Talk) -> None:
    talk.model.stall("The capital of Peru")
    await talk.ask(QUESTION)
    await talk.shows("The capital of Peru")


async def test_an_edit_beside_its_question_is_never_missed(talk: Talk) -> None:
    """The edit comes in the moment in which the lane takes the question: no old words are answered."""
    for number in range(1, 31):
        question = asked(f"Old words {number}", number=number, thread=f"t{number}")
        await talk.ask(question)
        for _ in range(number):
            await asyncio.sleep(0)
        await talk.edit(question, f"New words {number}")
    await talk.quiet()
    for number in range(1, 31):
        (shown,) = (
            one for one in talk.platform.messages.values() if one.draft.address.thread == f"t{number}"
        )
        assert shown.text == f"You said: New words {number}"


async def test_an_edit_that_is_stored_together_with_the_taking_of_its_question(talk: Talk) -> None:
    """The lane holds the old words, and nothing is said to them."""
    talk.model.answer_with(lambda ask: said(f"You said: {ask.last_user_text}", delay_s=0.01))
    await talk.conversations.store.accept(QUESTION, (), 1.0)
    async with talk.one_batch() as batch:
        talk.conversations.lanes.wake(QUESTION.address)
        await batch.holds(1)
        edit = asyncio.create_task(talk.edit(QUESTION, "What is the capital of Chile?"))
        await batch.holds(2)
    await edit
    await talk.quiet()
    (shown,) = talk.platform.messages.values()
    assert all(before in after for before, after in pairwise(shown.texts)), "it began twice"
    assert len(talk.model.journal) == 1
    assert shown.text == "You said: What is the capital of Chile?"


async def test_an_edit_does_not_wait_for_a_platform_that_makes_us_wait(talk: Talk) -> None:
    await half_said(talk)
    talk.platform.edit_faults.append(Retry(30.0))
    talk.model.hang()
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.model.arrived(2, timeout_s=1)
    await talk.edit(QUESTION, "What is the capital of Ecuador?", 2)
    await talk.model.arrived(3, timeout_s=1)


@pytest.mark.parametrize("pause", [0, 1, 2, 3, 5, 8, 13, 21, 34], ids=str)
async def test_a_restart_after_an_edit_in_mid_stream(begin: Begin, model: ModelEmulator, pause: int) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
        model.hang()
        await talk.edit(QUESTION, "What is the capital of Chile?")
        for _ in range(pause):
            await asyncio.sleep(0)
    model._queue.clear()
    model.say("Santiago.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert "Peru" not in talk.read()
    assert platform.texts() == ["Santiago."]
    assert platform.requests.count("post") == 1


async def test_a_restart_between_an_edit_and_its_answer(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await answered(talk)
        model.hang()
        await talk.edit(QUESTION, "What is the capital of Chile?")
        await model.arrived(2)
    model.say("Santiago.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["Santiago."]
    assert len(platform.messages) == 1


async def test_a_restart_while_the_first_post_is_out(begin: Begin, model: ModelEmulator) -> None:
    """It has arrived, and nobody heard of it: the new answer goes into it."""
    platform = FakePlatform(faults=[("after", Unknown("reset"))], blind=True)
    async with begin(model, platform) as talk:
        await half_said(talk)
        model.hang()
        await talk.edit(QUESTION, "What is the capital of Chile?")
    platform.blind = False
    model._queue.clear()
    model.say("Santiago.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["Santiago."]
    assert platform.requests.count("post") == 1


async def test_an_edit_while_nobody_listened(begin: Begin, model: ModelEmulator) -> None:
    """Caught up with at the next start, of an answer that was cut by its end."""
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
    model.say("Lima.")
    async with begin(model, platform) as talk:
        await talk.edit(QUESTION, "What is the capital of Chile?")
        model.say("Santiago.")
        await talk.quiet()
    assert platform.texts()[0] in {"Santiago.", "Lima."}
    assert "Peru" not in talk.read()
    assert len(platform.messages) == 1


async def test_a_stop_right_after_an_edit_stops_the_new_answer(begin: Begin, model: ModelEmulator) -> None:
    """While an old request is still out, and nothing new has begun."""
    gate = asyncio.Event()
    platform = FakePlatform(gate=gate)
    async with begin(model, platform) as talk:
        model.stall("The capital of Peru")
        await talk.ask(QUESTION)
        await talk.until(lambda: "post" in platform.requests)
        await talk.edit(QUESTION, "What is the capital of Chile?")
        stop = await talk.conversations.intake.command("stop", QUESTION.address, QUESTION.author, "")
        gate.set()
        await talk.quiet()
    assert stop == phrases.STOPPING
    assert platform.texts() == [phrases.STOPPED_BEFORE_WORDS]
    assert len(model.journal) == 1
