"""A person edits what they have asked: the newest words are answered, once, in the same place."""

import asyncio

import pytest

from core.events import Verdict
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import BEN, asked
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("What is the capital of Peru?")
LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(12)) + "the end"


async def answered(talk: Talk, text: str = "Lima.") -> None:
    talk.model.say(text)
    await talk.ask(QUESTION)
    await talk.quiet()


async def half_said(talk: Talk) -> None:
    talk.model.stall("The capital of Peru")
    await talk.ask(QUESTION)
    await talk.shows("The capital of Peru")


async def test_before_the_lane_takes_it(talk: Talk) -> None:
    gate = talk.model.say_held("Let me ", "think.")
    await talk.ask(asked("Busy?", number=2, author=BEN))
    await talk.model.arrived()
    await talk.ask(QUESTION)
    assert await talk.edit(QUESTION, "What is the capital of Chile?") is Verdict.STORED
    gate.set()
    await talk.quiet()
    assert talk.model.journal[1].ask.last_user_text.endswith("What is the capital of Chile?")
    assert "Peru" not in talk.read()
    assert len(talk.platform.texts()) == 2


async def test_before_the_first_word(talk: Talk) -> None:
    talk.model.hang()
    await talk.ask(QUESTION)
    await talk.model.arrived()
    talk.model.say("Santiago.")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Santiago."]
    assert talk.platform.requests.count("post") == 1
    assert talk.model.journal[0].disconnected
    assert "Peru" not in talk.read()


async def test_in_mid_stream_the_same_message_shows_the_new_answer(talk: Talk) -> None:
    await half_said(talk)
    talk.model.say("Santiago.")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Santiago."]
    assert talk.platform.requests.count("post") == 1
    (first, second) = await talk.model.ended(2)
    assert first.disconnected
    assert not second.disconnected
    assert "The capital of Peru" not in talk.read()


@pytest.mark.parametrize("new", ["Short.", LONG, LONG + "\n\n" + LONG], ids=["shorter", "same", "longer"])
async def test_in_mid_stream_of_several_messages(begin: Begin, model: ModelEmulator, new: str) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        model.stall(LONG)
        await talk.ask(QUESTION)
        await talk.until(lambda: " ".join(platform.texts()).endswith("the end"))
        before = list(platform.messages)
        model.say(new, chunk=40)
        await talk.edit(QUESTION, "And now?")
        await talk.quiet()
    assert " ".join(" ".join(platform.texts()).split()) == " ".join(new.split())
    kept = list(platform.messages)
    assert kept[: len(before)] == before[: len(kept)]
    if len(kept) <= len(before):
        assert platform.requests.count("post") == len(before)


async def test_during_delivery(begin: Begin, model: ModelEmulator) -> None:
    """The whole answer is committed, and stands on the way to people."""
    gate = asyncio.Event()
    platform = FakePlatform(gate=gate)
    async with begin(model, platform) as talk:
        model.say("Lima.")
        await talk.ask(QUESTION)
        await model.ended()
        await talk.until(lambda: "post" in platform.requests)
        model.say("Santiago.")
        await talk.edit(QUESTION, "What is the capital of Chile?")
        gate.set()
        await talk.quiet()
    assert platform.texts() == ["Santiago."]
    assert len(platform.messages) == 1


async def test_after_the_end_it_is_redone_in_place(talk: Talk) -> None:
    await answered(talk)
    (number,) = talk.platform.messages
    talk.model.say("Santiago.")
    assert await talk.edit(QUESTION, "What is the capital of Chile?") is Verdict.STORED
    await talk.quiet()
    assert talk.platform.texts() == ["Santiago."]
    assert list(talk.platform.messages) == [number]
    assert [line.role for line in talk.model.journal[1].ask.messages] == ["system", "user"]
    assert talk.model.journal[1].ask.last_user_text == "What is the capital of Chile?"


async def test_after_a_redone_answer_the_talk_goes_on_from_it(talk: Talk) -> None:
    await answered(talk)
    talk.model.say("Santiago.")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    await talk.ask(asked("And its people?", number=2))
    await talk.quiet()
    lines = [message.text for message in talk.model.journal[2].ask.messages[1:]]
    assert lines == ["What is the capital of Chile?", "Santiago.", "And its people?"]


async def test_again_and_again_with_answers_of_all_lengths(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        await answered(talk, LONG)
        for revision, text in enumerate(["Short.", LONG, "Shorter.", LONG + "\n\nMore.", "End."], 1):
            model.say(text, chunk=40)
            await talk.edit(QUESTION, f"Edition {revision}", revision)
            await talk.quiet()
            assert " ".join(" ".join(platform.texts()).split()) == " ".join(text.split())
    assert len(model.journal) == 6


async def test_one_that_is_not_the_newest_is_only_remembered(talk: Talk) -> None:
    await answered(talk)
    talk.model.say("About ten million.")
    await talk.ask(asked("And its people?", number=2))
    await talk.quiet()
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Lima.", "About ten million."]
    assert len(talk.model.journal) == 2
    await talk.ask(asked("Go on", number=3))
    await talk.quiet()
    assert "What is the capital of Chile?" in talk.read()
    assert "Peru" not in talk.read()


async def test_ten_edits_in_a_row_are_one_answer_to_the_last(talk: Talk) -> None:
    talk.model.hang()
    await talk.ask(QUESTION)
    await talk.until(lambda: len(talk.model.journal) == 1)
    for revision in range(1, 11):
        await talk.edit(QUESTION, f"Edition {revision}", revision)
    await talk.quiet()
    assert len(talk.platform.texts()) == 1
    assert talk.platform.texts()[0] == "You said: Edition 10"
    assert talk.model.journal[-1].ask.last_user_text == "Edition 10"


async def test_ten_edits_at_once_of_an_answered_question_the_last_one_wins(talk: Talk) -> None:
    await answered(talk)
    edits = [talk.edit(QUESTION, f"Edition {revision}", revision) for revision in range(10, 0, -1)]
    await asyncio.gather(*edits)
    await talk.quiet()
    assert talk.platform.texts() == ["You said: Edition 10"]
    assert len(talk.platform.messages) == 1


async def test_an_older_edit_that_comes_late_changes_nothing(talk: Talk) -> None:
    await answered(talk)
    await talk.edit(QUESTION, "Edition 2", 2)
    await talk.quiet()
    await talk.edit(QUESTION, "Edition 1", 1)
    await talk.edit(QUESTION, "Edition 2", 2)
    await talk.quiet()
    assert talk.platform.texts() == ["You said: Edition 2"]
    assert len(talk.model.journal) == 2


async def test_an_edit_to_the_same_text_changes_nothing(talk: Talk) -> None:
    """Platforms call it an edit when they have drawn a link."""
    await answered(talk)
    await talk.edit(QUESTION, QUESTION.text)
    await talk.quiet()
    assert talk.platform.texts() == ["Lima."]
    assert len(talk.model.journal) == 1


async def test_an_edit_to_the_same_text_in_mid_stream_disturbs_nothing(talk: Talk) -> None:
    gate = talk.model.say_held("The capital", " is Lima.")
    await talk.ask(QUESTION)
    await talk.shows("The capital")
    await talk.edit(QUESTION, QUESTION.text)
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["The capital is Lima."]
    assert len(talk.model.journal) == 1
