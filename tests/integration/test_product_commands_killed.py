"""kill -9 around the answer to a command: its question stands once, its answer once, under it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Hold, Reply, opening, tokens
from tests.emulators.slack import SlackEmulator
from tests.product import discord_settings, environment, model_settings, running, slack_settings
from tests.product_stage import png, quiet, until

WHOLE = "This is the whole answer, from its first word to its last, and there is only one of it."
OPENER = "**Ada asked:** why is the sky blue?"
PICTURE = ("red.png", png(), "image/png")


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as emulator:
        yield emulator


def in_slack(slack: SlackEmulator) -> list[str]:
    return [seen.text for seen in slack.answers("C1")]


def on_discord(discord: DiscordEmulator) -> list[str]:
    return [message.text for message in discord.said_by_bot(discord.general)]


@pytest.mark.parametrize("begun", [False, True])
async def test_in_slack(tmp_path: Path, model: ModelEmulator, slack: SlackEmulator, *, begun: bool) -> None:
    env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
    model.stall(WHOLE[:20] if begun else "")
    async with running(env) as product:
        await slack.command("U1", "C1", "/llama", "why is the sky blue?")
        await slack.wait_for(lambda: len(in_slack(slack)) == 1 + begun, 10)
        await model.arrived()
        await product.kill()
    model.say(WHOLE)
    async with running(env):
        await until(lambda: in_slack(slack), [OPENER, WHOLE])
        await quiet(model, 2)
    opener, answer = slack.answers("C1")
    assert answer.thread == opener.ts
    assert in_slack(slack) == [OPENER, WHOLE]


async def test_in_slack_when_the_answers_post_was_not_confirmed(
    tmp_path: Path, model: ModelEmulator, slack: SlackEmulator
) -> None:
    env = environment(tmp_path / "data", **slack_settings(slack), **model_settings(model))
    begin = Hold()
    model.reply(Reply((*opening(), begin, *tokens(WHOLE[:20]), Hold())))
    async with running(env) as product:
        await slack.command("U1", "C1", "/llama", "why is the sky blue?")
        await slack.wait_for(lambda: slack.answers("C1"), 10)
        slack.fault("chat.postMessage", after_effect=True, reset=True)
        begin.gate.set()
        await slack.wait_for(lambda: len(slack.answers("C1")) == 2, 10)
        await product.kill()
    model.say(WHOLE)
    async with running(env):
        await until(lambda: in_slack(slack), [OPENER, WHOLE])
        await quiet(model, 2)
    assert in_slack(slack) == [OPENER, WHOLE]


@pytest.mark.parametrize("begun", [False, True])
async def test_on_discord(
    tmp_path: Path, model: ModelEmulator, discord: DiscordEmulator, *, begun: bool
) -> None:
    opener = OPENER.replace("Ada", "Ana")
    env = environment(tmp_path / "data", **discord_settings(discord), **model_settings(model))
    model.stall(WHOLE[:20] if begun else "")
    async with running(env) as product:
        await discord.invoke(discord.ana, discord.general, "ask", {"question": "why is the sky blue?"})
        await discord.wait_for(lambda: len(on_discord(discord)) == 1 + begun)
        await model.arrived()
        await product.kill()
    model.say(WHOLE)
    async with running(env):
        await until(lambda: on_discord(discord), [opener, WHOLE])
        await quiet(model, 2)
    shown, answer = discord.said_by_bot(discord.general)
    assert on_discord(discord) == [opener, WHOLE]
    assert answer.reply_to == shown.id


async def test_a_picture_asked_about_by_command_is_there_after_a_kill(
    tmp_path: Path, model: ModelEmulator, discord: DiscordEmulator
) -> None:
    env = environment(tmp_path / "data", **discord_settings(discord), **model_settings(model))
    model.stall("")
    async with running(env) as product:
        options: dict[str, str | tuple[str, bytes, str]] = {"picture": PICTURE, "question": "what is it?"}
        await discord.invoke(discord.ana, discord.general, "image", options)
        await model.arrived()
        await product.kill()
    model.say("A red rectangle.")
    async with running(env):
        await until(lambda: on_discord(discord)[1:], ["A red rectangle."])
    assert [len(call.ask.messages[1].images) for call in model.journal] == [1, 1]
