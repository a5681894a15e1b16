"""A clock that somebody sets, for a product in a process of its own.

The child imports this module before anything else: a ``sitecustomize`` on its path, see :func:`shiftable`.
Its ``time.time`` is then the machine's plus the seconds that a file says, read at each call.
``time.monotonic`` stays, as on a real machine; ``datetime.now``, which dates log lines only, stays too.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHIFT_FILE = "CLOCK_SHIFT_FILE"
HOUR_S = 3600.0
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """The test's hand on it."""

    file: Path

    def set(self, seconds: float) -> None:
        """Let the child's clock be so far ahead of the machine's (behind when negative)."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)


def shiftable(folder: Path) -> tuple[ShiftedClock, Mapping[str, str]]:
    """A clock and the settings of a child that goes by it."""
    start = folder / "child"
    start.mkdir()
    (start / "sitecustomize.py").write_text(
        "from tests.faults import shifted_clock\n\nshifted_clock.begin()\n"
    )
    clock = ShiftedClock(start / "shift")
    clock.set(0.0)
    return clock, {"PYTHONPATH": str(start), SHIFT_FILE: str(clock.file)}


def begin() -> None:
    """In the child: go by the file."""
    machines, file = time.time, Path(os.environ[SHIFT_FILE])
    time.time = lambda: machines() + float(file.read_text())
