"""The start: what an earlier run left, and what was said meanwhile."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Protocol

import structlog

from core.conversation.lanes import ALONE_S, Lanes
from core.conversation.staleness import Staleness
from core.errors import StoreError
from core.events import Absence
from core.ports import Clock
from core.spending import SpendingStore
from core.storage import Boot, Store

# More starts than this that never ended in order, within minutes, are a loop.
MOST_CRASHES = 3
LONGEST_ALONE_S = 40.0
LONGEST_ABSENCE_S = 86_400.0
ALIVE_EVERY_S = 10.0

log = structlog.get_logger()


class StartStore(Store, SpendingStore, Protocol):
    """What a start reads and sets right."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Opens the lanes after a start. Until then events are stored, and none is answered."""

    store: StartStore
    lanes: Lanes
    staleness: Staleness
    clock: Clock

    async def begin(self) -> Boot:
        """Note the start. Raises ``StoreError``."""
        now = self.clock.now()
        self.staleness.begin(now)
        boot = await self.store.boot(now)
        if left := await self.store.settle_left():
            log.info("spending.left_open", calls=left)
        if boot.last_seen is not None:
            # A crash before all is caught up with: the next start has to look as far back as this one.
            await self.store.alive(boot, boot.last_seen)
        return boot

    def absence(self, boot: Boot) -> Absence | None:
        """Tell for how long nobody listened, a day at the most; ``None`` at the first start."""
        if boot.last_seen is None:
            return None
        return Absence(max(boot.last_seen, self.clock.now() - LONGEST_ABSENCE_S), ())

    async def open_lanes(self, boot: Boot, platforms: Container[str]) -> None:
        """Have the lanes go on, once they run, with cut turns and with events that have no answer.

        After a loop of crashes they go one by one: the one that ends the process gives itself away.
        """
        found = await self.store.waiting()
        waiting = tuple(address for address in found if address.platform in platforms)
        self.staleness.found(waiting)
        beyond = boot.crashes - MOST_CRASHES
        # The longer the loop, the later in its turn the one may be that ends the process.
        alone_s = min(ALONE_S * 2 ** max(0, beyond - 1), LONGEST_ALONE_S)
        for address in waiting:
            if beyond > 0:
                self.lanes.suspect(address, alone_s)
            else:
                self.lanes.wake(address)
        if waiting:
            log.info("recovery.threads", threads=len(waiting), one_by_one=beyond > 0)

    async def note_life(self, boot: Boot, behind: Callable[[], float | None] = lambda: None) -> None:
        """Note again and again that the process lives, until cancelled.

        ``behind`` tells since when (unix seconds) something may be missing: no later time is noted, for
        the next start has to look as far back.
        """
        while True:
            await self.clock.sleep(ALIVE_EVERY_S)
            try:
                await self.store.alive(boot, self._seen(behind))
            except StoreError as error:
                log.warning("recovery.life_not_noted", error=str(error))

    async def end(self, boot: Boot, behind: Callable[[], float | None] = lambda: None) -> None:
        """Note an end in order. Raises ``StoreError``."""
        await self.store.shut(boot, self._seen(behind))

    def _seen(self, behind: Callable[[], float | None]) -> float:
        now, since = self.clock.now(), behind()
        return now if since is None else min(now, since)
