"""kill -9 in the middle of an answer: after the start the question is answered in full, once."""

import asyncio
from pathlib import Path

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, said
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.product import Product, discord_settings, environment, model_settings, running, slack_settings

WHOLE = "This is the whole answer, from its first word to its last, and there is only one of it."
WAIT_S = 20.0


def slowly(_ask: Ask) -> Reply:
    return said(WHOLE, delay_s=0.05)


def at_once(_ask: Ask) -> Reply:
    return said(WHOLE)


async def test_on_slack(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        model.answer_with(slowly)
        async with running(env) as product:
            question = await slack.say("U1", "C1", f"<@{BOT_USER}> tell me")
            await slack.wait_for(lambda: slack.answers("C1", question), WAIT_S)
            await product.kill()
        (part,) = slack.answers("C1", question)
        assert part.text != WHOLE
        model.answer_with(at_once)
        async with running(env) as product:
            await slack.wait_for(lambda: slack.answers("C1", question)[0].text == WHOLE, WAIT_S)
            await quiet(product)
        (answer,) = slack.answers("C1", question)
        assert (answer.text, answer.ts) == (WHOLE, part.ts)
        assert len(slack.answers("C1")) == 1


async def test_on_discord(tmp_path: Path, model: ModelEmulator) -> None:
    async with DiscordEmulator() as discord:
        env = environment(tmp_path / "data", **discord_settings(discord), **model_settings(model))
        model.answer_with(slowly)
        async with running(env) as product:
            await discord.say(discord.ana, discord.general, f"{discord.bot.mention} tell me")
            await discord.wait_for(lambda: discord.said_by_bot(discord.general), WAIT_S)
            await product.kill()
        (part,) = discord.said_by_bot(discord.general)
        assert part.text != WHOLE
        model.answer_with(at_once)
        async with running(env) as product:
            await discord.wait_for(lambda: discord.said_by_bot(discord.general)[0].text == WHOLE, WAIT_S)
            await quiet(product)
        (answer,) = discord.said_by_bot(discord.general)
        assert (answer.text, answer.id) == (WHOLE, part.id)


async def test_before_the_first_word(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        model.hang()
        async with running(env) as product:
            question = await slack.say("U1", "C1", f"<@{BOT_USER}> tell me")
            await model.arrived()
            await product.kill()
        model.answer_with(at_once)
        async with running(env) as product:
            await slack.wait_for(lambda: slack.answers("C1", question), WAIT_S)
            await quiet(product)
        (answer,) = slack.answers("C1", question)
        assert answer.text == WHOLE


async def test_when_the_post_arrived_and_its_answer_did_not(tmp_path: Path, model: ModelEmulator) -> None:
    async with DiscordEmulator() as discord:
        env = environment(tmp_path / "data", **discord_settings(discord), **model_settings(model))
        model.answer_with(at_once)
        discord.fault(r"POST /api/v\d+/channels/\d+/messages$", after_effect=True, delay=30.0)
        async with running(env) as product:
            await discord.say(discord.ana, discord.general, f"{discord.bot.mention} tell me")
            await discord.wait_for(
                lambda: (
                    discord.requests("POST", "/channels/{channel}/messages")
                    or discord.said_by_bot(discord.general)
                ),
                WAIT_S,
            )
            await product.kill()
        async with running(env) as product:
            await discord.wait_for(lambda: discord.said_by_bot(discord.general), WAIT_S)
            await discord.wait_for(lambda: discord.said_by_bot(discord.general)[0].text == WHOLE, WAIT_S)
            await quiet(product)
        assert [message.text for message in discord.said_by_bot(discord.general)] == [WHOLE]


async def test_a_restart_in_the_middle_of_a_conversation(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        model.say("Noted.")
        async with running(env) as product:
            question = await slack.say("U1", "C1", f"<@{BOT_USER}> the word is tampu")
            await slack.wait_for(lambda: slack.answers("C1", question), WAIT_S)
            assert await product.stop() == 0
        model.say("tampu")
        async with running(env):
            await slack.say("U1", "C1", "which word?", thread=question)
            await slack.wait_for(lambda: len(slack.answers("C1", question)) == 2, WAIT_S)
        assert "the word is tampu" in str(model.journal[1].ask.messages)


async def test_sigterm_parks_what_is_not_done_and_goes_on_later(tmp_path: Path, model: ModelEmulator) -> None:
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as slack:
        env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
        model.answer_with(lambda ask: said(WHOLE, delay_s=0.04))
        async with running(env) as product:
            question = await slack.say("U1", "C1", f"<@{BOT_USER}> tell me")
            await slack.wait_for(lambda: slack.answers("C1", question), WAIT_S)
            assert await product.stop() == 0
        (answer,) = slack.answers("C1", question)
        assert answer.text == WHOLE


async def quiet(product: Product) -> None:
    """Give a second answer the time to show itself, if there were one."""
    await asyncio.sleep(1.0)
    assert product.process.returncode is None
