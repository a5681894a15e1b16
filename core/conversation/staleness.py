"""Questions that were found too late: one line for each thread, and not too many of them."""

from core.address import Address
from core.storage import Turn

STALE_S = 900.0
LINES = 20


class Staleness:
    """Judges the turns that a start has found; what comes later is never too late."""

    def __init__(self) -> None:
        self._started_at = 0.0
        self._found: set[str] = set()
        self._told: set[str] = set()

    def found(self, addresses: tuple[Address, ...], now: float) -> None:
        """Name the threads in which something waited at the start."""
        self._started_at = now
        self._found.update(address.key for address in addresses)

    def is_stale(self, turn: Turn) -> bool:
        """Tell whether the turn's newest question was too old already at the start."""
        newest = max(question.sent_at for question in (*turn.questions, *turn.joined))
        return turn.address.key in self._found and newest < self._started_at - STALE_S

    def may_tell(self, address: Address) -> bool:
        """Take one of the lines, if there is one left and the thread has none yet."""
        if address.key in self._told or len(self._told) >= LINES:
            return False
        self._told.add(address.key)
        return True

    def settled(self, address: Address) -> None:
        """Nothing waits in the thread any more."""
        self._found.discard(address.key)
