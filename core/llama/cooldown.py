"""How long a server that said it is busy is left alone."""

from typing import Final

from core.errors import ModelBusy
from core.ports import Clock

_FIRST_S: Final = 2.0
_LONGEST_S: Final = 60.0
# A server that names hours is asked again now and then: what it says may be old, or wrong.
_LONGEST_TOLD_S: Final = 900.0
# So many refusals without an answer between them, and the server refuses everybody.
_REFUSES_ALL: Final = 3


class Contended(ModelBusy):
    """Refused by a server that answers others meanwhile: there are more askers than it takes."""


class Cooldown:
    """One for each server and key: after a 429 nobody asks until it is over.

    The server's ``Retry-After`` counts; without one it is 2, 4, 8 ... 60 s, longer with each refusal that
    no answer came between. Times are the clock's monotonic seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = 0.0
        self._struck_at = float("-inf")
        self._strikes = 0

    @property
    def remaining_s(self) -> float:
        """Seconds until somebody may ask again."""
        return max(0.0, self._until - self._clock.monotonic())

    @property
    def is_contended(self) -> bool:
        """Whether the last refusal may come from there being many askers."""
        return self._strikes < _REFUSES_ALL

    def strike(self, asked_at: float, retry_after: float | None) -> None:
        """Take the refusal of a request that went out at ``asked_at``."""
        now = self._clock.monotonic()
        # Refusals of requests that were under way together are one refusal.
        if asked_at > self._struck_at or self._strikes == 0:
            self._strikes += 1
            self._struck_at = now
            pause = min(_FIRST_S * 2.0 ** (self._strikes - 1), _LONGEST_S)
        else:
            pause = 0.0
        if retry_after is not None:
            pause = min(retry_after, _LONGEST_TOLD_S)
        self._until = max(self._until, now + pause)

    def ease(self) -> None:
        """The server has answered: the next refusal is a first one again."""
        self._strikes = 0
