"""The store in memory: the starts and ends of the process."""

from dataclasses import dataclass

from core.storage import Boot
from tests.fakes.tables import BootRow, Tables

CRASHES_WITHIN_S = 300.0
KEPT_S = 7 * 86_400.0


@dataclass
class MemoryBoots(Tables):
    """Implements core.storage.BootStore."""

    async def boot(self, now: float) -> Boot:
        times = [
            row.alive_at if row.ended_at is None else row.ended_at for _, row in sorted(self.boots.items())
        ]
        past = [at for at in times if at <= now]
        seen = past[-1] if past else 0.0 if times else None
        crashes = sum(
            row.ended_at is None and abs(now - row.started_at) < CRASHES_WITHIN_S
            for row in self.boots.values()
        )
        self.boots = {id_: row for id_, row in self.boots.items() if row.started_at >= now - KEPT_S}
        self._prune(now)
        number = max(self.boots, default=0) + 1
        self.boots[number] = BootRow(now, now)
        return Boot(number, seen, crashes)

    async def alive(self, boot: Boot, now: float) -> None:
        self.boots[boot.id].alive_at = now
        self._prune(now)

    async def shut(self, boot: Boot, now: float) -> None:
        self.boots[boot.id].ended_at = now

    def _prune(self, now: float) -> None:
        self.tombstones = {key: at for key, at in self.tombstones.items() if at >= now - KEPT_S}
