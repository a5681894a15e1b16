"""Questions that were found too late: one line for each thread, and not too many of them."""

from core.address import Address
from core.events import Asked
from core.storage import Turn

STALE_S = 900.0
LINES = 20


class Staleness:
    """Judges what a start has found and caught up with; what comes live is never too late."""

    def __init__(self) -> None:
        self._started_at = 0.0
        self._is_catching_up = False
        self._found: set[str] = set()
        self._told: set[str] = set()

    def begin(self, now: float) -> None:
        """The process starts at ``now`` (unix seconds) and catches up from here on."""
        self._started_at = now
        self._is_catching_up = True

    def end(self) -> None:
        """All is caught up with."""
        self._is_catching_up = False

    def found(self, addresses: tuple[Address, ...]) -> None:
        """Name the threads in which something waited at the start."""
        self._found.update(address.key for address in addresses)

    def note(self, event: Asked) -> None:
        """Look at an event that is taken."""
        if self._is_catching_up and self._is_old(event.sent_at):
            self._found.add(event.address.key)

    def is_stale(self, turn: Turn) -> bool:
        """Tell whether all of the turn's questions, and their edits, were too old already at the start."""
        times = (turn.revised_at, *(asked.sent_at for asked in (*turn.questions, *turn.joined)))
        return turn.address.key in self._found and self._is_old(max(times))

    def may_tell(self, address: Address) -> bool:
        """Take one of the lines, if there is one left and the thread has none yet."""
        if address.key in self._told or len(self._told) >= LINES:
            return False
        self._told.add(address.key)
        return True

    def settled(self, address: Address) -> None:
        """Nothing waits in the thread any more."""
        self._found.discard(address.key)

    def _is_old(self, at: float) -> bool:
        return at < self._started_at - STALE_S
