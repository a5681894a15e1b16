"""Waits that end when patience is over."""

import asyncio
from typing import Final

from core.llama.patience import Patience

_NEVER: Final = float("inf")


class Waiting:
    """Many waits, one after another, for the pieces of one answer.

    Patience moves on with each piece, and a timer for each would cost more than reading it: one timer looks
    whether it is time, and most often goes on to the next deadline.
    """

    def __init__(self, patience: Patience) -> None:
        self._loop = asyncio.get_running_loop()
        self._patience = patience
        self._limit: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = _NEVER

    def begin(self) -> asyncio.Timeout:
        """The limit of a wait, to be entered at once; it raises ``TimeoutError`` as any other does."""
        if self._patience.until < self._due:
            self._look_at(self._patience.until)
        self._limit = asyncio.timeout(None)
        return self._limit

    def end(self) -> None:
        """The wait is over."""
        self._limit = None

    def close(self) -> None:
        """There are no more waits."""
        self._limit = None
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        until = self._patience.until
        self._due = _NEVER
        if self._limit is None:
            # The next wait sees that it is late by itself.
            return
        if self._loop.time() < until:
            self._look_at(until)
        else:
            self._limit.reschedule(until)
