"""The store in memory: rules that people have set by command."""

from dataclasses import dataclass, field, replace

from core.address import Address
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

    async def put_rule(self, rule: Rule, address: Address, by: Author, now: float) -> None:
        account = account_key(address)
        kept = SetRule(replace(rule, by_command=True), account, by.id, by.name, now)
        self.set_rules[account, rule.name] = kept

    async def take_rule_away(self, name: str, address: Address) -> SetRule | None:
        return self.set_rules.pop((account_key(address), name), None)
