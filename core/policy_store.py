"""Rules that people have set by command, as they are kept."""

from dataclasses import dataclass
from typing import Protocol

from core.address import Address
from core.audit import AuditEntry
from core.message import Author
from core.rules import Rule
from core.settings import Scope, place_of


@dataclass(frozen=True, slots=True)
class SetRule:
    """A rule as somebody set it for an account.

    ``account`` is the beginning of an address's key, see :func:`account_key`. ``by`` is a person's name,
    ``by_id`` the platform's id; ``at`` is unix seconds.
    """

    rule: Rule
    account: str
    by_id: str
    by: str
    at: float


class RuleStore(Protocol):
    """Rules by command. Each belongs to one account, where its name is its own."""

    async def rules_of(self, address: Address) -> tuple[SetRule, ...]:
        """List the rules of the address's account in the order in which they were set."""

    async def put_rule(
        self, rule: Rule, address: Address, by: Author, now: float, entry: AuditEntry | None = None
    ) -> None:
        """Set a rule for the address's account, in the place of one of its name. It comes last.

        The entry is kept in the audit unless the rule stood there as it is.
        """

    async def take_rule_away(
        self, name: str, address: Address, entry: AuditEntry | None = None
    ) -> SetRule | None:
        """Take a rule of the address's account away, and return it; ``None`` when there is none.

        The entry is kept in the audit if there was one.
        """


def account_key(address: Address) -> str:
    """Return the key of an address's account."""
    return place_of(address, Scope.ACCOUNT)
