"""Charts and long code from the model to people, by the whole product."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from tests.emulators.model import ModelEmulator
from tests.product_stage import DiscordStage, SlackStage, kept, on_discord, on_slack

CHART = {
    "kind": "bar",
    "title": "Who asks",
    "labels": ["Ada", "Grace"],
    "series": [{"name": "questions", "values": [3, 5]}],
}
ALT = "Bar chart: Who asks. questions: Ada 3, Grace 5."
CODE = "\n".join(f"print({number})  # one of many lines" for number in range(120))


@pytest.fixture
async def slack(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    async with on_slack(tmp_path, model) as running:
        yield running


@pytest.fixture
async def discord(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    async with on_discord(tmp_path, model) as running:
        yield running


def is_chart(content: bytes) -> bool:
    with Image.open(io.BytesIO(content)) as image:
        return image.format == "PNG" and image.width > image.height > 0


async def test_a_chart_is_shared_in_the_slack_thread_with_words(slack: SlackStage) -> None:
    slack.model.call_tool("draw_chart", CHART)
    slack.model.say("Here is the chart.")
    question = await slack.ask("draw who asks")
    await slack.slack.wait_for(lambda: len(slack.slack.answers("C1", question)) == 2 or None, 20)
    text, shown = slack.slack.answers("C1", question)
    assert (text.text, shown.thread) == ("Here is the chart.", question)
    (file,) = slack.slack.backend.workspace.files.values()
    assert (file.title, file.alt) == ("who-asks.png", ALT)
    assert is_chart(file.content)
    (result,) = slack.model.journal[1].ask.tool_results
    assert "posted below your answer" in result.text
    assert kept(slack.data, "who-asks.png")


async def test_a_chart_is_a_message_on_discord_with_words(discord: DiscordStage) -> None:
    discord.model.call_tool("draw_chart", CHART)
    discord.model.say("Here is the chart.")
    await discord.ask("draw who asks")
    await discord.discord.wait_for(lambda: len(discord.said()) == 2, 20)
    (file,) = discord.said()[1].files
    assert file.alt == ALT
    assert is_chart(file.content)


async def test_code_over_several_messages_comes_as_a_file_too(discord: DiscordStage) -> None:
    discord.model.say(f"Here:\n\n```python\n{CODE}\n```")
    await discord.ask("write it")
    await discord.discord.wait_for(lambda: any(message.files for message in discord.said()), 30)
    (file,) = discord.said()[-1].files
    assert file.content.decode() == f"{CODE}\n"
    assert file.name.endswith(".py")
