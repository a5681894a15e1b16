"""The store in memory: who did what."""

from dataclasses import dataclass, field

from core.audit import AuditEntry, AuditSearch
from tests.fakes.tables import Tables


@dataclass
class MemoryAudit(Tables):
    """Implements core.audit.AuditStore."""

    audited: list[AuditEntry] = field(default_factory=list)

    async def record(self, entry: AuditEntry) -> None:
        self.audited.append(entry)

    async def entries(self, search: AuditSearch) -> tuple[AuditEntry, ...]:
        found = [
            entry
            for entry in reversed(self.audited)
            if entry.at >= search.since
            and search.actor in {"", entry.actor}
            and search.action in {"", entry.action}
        ]
        found.sort(key=lambda entry: entry.at, reverse=True)
        return tuple(found[: search.limit])
