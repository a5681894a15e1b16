"""The store in memory: rules that people have set by command."""

from dataclasses import dataclass, field, replace

from core.address import Address
from core.audit import AuditEntry
from core.message import Author
from core.policy_store import SetRule, account_key
from core.rules import Rule
from tests.fakes.tables import Tables


@dataclass
class MemoryRules(Tables):
    """Implements core.policy_store.RuleStore."""

    set_rules: dict[tuple[str, str], SetRule] = field(default_factory=dict)

    async def rules_of(self, address: Address) -> tuple[SetRule, ...]:
        found = [kept for kept in self.set_rules.values() if kept.account == account_key(address)]
        return tuple(sorted(found, key=lambda kept: (kept.at, kept.rule.name)))

    async def put_rule(
        self, rule: Rule, address: Address, by: Author, now: float, entry: AuditEntry | None = None
    ) -> None:
        account = account_key(address)
        kept = SetRule(replace(rule, by_command=True), account, by.id, by.name, now)
        before = self.set_rules.get((account, rule.name))
        if before is None or before.rule != kept.rule:
            self.note(entry)
        self.set_rules[account, rule.name] = kept

    async def take_rule_away(
        self, name: str, address: Address, entry: AuditEntry | None = None
    ) -> SetRule | None:
        taken = self.set_rules.pop((account_key(address), name), None)
        self.note(entry if taken else None)
        return taken
