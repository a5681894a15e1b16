"""Several models in order: who is asked, who answers, and who never sees a picture."""

import pytest

from core.errors import (
    ContentFiltered,
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.chain import Chain
from core.llama.unasked import StillBroken, StillUnreachable, WaitedTooLong
from core.transcript import Finished, ModelEvent, ModelInfo, TextDelta, ToolSpec
from tests.faults.stateful_time import JumpingClock
from tests.unit.llama_steady_stage import THINKING, WHOLE, ScriptedModel, asking, live, read


def model_that_fails(error: ModelError, name: str = "first", **about: bool) -> ScriptedModel:
    return ScriptedModel((THINKING, error), name=name, **about)


def ask(*models: ScriptedModel, picture: bool = False) -> list[ModelEvent]:
    async def story(clock: JumpingClock) -> list[ModelEvent]:
        return await read(Chain(models, clock), asking(picture=picture))

    return live(story)


@pytest.mark.parametrize(
    "error",
    [
        ModelUnreachable("x"),
        ModelBusy("x"),
        ModelBusy("x", 600.0),
        ModelBroke("x"),
        ModelTimedOut("x", "first"),
        ModelRefusedKey("x"),
        ModelMissing("x"),
        ModelQuotaSpent("x"),
        StreamCut("x"),
        StillUnreachable("x"),
        StillBroken("x"),
        WaitedTooLong("x"),
    ],
    ids=repr,
)
def test_the_next_answers_and_is_named(error: ModelError) -> None:
    events = ask(model_that_fails(error), ScriptedModel(name="second"))
    assert events[1] == TextDelta("Hello")
    assert isinstance(events[-1], Finished)
    assert events[-1].model == "second"


@pytest.mark.parametrize(
    "error",
    [ContextOverflow("x"), ContentFiltered("x"), ModelRejected("x"), ModelTimedOut("x", "end")],
    ids=repr,
)
def test_what_is_wrong_with_the_question_goes_no_further(error: ModelError) -> None:
    second = ScriptedModel()
    with pytest.raises(type(error)):
        ask(model_that_fails(error), second)
    assert second.requests == []


def test_once_something_was_seen_nobody_else_goes_on() -> None:
    second = ScriptedModel()
    with pytest.raises(StreamCut):
        ask(ScriptedModel((TextDelta("a"), StreamCut("x"))), second)
    assert second.requests == []


def test_of_all_failures_the_one_that_explains_most_is_told() -> None:
    with pytest.raises(ModelRefusedKey):
        ask(model_that_fails(ModelRefusedKey("x")), model_that_fails(ModelUnreachable("x")))


def test_a_chain_of_one() -> None:
    assert ask(ScriptedModel(name="only"))[0] == WHOLE[0]
    with pytest.raises(ModelBusy):
        ask(model_that_fails(ModelBusy("x")))


def test_one_that_failed_is_asked_last_for_a_while() -> None:
    first = ScriptedModel((ModelBroke("x"),), WHOLE, name="first")
    second = ScriptedModel(name="second")

    async def story(clock: JumpingClock) -> list[str]:
        chain = Chain([first, second], clock)
        names = [(await chain.info()).name]
        for pause in (0.0, 20.0, 11.0):
            await clock.sleep(pause)
            [*_, last] = await read(chain)
            assert isinstance(last, Finished)
            names += [last.model, (await chain.info()).name]
        return names

    assert live(story) == ["first", "second", "second", "second", "second", "first", "first"]
    assert len(first.requests) == 2


def test_one_that_rests_is_still_better_than_none() -> None:
    first = ScriptedModel((ModelMissing("x"),), WHOLE, name="first")
    second = ScriptedModel(WHOLE, (ModelUnreachable("x"),), name="second")

    async def story(clock: JumpingClock) -> list[ModelEvent]:
        chain = Chain([first, second], clock)
        await read(chain)
        return await read(chain)

    last = live(story)[-1]
    assert isinstance(last, Finished)
    assert last.model == "first"


def test_info_is_that_of_the_first_that_works() -> None:
    first, second = ScriptedModel(name="first"), ScriptedModel(name="second")

    async def story(clock: JumpingClock) -> ModelInfo:
        return await Chain([first, second], clock).info()

    first.info_failures = [ModelUnreachable("x")]
    assert live(story).name == "second"
    first.info_failures, second.info_failures = [ModelUnreachable("x")], [ModelMissing("y")]
    with pytest.raises(ModelMissing):
        live(story)


def test_a_chain_needs_a_model() -> None:
    async def story(clock: JumpingClock) -> Chain:
        return Chain([], clock)

    with pytest.raises(ValueError, match="at least one"):
        live(story)


def test_the_question_is_cut_to_what_the_next_can_do() -> None:
    small = ScriptedModel(tools=False, max_output=50)
    request = asking(max_tokens=100)
    tool = ToolSpec("clock", "tells the time", "{}")

    async def story(clock: JumpingClock) -> None:
        chain = Chain([model_that_fails(ModelBroke("x")), small], clock)
        await read(chain, type(request)(request.messages, (tool,), max_tokens=100))

    live(story)
    assert (small.requests[0].max_tokens, small.requests[0].tools) == (50, ())


# Pictures


def test_a_picture_goes_past_those_that_cannot_see() -> None:
    blind, seeing = ScriptedModel(vision=False), ScriptedModel(name="seeing", vision=True)
    last = ask(blind, seeing, picture=True)[-1]
    assert isinstance(last, Finished)
    assert last.model == "seeing"
    assert blind.requests == []
    assert isinstance(ask(blind, seeing)[-1], Finished)
    assert len(blind.requests) == 1


def test_a_picture_does_not_fall_back_to_one_that_cannot_see() -> None:
    blind = ScriptedModel(vision=False)
    with pytest.raises(ModelUnreachable):
        ask(model_that_fails(ModelUnreachable("x"), vision=True), blind, picture=True)
    assert blind.requests == []


def test_where_nobody_can_see_the_first_says_so() -> None:
    blind = model_that_fails(NoVision("x"), vision=False)
    with pytest.raises(NoVision):
        ask(blind, ScriptedModel((NoVision("y"),), vision=False), picture=True)


def test_one_that_turns_out_to_be_blind_is_passed_over_for_that_question_only() -> None:
    first = ScriptedModel((NoVision("x"),), WHOLE, name="first")
    second = ScriptedModel(name="second", vision=True)

    async def story(clock: JumpingClock) -> list[str]:
        chain = Chain([first, second], clock)
        names = []
        for picture in (True, False):
            [*_, last] = await read(chain, asking(picture=picture))
            assert isinstance(last, Finished)
            names.append(last.model)
        return names

    assert live(story) == ["second", "first"]
