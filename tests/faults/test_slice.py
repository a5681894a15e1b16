"""A small seeded slice of the faults: the product keeps everything, the control bot does not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.faults.bots import Make, product
from tests.faults.control import control
from tests.faults.plan import FAULTS, Plan, Platform
from tests.faults.row import Row, play

SLICE = Plan(seed=11, places=4, rounds=1, endings=2, life_s=1.0, answer_s=40.0, quiet_s=1.0)
IMPATIENT = Plan(seed=11, places=4, rounds=2, endings=2, life_s=1.0, answer_s=4.0, quiet_s=1.0)
ON_SLACK = ("kill", "kill-change", "away", "edit", "delete", "lost", "again-new", "one-socket", "model-cut")
ON_DISCORD = ("kill-lost", "kill-change", "away", "edit", "delete", "session", "double", "model-error")
BITING = ("kill", "away", "edit", "delete", "lost", "again-new", "model-cut")


async def rows(plan: Plan, keys: Sequence[str], platform: Platform, make: Make, folder: Path) -> list[Row]:
    """These rows, some at once."""
    limit = asyncio.Semaphore(5)

    async def one(key: str) -> Row:
        (fault,) = (fault for fault in FAULTS if fault.key == key)
        assert platform in fault.platforms
        place = folder / key
        place.mkdir()
        async with limit:
            return await play(fault, platform, plan, make, place)

    async with asyncio.TaskGroup() as tasks:
        played = [tasks.create_task(one(key)) for key in keys]
    return [task.result() for task in played]


def kept(played: Sequence[Row]) -> None:
    for row in played:
        assert row.met or row.kills, row.fault.name
        assert row.kept, row.trouble
        assert row.verdict.breaks == 0, row.trouble
        done = row.verdict.once + row.verdict.noticed + row.verdict.taken_back
        assert done == row.verdict.events >= 4


async def test_on_slack_nothing_is_lost_repeated_or_left_half_said(tmp_path: Path) -> None:
    kept(await rows(SLICE, ON_SLACK, Platform.SLACK, product, tmp_path))


async def test_on_discord_nothing_is_lost_repeated_or_left_half_said(tmp_path: Path) -> None:
    kept(await rows(SLICE, ON_DISCORD, Platform.DISCORD, product, tmp_path))


async def test_the_control_bot_answers_without_faults_and_fails_with_them(tmp_path: Path) -> None:
    played = await rows(IMPATIENT, ("none", *BITING), Platform.SLACK, control, tmp_path)
    calm, *others = (row.verdict for row in played)
    killed, away, edited, deleted, lost, again, cut = others
    assert calm.kept
    assert calm.once == calm.events >= 8
    assert killed.lost + killed.cut > 0
    assert away.lost > 0
    assert edited.lost > 0
    assert deleted.left > 0
    assert lost.repeated > 0
    assert again.repeated > 0
    assert cut.lost + cut.cut > 0
