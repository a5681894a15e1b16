"""A small seeded slice of the faults: the product keeps everything, the control bot does not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.faults.bots import Make, product
from tests.faults.control import control
from tests.faults.plan import FAULTS, Plan, Platform
from tests.faults.row import Row, play

SLICE = Plan(seed=11, threads=2, messages=2, endings=2, life_s=(0.6, 1.4), answer_s=15.0, quiet_s=1.0)
IMPATIENT = Plan(seed=11, threads=2, messages=2, endings=2, life_s=(0.6, 1.4), answer_s=4.0, quiet_s=1.0)
BITING = ("kill", "lost", "again-new")


async def rows(plan: Plan, keys: Sequence[str], platform: Platform, make: Make, folder: Path) -> list[Row]:
    """These rows at once."""
    async with asyncio.TaskGroup() as tasks:
        played = []
        for fault in FAULTS:
            if fault.key in keys and platform in fault.platforms:
                place = folder / fault.key
                place.mkdir()
                played.append(tasks.create_task(play(fault, platform, plan, make, place)))
    return [task.result() for task in played]


def kept(played: Sequence[Row]) -> None:
    assert len(played) == 3
    for row in played:
        assert row.met, row.fault.name
        assert row.verdict.kept, row.trouble
        assert row.verdict.once == row.verdict.events >= 4


async def test_on_slack_nothing_is_lost_repeated_or_left_half_said(tmp_path: Path) -> None:
    kept(await rows(SLICE, BITING, Platform.SLACK, product, tmp_path))


async def test_on_discord_nothing_is_lost_repeated_or_left_half_said(tmp_path: Path) -> None:
    kept(await rows(SLICE, ("kill", "lost", "double"), Platform.DISCORD, product, tmp_path))


async def test_a_bot_that_forgets_and_retries_blindly_fails(tmp_path: Path) -> None:
    killed, lost, again = await rows(IMPATIENT, BITING, Platform.SLACK, control, tmp_path)
    assert killed.verdict.lost or killed.verdict.cut
    assert lost.verdict.repeated
    assert again.verdict.repeated
    assert not any(row.verdict.kept for row in (killed, lost, again))


async def test_without_faults_that_bot_answers_too(tmp_path: Path) -> None:
    (row,) = await rows(IMPATIENT, ("none",), Platform.SLACK, control, tmp_path)
    assert (row.verdict.kept, row.verdict.once) == (True, 4)
