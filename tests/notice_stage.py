"""The product with a channel for its operator's notices, on an emulated Slack or Discord."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.emulators.discord import Channel, DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import TEAM, SlackEmulator
from tests.product import Product, discord_settings, environment, model_settings, running, slack_settings
from tests.product_stage import KEY, DiscordStage, SlackStage

OPS = "C3"
CLOSED_TO_US = "C2"
NOT_LET_IN = "notices.channel_refused"


@dataclass(frozen=True)
class Office:
    """A product that can be started again and again, and its operator's channel.

    ``platform`` are the settings that connect it; ``seen`` is what stands in the channel now.
    """

    platform: Mapping[str, str]
    model: ModelEmulator
    data: Path
    seen: Callable[[], list[str]]
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> Mapping[str, str]:
        """The variables that it is started with."""
        model = {**model_settings(self.model), "LLAMA_API_KEY": KEY}
        return environment(self.data, **{**self.platform, **model, **self.settings})

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Product]:
        async with running(self.env) as product:
            yield product


@asynccontextmanager
async def slack_office(
    folder: Path, model: ModelEmulator, channel: str = OPS, **settings: str
) -> AsyncIterator[tuple[SlackEmulator, Office]]:
    """Slack, with notices for ``channel``."""
    async with SlackEmulator(retry_delays=(0.2, 1.0, 2.0)) as slack:

        def seen() -> list[str]:
            return [one.text for one in slack.answers(channel)]

        own = {"TAMPU_NOTICES": f"slack:{TEAM}:{channel}", **settings}
        yield slack, Office(slack_settings(slack), model, folder / "data", seen, own)


@asynccontextmanager
async def discord_office(
    folder: Path, model: ModelEmulator, **settings: str
) -> AsyncIterator[tuple[DiscordEmulator, Channel, Office]]:
    """Discord, with notices for a channel of the server."""
    async with DiscordEmulator() as discord:
        ops = discord.channel("ops")

        def seen() -> list[str]:
            return [one.text for one in discord.said_by_bot(ops)]

        own = {"TAMPU_NOTICES": f"discord:{discord.world.guild_id}:{ops.id}", **settings}
        yield discord, ops, Office(discord_settings(discord), model, folder / "data", seen, own)


def on_slack(slack: SlackEmulator, office: Office, product: Product) -> SlackStage:
    return SlackStage(slack, office.model, product, office.data)


def on_discord(discord: DiscordEmulator, office: Office, product: Product) -> DiscordStage:
    return DiscordStage(discord, office.model, product, office.data)


def logged(product: Product, event: str) -> list[dict[str, object]]:
    """The log's lines of one kind."""
    lines = (json.loads(line) for line in product.errors if line.startswith("{"))
    return [line for line in lines if line["event"] == event]
