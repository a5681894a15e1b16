"""Stopping an answer."""

from core import phrases
from tests.emulators.model import ModelEmulator
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk


async def test_stop_ends_the_model_call_and_keeps_the_part(talk: Talk) -> None:
    talk.model.stall("A beginning")
    await talk.ask("Tell me a story")
    await talk.until(lambda: talk.platform.texts() == ["A beginning"])
    sentence = await talk.conversations.intake.command("stop", asked("").address, ADA, "")
    assert sentence == phrases.STOPPING
    await talk.settled()
    assert talk.platform.texts() == [f"A beginning\n\n{phrases.STOPPED}"]
    (call,) = await talk.model.ended()
    assert call.disconnected


async def test_stop_can_be_typed_and_is_answered(talk: Talk) -> None:
    talk.model.stall("A beginning")
    await talk.ask("Tell me a story")
    await talk.until(lambda: talk.platform.texts() != [])
    await talk.ask(asked("/stop", number=2))
    await talk.settled()
    assert talk.platform.texts() == [f"A beginning\n\n{phrases.STOPPED}", phrases.STOPPING]
    await talk.ask(asked("/stop", number=3))
    await talk.settled(2)
    assert talk.platform.texts()[-1] == phrases.NOTHING_TO_STOP


async def test_stop_before_the_first_word(talk: Talk) -> None:
    talk.model.hang()
    await talk.ask("hm")
    await talk.model.arrived()
    await talk.conversations.intake.command("stop", asked("").address, ADA, "")
    await talk.settled()
    assert talk.platform.texts() == [phrases.STOPPED_BEFORE_WORDS]


async def test_stop_in_a_channel_stops_ones_own_only(talk: Talk) -> None:
    talk.model.stall("for Ada")
    await talk.ask(asked("a", thread="t1", author=ADA))
    await talk.until(lambda: talk.platform.texts("t1") != [])
    gate = talk.model.say_held("for ", "Ben")
    await talk.ask(asked("b", number=2, thread="t2", author=BEN))
    await talk.until(lambda: talk.platform.texts("t2") != [])
    await talk.conversations.intake.command("stop", asked("", thread="").address, ADA, "")
    gate.set()
    await talk.settled(2)
    assert talk.platform.texts("t1") == [f"for Ada\n\n{phrases.STOPPED}"]
    assert talk.platform.texts("t2") == ["for Ben"]


async def test_what_only_looks_like_a_command_can_be_stopped(talk: Talk) -> None:
    talk.model.stall("It holds names")
    await talk.ask("/etc/hosts: what is it?")
    await talk.until(lambda: talk.platform.texts() == ["It holds names"])
    await talk.ask(asked("/stop", number=2))
    await talk.settled()
    assert talk.platform.texts() == [f"It holds names\n\n{phrases.STOPPED}", phrases.STOPPING]


async def test_stopped_answers_count_towards_the_limit(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_turns_per_hour=1) as talk:
        model.stall("A beginning")
        await talk.ask("one")
        await talk.until(lambda: talk.platform.texts() != [])
        await talk.conversations.intake.command("stop", asked("").address, ADA, "")
        await talk.settled()
        await talk.ask(asked("two", number=2))
        await talk.settled(2)
        assert "1 question within an hour" in talk.platform.texts()[-1]
