"""How much a person and the house may use."""

from dataclasses import dataclass

from core import phrases
from core.policy import Decision
from core.ports import Clock
from core.storage import LedgerStore, Turn

HOUR_S = 3600.0
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Limits; 0 means none. Tokens count on hosted keys only, by the UTC day."""

    tokens_per_day: int = 2_000_000


class Gate:
    """Decides whether a turn may use the model."""

    def __init__(self, ledger: LedgerStore, ceilings: Ceilings, clock: Clock) -> None:
        self._ledger = ledger
        self._ceilings = ceilings
        self._clock = clock

    async def refusal(self, turn: Turn, decision: Decision, *, hosted: bool) -> str | None:
        """Return the sentence for the person, with the time at which it ends, or ``None``."""
        now = self._clock.now()
        # The turn itself is already counted.
        if limit := decision.turns_per_hour.value:
            author_id = turn.questions[0].author.id
            used = await self._ledger.turns_of(turn.address, author_id, now - HOUR_S)
            if used.count > limit:
                return phrases.too_many_turns(limit, used.oldest + HOUR_S, now)
        if limit := decision.channel_turns_per_hour.value:
            used = await self._ledger.turns_in(turn.address, now - HOUR_S)
            if used.count > limit:
                return phrases.too_many_turns_here(limit, used.oldest + HOUR_S, now)
        if hosted and self._ceilings.tokens_per_day:
            midnight = now - now % DAY_S
            if await self._ledger.tokens_since(midnight) >= self._ceilings.tokens_per_day:
                return phrases.tokens_spent(midnight + DAY_S, now)
        return None
