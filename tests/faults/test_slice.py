"""A small seeded slice of the faults: the product keeps everything, the control bot does not."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.faults.bots import Make, product
from tests.faults.control import control
from tests.faults.plan import FAULTS, Plan, Platform
from tests.faults.row import Row, play

SLICE = Plan(seed=11, places=4, rounds=1, endings=2, life_s=1.0, strikes=1, answer_s=40.0, quiet_s=1.0)
IMPATIENT = replace(SLICE, answer_s=3.0)
ON_SLACK = ("kill", "away", "edit", "delete", "lost", "again-new", "one-socket")
ON_DISCORD = ("kill-lost", "kill-change", "away", "session", "double", "model-error")
BITING = ("kill", "away", "edit", "delete", "lost", "model-cut")


async def rows(plan: Plan, keys: Sequence[str], platform: Platform, make: Make, folder: Path) -> list[Row]:
    """These rows, the product's some at a time."""
    limit = asyncio.Semaphore(5 if make is product else len(keys))

    async def one(key: str) -> Row:
        (fault,) = (fault for fault in FAULTS if fault.key == key)
        assert platform in fault.platforms
        place = folder / platform / key
        place.mkdir(parents=True)
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
    async with asyncio.TaskGroup() as tasks:
        runs = [
            tasks.create_task(rows(plan, keys, platform, control, tmp_path))
            for platform, twice in ((Platform.SLACK, "again-new"), (Platform.DISCORD, "double"))
            for plan, keys in ((SLICE, ("none",)), (IMPATIENT, (twice, *BITING)))
        ]
    for calm, biting in (runs[:2], runs[2:]):
        answers(*calm.result())
        fails(biting.result())


def answers(row: Row) -> None:
    assert row.verdict.kept
    assert row.verdict.once == row.verdict.events >= 4


def fails(played: Sequence[Row]) -> None:
    repeated, killed, away, edited, deleted, lost, cut = (row.verdict for row in played)
    assert repeated.repeated > 0
    assert killed.lost + killed.cut > 0
    assert away.lost > 0
    assert edited.lost > 0
    assert deleted.left > 0
    assert lost.repeated > 0
    assert cut.lost + cut.cut > 0
