"""Rules and decisions as tables for people, and as JSON."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bots.policy_words import counts, decides, outcome, person_in_words, says, where, whom
from bots.usage_command import BALANCE, balance_cells, balance_fields
from core.budgets import Balance
from core.policy import Decision, Match, Reason
from core.policy_store import SetRule
from core.principal import Principal
from core.rules import Aspect, Rule

# A table needs this much where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL: Final = 200


@dataclass(frozen=True, slots=True)
class Explained:
    """What holds for somebody: every rule with its origin (``None`` for the settings), and the outcome.

    ``refusal`` is what they are told, empty when they are answered. ``balances`` are those of their budgets.
    """

    principal: Principal
    reasons: tuple[tuple[Reason, SetRule | None], ...]
    decision: Decision
    refusal: str
    balances: tuple[Balance, ...] = ()


class Drawing:
    """Tables and sentences on standard output; ``clean`` makes any text harmless."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        # Names are what they are: no markup, no emoji.
        self._console = Console(highlight=False, soft_wrap=False, markup=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = WIDTH_WITHOUT_TERMINAL

    def explained(self, found: Explained) -> None:
        """Print who somebody is taken for, every rule, and what holds."""
        self.say(person_in_words(found.principal))
        self._table(
            "Rules, by their weight",
            ("rule", "who", "where", "says", "counts", "decides"),
            [(*_cells(one.rule, origin), counts(one), decides(one)) for one, origin in found.reasons],
        )
        self._table("What holds", ("", "value", "by the rule"), outcome(found.decision))
        if found.balances:
            self._table("Budgets", BALANCE, [balance_cells(one, {}) for one in found.balances])
        if found.refusal:
            self._console.print()
            self.say(f"They are told: {found.refusal}")

    def listed(self, rules: Iterable[tuple[Rule, SetRule | None]]) -> None:
        """Print rules with their origins."""
        self._table(
            "Rules, in the order in which they stand",
            ("rule", "who", "where", "says"),
            [_cells(rule, origin) for rule, origin in rules],
        )

    def say(self, sentence: str) -> None:
        """Print a sentence."""
        self._console.print(self._clean(sentence))

    def _table(self, title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
        table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(self._clean(cell)) for cell in row))
        self._console.print()
        self._console.print(table)


def explained_fields(found: Explained) -> dict[str, object]:
    """Everything for machines; times are ISO 8601 in UTC."""
    principal = found.principal
    decided = {str(aspect): getattr(found.decision, aspect) for aspect in Aspect}
    return {
        "person": {
            "platform": principal.platform,
            "account": principal.account,
            "channel": principal.channel,
            "parent": principal.parent,
            "id": principal.person,
            "standing": str(principal.standing),
            "groups": list(principal.groups),
            "is_bot": principal.is_bot,
            "is_direct": principal.is_direct,
        },
        "rules": [
            {
                **rule_fields(reason.rule, origin),
                "matches": reason.match is Match.MATCHES,
                "why": counts(reason),
                "decided": [str(aspect) for aspect in reason.decided],
            }
            for reason, origin in found.reasons
        ],
        "decision": {
            aspect: {"value": ruled.value, "rule": ruled.rule or None} for aspect, ruled in decided.items()
        },
        "budgets": [balance_fields(balance) for balance in found.balances],
        "refusal": found.refusal or None,
    }


def rule_fields(rule: Rule, origin: SetRule | None) -> dict[str, object]:
    """A rule, and who set it and when if it was by command."""
    set_by: dict[str, object] = {}
    if origin is not None:
        at = datetime.fromtimestamp(origin.at, UTC).isoformat(timespec="seconds")
        set_by = {"account": origin.account, "by": origin.by, "by_id": origin.by_id, "at": at}
    return {
        "name": rule.name,
        "set_by_command": set_by or None,
        "who": whom(rule),
        "where": where(rule),
        "says": {str(aspect): getattr(rule, aspect) for aspect in rule.says},
    }


def _cells(rule: Rule, origin: SetRule | None) -> tuple[str, ...]:
    name = rule.name
    if origin is not None:
        at = datetime.fromtimestamp(origin.at).astimezone()
        name += f" (set by {origin.by or origin.by_id}, {at:%Y-%m-%d %H:%M})"
    return name, whom(rule), where(rule), says(rule)
