"""The store in memory: who did what."""

from dataclasses import dataclass

from core.audit import AuditEntry, AuditSearch
from tests.fakes.tables import Tables


@dataclass
class MemoryAudit(Tables):
    """Implements core.audit.AuditStore."""

    async def record(self, entry: AuditEntry) -> None:
        self.note(entry)

    async def entries(self, search: AuditSearch) -> tuple[AuditEntry, ...]:
        found = [
            AuditEntry(row.at, row.actor, row.name, row.action, row.place, row.detail)
            for row in reversed(self.audited)
            if row.at >= search.since
            and search.actor in {"", row.actor}
            and search.action in {"", row.action}
        ]
        found.sort(key=lambda entry: entry.at, reverse=True)
        return tuple(found[: search.limit])
