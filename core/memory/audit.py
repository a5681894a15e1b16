"""Who did what, kept and read back."""

import json
from pathlib import Path

import aiosqlite

from core.audit import AuditEntry, AuditSearch
from core.memory.beside import read_beside
from core.memory.database import Database, Row, Value, every, run


class AuditTable:
    """Implements ``core.audit.AuditStore``."""

    _database: Database

    async def record(self, entry: AuditEntry) -> None:
        """Keep an entry."""
        values: dict[str, Value] = {
            "at": entry.at,
            "actor": entry.actor,
            "name": entry.name,
            "action": str(entry.action),
            "place": entry.place,
            "detail": json.dumps(dict(entry.detail)),
        }

        async def unit(connection: aiosqlite.Connection) -> None:
            await run(connection, "insert_audit", values)

        await self._database.write(unit)

    async def entries(self, search: AuditSearch) -> tuple[AuditEntry, ...]:
        """List the entries that are wanted, the newest first."""
        return tuple(map(_entry, await self._database.rows("audit_entries", _values(search))))


async def read_audit(folder: Path, search: AuditSearch) -> tuple[AuditEntry, ...]:
    """List entries beside the process that owns the data folder. Raises ``StoreError`` and its kin."""

    async def read(connection: aiosqlite.Connection) -> tuple[AuditEntry, ...]:
        return tuple(map(_entry, await every(connection, "audit_entries", _values(search))))

    return await read_beside(folder, read)


def _values(search: AuditSearch) -> dict[str, Value]:
    return {
        "since": search.since,
        "actor": search.actor,
        "action": search.action,
        "limit": search.limit,
    }


def _entry(row: Row) -> AuditEntry:
    at, actor, name, action, place, detail = row
    found = {str(key): str(value) for key, value in json.loads(str(detail)).items()}
    return AuditEntry(float(str(at)), str(actor), str(name), str(action), str(place), found)
