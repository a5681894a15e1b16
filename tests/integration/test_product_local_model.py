"""Whole conversations with the small local model: Slack, Discord and the page at once, and the terminal."""

import asyncio
import json
import sys
import uuid
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bots.local_model import LOCAL_INFO, available
from core.phrases import AT_LENGTH
from tests.emulators.discord import DiscordEmulator
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.integration.web_stage import Visitor
from tests.product import Product, discord_settings, environment, running, slack_settings
from tests.product_stage import rows, until

REASON = available()
ANSWER_S = 60.0
FIRST, SECOND = "Say hello in three words.", "Name one animal."

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(REASON is not None, reason=REASON or "it runs here"),
]


def ended(product: Product, platform: str) -> int:
    """How many turns have ended on a platform, by the log."""
    lines = [json.loads(line) for line in product.errors if line.startswith("{")]
    return sum(line["event"] == "turn.ended" and line["platform"] == platform for line in lines)


async def until_ended(product: Product, platform: str, count: int) -> None:
    await until(lambda: ended(product, platform), count, ANSWER_S)


@asynccontextmanager
async def visiting(product: Product, conversation: str) -> AsyncIterator[Visitor]:
    """The page as a tab asks for it, with the cookie."""
    origin = product.page.split("?")[0].rstrip("/")
    async with httpx.AsyncClient(base_url=origin, headers={"origin": origin}, timeout=ANSWER_S) as http:
        assert (await http.get(product.page)).status_code == 200
        yield Visitor(http, conversation)


async def talk_in_slack(product: Product, slack: SlackEmulator) -> None:
    """Two questions in one thread: an answer to each, there and nowhere else."""
    root = await slack.say("U1", "C1", f"<@{BOT_USER}> {FIRST}")
    await until_ended(product, "slack", 1)
    second = await slack.say("U1", "C1", SECOND, thread=root)
    await until_ended(product, "slack", 2)
    answers = slack.answers("C1", root)
    assert [seen.ts > second for seen in answers] == [False, True]
    assert all(seen.text.strip() for seen in answers)
    assert slack.answers("C1") == answers
    assert [call for call in slack.journal.refused() if not call.took_effect] == []


async def talk_on_discord(product: Product, discord: DiscordEmulator) -> None:
    """A mention and a reply to its answer: each answer refers to its question."""
    question = await discord.say(discord.ana, discord.general, f"{discord.bot.mention} {FIRST}")
    await until_ended(product, "discord", 1)
    (answer,) = discord.said_by_bot(discord.general)
    reply = await discord.say(discord.ana, discord.general, SECOND, reply_to=answer)
    await until_ended(product, "discord", 2)
    answers = discord.said_by_bot(discord.general)
    assert [message.reply_to for message in answers] == [question.id, reply.id]
    assert all(message.text.strip() for message in answers)
    assert discord.limits.refused == 0


async def talk_on_the_page(product: Product, conversation: str) -> list[str]:
    """Two questions: what the page shows afterwards, and that the first answer was seen to grow."""
    async with visiting(product, conversation) as visitor:
        about = (await visitor.http.get("/api/about")).json()
        assert (about["model"], about["note"]) == (LOCAL_INFO.name, LOCAL_INFO.note)
        grown: set[str] = set()
        async with visitor.events(ANSWER_S) as events:
            assert (await visitor.say("Tell me about llamas.")).status_code == 202
            async for name, data in events:
                if name == "live":
                    grown.add(str(data["blocks"]))
                if name == "state" and not data["answering"] and grown:
                    break
        assert len(grown) > 3
        await visitor.say(SECOND)
        await until_ended(product, "web", 2)
        shown = await visitor.shown()
    assert [message["role"] for message in shown] == ["user", "assistant", "user", "assistant"]
    return [str(message["text"]) for message in shown]


async def test_slack_discord_and_the_page_in_one_run_and_the_page_again_after_a_restart(
    tmp_path: Path,
) -> None:
    conversation = str(uuid.uuid4())
    async with SlackEmulator() as slack, DiscordEmulator() as discord:
        settings = {**slack_settings(slack), **discord_settings(discord), "TAMPU_WEB": "127.0.0.1:0"}
        env = environment(tmp_path / "data", **settings)
        async with running(env) as product:
            assert LOCAL_INFO.name in product.lines[0]
            async with asyncio.TaskGroup() as people:
                people.create_task(talk_in_slack(product, slack))
                people.create_task(talk_on_discord(product, discord))
                page = people.create_task(talk_on_the_page(product, conversation))
            assert await product.stop() == 0
        texts = page.result()
        assert all(text.strip() for text in texts)
        async with running(env) as product, visiting(product, conversation) as visitor:
            # What was said at the end of a cut answer is no part of it.
            said = [text.removesuffix(f"\n\n{AT_LENGTH}") for text in texts]
            assert [message["text"] for message in await visitor.shown()] == said
            listed = (await visitor.http.get("/api/conversations")).json()["conversations"]
            assert [row["id"] for row in listed] == [conversation]


async def chat(env: Mapping[str, str], typed: str) -> str:
    """``tampu chat`` with its input piped in; what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bots.cli",
        "chat",
        env=dict(env),
        cwd=Path(env["TAMPU_DATA_DIR"]).parent,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(typed.encode()), 2 * ANSWER_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return out.decode()


async def test_the_terminal_by_a_pipe(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    told = f"I run on **{LOCAL_INFO.name}**"
    printed = await chat(env, f"{FIRST}\n/model\n{SECOND}\n/model\n")
    assert printed.startswith(LOCAL_INFO.name)
    first, second, rest = printed.partition("leaves.")[2].split(told)
    for answer in (first, second.partition("often wrong.")[2]):
        assert answer.strip()
    assert rest.strip().endswith("often wrong.")
    assert rows(tmp_path / "data", "SELECT state FROM turn") == [("done",)] * 4
    again = await chat(env, "")
    assert f"Going on with “{FIRST}”" in again
