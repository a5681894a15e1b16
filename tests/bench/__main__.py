"""``python -m tests.bench``: measure, print, and say by the exit code if it could."""

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench.client_cpu import measure_cpu
from tests.bench.machine import this_machine
from tests.bench.many_streams import measure_many
from tests.bench.plan import QUICK, Measured, Plan
from tests.bench.report import as_json, table
from tests.bench.session import measure
from tests.bench.stream_server import served

LONGEST_S = 295.0
CLIENT_LONGEST_S = 120.0
PRODUCT, CLIENT = "product", "client"
WRONG = 1


def main() -> int:
    """0 when everything was measured, 1 when answers were wrong, missing, or it took too long."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value to this file too")
    parser.add_argument("--only", choices=(PRODUCT, CLIENT), help="the product, or its model client alone")
    parser.add_argument("--seed", type=int, default=Plan().seed, help="the number of the first question")
    options = parser.parse_args()
    plan = replace(QUICK if options.quick else Plan(), seed=options.seed)
    machine = this_machine()
    trouble, measured = "", Measured()
    try:
        asyncio.run(_measure(plan, measured, options.only))
    except* TimeoutError:
        trouble = "The bench was not over in time."
    except* psutil.NoSuchProcess:
        trouble = "The product ended by itself while it was measured."
    if trouble:
        sys.stderr.write(f"{trouble}\n")
        return WRONG
    sys.stdout.write(table(plan, machine, measured) + "\n")
    if options.json is not None:
        options.json.write_text(as_json(plan, machine, measured) + "\n")
    return WRONG if measured.faults else 0


async def _measure(plan: Plan, measured: Measured, only: str | None) -> None:
    """Measure the client first, while this process holds little else."""
    if only != PRODUCT:
        async with asyncio.timeout(CLIENT_LONGEST_S), served() as origin:
            measured.cpu = await measure_cpu(origin, plan.cpu)
            measured.many = await measure_many(origin, plan.many)
    if only != CLIENT:
        with TemporaryDirectory(prefix="tampu-bench-") as folder:
            async with asyncio.timeout(LONGEST_S):
                await measure(plan, measured, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
