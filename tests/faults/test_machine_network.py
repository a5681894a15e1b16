"""The network to both platforms is gone in the middle of answers: afterwards they are whole, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.cable import Cable, cable
from tests.faults.machine import Machine, machine
from tests.product import discord_settings, slack_settings

AWAY_S = 8.0
SLOW_S = 0.2
BACK_S = 60.0


@dataclass(frozen=True, slots=True)
class Wired:
    """A machine whose platforms are at the end of cables."""

    around: Machine
    cables: tuple[Cable, ...]

    async def fail(self, how: str) -> None:
        for each in self.cables:
            if how == "cut":
                await each.cut()
            else:
                each.silence()

    async def mend(self) -> None:
        for each in self.cables:
            await each.mend()


@asynccontextmanager
async def wired(folder: Path) -> AsyncIterator[Wired]:
    async with machine(folder) as around:
        slack, discord = around.slack, around.discord
        async with cable(port_of(slack.origin)) as to_slack, cable(port_of(discord.origin)) as to_discord:
            slack.backend.origin = to_slack.origin
            discord.origin = discord.cdn.origin = to_discord.origin
            discord.gateway.url = f"ws://127.0.0.1:{to_discord.port}/gateway"
            env = {**around.env, **slack_settings(slack), **discord_settings(discord)}
            farther = replace(around, env=env)
            farther.model.answer_with(farther.reply)
            yield Wired(farther, (to_slack, to_discord))


def port_of(origin: str) -> int:
    port = urlsplit(origin).port
    assert port is not None
    return port


async def away(wire: Wired, how: str, seconds: float) -> None:
    """In mid-answer the network fails for a while, and people go on asking."""
    around = wire.around
    async with around.life() as product:
        assert all(each.connections for each in wire.cables)
        around.delay_s = SLOW_S
        await around.ask(0)
        await around.begun(0)
        await wire.fail(how)
        await around.ask(1)
        await asyncio.sleep(seconds / 2)
        # In another thread: Slack delivers again in no promised order.
        await around.ask(3)
        await asyncio.sleep(seconds / 2)
        around.delay_s = 0.0
        await wire.mend()
        await around.ask(2)
        await around.answered(BACK_S)
        await around.ask(0)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0


@pytest.mark.parametrize("how", ["cut", "silent"])
async def test_for_some_seconds(tmp_path: Path, how: str) -> None:
    async with wired(tmp_path) as wire:
        await away(wire, how, AWAY_S)
