"""/settings and pins on Discord and in Slack, by slash and typed, in the running product."""

from pathlib import Path

from tests.emulators.discord import Invocation
from tests.emulators.model import ModelEmulator
from tests.product_stage import DiscordStage, on_discord, on_slack, quiet, until

# https://docs.discord.com/developers/topics/permissions
MANAGE_GUILD = 1 << 5


async def told(stage: DiscordStage, name: str, text: str = "") -> str:
    """Send a command; what it shows to the person alone."""
    person, channel = stage.discord.ana, stage.discord.general
    invocation: Invocation = await stage.discord.invoke(
        person, channel, name, {"text": text} if text else None
    )
    await stage.discord.wait_for(lambda: invocation.reply)
    assert invocation.reply is not None
    assert invocation.reply.ephemeral
    return invocation.reply.text


async def test_on_discord(tmp_path: Path, model: ModelEmulator) -> None:
    async with on_discord(tmp_path, model) as stage:
        discord = stage.discord
        assert "How I answer in this channel" in await told(stage, "settings")
        assert "Only those who manage this place" in await told(stage, "settings", "temperature 0.2")
        discord.grant(discord.ana, discord.role("Crew", MANAGE_GUILD))
        assert "from 0" in await told(stage, "settings", "temperature 7")
        assert "For this channel, temperature is now **0.2**." in await told(
            stage, "settings", "temperature 0.2"
        )
        assert "inside a conversation" in await told(stage, "pin", "We ship on Fridays.")
        thread = discord.thread(discord.general, "Ships")
        question = await stage.ask("/pin We ship on Fridays.", channel=thread)
        await stage.shows("I keep this in mind here, as number 1. `/unpin 1` takes it away.", channel=thread)
        await discord.say(discord.ana, thread, "/pins")
        pinned = "What I keep in mind here:\n\n- **1**: We ship on Fridays. (Ana)"
        await until(lambda: stage.said(thread)[-1].text, pinned)
        await discord.delete(question)
        await until(lambda: [message.text for message in stage.said(thread)], [pinned])
        await discord.say(discord.ana, thread, "/pins")
        await until(lambda: "Nothing is pinned here" in stage.said(thread)[-1].text, wanted=True)
        await quiet(model, 0)


async def test_in_slack(tmp_path: Path, model: ModelEmulator) -> None:
    async with on_slack(tmp_path, model) as stage:
        result = await stage.slack.command("U2", "C1", "/llama", "settings temperature 0.2")
        assert result.text.startswith("Only those who manage this place")
        await stage.slack.change_member("U1", is_admin=True)
        result = await stage.slack.command("U1", "C1", "/llama", "settings temperature 0.2")
        assert result.text == "For this channel, temperature is now *0.2*."
        result = await stage.slack.command("U1", "C1", "/llama", "settings")
        assert "temperature: *0.2*, chosen by Ada for this channel on" in result.text
        assert "`/llama settings temperature 0.2`" in result.text
        result = await stage.slack.command("U1", "C1", "/llama", "pin We ship on Fridays.")
        assert "inside a conversation" in result.text
        question = await stage.ask("/pin We ship on Fridays.")
        said = "I keep this in mind here, as number 1. `@Tampu /unpin 1` takes it away."
        await stage.shows(question, said)
        await stage.ask("/settings reasoning on", thread=question)
        await stage.shows(question, said, "For this conversation, reasoning is now **shown**.")
        await quiet(model, 0)
