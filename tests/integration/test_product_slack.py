"""Whole conversations in Slack: people, threads, commands, and what is left alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulators.model import ModelEmulator
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.product import environment, model_settings, running, slack_settings
from tests.product_stage import SlackStage, kept, on_slack, quiet, rows, until

SLOW_S = 0.1
WHICH = "You said: which word?"


@pytest.fixture
async def stage(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    async with on_slack(tmp_path, model) as running:
        yield running


async def test_a_mention_is_answered_in_its_thread_and_a_follow_up_needs_none(stage: SlackStage) -> None:
    stage.model.say("Lima is the capital of Peru.")
    stage.model.say("About ten million people.")
    question = await stage.ask("what is the capital of Peru?")
    await stage.shows(question, "Lima is the capital of Peru.")
    await stage.slack.say("U1", "C1", "and how many live there?", thread=question)
    await stage.shows(question, "Lima is the capital of Peru.", "About ten million people.")
    asked = [(said.role, said.text) for said in stage.model.journal[1].ask.messages[1:]]
    assert asked == [
        ("user", "what is the capital of Peru?"),
        ("assistant", "Lima is the capital of Peru."),
        ("user", "and how many live there?"),
    ]
    assert all(seen.thread == question for seen in stage.slack.answers("C1"))
    await quiet(stage.model, 2)


async def test_what_is_said_to_others_is_left_alone_and_not_kept(stage: SlackStage) -> None:
    stage.model.say("Here I am.")
    question = await stage.ask("are you there?")
    await stage.shows(question, "Here I am.")
    await stage.slack.say("U1", "C1", "<@U2> canary-to-grace, please look", thread=question)
    await stage.slack.say("U2", "C1", "canary-in-the-channel for everybody")
    elsewhere = await stage.slack.say("U2", "C1", "canary-of-a-root")
    await stage.slack.say("U1", "C1", "canary-below-it", thread=elsewhere)
    await quiet(stage.model, 1)
    assert len(stage.slack.answers("C1")) == 1
    assert kept(stage.data, "are you there?")
    assert not kept(stage.data, "canary")


async def test_a_thread_that_people_had_before_is_read_and_not_kept(stage: SlackStage) -> None:
    root = await stage.slack.say("U2", "C1", "canary-root: the roof leaks")
    await stage.slack.say("U3", "C1", "canary-reply: since Monday", thread=root)
    stage.model.say("The roof has leaked since Monday.")
    await stage.ask("sum this up", thread=root)
    await stage.shows(root, "The roof has leaked since Monday.")
    await stage.slack.say("U2", "C1", "thank you", thread=root)
    calls = await stage.model.arrived(2)
    for call in calls:
        words = "\n".join(said.text for said in call.ask.messages)
        assert "Grace: canary-root: the roof leaks\nLinus: canary-reply: since Monday" in words
    assert "[Ada says]\nsum this up" in words
    assert "[Grace says]\nthank you" in words
    await stage.model.ended(2)
    assert not kept(stage.data, "canary")


async def test_two_people_in_one_thread_are_told_apart(stage: SlackStage) -> None:
    stage.model.say("Noted.")
    question = await stage.ask("my cat is called Tom")
    await stage.shows(question, "Noted.")
    stage.model.say("Yours is Kit, hers is Tom.")
    await stage.slack.say("U2", "C1", "mine is Kit. Whose is which?", thread=question)
    await stage.shows(question, "Noted.", "Yours is Kit, hers is Tom.")
    users = [said.text for said in stage.model.journal[1].ask.messages if said.role == "user"]
    assert users == ["[Ada says]\nmy cat is called Tom", "[Grace says]\nmine is Kit. Whose is which?"]


async def test_two_questions_in_one_channel_are_two_conversations(stage: SlackStage) -> None:
    first = await stage.ask("the first matter")
    second = await stage.ask("the second matter", user="U2")
    await stage.shows(first, "You said: the first matter")
    await stage.shows(second, "You said: the second matter")
    assert all(len(call.ask.messages) == 2 for call in stage.model.journal)


async def test_a_direct_message_needs_no_mention(stage: SlackStage) -> None:
    direct = stage.slack.direct("U1")
    question = await stage.slack.say("U1", direct, "hello, just between us")
    await stage.shows(question, "You said: hello, just between us", channel=direct)
    await stage.slack.say("U1", direct, "and again", thread=question)
    await stage.shows(question, "You said: hello, just between us", "You said: and again", channel=direct)
    assert "a direct message" in stage.model.journal[0].ask.messages[0].text


@pytest.mark.parametrize("words", ["/stop", f"<@{BOT_USER}> /stop"])
async def test_stop_typed_in_the_thread_ends_a_slow_answer(stage: SlackStage, words: str) -> None:
    stage.model.say("word " * 200, delay_s=SLOW_S)
    question = await stage.ask("tell me a long story")
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    await stage.slack.say("U1", "C1", words, thread=question)
    (call,) = await stage.model.ended()
    assert call.disconnected
    await stage.slack.wait_for(lambda: len(stage.answers(question)) == 2, 10)
    await stage.slack.wait_for(lambda: stage.answers(question)[0].text.endswith("*(stopped)*"), 10)
    assert stage.answers(question)[1].text == "Stopped."
    stage.model.say("Shorter, then.")
    await stage.slack.say("U1", "C1", "shorter, please", thread=question)
    await until(lambda: [seen.text for seen in stage.answers(question)[2:]], ["Shorter, then."])
    remembered = stage.model.journal[1].ask.messages
    assert [said.role for said in remembered] == ["system", "user", "assistant", "user"]
    assert "stopped" not in "".join(said.text.lower() for said in remembered[1:])


async def test_questions_that_come_while_it_answers_wait_their_turn(stage: SlackStage) -> None:
    gate = stage.model.say_held("Here is ", "the first.")
    question = await stage.ask("the first matter")
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    await stage.slack.say("U2", "C1", "the second matter", thread=question)
    await stage.slack.say("U1", "C1", "the third matter", thread=question)
    await stage.slack.say("U1", "C1", "and the fourth", thread=question)
    await quiet(stage.model, 1)
    stage.model.say("The second.")
    stage.model.say("The third and the fourth.")
    gate.set()
    await stage.shows(question, "Here is the first.", "The second.", "The third and the fourth.")
    last = [said.text for said in stage.model.journal[2].ask.messages if said.role == "user"][-1]
    assert last.index("the third matter") < last.index("and the fourth")
    await quiet(stage.model, 3)


async def test_a_tool_is_used_on_the_way_to_an_answer(stage: SlackStage) -> None:
    stage.model.call_tool("calculate", {"expression": "17% of 2340"}, text="Let me see.")
    stage.model.say("It is 397.8.")
    question = await stage.ask("what is 17% of 2340?")
    await stage.shows(question, "Let me see.\n\nIt is 397.8.")
    (result,) = stage.model.journal[1].ask.tool_results
    assert "397.8" in result.text
    assert sorted(stage.model.journal[0].ask.tools) == ["calculate", "draw_chart", "time_in"]


async def test_stop_by_command_ends_the_persons_own_answer_only(stage: SlackStage) -> None:
    stage.model.say("ada " * 200, delay_s=SLOW_S)
    mine = await stage.ask("a long one")
    await stage.model.arrived(1)
    gate = stage.model.say_held("grace", " and on")
    hers = await stage.ask("another", user="U2")
    await stage.slack.wait_for(lambda: stage.answers(mine) and stage.answers(hers), 10)
    result = await stage.slack.command("U1", "C1", "/llama", "stop")
    assert result.text == "Stopped."
    calls = await stage.model.ended(1)
    assert [call.disconnected for call in calls] == [True, False]
    gate.set()
    await stage.shows(hers, "grace and on")


async def test_commands_are_answered_to_the_person_alone(stage: SlackStage) -> None:
    told = {
        words: (await stage.slack.command("U1", "C1", "/llama", words)).text
        for words in ("help", "model", "new", "stop")
    }
    assert "`/llama image what you want to know`: Ask about a picture" in told["help"]
    assert "`/stop`" not in told["help"]
    assert "*emulated-llama*" in told["model"]
    assert "begins a new conversation" in told["new"]
    assert told["stop"] == "There is nothing to stop."
    assert {(each.channel, each.user) for each in stage.slack.ephemerals} == {("C1", "U1")}
    assert stage.slack.answers("C1") == []
    assert stage.model.journal == ()


async def test_a_question_by_command_opens_a_thread(stage: SlackStage) -> None:
    stage.model.say("Because of Rayleigh scattering.")
    stage.model.say("At sunset the way is longer.")
    await stage.slack.command("U1", "C1", "/llama", "why is the sky blue?")
    await stage.slack.wait_for(lambda: stage.slack.messages("C1"), 10)
    (opener,) = stage.slack.messages("C1")
    assert opener.text == "**Ada asked:** why is the sky blue?"
    await stage.shows(opener.ts, opener.text, "Because of Rayleigh scattering.")
    await stage.slack.say("U2", "C1", "and red in the evening?", thread=opener.ts)
    await stage.shows(
        opener.ts, opener.text, "Because of Rayleigh scattering.", "At sunset the way is longer."
    )
    assert "why is the sky blue?" in stage.model.journal[1].ask.messages[1].text


async def test_a_commands_answer_whose_post_was_not_confirmed_is_given_once(stage: SlackStage) -> None:
    stage.model.say("Only once.", first_token_s=0.5)
    await stage.slack.command("U1", "C1", "/llama", "say it once")
    await stage.slack.wait_for(lambda: stage.slack.messages("C1"), 10)
    (opener,) = stage.slack.messages("C1")
    stage.slack.fault("chat.postMessage", reset=True, after_effect=True)
    await stage.slack.wait_for(lambda: stage.slack.journal.of("conversations.replies"), 10)
    await until(lambda: rows(stage.data, "SELECT count(*) FROM turn WHERE ended_at > 0"), [(1,)])
    assert [seen.text for seen in stage.answers(opener.ts)] == [opener.text, "Only once."]
    assert len(stage.slack.answers("C1")) == 2


async def test_new_makes_the_model_forget(stage: SlackStage) -> None:
    stage.model.say("Noted.")
    question = await stage.ask("the word is quipu")
    await stage.shows(question, "Noted.")
    await stage.slack.say("U1", "C1", "/new", thread=question)
    fresh = "A fresh start: I no longer look at what stands above."
    await stage.shows(question, "Noted.", fresh)
    stage.model.say("I do not know.")
    await stage.slack.say("U1", "C1", "which word?", thread=question)
    await stage.shows(question, "Noted.", fresh, "I do not know.")
    assert [said.text for said in stage.model.journal[1].ask.messages[1:]] == ["which word?"]


async def test_a_typed_command_is_not_read_to_the_model(stage: SlackStage) -> None:
    question = await stage.ask("/help")
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    await stage.slack.say("U1", "C1", "so what is a quipu?", thread=question)
    (call,) = await stage.model.ended()
    assert [said.text for said in call.ask.messages[1:]] == ["so what is a quipu?"]


async def test_a_mention_alone_is_asked_what_it_wants(stage: SlackStage) -> None:
    question = await stage.ask("")
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    assert stage.answers(question)[0].text.startswith("What would you like to know?")
    assert stage.model.journal == ()


async def test_nobody_is_pinged_by_an_answer(stage: SlackStage) -> None:
    stage.model.say("Calling <!channel>, <!here>, <@U2>, <!subteam^S1> and @everyone.", chunk=100)
    question = await stage.ask("call everybody")
    await stage.slack.wait_for(lambda: stage.answers(question), 10)
    (post,) = (post for post in stage.slack.backend.workspace.thread("C1", question) if post.user == BOT_USER)
    for text in (post.text, post.drawn):
        assert "Calling" in text
        assert "<!" not in text
        assert "<@" not in text


async def test_the_answer_to_an_edited_question_is_redone_in_place(stage: SlackStage) -> None:
    question = await stage.ask("what is two and two?")
    await stage.shows(question, "You said: what is two and two?")
    before = stage.answers(question)
    await stage.slack.edit("C1", question, f"<@{BOT_USER}> what is three and three?")
    await stage.shows(question, "You said: what is three and three?")
    await quiet(stage.model, 2)
    assert [answer.ts for answer in stage.answers(question)] == [answer.ts for answer in before]
    assert "two and two" not in str(stage.model.journal[1].ask.messages)


async def test_the_answer_to_a_deleted_question_is_taken_back(stage: SlackStage) -> None:
    question = await stage.ask("what is two and two?")
    await stage.shows(question, "You said: what is two and two?")
    await stage.slack.delete("C1", question)
    await stage.slack.wait_for(lambda: stage.answers(question) == [], 10)
    await quiet(stage.model, 1)


async def test_a_commands_thread_goes_on_after_a_restart(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator() as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        async with running(env):
            await slack.command("U1", "C1", "/llama", "the word is quipu")
            await slack.wait_for(lambda: len(slack.answers("C1")) == 2, 10)
        opener, answer = slack.answers("C1")
        assert answer.thread == opener.ts
        async with running(env):
            for texts in ([opener.text, answer.text, WHICH], [opener.text, answer.text, WHICH, WHICH]):
                await slack.say("U1", "C1", "which word?", thread=opener.ts)
                await until(lambda: [seen.text for seen in slack.answers("C1", opener.ts)], texts)
        assert len(slack.answers("C1")) == 4
        assert "the word is quipu" in str(model.journal[1].ask.messages)
