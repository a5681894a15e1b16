"""What nobody has come back to for a long time is let go of, behind people's backs."""

from typing import Final, Protocol

import structlog

from core.audit import TAMPU, Action, AuditEntry, AuditStore
from core.conversation.clock_trust import DAY_S, UNKNOWN, ClockTrust
from core.errors import StoreError
from core.forgetting import RetentionStore
from core.ports import Clock
from core.spending import SpendingStore

AUDIT_KEPT_S: Final = 365 * DAY_S
# A budget looks back a month at the most.
CHARGES_KEPT_S: Final = 93 * DAY_S
# A start has other things to do.
FIRST_S: Final = 300.0
EVERY_S: Final = 3_600.0
# So many in one transaction, and a moment for everybody else's.
BATCH: Final = 50
BREATH_S: Final = 0.1

log = structlog.get_logger()


class KeepingStore(RetentionStore, AuditStore, SpendingStore, Protocol):
    """What a store has to do for it."""


class Retention:
    """Lets go of threads with nothing newer than ``days``; 0 keeps them.

    The audit is kept for a year, what single people have used for three months. As long as the machine's
    clock may be wrong nothing goes.
    """

    def __init__(self, store: KeepingStore, clock: Clock, days: int) -> None:
        self._store = store
        self._clock = clock
        self._days = days
        self._trust = ClockTrust(store, clock)
        self._doubt = ""
        self._erased_at: float | None = None

    async def run(self) -> None:
        """Look once an hour, until cancelled. A store that fails is asked again the next time."""
        await self._clock.sleep(FIRST_S)
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("retention.failed", error=str(error))
            await self._clock.sleep(EVERY_S)

    async def look(self) -> int:
        """Let go of what is old by now; how many threads went. Raises ``StoreError``."""
        threads = 0 if await self._has_doubt() else await self._let_go(self._clock.now())
        await self._erase()
        return threads

    async def _has_doubt(self) -> bool:
        """Whether to wait; said once as long as the reason is the same."""
        doubt = await self._trust.doubt()
        if doubt and doubt != self._doubt:
            say = log.info if doubt == UNKNOWN else log.warning
            say("retention.waits", reason=doubt, advice="nothing goes by age before the date is sure")
        self._doubt = doubt
        return bool(doubt)

    async def _let_go(self, now: float) -> int:
        await self._store.prune_notes(now)
        await self._store.prune_audit(now - AUDIT_KEPT_S)
        await self._store.prune_charges(now - CHARGES_KEPT_S)
        threads = await self._prune(now - self._days * DAY_S) if self._days else 0
        if threads:
            log.info("retention.pruned", threads=threads)
            entry = AuditEntry(now, TAMPU, "", Action.PRUNED, "", {"threads": str(threads)})
            await self._store.record(entry)
        return threads

    async def _prune(self, before: float) -> int:
        threads = 0
        while gone := await self._store.prune_threads(before, BATCH):
            threads += gone
            await self._clock.sleep(BREATH_S)
        return threads

    async def _erase(self) -> None:
        """Once a day, since it rewrites the file and everybody waits for that."""
        now = self._clock.monotonic()
        if self._erased_at is None or now - self._erased_at >= DAY_S:
            self._erased_at = now
            await self._store.erase()
