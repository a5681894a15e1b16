"""Processes for what strangers bring: how they are started. What they are kept to they take on themselves.

See ``core.files.confinement``, which reads the arguments that are given here.
"""

import os
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

# All that such a process has of the environment: no secrets. Threads of its libraries share two heaps, or
# each would take its own out of the limit.
ENVIRONMENT: Final = {
    "PYTHONPATH": str(Path(__file__).parents[1]),
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
}


async def started(module: str, *, memory_bytes: int, cpu_seconds: int, stderr: int = PIPE) -> Process:
    """Start a module in a process and a session of its own, with pipes. Raises ``OSError``."""
    return await create_subprocess_exec(
        # -B: it can write no file; -P and -s: no module comes from where it happens to run.
        *(sys.executable, "-B", "-P", "-s", "-m", module),
        *map(str, (os.getpid(), memory_bytes, cpu_seconds)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=stderr,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )
