"""``/rules``: who may do what here, shown and set by those who manage the place."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bots.choice_words import NotUnderstood, code, plain
from bots.policy_words import says, where, whom
from bots.rule_names import Knowing, nothing_known
from bots.rule_words import rule_wish
from core import acts
from core.address import Address
from core.audit import Action, AuditEntry
from core.commands import CommandSpec
from core.message import Author
from core.policy import without_effect
from core.policy_phrases import RULE_NEEDS_AN_ACCOUNT
from core.policy_store import SetRule
from core.ports import Clock
from core.rulebook import Rulebook
from core.rules import DIRECT, Rule
from core.settings import Scope

RULES: Final = CommandSpec(
    "rules", "Show or change who may do what here", argument="such as: set no guests who=guests answers=no"
)
NOT_YOURS: Final = (
    "Only those who manage this place see and set its rules. Please ask an admin here, or whoever runs me."
)
HOW: Final = (
    "Set one like this: `{sign}rules set few guests who=guests where=here turns_per_hour=10`. A rule says "
    "one or more of `answers`, `models`, `tools`, `no_tools`, `turns_per_hour`, `channel_turns_per_hour`. "
    "`{sign}rules remove` and a name takes one away. What the operator's rules refuse stays refused."
)

WITHOUT_EFFECT: Final = "But {what} has no effect: the operator's rules go before it."


@dataclass(frozen=True, slots=True)
class RuleCommand:
    """Answers ``/rules``; ``sign`` stands before a command's name on a platform. The replies are Markdown.

    ``knowing`` says what a rule can name.
    """

    rules: Rulebook
    clock: Clock
    knowing: Knowing = nothing_known

    async def run(self, address: Address, author: Author, argument: str, sign: str) -> str:
        """Show or change. Raises ``StoreError``."""
        if address.account == DIRECT:
            return RULE_NEEDS_AN_ACCOUNT
        if not await self.rules.manages(self.rules.principal(author, address)):
            return NOT_YOURS
        try:
            wish = rule_wish(argument, address)
        except NotUnderstood as error:
            return str(error)
        if wish.rule is not None:
            return await self._set(address, author, wish.rule)
        if wish.name:
            return await self._remove(address, author, wish.name)
        return await self._list(address, sign)

    async def _list(self, address: Address, sign: str) -> str:
        found = await self.rules.store.rules_of(address)
        how = HOW.format(sign=sign)
        if not found:
            return f"No rules have been set here.\n\n{how}"
        return "\n".join(["Rules that were set here:", "", *map(_line, found), "", how])

    async def _set(self, address: Address, author: Author, rule: Rule) -> str:
        known = await self.knowing()
        if misnamed := known.misnamed_tool(rule) or known.misnamed_model(rule):
            return f"This rule {misnamed}"
        now = self.clock.now()
        noted = partial(_entry, Action.RULE_SET, address, author, now)
        if refusal := await self.rules.put(rule, author, address, now, noted):
            return refusal
        set_rules = await self.rules.store.rules_of(address)
        kept = next((one.rule for one in set_rules if one.rule.name == rule.name), rule)
        said = f"From now on {_said(kept)}."
        idle = without_effect(kept, self.rules.house)
        return f"{said} {WITHOUT_EFFECT.format(what=code(says(kept, idle)))}" if idle else said

    async def _remove(self, address: Address, author: Author, name: str) -> str:
        noted = partial(_entry, Action.RULE_REMOVED, address, author, self.clock.now())
        if refusal := await self.rules.take_away(name, author, address, noted):
            return refusal
        return f"The rule {code(name)} is taken away."


def _entry(action: Action, address: Address, author: Author, at: float, rule: Rule) -> AuditEntry:
    detail = {"rule": rule.name, "who": whom(rule), "where": where(rule), "says": says(rule)}
    return acts.by(author, address, action, at, detail, Scope.ACCOUNT)


def _line(kept: SetRule) -> str:
    on = datetime.fromtimestamp(kept.at, UTC)
    return f"- {_said(kept.rule)} ({plain(kept.by) or 'somebody'}, {on.day} {on:%B %Y})"


def _said(rule: Rule) -> str:
    return f"{code(rule.name)} holds for {code(whom(rule))} in {code(where(rule))}: {code(says(rule))}"
