"""The emulators, and the real adapters in front of those of the platforms."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.served import Served, served
from tests.browser.small_core import SmallCore
from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord.recording import RunningBot, running
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack_stage import Stage, staged
from tests.integration.web_stage import Visitor, visiting


@pytest.fixture
async def discord() -> AsyncIterator[DiscordEmulator]:
    async with DiscordEmulator() as emulator:
        yield emulator


@pytest.fixture
async def bot(discord: DiscordEmulator) -> AsyncIterator[RunningBot]:
    async with running(discord) as running_bot:
        yield running_bot


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    """It sends what was not acknowledged again, and soon."""
    async with SlackEmulator(rate_scale=0, retry_delays=(0.05, 0.3, 1.0, 2.0)) as emulator:
        yield emulator


@pytest.fixture
async def stage(slack: SlackEmulator) -> AsyncIterator[Stage]:
    async with staged(slack) as stage:
        yield stage


@pytest.fixture
def core() -> SmallCore:
    """A core that answers the page."""
    return SmallCore()


@pytest.fixture
async def site(core: SmallCore) -> AsyncIterator[Served]:
    async with served(core) as running:
        yield running


@pytest.fixture
async def visitor(site: Served) -> AsyncIterator[Visitor]:
    async with visiting(site) as one:
        yield one
