"""From the start of the process to its "Ready"."""

import time
from collections.abc import Mapping
from pathlib import Path

from bots.local_model import available
from tests.bench.machine import resident_mib
from tests.bench.plan import Starts
from tests.product import environment, running

Settings = Mapping[str, str]


async def measure_starts(
    platforms: Mapping[str, Settings], model: Settings, folder: Path, count: int
) -> Starts:
    """Start each platform ``count`` times on an empty folder, and once with the small local model."""
    starts = Starts()
    for name, settings in platforms.items():
        seconds = [
            (await _start(folder / f"start-{name}-{number}", {**settings, **model}))[0]
            for number in range(count)
        ]
        starts.emulated_s[name] = seconds
    starts.missing = available() or ""
    if not starts.missing:
        took, resident = await _start(folder / "start-local", next(iter(platforms.values())))
        starts.local_s.append(took)
        starts.local_mib.append(resident)
    return starts


async def _start(data: Path, settings: Settings) -> tuple[float, float]:
    """Seconds to ready, and the resident MiB then."""
    begun = time.monotonic()
    async with running(environment(data, **settings)) as product:
        return time.monotonic() - begun, resident_mib(product.process.pid)
