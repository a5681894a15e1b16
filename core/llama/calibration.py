"""Guesses of tokens corrected by what the server counted. Pure."""

import math
from dataclasses import dataclass
from typing import Final

LEAST_RATIO: Final = 0.6
MOST_RATIO: Final = 1.8
# In a shorter request the template's own words outweigh the rest.
LEAST_GUESS: Final = 100
# Nobody's tokens differ so much: the server has put words of its own into the prompt, or counts otherwise.
_ABSURD_RATIO: Final = 4.0
# A count that is too low overflows the window, one that is too high only wastes some of it.
_RISE: Final = 0.5
_FALL: Final = 0.1


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a server's counts compare to our guesses, for one model on it: a moving average of the ratio."""

    ratio: float = 1.0

    def corrected(self, guess: int) -> int:
        """Bring a guess to what the server would probably count."""
        return math.ceil(guess * self.ratio)

    def observed(self, guess: int, counted: int) -> "Calibration":
        """Learn from a request that was guessed and then counted by the server.

        What says nothing changes nothing: short requests, absurd counts, and counts so low that the server
        must have left out what it had in its cache.
        """
        if guess < LEAST_GUESS or counted <= 0:
            return self
        ratio = counted / guess
        if not LEAST_RATIO <= ratio <= _ABSURD_RATIO:
            return self
        share = _RISE if ratio > self.ratio else _FALL
        moved = self.ratio + share * (ratio - self.ratio)
        return Calibration(min(max(moved, LEAST_RATIO), MOST_RATIO))
