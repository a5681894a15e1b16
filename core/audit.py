"""Who did what: an account for the operator, in names, numbers and ids, never in words that people said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

OPERATOR = "operator"
TAMPU = "tampu"


class Action(StrEnum):
    """What can be done that the operator may want to know of later."""

    TOOL_RAN = "tool ran"
    TOOL_APPROVED = "tool approved"
    TOOL_DENIED = "tool denied"
    SETTINGS_CHANGED = "settings changed"
    PERSONA_CHOSEN = "persona chosen"
    MODEL_CHOSEN = "model chosen"
    RULE_SET = "rule set"
    RULE_REMOVED = "rule removed"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    BEGAN_AFRESH = "began afresh"
    STOPPED = "stopped"
    POSTED = "posted"
    REFUSED = "refused"
    FORGOT = "forgot"
    EXPORTED = "exported"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did.

    ``at`` is unix seconds. ``actor`` is a person's key as ``core.principal.Principal.person_key`` writes
    it, or ``operator``, or ``tampu``; ``name`` is for display. ``place`` is an address's key or its
    beginning, empty for everywhere. ``detail`` says what by names, numbers and ids.
    """

    at: float
    actor: str
    name: str
    action: str
    place: str = ""
    detail: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Which entries are wanted: since a time (unix seconds), by one actor, of one action; empty for any."""

    since: float = 0.0
    actor: str = ""
    action: str = ""
    limit: int = 100


class AuditStore(Protocol):
    """What is kept of who did what."""

    async def record(self, entry: AuditEntry) -> None:
        """Keep an entry. Raises ``StoreError``."""

    async def entries(self, search: AuditSearch) -> tuple[AuditEntry, ...]:
        """List the entries that are wanted, the newest first. Raises ``StoreError``."""
