"""Tool calls over a crash: what may have taken effect is not made again, and the model is told so."""

import pytest

from core import phrases
from core.transcript import ToolSpec
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Reply, Send, called
from tests.fakes.platform import FakePlatform
from tests.questions import asked
from tests.scenario.conftest import NO_ARGUMENTS, Begin, FakeToolbox, Talk

QUESTION = asked("Send the letter")


async def crash_in(begin: Begin, model: ModelEmulator, platform: FakePlatform, *names: str) -> FakeToolbox:
    """Have the model call tools, and the process end while those named are at work."""
    toolbox = FakeToolbox(held=set(names))
    async with begin(model, platform, toolbox=toolbox) as talk:
        await talk.ask(QUESTION)
        await talk.until(lambda: {call.name for call in toolbox.calls} >= set(names))
        talk.crashed = True
    return toolbox


def told(model: ModelEmulator, call: int = -1) -> list[str]:
    """What the model was told of its calls, in their order."""
    return [result.text for result in model.journal[call].ask.tool_results]


async def test_what_was_running_is_not_made_again(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("look_up", {"to": "Ben"})
    await crash_in(begin, model, platform, "look_up")
    model.say("I do not know whether it was sent.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert talk.toolbox.calls == []
    assert platform.texts() == ["I do not know whether it was sent."]
    (result,) = told(model)
    assert phrases.UNCERTAIN_CALL in result
    (call,) = [line for line in model.journal[-1].ask.messages if line.calls]
    assert call.calls[0][1:] == ("look_up", '{"to": "Ben"}')


async def test_what_does_no_harm_is_made_again(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("read_up", {"word": "tampu"})
    await crash_in(begin, model, platform, "read_up")
    model.say("A way-station.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert [call.arguments for call in talk.toolbox.calls] == ['{"word": "tampu"}']
    assert told(model) == ['found {"word": "tampu"}']
    assert platform.texts() == ["A way-station."]


async def test_what_has_ended_is_not_made_again(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("look_up", {"to": "Ben"})
    model.stall("It is")
    async with begin(model, platform) as talk:
        await talk.ask(QUESTION)
        await talk.shows("It is")
    model.say("It is sent.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert talk.toolbox.calls == []
    assert told(model) == ['found {"to": "Ben"}']
    assert platform.texts() == ["It is sent."]


async def test_each_of_several_beside_each_other_goes_its_way(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tools(("done", {"a": 1}), ("look_up", {"b": 2}), ("read_up", {"c": 3}))
    await crash_in(begin, model, platform, "look_up", "read_up")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert [call.name for call in talk.toolbox.calls] == ["read_up"]
    results = told(model)
    assert results[0] == 'found {"a": 1}'
    assert phrases.UNCERTAIN_CALL in results[1]
    assert results[2] == 'found {"c": 3}'


async def test_a_second_crash_changes_nothing_of_that(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("look_up", {"to": "Ben"})
    await crash_in(begin, model, platform, "look_up")
    calls = 0
    for life in range(3):
        model.hang()
        async with begin(model, platform) as talk:
            await model.arrived(2 + life)
            talk.crashed = True
            calls += len(talk.toolbox.calls)
    model._queue.clear()
    model.say("Nobody knows.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        calls += len(talk.toolbox.calls)
    assert calls == 0
    assert len(told(model)) == 1
    assert platform.texts() == ["Nobody knows."]


@pytest.mark.parametrize(
    "again",
    [
        '{"to": "Ben", "text": "a b"}',
        '{"to":"Ben","text":"a b"}',
        '{"text": "a b", "to": "Ben"}',
        '{ "text" : "a\\u0020b" ,\n "to" : "Ben" }',
    ],
    ids=["alike", "spaced", "in another order", "escaped"],
)
async def test_the_model_may_not_make_it_again(begin: Begin, model: ModelEmulator, again: str) -> None:
    platform = FakePlatform()
    model.call_tool("look_up", {"to": "Ben", "text": "a b"})
    await crash_in(begin, model, platform, "look_up")
    model.call_tool("look_up", again)
    model.say("I will not try again.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert talk.toolbox.calls == []
    assert [phrases.UNCERTAIN_CALL in result for result in told(model)] == [True, True]
    assert platform.texts() == ["I will not try again."]


async def test_another_call_of_that_tool_is_made(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("look_up", {"text": "now here"})
    await crash_in(begin, model, platform, "look_up")
    model.call_tool("look_up", {"text": "nowhere"})
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert [call.arguments for call in talk.toolbox.calls] == ['{"text": "nowhere"}']


async def test_a_tool_that_is_no_longer_there_may_have_done_harm(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("read_up", {"word": "tampu"})
    await crash_in(begin, model, platform, "read_up")
    toolbox = FakeToolbox(specs=(ToolSpec("look_up", "Looks a word up.", NO_ARGUMENTS),))
    async with begin(model, platform, toolbox=toolbox) as talk:
        await talk.quiet()
    assert toolbox.calls == []
    assert phrases.UNCERTAIN_CALL in told(model)[0]


async def test_a_server_that_counts_its_calls_from_one_each_time(begin: Begin, model: ModelEmulator) -> None:
    """Its second call is another, whatever its id; so is the one after a crash."""
    platform = FakePlatform()
    for word in ("first", "second"):
        model.reply(called(("look_up", {"word": word}), prefix="call"))
    model.stall("Both")
    async with begin(model, platform) as talk:
        await talk.ask(QUESTION)
        await talk.shows("Both")
        assert [call.arguments for call in talk.toolbox.calls] == ['{"word": "first"}', '{"word": "second"}']
    model.reply(called(("look_up", {"word": "third"}), prefix="call"))
    model.say("All three.")
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert [call.arguments for call in talk.toolbox.calls] == ['{"word": "third"}']
    assert told(model) == [f'found {{"word": "{word}"}}' for word in ("first", "second", "third")]
    ids = [result.tool_call_id for result in model.journal[-1].ask.tool_results]
    assert len(set(ids)) == 3
    assert [call[0] for line in model.journal[-1].ask.messages for call in line.calls] == ids


async def test_two_calls_of_one_id_in_one_answer(talk: Talk) -> None:
    both = called(("look_up", {"word": "one"}), ("look_up", {"word": "two"}))
    steps = (Send(step.data.replace(b"call_1", b"call_0")) for step in both.steps if isinstance(step, Send))
    talk.model.reply(Reply(tuple(steps)))
    await talk.ask(QUESTION)
    await talk.quiet()
    assert told(talk.model) == ['found {"word": "one"}', 'found {"word": "two"}']


async def test_words_before_a_call_are_not_said_twice(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.call_tool("look_up", {"to": "Ben"}, text="Let me send it.")
    await crash_in(begin, model, platform, "look_up")
    model.say("It may have been sent.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["It may have been sent."]
    assert len(platform.messages) == 1


async def test_an_edit_while_a_harmless_tool_runs(begin: Begin, model: ModelEmulator) -> None:
    """It was called for other words, and is of no use for these."""
    toolbox = FakeToolbox(held={"read_up"})
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tool("read_up", {"word": "tampu"})
        await talk.ask(QUESTION)
        await talk.until(lambda: toolbox.calls != [])
        model.say("Hello.")
        await talk.edit(QUESTION, "Hi")
        await talk.quiet()
        assert len(toolbox.calls) == 1
        assert told(model) == []
        assert talk.platform.texts() == ["Hello."]


async def test_an_edit_while_another_tool_runs(begin: Begin, model: ModelEmulator) -> None:
    """It may have taken effect, and must not do so again for the new words."""
    toolbox = FakeToolbox(held={"look_up"})
    async with begin(model, toolbox=toolbox) as talk:
        model.call_tool("look_up", {"to": "Ben"})
        await talk.ask(QUESTION)
        await talk.until(lambda: toolbox.calls != [])
        model.call_tool("look_up", {"to": "Ben"})
        model.say("It may have been sent.")
        await talk.edit(QUESTION, "Send the letter, please")
        await talk.quiet()
        assert len(toolbox.calls) == 1
        assert [phrases.UNCERTAIN_CALL in result for result in told(model)] == [True, True]


async def test_an_edit_after_the_end_calls_anew(talk: Talk) -> None:
    talk.model.call_tool("look_up", {"to": "Ben"})
    talk.model.say("Sent.")
    await talk.ask(QUESTION)
    await talk.quiet()
    talk.model.call_tool("look_up", {"to": "Cleo"})
    talk.model.say("Sent to Cleo.")
    await talk.edit(QUESTION, "Send it to Cleo")
    await talk.quiet()
    assert [call.arguments for call in talk.toolbox.calls] == ['{"to": "Ben"}', '{"to": "Cleo"}']
    assert told(talk.model) == ['found {"to": "Cleo"}']
    assert talk.platform.texts() == ["Sent to Cleo."]


async def test_a_stop_while_a_tool_runs_and_a_crash_before_it_is_noted(
    begin: Begin, model: ModelEmulator
) -> None:
    toolbox, platform = FakeToolbox(held={"look_up"}), FakePlatform()
    model.call_tool("look_up", {"to": "Ben"})
    async with begin(model, platform, toolbox=toolbox) as talk:
        await talk.ask(QUESTION)
        await talk.until(lambda: toolbox.calls != [])
        await talk.conversations.intake.command("stop", QUESTION.address, QUESTION.author, "")
        talk.crashed = True
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert talk.toolbox.calls == []
    assert len(platform.messages) == 1
