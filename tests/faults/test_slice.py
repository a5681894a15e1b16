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


async def test_the_control_bot_answers_without_faults_and_fails_with_them(tmp_path: Path) -> None:
    played = await rows(IMPATIENT, ("none", *BITING), Platform.SLACK, control, tmp_path)
    killed, calm, lost, again = played
    assert [row.fault.key for row in played] == ["kill", "none", "lost", "again-new"]
    assert (calm.verdict.kept, calm.verdict.once) == (True, 4)
    assert killed.verdict.lost + killed.verdict.cut > 0
    assert lost.verdict.repeated > 0
    assert again.verdict.repeated > 0
