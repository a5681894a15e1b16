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
        # What came live into such a thread, but is old by its date: our clock is not the platform's.
        self._live: dict[str, set[str]] = {}
        # Which turn has the line of a thread.
        self._told: dict[str, str] = {}

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
        if not self._is_old(event.sent_at):
            return
        key = event.address.key
        if self._is_catching_up:
            self._found.add(key)
        elif key in self._found:
            self._live.setdefault(key, set()).add(event.key)

    def known(self, event: Asked) -> None:
        """An event that was noted had been taken before: it did not come now."""
        self._live.get(event.address.key, set()).discard(event.key)

    def is_stale(self, turn: Turn) -> bool:
        """Tell whether all of the turn's questions, and their edits, were too old already at the start."""
        questions = (*turn.questions, *turn.joined)
        if not self._live.get(turn.address.key, set()).isdisjoint(asked.key for asked in questions):
            return False
        times = (turn.revised_at, *(asked.sent_at for asked in questions))
        return turn.address.key in self._found and self._is_old(max(times))

    def may_tell(self, turn: Turn) -> bool:
        """Take one of the lines, if there is one left and no other turn of the thread has one.

        The turn keeps its line: it may be begun anew before people have read it.
        """
        key = turn.address.key
        if key not in self._told and len(self._told) < LINES:
            self._told[key] = turn.id
        return self._told.get(key) == turn.id

    def settled(self, address: Address) -> None:
        """Nothing waits in the thread any more."""
        self._found.discard(address.key)
        self._live.pop(address.key, None)

    def _is_old(self, at: float) -> bool:
        return at < self._started_at - STALE_S
