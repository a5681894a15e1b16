"""The starts and ends of the process."""

import aiosqlite

from core.memory.database import Database, Row, one, run
from core.storage import Boot

CRASHES_WITHIN_S = 300.0
KEPT_S = 7 * 86_400.0
LONG_AGO = 0.0


class BootTable:
    """Implements ``core.storage.BootStore``."""

    _database: Database

    async def boot(self, now: float) -> Boot:
        """Note a start, and let go of what only mattered days ago."""

        async def unit(connection: aiosqlite.Connection) -> Boot:
            seen = await one(connection, "last_seen", {"now": now})
            crashes = await one(connection, "crashes", {"now": now, "within": CRASHES_WITHIN_S})
            await run(connection, "prune_boots", {"before": now - KEPT_S})
            await run(connection, "prune_tombstones", {"before": now - KEPT_S})
            row = await one(connection, "insert_boot", {"now": now})
            assert row is not None
            assert crashes is not None
            return Boot(int(str(row[0])), _believed(seen, now), int(str(crashes[0])))

        return await self._database.write(unit)

    async def alive(self, boot: Boot, now: float) -> None:
        """Note that the process still runs, and let go of deletions that nothing can come late to."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await run(connection, "boot_alive", {"id": boot.id, "now": now})
            await run(connection, "prune_tombstones", {"before": now - KEPT_S})

        await self._database.write(unit)

    async def shut(self, boot: Boot, now: float) -> None:
        """Note an end in order."""

        async def unit(connection: aiosqlite.Connection) -> None:
            await run(connection, "boot_ended", {"id": boot.id, "now": now})

        await self._database.write(unit)


def _believed(seen: Row | None, now: float) -> float | None:
    """When only times that lie ahead are known, nobody knows for how long nobody listened."""
    if seen is None:
        return None
    at = float(str(seen[0]))
    return at if at <= now else LONG_AGO
