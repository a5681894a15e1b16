"""Whole conversations on Discord: people, threads, commands, and what is left alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulators.discord import Invocation
from tests.emulators.model import ModelEmulator
from tests.product_stage import DiscordStage, kept, on_discord, quiet, until

SLOW_S = 0.1


@pytest.fixture
async def stage(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    async with on_discord(tmp_path, model) as running:
        yield running


async def told(stage: DiscordStage, name: str) -> str:
    """Send a command; what it shows to the person alone."""
    invocation: Invocation = await stage.discord.invoke(stage.discord.ana, stage.discord.general, name)
    await stage.discord.wait_for(lambda: invocation.reply)
    assert invocation.reply is not None
    assert invocation.reply.ephemeral
    return invocation.reply.text


async def test_a_mention_is_answered_as_a_reply_and_a_reply_goes_on(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("Lima is the capital of Peru.")
    stage.model.say("About ten million people.")
    question = await stage.ask("what is the capital of Peru?")
    await stage.shows("Lima is the capital of Peru.")
    (answer,) = stage.said()
    assert answer.reply_to == question.id
    follow_up = await discord.say(discord.ana, discord.general, "how many live there?", reply_to=answer)
    await stage.shows("Lima is the capital of Peru.", "About ten million people.")
    assert stage.said()[1].reply_to == follow_up.id
    asked = [(said.role, said.text) for said in stage.model.journal[1].ask.messages[1:]]
    assert asked == [
        ("user", "what is the capital of Peru?"),
        ("assistant", "Lima is the capital of Peru."),
        ("user", "how many live there?"),
    ]


async def test_in_a_thread_a_follow_up_needs_no_mention(stage: DiscordStage) -> None:
    discord = stage.discord
    thread = discord.thread(discord.general, "Peru")
    await stage.ask("what is the capital?", channel=thread)
    await stage.shows("You said: what is the capital?", channel=thread)
    await discord.say(discord.bob, thread, "and its river?")
    await stage.shows(
        "You said: what is the capital?", "You said: [Bob says]\nand its river?", channel=thread
    )
    users = [said.text for said in stage.model.journal[1].ask.messages if said.role == "user"]
    assert users == ["[Ana says]\nwhat is the capital?", "[Bob says]\nand its river?"]


async def test_what_is_said_to_others_is_left_alone_and_not_kept(stage: DiscordStage) -> None:
    discord = stage.discord
    thread = discord.thread(discord.general, "Peru")
    await stage.ask("are you there?", channel=thread)
    await stage.shows("You said: are you there?", channel=thread)
    mine = await discord.say(discord.ana, thread, f"{discord.bob.mention} canary-to-bob")
    await stage.shows("You said: are you there?", channel=thread)
    await discord.say(discord.bob, thread, "canary-answer-to-ana", reply_to=mine)
    await discord.say(discord.bob, discord.general, "canary-in-the-channel")
    await discord.say(discord.ana, discord.general, "@everyone canary-to-all")
    await quiet(stage.model, 1)
    assert kept(stage.data, "are you there?")
    assert not kept(stage.data, "canary")


async def test_a_thread_that_people_had_before_is_read_and_not_kept(stage: DiscordStage) -> None:
    discord = stage.discord
    starter = await discord.say(discord.bob, discord.general, "canary-root: the roof leaks")
    thread = discord.thread(discord.general, "The roof", starter)
    await discord.say(discord.ana, thread, "canary-reply: since Monday")
    stage.model.say("The roof has leaked since Monday.")
    await stage.ask("sum this up", channel=thread)
    await stage.shows("The roof has leaked since Monday.", channel=thread)
    await discord.say(discord.ana, thread, "thank you")
    calls = await stage.model.ended(2)
    for call in calls:
        words = "\n".join(said.text for said in call.ask.messages)
        assert "Bob: canary-root: the roof leaks\nAna: canary-reply: since Monday" in words
    assert not kept(stage.data, "canary")


async def test_a_mention_below_a_persons_message_reads_that_message(stage: DiscordStage) -> None:
    discord = stage.discord
    message = await discord.say(discord.bob, discord.general, "canary: the roof leaks")
    mention = f"{discord.bot.mention} what does he mean?"
    await discord.say(discord.ana, discord.general, mention, reply_to=message)
    (call,) = await stage.model.ended()
    assert "Bob: canary: the roof leaks" in "\n".join(said.text for said in call.ask.messages)
    assert not kept(stage.data, "canary")


async def test_a_direct_message_needs_no_mention_and_is_remembered(stage: DiscordStage) -> None:
    discord = stage.discord
    direct = discord.direct(discord.ana)
    await discord.say(discord.ana, direct, "hello, just between us")
    await stage.shows("You said: hello, just between us", channel=direct)
    await discord.say(discord.ana, direct, "and again")
    await stage.shows("You said: hello, just between us", "You said: and again", channel=direct)
    system, *rest = stage.model.journal[1].ask.messages
    assert "a direct message" in system.text
    assert [said.role for said in rest] == ["user", "assistant", "user"]


@pytest.mark.parametrize("how", ["typed", "command"])
async def test_stop_ends_a_slow_answer(stage: DiscordStage, how: str) -> None:
    discord = stage.discord
    thread = discord.thread(discord.general, "Stories")
    stage.model.say("word " * 200, delay_s=SLOW_S)
    await stage.ask("tell me a long story", channel=thread)
    await discord.wait_for(lambda: stage.said(thread))
    if how == "typed":
        await discord.say(discord.ana, thread, "/stop")
    else:
        invocation = await discord.invoke(discord.ana, thread, "stop")
    (call,) = await stage.model.ended()
    assert call.disconnected
    await discord.wait_for(lambda: stage.said(thread)[0].text.endswith("*(stopped)*"))
    if how == "typed":
        await until(lambda: [message.text for message in stage.said(thread)[1:]], ["Stopped."])
    else:
        await until(lambda: invocation.reply and invocation.reply.text, "Stopped.")
    await discord.say(discord.ana, thread, "shorter, please")
    calls = await stage.model.ended(2)
    assert "stopped" not in "".join(said.text.lower() for said in calls[1].ask.messages[1:])


async def test_stop_as_a_reply_to_the_growing_answer_in_a_channel(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("word " * 200, delay_s=SLOW_S)
    await stage.ask("tell me a long story")
    await discord.wait_for(stage.said)
    await discord.say(discord.ana, discord.general, "/stop", reply_to=stage.said()[0])
    (call,) = await stage.model.ended()
    assert call.disconnected
    await discord.wait_for(lambda: stage.said()[0].text.endswith("*(stopped)*"))


async def test_commands_are_answered_to_the_person_alone(stage: DiscordStage) -> None:
    assert "`/image what you want to know`: Ask about a picture" in await told(stage, "help")
    assert "**emulated-llama**" in await told(stage, "model")
    assert "begins a new conversation" in await told(stage, "new")
    assert await told(stage, "stop") == "There is nothing to stop."
    assert stage.said() == []
    assert stage.model.journal == ()


async def test_new_makes_the_model_forget(stage: DiscordStage) -> None:
    discord = stage.discord
    direct = discord.direct(discord.ana)
    await discord.say(discord.ana, direct, "the word is quipu")
    await stage.shows("You said: the word is quipu", channel=direct)
    invocation = await discord.invoke(discord.ana, direct, "new")
    await discord.wait_for(lambda: invocation.reply)
    await discord.say(discord.ana, direct, "which word?")
    calls = await stage.model.ended(2)
    assert [said.text for said in calls[1].ask.messages[1:]] == ["which word?"]


async def test_a_question_by_command_is_shown_and_answered_under_it(stage: DiscordStage) -> None:
    discord = stage.discord
    stage.model.say("Because of Rayleigh scattering.")
    stage.model.say("The way is longer.")
    await discord.invoke(discord.ana, discord.general, "ask", {"question": "why is the sky blue?"})
    opener = "**Ana asked:** why is the sky blue?"
    await stage.shows(opener, "Because of Rayleigh scattering.")
    shown, answer = stage.said()
    assert answer.reply_to == shown.id
    await discord.say(discord.bob, discord.general, "and red in the evening?", reply_to=answer)
    await stage.shows(opener, "Because of Rayleigh scattering.", "The way is longer.")
    assert "why is the sky blue?" in stage.model.journal[1].ask.messages[1].text


async def test_nobody_is_pinged_by_an_answer(stage: DiscordStage) -> None:
    discord = stage.discord
    role = discord.world.add_role("crew")
    stage.model.say(f"Calling @everyone, @here, {discord.bob.mention} and <@&{role}>.", chunk=200)
    await stage.ask("call everybody")
    await discord.wait_for(stage.said)
    (answer,) = stage.said()
    assert "Calling" in answer.text
    assert "@everyone" not in answer.text
    assert "@here" not in answer.text
    assert set(answer.pings) <= {discord.ana.id}


async def test_the_answer_to_an_edited_question_is_redone_in_place(stage: DiscordStage) -> None:
    question = await stage.ask("what is two and two?")
    await stage.shows("You said: what is two and two?")
    await stage.discord.unfurl(question)
    await quiet(stage.model, 1)
    await stage.discord.edit(question, f"{stage.discord.bot.mention} what is three and three?")
    await stage.shows("You said: what is three and three?")
    await quiet(stage.model, 2)
    assert len(stage.said()) == 1
    assert "two and two" not in str(stage.model.journal[1].ask.messages)


async def test_the_answer_to_a_deleted_question_is_taken_back(stage: DiscordStage) -> None:
    question = await stage.ask("what is two and two?")
    await stage.shows("You said: what is two and two?")
    await stage.discord.delete(question)
    await stage.discord.wait_for(lambda: stage.said() == [], 10)
    await quiet(stage.model, 1)
