"""``python -m tests.faults``: the bot under faults, judged by what people see. Exit 1 on any loss."""

import argparse
import asyncio
import logging
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.bots import Make, product
from tests.faults.control import control
from tests.faults.plan import FAULTS, QUICK, Ending, Fault, Plan, Platform
from tests.faults.row import Row, play
from tests.faults.table import as_json, table

CONTROL_S = 6.0
LONGEST_SOAK_MIN = 600
WRONG = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """Who is tried, with what, how many rows at once; the data of rows that went wrong goes to ``keep``."""

    make: Make
    faults: Sequence[Fault]
    at_once: int
    keep: Path | None


def main() -> int:
    """0 when nothing was lost, repeated or left half said."""
    options = _options()
    logging.getLogger("aiohttp.server").addFilter(_is_news)
    plan = replace(QUICK if options.quick else Plan(), seed=options.seed)
    trial = Trial(product, _chosen(options), options.at_once, options.keep)
    if options.control:
        plan, trial = replace(plan, answer_s=CONTROL_S), replace(trial, make=control)
    rows, rounds = asyncio.run(_run(plan, trial, options.soak))
    seeds = range(plan.seed, plan.seed + rounds)
    sys.stdout.write(table(rows, seeds) + "\n")
    if options.json is not None:
        options.json.write_text(as_json(rows, seeds) + "\n")
    return 0 if all(row.kept for row in rows) else WRONG


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=Plan().seed, help="decides everything that is random")
    parser.add_argument("--quick", action="store_true", help="a small load, without the slow rows")
    parser.add_argument(
        "--soak",
        type=int,
        default=0,
        metavar="MINUTES",
        help="again with the next seeds; without --only the rows that kill",
    )
    parser.add_argument("--control", action="store_true", help="try the control bot instead")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value to this file too")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep data and log of what went wrong")
    parser.add_argument("--at-once", type=int, default=8, metavar="ROWS", help="how many rows at a time")
    parser.add_argument("--only", nargs="+", choices=[fault.key for fault in FAULTS], help="these rows")
    options = parser.parse_args()
    if not 0 <= options.soak <= LONGEST_SOAK_MIN:
        parser.error(f"a soak lasts at most {LONGEST_SOAK_MIN} minutes")
    return options


def _chosen(options: argparse.Namespace) -> list[Fault]:
    if options.only:
        return [fault for fault in FAULTS if fault.key in options.only]
    if options.soak:
        return [fault for fault in FAULTS if fault.ending is Ending.KILL and not fault.slow]
    return [fault for fault in FAULTS if not (options.quick and fault.slow)]


def _is_news(record: logging.LogRecord) -> bool:
    """A bot that is killed goes away in the middle of what it was told."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConnectionError))


async def _run(plan: Plan, trial: Trial, minutes: int) -> tuple[list[Row], int]:
    """One round, or rounds with the next seeds until the time is up, their rows added up."""
    end = time.monotonic() + 60 * minutes
    rows, rounds = await _round(plan, trial), 1
    while time.monotonic() < end:
        more = await _round(replace(plan, seed=plan.seed + rounds), trial)
        rows, rounds = [one + other for one, other in zip(rows, more, strict=True)], rounds + 1
    return rows, rounds


async def _round(plan: Plan, trial: Trial) -> list[Row]:
    """Every row once, several at a time, each with emulators and data of its own."""
    limit = asyncio.Semaphore(trial.at_once)

    async def one(fault: Fault, platform: Platform) -> Row:
        async with limit:
            with TemporaryDirectory(prefix="tampu-faults-") as folder:
                row = await play(fault, platform, plan, trial.make, Path(folder))
                if trial.keep is not None and row.trouble:
                    kept = trial.keep / f"{plan.seed}-{fault.key}-{platform}"
                    await asyncio.to_thread(shutil.copytree, folder, kept, dirs_exist_ok=True)
        sys.stderr.write(f"{fault.key}, {platform}, seed {plan.seed}: {row.kills} kills, {row.verdict}\n")
        return row

    async with asyncio.TaskGroup() as tasks:
        played = [
            tasks.create_task(one(fault, platform)) for fault in trial.faults for platform in fault.platforms
        ]
    return [task.result() for task in played]


if __name__ == "__main__":
    sys.exit(main())
