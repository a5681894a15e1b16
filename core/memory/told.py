"""What was said, and is not to be said again for a while."""

import aiosqlite

from core.audit import AuditEntry
from core.memory.audit import note
from core.memory.database import Database, Value, one, run


class ToldTable:
    """Implements ``core.spending.ToldStore``."""

    _database: Database

    async def once(
        self, subject: str, matter: str, until: float, now: float, entry: AuditEntry | None = None
    ) -> bool:
        """Whether a matter may be told: true the first time, then not until ``until``."""

        async def unit(connection: aiosqlite.Connection) -> bool:
            await run(connection, "forget_told", {"now": now})
            told: dict[str, Value] = {"subject": subject, "matter": matter, "until": until}
            is_due = await one(connection, "tell_once", told) is not None
            if is_due:
                await note(connection, entry)
            return is_due

        return await self._database.write(unit)
