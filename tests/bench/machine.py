"""Where the figures come from: this machine, and what the product takes of it."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Machine:
    cpu: str
    cores: int
    memory_mib: int
    system: str
    python: str
    date: str
    load: float


def this_machine() -> Machine:
    """The machine and how busy it was when the bench began (load of the last minute)."""
    return Machine(
        cpu=_cpu_name(),
        cores=os.cpu_count() or 1,
        memory_mib=psutil.virtual_memory().total // MIB,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        load=os.getloadavg()[0],
    )


def _cpu_name() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def cpu_seconds(pid: int) -> float:
    """User and system seconds of a process and its children so far."""
    times = [process.cpu_times() for process in _family(pid)]
    return sum(each.user + each.system for each in times)


def resident_mib(pid: int) -> float:
    """Resident memory of a process and its children."""
    resident = sum(int(process.memory_info().rss) for process in _family(pid))
    return resident / MIB


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]
