"""How often a rate-limited method may be asked by choice."""

import time
from collections import deque


class Allowance:
    """So many calls in so many seconds; a call too many is not made."""

    def __init__(self, calls: int, seconds: float) -> None:
        self._seconds = seconds
        self._taken: deque[float] = deque(maxlen=calls)

    def take(self) -> bool:
        """Whether one more may be made now; it then counts."""
        now = time.monotonic()
        if len(self._taken) == self._taken.maxlen and now - self._taken[0] < self._seconds:
            return False
        self._taken.append(now)
        return True
