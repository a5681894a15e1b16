"""Budgets as people write them: the ``[[budget]]`` tables of `tampu.toml`, see docs/budgets.md."""

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from bots.named_tables import Table, TableError, read_entries, read_name, read_tables, require_known
from bots.policy_selectors import GROUP_WORDS, read_place, read_who
from bots.wording import shown
from core.budgets import Budget, Limit, Measure, Span, Whom
from core.rates import money

WORDS: Final[Mapping[str, Whom]] = {
    "person": Whom.PERSON,
    "channel": Whom.CHANNEL,
    "account": Whom.ACCOUNT,
    "workspace": Whom.ACCOUNT,
    "server": Whom.ACCOUNT,
    "house": Whom.HOUSE,
}
LIMITS: Final[Mapping[str, tuple[Measure, Span]]] = {
    "tokens_per_day": (Measure.TOKENS, Span.DAY),
    "tokens_per_month": (Measure.TOKENS, Span.MONTH),
    "dollars_per_day": (Measure.MONEY, Span.DAY),
    "dollars_per_month": (Measure.MONEY, Span.MONTH),
}
KEYS: Final = ("name", "for", "who", "where", *LIMITS)
CEILING: Final = "all together"
_EVERYBODY: Final = frozenset({"everybody", "everyone", "all", "*", "operator", "total"})


def read_budgets(tables: object) -> tuple[Budget, ...]:
    """Read the tables of a file, or of a variable. Raises ``TableError``."""
    return read_tables("budget", tables, read_budget)


def read_budget(table: Table) -> Budget:
    """Read one table. Raises ``TableError`` with the end of a sentence about it."""
    require_known(table, KEYS)
    whom, group = _whom(table.get("for"))
    limits = tuple(Limit(*kind, _most(key, table[key])) for key, kind in LIMITS.items() if key in table)
    if not limits:
        raise TableError(f"limits nothing: give it one of {', '.join(LIMITS)}")
    return Budget(
        name=read_name(table, "for each person"),
        whom=whom,
        limits=limits,
        group=group,
        who=tuple(map(read_who, read_entries(table, "who", "guests"))),
        where=tuple(map(read_place, read_entries(table, "where", "slack:T024BE7LD:C024BE91L"))),
    )


def in_force(budgets: Sequence[Budget], tokens_per_day: int) -> tuple[Budget, ...]:
    """Add the house's ceiling to the budgets of the settings, as far as there is one (0: none)."""
    ceiling = Budget(CEILING, Whom.HOUSE, (Limit(Measure.TOKENS, Span.DAY, tokens_per_day),))
    return (*budgets, ceiling) if tokens_per_day else tuple(budgets)


def _whom(value: object) -> tuple[Whom, str]:
    if value is None:
        raise TableError('has no for: say who shares it, such as for = "person" for each of them')
    if not isinstance(value, str):
        raise TableError('for must be a text in quotes, such as "person"')
    said = value.strip()
    if said in WORDS:
        return WORDS[said], ""
    kind, colon, group = said.partition(":")
    if kind in GROUP_WORDS and colon:
        return Whom.GROUP, read_who(f"group:{group}").id
    raise TableError(f'has a for that is not understood, "{shown(said)}"{_meant(said)}')


def _meant(said: str) -> str:
    if said.casefold() in _EVERYBODY:
        return ': write "house" for everybody together, "person" for each'
    if said in GROUP_WORDS:
        return f": write its id behind it, such as {said}:S0614TZR7"
    if close := get_close_matches(said.casefold(), WORDS, 1):
        return f'; did you mean "{close[0]}"?'
    return f": the words are {', '.join(WORDS)}, group:ID and role:ID"


def _most(key: str, value: object) -> int:
    """Read a limit: tokens, or dollars as millionths."""
    if LIMITS[key][0] is Measure.TOKENS:
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise TableError(
                f"{key} must be a whole number above 0, such as 50000; leave it out for no limit"
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise TableError(f"{key} must be a number above 0, such as 2.50; leave it out for no limit")
    return money(value)
