"""The rules in force: the operator's, and behind them those that were set by command."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from core import policy_phrases as phrases
from core.address import Address
from core.audit import AuditEntry
from core.message import Author
from core.policy import Decision, Reason, decide, explain
from core.policy_store import RuleStore, SetRule
from core.principal import Principal
from core.rules import DIRECT, Place, Rule

RULES_MOST: Final = 50

Direct = Callable[[Address], bool]
Noted = Callable[[Rule], AuditEntry | None]


def nowhere(_address: Address) -> bool:
    """Take no account's channel for direct messages."""
    return False


def unnoted(_rule: Rule) -> None:
    """Make no entry in the audit."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Decides by all rules. ``house`` are the operator's; ``is_direct`` knows channels of direct messages.

    ``parent`` is the channel around the thread that it is asked for, where that is a channel of its own.
    """

    store: RuleStore
    house: tuple[Rule, ...] = ()
    is_direct: Direct = nowhere
    parent: str = ""

    def inside(self, parent: str) -> "Rulebook":
        """The same, asked for a thread inside of a channel; empty for one that is inside of none."""
        return replace(self, parent=parent)

    def principal(self, author: Author, address: Address, parent: str = "") -> Principal:
        """Who asks, and where."""
        around = parent or self.parent
        return Principal.of(author, address, parent=around, is_direct=self.is_direct(address))

    async def decide(self, principal: Principal) -> Decision:
        """Decide everything for somebody in a place. Raises ``StoreError``."""
        return decide(await self._rules(principal), principal)

    async def explain(self, principal: Principal) -> tuple[Reason, ...]:
        """Say which rules count and what each decided. Raises ``StoreError``."""
        return explain(await self._rules(principal), principal)

    async def manages(self, principal: Principal) -> bool:
        """Whether somebody manages a place: not because they talk with us alone. Raises ``StoreError``."""
        return principal.account != DIRECT and await self._manages(
            principal, (Place(channel=principal.channel),)
        )

    async def put(
        self, rule: Rule, author: Author, address: Address, now: float, noted: Noted = unnoted
    ) -> str:
        """Set a rule for the address's account; it holds there only.

        ``noted`` makes the audit's entry of it. Returns why it was not set, empty when it was.
        Raises ``StoreError``.
        """
        if address.account == DIRECT:
            return phrases.RULE_NEEDS_AN_ACCOUNT
        places = _places_within(rule, address)
        if places is None:
            return phrases.RULE_ELSEWHERE
        rule = replace(rule, where=places, by_command=True)
        kept = {one.rule.name: one for one in await self.store.rules_of(address)}
        if refusal := await self._refusal(rule, self.principal(author, address), kept):
            return refusal
        await self.store.put_rule(rule, address, author, now, noted(rule))
        return ""

    async def take_away(self, name: str, author: Author, address: Address, noted: Noted = unnoted) -> str:
        """Take a rule of the address's account away.

        ``noted`` makes the audit's entry of it. Returns why it was not, empty when it was.
        Raises ``StoreError``.
        """
        kept = {one.rule.name: one for one in await self.store.rules_of(address)}
        if name not in kept:
            return phrases.no_such_rule(name, tuple(kept))
        if not await self._manages(self.principal(author, address), kept[name].rule.where):
            return phrases.RULE_NOT_YOURS
        await self.store.take_rule_away(name, address, noted(kept[name].rule))
        return ""

    async def _refusal(self, rule: Rule, principal: Principal, kept: dict[str, SetRule]) -> str:
        if rule.manages is not None:
            return phrases.RULE_GIVES_RIGHTS
        if rule.name in [operators.name for operators in self.house]:
            return phrases.RULE_IS_THE_OPERATORS
        replaced = kept[rule.name].rule.where if rule.name in kept else ()
        if not await self._manages(principal, rule.where + replaced):
            return phrases.RULE_NOT_YOURS
        if rule.name not in kept and len(kept) >= RULES_MOST:
            return phrases.too_many_rules(RULES_MOST)
        return ""

    async def _manages(self, principal: Principal, places: tuple[Place, ...]) -> bool:
        rules = await self._rules(principal)
        return all(decide(rules, _at(place, principal)).manages.value for place in places)

    async def _rules(self, principal: Principal) -> tuple[Rule, ...]:
        address = Address(principal.platform, principal.account, principal.channel, "")
        return (*self.house, *(one.rule for one in await self.store.rules_of(address)))


def _at(place: Place, principal: Principal) -> Principal:
    """Put somebody into a place of their account, among others."""
    parent = principal.parent if place.channel == principal.channel else ""
    return replace(principal, channel=place.channel, parent=parent, is_direct=False)


def _places_within(rule: Rule, address: Address) -> tuple[Place, ...] | None:
    """Where a rule is to hold, narrowed to an address's account; ``None`` when it is to hold elsewhere."""
    within = (address.platform, address.account)
    for place in rule.where:
        if (place.platform or within[0], place.account or within[1]) != within:
            return None
    narrowed = (replace(place, platform=within[0], account=within[1]) for place in rule.where)
    return tuple(narrowed) or (Place(*within),)
