"""What a worker may not do, told to the kernel before a stranger's byte is read.

Linux keeps all of it, as far as its version knows these walls. macOS has no bound on a process' address space
that works, and no ``prctl``: there the parent's deadline, the bound on time and the end of the input are what
is left.
"""

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from core.files.landlock import places_of_programs, wall_in
from core.files.seccomp import refuse_calls

# linux/prctl.h
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

_OPEN_FILES: Final = 32
_NICENESS: Final = 5


def confine(parent: int, memory_bytes: int, cpu_seconds: int) -> None:
    """Give up what reading a file does not need, for good.

    The process gets ``memory_bytes`` of address space and ``cpu_seconds`` of time, reads no file but programs
    and libraries, writes none, starts no other program, connects to nobody, and dies with ``parent``, the id
    of the process that started it.
    """
    with suppress(OSError):
        # Where memory runs out, this process is to go, not the bot.
        Path("/proc/self/oom_score_adj").write_text("1000")
    starts_nothing = False
    if sys.platform == "linux":
        _tell_the_kernel()
        wall_in(places_of_programs())
        starts_nothing = refuse_calls()
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    os.chdir("/")
    os.nice(_NICENESS)
    # Between the two limits the kernel names the reason; at the second it only kills.
    _bound(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _bound(resource.RLIMIT_AS, memory_bytes)
    _bound(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if not starts_nothing:
        _bound(resource.RLIMIT_NPROC, 0)  # no threads either
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)


def _tell_the_kernel() -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    for option, value in ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_NO_NEW_PRIVS, 1)):
        if prctl(option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3):
            raise OSError(ctypes.get_errno(), "prctl")


def _bound(what: int, most: int, hard: int | None = None) -> None:
    """A system that does not know the limit, or has a lower one, refuses; the others still hold."""
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most if hard is None else hard))
