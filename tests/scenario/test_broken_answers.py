"""Answers that break in the middle: begun once more in their place, or marked; never doubled, never torn."""

from collections.abc import Callable

import pytest

from core import phrases
from core.delivery import Rejected, Unknown
from core.errors import ModelBroke, StreamCut
from core.llama.endpoint import Deadlines
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import asked
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("Tell me all")
LONG = " ".join(f"word{number}" for number in range(900))
LIMIT = 2000


def cut_off(told: str) -> str:
    return phrases.cut_off(told)


def joined(platform: FakePlatform) -> str:
    return " ".join(" ".join(platform.texts()).split())


async def test_it_begins_once_more_in_the_same_message(talk: Talk) -> None:
    talk.model.cut("Half of it and no more", after=10)
    gate = talk.model.say_held("", "The whole answer.")
    await talk.ask(QUESTION)
    await talk.model.arrived(2)
    await talk.shows("Half of it")
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["The whole answer."]
    assert len(talk.platform.messages) == 1
    assert talk.platform.requests.count("post") == 1


async def test_what_was_taken_back_is_not_remembered(talk: Talk) -> None:
    talk.model.cut("Lima, and a mistake", after=19)
    talk.model.say("Quito.")
    await talk.ask(QUESTION)
    await talk.quiet()
    await talk.ask(asked("Go on", number=2))
    await talk.quiet()
    assert "Quito." in talk.read()
    assert "mistake" not in talk.read()
    assert talk.rows_with("mistake") == set()


async def test_it_begins_once_more_only_once(talk: Talk) -> None:
    talk.model.cut("The first half", after=9)
    talk.model.cut("The second half", after=10)
    await talk.ask(QUESTION)
    await talk.quiet()
    assert talk.platform.texts() == [f"The second\n\n{cut_off(StreamCut.told)}"]
    assert len(talk.model.journal) == 2


async def test_what_was_said_stays_when_there_is_no_second_answer(talk: Talk) -> None:
    talk.model.cut("The first half", after=9)
    talk.model.fail(500)
    await talk.ask(QUESTION)
    await talk.quiet()
    assert talk.platform.texts() == [f"The first\n\n{cut_off(ModelBroke.told)}"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda model: model.cut("Half", after=4),
        lambda model: model.end_without_finish("Half"),
        lambda model: model.error_event("Half"),
        lambda model: model.garbage("Half"),
        lambda model: model.stall("Half"),
    ],
    ids=["cut", "no end", "error event", "garbage", "stall"],
)
async def test_however_it_breaks(
    begin: Begin, model: ModelEmulator, break_it: Callable[[ModelEmulator], None]
) -> None:
    break_it(model)
    model.say("The whole answer.")
    async with begin(model, deadlines=Deadlines(5, 5, 1, 20)) as talk:
        await talk.ask(QUESTION)
        await talk.quiet()
        assert talk.platform.texts() == ["The whole answer."]


async def test_one_that_the_server_filtered_is_not_asked_for_again(talk: Talk) -> None:
    talk.model.say("Half", finish="content_filter")
    await talk.ask(QUESTION)
    await talk.quiet()
    assert len(talk.model.journal) == 1


async def test_no_time_is_left_for_another(begin: Begin, model: ModelEmulator) -> None:
    model.say("a " * 400, delay_s=0.02)
    async with begin(model, deadlines=Deadlines(5, 5, 5, 1)) as talk:
        await talk.ask(QUESTION)
        await talk.quiet()
        assert "too long" in talk.platform.texts()[0]
    assert len(model.journal) == 1


async def test_a_long_one_that_is_short_the_second_time_leaves_no_message_behind(talk: Talk) -> None:
    talk.model.cut(LONG, after=6000)
    gate = talk.model.say_held("", "Short.")
    await talk.ask(QUESTION)
    await talk.until(lambda: len(talk.platform.texts()) == 4)
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["Short."]


async def test_a_short_one_that_is_long_the_second_time(talk: Talk) -> None:
    talk.model.cut(LONG, after=50)
    talk.model.say(LONG, chunk=50)
    await talk.ask(QUESTION)
    await talk.quiet()
    assert joined(talk.platform) == LONG
    assert all(len(text) <= LIMIT for text in talk.platform.texts())


async def test_a_long_one_is_the_same_again_to_the_letter(talk: Talk) -> None:
    talk.model.cut(LONG, after=5000)
    talk.model.say(LONG, chunk=50)
    await talk.ask(QUESTION)
    await talk.quiet()
    assert joined(talk.platform) == LONG
    assert talk.platform.requests.count("post") == len(talk.platform.texts())


async def test_no_tool_runs_again_and_what_was_said_before_it_stays(talk: Talk) -> None:
    talk.model.call_tool("look_up", {"to": "Ben"}, text="I will look.")
    talk.model.cut("Found half of it", after=10)
    talk.model.say("Found it.")
    await talk.ask(QUESTION)
    await talk.quiet()
    assert talk.platform.texts() == ["I will look.\n\nFound it."]
    assert len(talk.toolbox.calls) == 1


async def test_a_call_of_a_tool_may_be_the_second_answer(talk: Talk) -> None:
    talk.model.cut("It is prob", after=10)
    talk.model.call_tool("look_up", {"to": "Ben"})
    talk.model.say("Found it.")
    await talk.ask(QUESTION)
    await talk.quiet()
    assert talk.platform.texts() == ["Found it."]
    assert "prob" not in talk.read()


async def test_an_empty_second_answer_leaves_the_first_with_its_mark(talk: Talk) -> None:
    talk.model.cut("Half of it", after=4)
    talk.model.say("")
    await talk.ask(QUESTION)
    await talk.quiet()
    assert talk.platform.texts() == [f"Half\n\n{cut_off(StreamCut.told)}"]


async def test_stopped_before_the_second_has_a_word_the_first_stays(talk: Talk) -> None:
    talk.model.cut("Half of it", after=4)
    talk.model.hang()
    await talk.ask(QUESTION)
    await talk.model.arrived(2)
    await talk.ask(asked("/stop", number=2))
    await talk.quiet()
    assert talk.platform.texts()[0] == f"Half\n\n{phrases.STOPPED}"


async def test_a_crash_between_the_two_is_one_answer(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.cut(LONG, after=5000)
    model.stall("The second")
    async with begin(model, platform) as talk:
        await talk.ask(QUESTION)
        await talk.until(lambda: platform.texts()[:1] == ["The second"])
        talk.crashed = True
    model.say("The third.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["The third."]


@pytest.mark.parametrize("outcome", [Rejected("invalid_blocks"), Unknown("lost")], ids=["refused", "unknown"])
async def test_a_full_message_that_was_on_its_way_meanwhile(
    begin: Begin, model: ModelEmulator, outcome: Rejected | Unknown
) -> None:
    platform = FakePlatform(capabilities=fast(LIMIT), pause=0.3)
    platform.faults.append(outcome)
    model.cut(LONG, after=3000)
    gate = model.say_held("", "The second.")
    async with begin(model, platform) as talk:
        await talk.ask(QUESTION)
        await talk.until(lambda: "post" in platform.requests)
        gate.set()
        await talk.quiet()
    assert platform.texts() == ["The second."]


async def test_reasoning_that_was_shown_is_that_of_the_answer_that_stands(talk: Talk) -> None:
    await talk.ask(asked("/settings reasoning on"))
    await talk.quiet()
    talk.model.cut("<think>first thoughts</think>Half of it", after=36)
    talk.model.say("The whole.")
    await talk.ask(asked("Tell me", number=2))
    await talk.quiet()
    assert talk.platform.texts()[-1].endswith("The whole.")
    assert "Half" not in talk.platform.texts()[-1]
    assert "first thoughts" not in talk.platform.texts()[-1]
