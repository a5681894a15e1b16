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

        async def unit(connection: aiosqlite.Connection) -> None:
            await note(connection, entry)

        await self._database.write(unit)

    async def entries(self, search: AuditSearch) -> tuple[AuditEntry, ...]:
        """List the entries that are wanted, the newest first."""
        return tuple(map(_entry, await self._database.rows("audit_entries", _values(search))))


async def note(connection: aiosqlite.Connection, entry: AuditEntry | None) -> None:
    """Keep an entry, if there is one, within the unit of work that does what it tells of."""
    if entry is None:
        return
    values: dict[str, Value] = {
        "at": entry.at,
        "actor": entry.actor,
        "name": entry.name,
        "action": str(entry.action),
        "place": entry.place,
        "detail": json.dumps(dict(entry.detail)),
    }
    await run(connection, "insert_audit", values)


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
