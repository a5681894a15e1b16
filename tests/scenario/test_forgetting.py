"""People are forgotten while they are answered, and a moment before and after."""

from dataclasses import replace

import pytest

from core.forgetting import EVERYTHING, Forgotten
from core.message import Standing
from core.principal import Principal
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

CANARY = "canary-4711"
PERSON = Principal.of(ADA, asked("").address)


async def forget(talk: Talk, *, is_told: bool = True) -> Forgotten:
    """As the command does it; or the process ends before it can tell anybody."""
    conversations = talk.conversations
    forgotten = await conversations.store.forget(PERSON, EVERYTHING, talk.clock.now())
    for effect in forgotten.anew if is_told else ():
        assert effect.address is not None
        conversations.intake.running.overtake(effect.turn)
        conversations.lanes.wake(effect.address)
    return forgotten


async def test_half_an_answer_is_taken_off_the_screen(talk: Talk) -> None:
    talk.model.stall(f"About {CANARY}: ")
    await talk.ask(asked(CANARY))
    await talk.shows(f"About {CANARY}: ")
    assert len((await forget(talk)).anew) == 1
    await talk.quiet()
    assert talk.platform.texts() == []
    assert talk.rows_with(CANARY) == set()


async def test_a_turn_that_is_not_told_can_write_nothing(talk: Talk) -> None:
    gate = talk.model.say_held(f"About {CANARY}: ", f"all of {CANARY}.")
    await talk.ask(asked(CANARY))
    await talk.shows(f"About {CANARY}: ")
    await forget(talk, is_told=False)
    gate.set()
    await talk.until(lambda: not talk.conversations.lanes._at_work)
    assert talk.rows_with(CANARY) == set()
    talk.conversations.lanes.wake(asked("").address)
    await talk.quiet()
    assert talk.platform.texts() == []
    assert talk.rows_with(CANARY) == set()


async def test_what_a_tool_says_afterwards_is_not_written(talk: Talk) -> None:
    talk.toolbox.held.add("look_up")
    talk.model.call_tool("look_up", f'{{"word": "{CANARY}"}}')
    await talk.ask(asked(CANARY))
    await talk.until(lambda: bool(talk.toolbox.calls))
    await forget(talk)
    talk.toolbox.gate.set()
    await talk.quiet()
    assert talk.platform.texts() == []
    assert talk.rows_with(CANARY) == set()


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_restart_takes_the_rest_off_the_screen(
    begin: Begin, model: ModelEmulator, is_told: bool
) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        model.stall(f"About {CANARY}: ")
        await talk.ask(asked(CANARY))
        await talk.shows(f"About {CANARY}: ")
        talk.crashed = True
        await forget(talk, is_told=is_told)
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert platform.texts() == []
        assert talk.rows_with(CANARY) == set()
        await talk.ask(asked("Again?", number=2))
        await talk.quiet()
        assert CANARY not in talk.read()


async def test_others_in_the_thread_are_answered_all_the_same(talk: Talk) -> None:
    await talk.ask(asked(CANARY))
    await talk.quiet()
    gate = talk.model.say_held("wa", "it")
    await talk.ask(asked("And mine?", number=2, author=BEN))
    await talk.model.arrived()
    await talk.ask(asked(f"More of {CANARY}", number=3))
    assert (await forget(talk)).anew == ()
    gate.set()
    await talk.quiet()
    assert talk.platform.texts()[-1] == "wait"
    talk.model.say("Yes.")
    await talk.ask(asked("Anything before?", number=4, author=BEN))
    await talk.quiet()
    assert CANARY not in talk.read()
    assert "And mine?" in talk.read()


async def test_a_message_that_is_deleted_later_takes_its_answer_along(talk: Talk) -> None:
    talk.model.say("It is a bird.")
    question = asked(CANARY)
    await talk.ask(question)
    await talk.quiet()
    await forget(talk)
    assert talk.platform.texts() == ["It is a bird."]
    await talk.delete(question)
    await talk.quiet()
    assert talk.platform.texts() == []


async def test_by_command_it_says_first_what_would_go_and_then_lets_it_go(talk: Talk) -> None:
    await talk.ask(asked(f"My word is {CANARY}"))
    await talk.quiet()
    await talk.ask(asked("Mine is not", number=2, author=BEN))
    await talk.quiet()
    await talk.ask(asked("/forget everything", number=3))
    await talk.quiet()
    assert "1 question" in talk.platform.texts()[-1]
    assert talk.rows_with(CANARY) != set()
    await talk.ask(asked("/forget everything yes", number=4))
    await talk.quiet()
    assert talk.rows_with(CANARY) == set()
    await talk.ask(asked("What do you know?", number=5, author=BEN))
    await talk.quiet()
    assert CANARY not in talk.read()
    assert "Mine is not" in talk.read()


async def test_by_command_what_is_being_answered_is_taken_back(talk: Talk) -> None:
    talk.model.stall(f"About {CANARY}: ")
    await talk.ask(asked(CANARY))
    await talk.shows(f"About {CANARY}: ")
    said = await talk.conversations.intake.command("forget", asked("").address, ADA, "everything yes")
    assert "taken back" in said
    await talk.quiet()
    assert talk.platform.texts() == []
    assert talk.rows_with(CANARY) == set()


async def test_who_is_not_answered_may_be_forgotten_all_the_same(talk: Talk) -> None:
    guest = replace(ADA, standing=Standing.GUEST)
    await talk.ask(asked(f"My word is {CANARY}", author=guest))
    await talk.quiet()
    assert talk.rows_with(CANARY) != set()
    await talk.conversations.intake.command("forget", asked("").address, guest, "everything yes")
    assert talk.rows_with(CANARY) == set()
