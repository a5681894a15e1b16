"""The product in a process of its own beside an emulated platform, and what holds for every test of it."""

import asyncio
import io
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.emulators.discord import Channel, DiscordEmulator, Message
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER, Seen, SlackEmulator
from tests.product import Product, discord_settings, environment, model_settings, running, slack_settings

WAIT_S = 20.0
QUIET_S = 0.5
KEY = "key-of-the-operator"
SHORTEST_CANARY = 9
DATABASE_FILES = ("tampu.db", "tampu.db-wal")


@dataclass
class SlackStage:
    """Slack, a model and the running product."""

    slack: SlackEmulator
    model: ModelEmulator
    product: Product
    data: Path

    async def ask(
        self,
        text: str,
        *,
        user: str = "U1",
        channel: str = "C1",
        thread: str | None = None,
        files: tuple[tuple[str, bytes, str], ...] = (),
    ) -> str:
        """Mention the assistant; the message's ts."""
        return await self.slack.say(user, channel, f"<@{BOT_USER}> {text}", thread=thread, files=files)

    def answers(self, thread: str, channel: str = "C1") -> list[Seen]:
        return self.slack.answers(channel, thread)

    async def shows(self, thread: str, *texts: str, channel: str = "C1") -> None:
        """Wait until the bot's messages in a thread read so."""
        await until(lambda: [seen.text for seen in self.answers(thread, channel)], list(texts))


@dataclass
class DiscordStage:
    """Discord, a model and the running product."""

    discord: DiscordEmulator
    model: ModelEmulator
    product: Product
    data: Path

    async def ask(
        self,
        text: str,
        *,
        channel: Channel | None = None,
        files: tuple[tuple[str, bytes, str], ...] = (),
    ) -> Message:
        """Ana mentions the assistant."""
        where = channel or self.discord.general
        mention = self.discord.bot.mention
        return await self.discord.say(self.discord.ana, where, f"{mention} {text}", files=files)

    def said(self, channel: Channel | None = None) -> list[Message]:
        return self.discord.said_by_bot(channel or self.discord.general)

    async def shows(self, *texts: str, channel: Channel | None = None) -> None:
        """Wait until the bot's messages in a channel read so."""
        await until(lambda: [message.text for message in self.said(channel)], list(texts))


async def until(look: Callable[[], object], wanted: object, seconds: float = WAIT_S) -> None:
    """Wait until a look finds what is wanted; ``AssertionError`` with the difference at the deadline."""
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} is not {wanted!r}"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def on_slack(folder: Path, model: ModelEmulator, **settings: str) -> AsyncIterator[SlackStage]:
    """Run the product on an emulated Slack; afterwards Slack has refused nothing and the log is discreet."""
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as slack:
        data = folder / "data"
        env = environment(data, **{**slack_settings(slack), **model_settings(model), **settings})
        async with running(env) as product:
            yield SlackStage(slack, model, product, data)
        refused = [call for call in slack.journal.refused() if not call.took_effect]
        assert [(call.method, call.error, call.status) for call in refused] == []
        said = [post.text for post in slack.backend.workspace.posts.values()]
        assert_discreet(product, model, said)


@asynccontextmanager
async def on_discord(folder: Path, model: ModelEmulator, **settings: str) -> AsyncIterator[DiscordStage]:
    """Run the product on an emulated Discord; afterwards it has refused nothing and the log is discreet."""
    async with DiscordEmulator() as discord:
        data = folder / "data"
        env = environment(data, **{**discord_settings(discord), **model_settings(model), **settings})
        async with running(env) as product:
            yield DiscordStage(discord, model, product, data)
        refused = [
            (entry.method, entry.path, entry.status) for entry in discord.journal if entry.status >= 400
        ]
        assert (refused, discord.limits.refused) == ([], 0)
        said = [message.text for channel in discord.world.timeline.values() for message in channel]
        assert_discreet(product, model, said, discord.token)


def assert_discreet(product: Product, model: ModelEmulator, said: Iterable[str], *secrets: str) -> None:
    """Nothing that people or the model wrote stands in the log, and no token anywhere."""
    log = "\n".join(product.errors)
    for secret in (BOT_TOKEN, APP_TOKEN, KEY, *secrets):
        assert secret not in log
        assert not any(secret in line for line in product.lines)
    asked = [message.text for call in model.journal for message in call.ask.messages]
    for text in (*said, *asked):
        for line in text.splitlines():
            assert len(line) < SHORTEST_CANARY or line not in log, f"{line!r} is in the log"


async def quiet(model: ModelEmulator, calls: int) -> None:
    """Give a question that must not be asked the time to be asked all the same."""
    with suppress(TimeoutError):
        await model.arrived(calls + 1, QUIET_S)
    assert len(model.journal) == calls


def kept(data: Path, text: str) -> bool:
    """Whether a text stands anywhere in the database's files."""
    files = (data / name for name in DATABASE_FILES)
    return any(text.encode() in file.read_bytes() for file in files if file.exists())


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    """Read the database beside the product."""
    with closing(sqlite3.connect(f"file:{data / 'tampu.db'}?mode=ro", uri=True)) as connection:
        return [tuple(row) for row in connection.execute(query)]


def png(colour: str = "red", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture."""
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()
