"""``python -m tests.faults``: the bot under faults, judged by what people see. Exit 1 on any loss."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.bots import Make, product
from tests.faults.control import control
from tests.faults.plan import FAULTS, QUICK, SLACK, Fault, Plan, Platform
from tests.faults.row import Row, play
from tests.faults.table import as_json, table

AT_ONCE = 10
CONTROL_S = 6.0
LONGEST_SOAK_MIN = 600
WRONG = 1


def main() -> int:
    """0 when nothing was lost, repeated or left half said."""
    options = _options()
    plan = replace(QUICK if options.quick else Plan(), seed=options.seed)
    chosen = [fault for fault in FAULTS if not options.only or fault.key in options.only]
    if options.control:
        plan = replace(plan, answer_s=CONTROL_S)
        chosen = [replace(fault, platforms=SLACK) for fault in chosen if Platform.SLACK in fault.platforms]
    rows = asyncio.run(_run(plan, chosen, control if options.control else product, options.soak))
    sys.stdout.write(table(rows, options.seed) + "\n")
    if options.json is not None:
        options.json.write_text(as_json(rows, options.seed) + "\n")
    return 0 if all(row.verdict.kept for row in rows) else WRONG


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=Plan().seed, help="decides everything that is random")
    parser.add_argument("--quick", action="store_true", help="a small load, about a minute")
    parser.add_argument("--soak", type=int, default=0, metavar="MINUTES", help="again with the next seeds")
    parser.add_argument("--control", action="store_true", help="try the control bot instead, on Slack")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value to this file too")
    parser.add_argument("--only", nargs="+", choices=[fault.key for fault in FAULTS], help="these rows")
    options = parser.parse_args()
    if not 0 <= options.soak <= LONGEST_SOAK_MIN:
        parser.error(f"a soak lasts at most {LONGEST_SOAK_MIN} minutes")
    return options


async def _run(plan: Plan, faults: Sequence[Fault], make: Make, minutes: int) -> list[Row]:
    """One round, or rounds with the next seeds until the time is up, their rows added up."""
    end = time.monotonic() + 60 * minutes
    rows = await _round(plan, faults, make)
    while time.monotonic() < end:
        plan = replace(plan, seed=plan.seed + 1)
        rows = [one + other for one, other in zip(rows, await _round(plan, faults, make), strict=True)]
    return rows


async def _round(plan: Plan, faults: Sequence[Fault], make: Make) -> list[Row]:
    """Every row once, several at a time, each with emulators and data of its own."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(fault: Fault, platform: Platform) -> Row:
        async with limit:
            with TemporaryDirectory(prefix="tampu-faults-") as folder:
                row = await play(fault, platform, plan, make, Path(folder))
        sys.stderr.write(f"{fault.name}, {platform}: {row.verdict}\n")
        return row

    async with asyncio.TaskGroup() as tasks:
        played = [tasks.create_task(one(fault, platform)) for fault in faults for platform in fault.platforms]
    return [task.result() for task in played]


if __name__ == "__main__":
    sys.exit(main())
