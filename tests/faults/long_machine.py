"""What takes minutes on the same machine: ``python -m pytest tests/faults/long_machine.py``."""

import asyncio
from pathlib import Path

import pytest

from core.errors import ModelTimedOut, StoreError
from core.llama.endpoint import Deadlines
from tests.faults.machine import machine
from tests.faults.test_machine_load import crowded
from tests.faults.test_machine_lock import locked
from tests.faults.test_machine_network import away, wired

LOCKED_S = 40.0
AWAY_S = 60.0
SLOW_S = 0.1
HUNG_S = Deadlines().first + 15.0


@pytest.mark.timeout(200)
async def test_the_database_is_locked_for_forty_seconds(tmp_path: Path) -> None:
    """Slack delivers again until it is taken; Discord repeats nothing, so its people are told."""
    async with machine(tmp_path) as around, around.life() as product:
        slack, discord = around.people
        around.delay_s = SLOW_S
        await around.ask(0)
        await around.begun(0)
        async with locked(around):
            await slack.ask(1)
            await discord.ask(1, notice=StoreError.told)
            await asyncio.sleep(LOCKED_S)
            assert discord.town.shown(1) == [StoreError.told]
        around.delay_s = 0.0
        await around.answered()
        assert not around.slack.sockets.lost
        await around.ask(1)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["cut", "silent"])
async def test_the_network_is_gone_for_a_minute(tmp_path: Path, how: str) -> None:
    """Longer than Slack delivers again here, and than Discord waits for a heartbeat."""
    async with wired(tmp_path) as wire:
        await away(wire, how, AWAY_S)


@pytest.mark.timeout(300)
async def test_a_model_that_hangs_ends_in_a_notice(tmp_path: Path) -> None:
    async with machine(tmp_path) as around, around.life() as product:
        for _ in around.people:
            around.model.hang()
        await around.ask(0, notice=ModelTimedOut.told)
        await around.answered(HUNG_S)
        await around.ask(0)
        await around.answered()
        await around.all_once()
        assert await product.stop() == 0


@pytest.mark.timeout(300)
async def test_two_thousand_questions_at_once_and_again(tmp_path: Path) -> None:
    """A hundred threads with twenty each; Discord's own pace for a channel makes it about twenty seconds."""
    await crowded(tmp_path, messages=20, seconds=100.0)
