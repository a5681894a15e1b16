"""How often a person, and everybody in a channel, may ask."""

from dataclasses import replace

from core import phrases
from core.policy import Decision
from core.ports import Clock
from core.storage import LedgerStore, Turn

HOUR_S = 3600.0


class Gate:
    """Decides whether a turn may use the model now."""

    def __init__(self, ledger: LedgerStore, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def refusal(self, turn: Turn, decision: Decision) -> str | None:
        """Return the sentence for the person, with the time at which it ends, or ``None``."""
        now = self._clock.now()
        # The turn itself is already counted, of those at work only what began before it: of many that
        # begin together some are answered.
        if limit := decision.turns_per_hour.value:
            author_id = turn.questions[0].author.id
            used = await self._ledger.turns_of(turn.address, author_id, now - HOUR_S, turn.id)
            if used.count > limit:
                return phrases.too_many_turns(limit, used.oldest + HOUR_S, now)
        if limit := decision.channel_turns_per_hour.value:
            around = turn.questions[-1].parent or turn.address.channel
            channel = replace(turn.address, channel=around)
            used = await self._ledger.turns_in(channel, now - HOUR_S, turn.id)
            if used.count > limit:
                return phrases.too_many_turns_here(limit, used.oldest + HOUR_S, now)
        return None
