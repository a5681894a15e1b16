"""A long answer with code, a table and lists arrives whole, in messages that stand on their own."""

import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.emulators.model import ModelEmulator
from tests.product_stage import DiscordStage, SlackStage, on_discord, on_slack, quiet

LONG_S = 60.0
MARK = re.compile(r"[a-z]\d{4}")


def answer() -> str:
    """About 9,000 characters in which every paragraph, item, line and cell carries a mark of its own."""
    parts = ["# A report"]
    for section in range(8):
        base = section * 100
        parts.append(f"## Section {section + 1}")
        parts.append(
            " ".join(f"Sentence p{base + n:04} speaks of **llamas** in `h{base + n:04}`." for n in range(8))
        )
        parts.append(
            "\n".join(f"- Item l{base + n:04} of the list\n  - with a child c{base + n:04}" for n in range(6))
        )
        code = "\n".join(f"    total += price[{n}]  # k{base + n:04}" for n in range(12))
        head = f"def sum_{section}(price: list[int]) -> int:\n    total = 0\n"
        parts.append(f"```python\n{head}{code}\n    return total\n```")
    rows = "\n".join(f"| t{n:04} | {n} kg | u{n:04} |" for n in range(20))
    parts.append(f"| Animal | Weight | Wool |\n|:--|--:|---|\n{rows}")
    parts.append("The last words are z0000.")
    return "\n\n".join(parts)


def marks(text: str) -> list[str]:
    return MARK.findall(text)


def assert_whole(texts: list[str], whole: str) -> None:
    """Every mark once and in order, and no message with an open fence."""
    assert marks("\n".join(texts)) == marks(whole)
    for text in texts:
        fences = [line for line in text.splitlines() if re.match(r"\s*(```|~~~)", line)]
        assert len(fences) % 2 == 0, text
        assert text.strip()


def assert_steady(texts: list[str]) -> None:
    """What people saw of a message on the way is one text growing, and never with an open fence.

    Its end may move on to the next message once it is clear where to part.
    """
    for before, after in pairwise(texts):
        seen, then = marks(before)[:-1], marks(after)
        assert all(one == other for one, other in zip(seen, then, strict=False))
    for text in texts:
        assert text.count("```") % 2 == 0, text


@pytest.fixture
async def slack(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[SlackStage]:
    async with on_slack(tmp_path, model) as running:
        yield running


@pytest.fixture
async def discord(tmp_path: Path, model: ModelEmulator) -> AsyncIterator[DiscordStage]:
    async with on_discord(tmp_path, model) as running:
        yield running


@pytest.mark.parametrize("delay_s", [0.0, 0.004])
async def test_in_slack(slack: SlackStage, delay_s: float) -> None:
    whole = answer()
    assert 8_000 < len(whole) < 11_000
    slack.model.say(whole, delay_s=delay_s, chunk=7)
    question = await slack.ask("write the report")
    await slack.slack.wait_for(
        lambda: [seen for seen in slack.answers(question) if "z0000" in seen.text], LONG_S
    )
    await quiet(slack.model, 1)
    answers = slack.answers(question)
    assert_whole([seen.text for seen in answers], whole)
    assert 3 <= len(answers) <= 5
    assert all(len(seen.text) <= 12_000 and not seen.edited for seen in answers)
    for seen in answers:
        assert_steady([revision.text for revision in seen.revisions])


@pytest.mark.parametrize("delay_s", [0.0, 0.004])
async def test_on_discord(discord: DiscordStage, delay_s: float) -> None:
    whole = answer()
    discord.model.say(whole, delay_s=delay_s, chunk=7)
    question = await discord.ask("write the report")
    await discord.discord.wait_for(lambda: [one for one in discord.said() if "z0000" in one.text], LONG_S)
    await quiet(discord.model, 1)
    answers = discord.said()
    texts = [message.text for message in answers]
    assert_whole(texts, whole)
    assert 5 <= len(texts) <= 8
    assert max(map(len, texts)) <= 2000
    assert [message.reply_to for message in answers] == [question.id, *[None] * (len(texts) - 1)]
    for message in answers:
        assert_steady([edition.text for edition in message.editions])
