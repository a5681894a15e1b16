"""Charts are drawn in a process of its own: memory, time and fonts of strangers are not the bot's."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from core.charts.chart import Chart, chart_json
from core.confined import started
from core.errors import ToolFailed

_log = structlog.get_logger(__name__)

_WORKER: Final = "core.charts.worker"
_SECONDS: Final = 20.0
_CPU_SECONDS: Final = 10
_MEMORY_BYTES: Final = 1 << 30
_AT_ONCE: Final = 2
_NOT_DRAWN: Final = "The chart could not be drawn."


@dataclass(frozen=True, slots=True)
class Printed:
    """A chart as PNG, and characters of its words that no font here has."""

    content: bytes
    missing: str


class Press:
    """Draws charts, a few at once; others wait for their turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def printed(self, chart: Chart) -> Printed:
        """Draw a chart. Raises ``ToolFailed``."""
        async with self._turns:
            written = await _drawn(chart)
        first, _, content = written.partition(b"\n")
        return Printed(content, str(json.loads(first)))


async def _drawn(chart: Chart) -> bytes:
    try:
        process = await started(_WORKER, memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS, stderr=DEVNULL)
    except OSError as error:
        _log.warning("chart_not_started", error=str(error))
        raise ToolFailed(_NOT_DRAWN) from error
    try:
        async with asyncio.timeout(_SECONDS):
            written, _ = await process.communicate(chart_json(chart))
    except TimeoutError:
        raise ToolFailed(_NOT_DRAWN) from None
    finally:
        await _end(process)
    if process.returncode != 0:
        _log.warning("chart_not_drawn", status=process.returncode)
        raise ToolFailed(_NOT_DRAWN)
    return written


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
