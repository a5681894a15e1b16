"""Budgets as people write them: the ``[[budget]]`` tables of `tampu.toml`, see docs/budgets.md."""

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from bots.policy_selectors import GROUP_WORDS, RuleError, read_place, read_who, shown
from core.budgets import Budget, Limit, Measure, Span, Whom
from core.rates import money

Table = Mapping[str, object]

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
LONGEST_NAME: Final = 80
CEILING: Final = "tokens_per_day"
_EVERYBODY: Final = frozenset({"everybody", "everyone", "all", "*", "operator", "total"})


class BudgetError(ValueError):
    """A budget that cannot be read; the message ends a sentence about where the budgets stand."""


def read_budgets(tables: object) -> tuple[Budget, ...]:
    """Read the tables of a file, or of a variable. Raises ``BudgetError``."""
    if not isinstance(tables, Sequence) or not all(isinstance(table, Mapping) for table in tables):
        raise BudgetError("budgets must be tables of their own, each below [[budget]]")
    budgets: list[Budget] = []
    for number, table in enumerate(tables, 1):
        label = f"[[budget]] number {number}"
        try:
            budget = read_budget(table)
        except (BudgetError, RuleError) as error:
            raise BudgetError(f"{label}{_named(table)} {error}") from error
        if budget.name in [other.name for other in budgets]:
            raise BudgetError(
                f'{label} has a name that stands above already, "{shown(budget.name)}": give it another'
            )
        budgets.append(budget)
    return tuple(budgets)


def read_budget(table: Table) -> Budget:
    """Read one table. Raises ``BudgetError`` or ``RuleError`` with the end of a sentence about it."""
    for key in table:
        if key not in KEYS:
            raise BudgetError(f"has no setting {shown(key)}{_hint(key)}")
    whom, group = _whom(table.get("for"))
    limits = tuple(Limit(*kind, _most(key, table[key])) for key, kind in LIMITS.items() if key in table)
    if not limits:
        raise BudgetError(f"limits nothing: give it one of {', '.join(LIMITS)}")
    return Budget(
        name=_name(table.get("name")),
        whom=whom,
        limits=limits,
        group=group,
        who=tuple(map(read_who, _entries(table, "who", "guests"))),
        where=tuple(map(read_place, _entries(table, "where", "slack:T024BE7LD:C024BE91L"))),
    )


def in_force(budgets: Sequence[Budget], tokens_per_day: int) -> tuple[Budget, ...]:
    """Add the house's ceiling to the budgets of the settings, as far as there is one (0: none)."""
    ceiling = Budget(CEILING, Whom.HOUSE, (Limit(Measure.TOKENS, Span.DAY, tokens_per_day),))
    return (*budgets, ceiling) if tokens_per_day else tuple(budgets)


def _whom(value: object) -> tuple[Whom, str]:
    if value is None:
        raise BudgetError('has no for: say who shares it, such as for = "person" for each of them')
    if not isinstance(value, str):
        raise BudgetError('for must be a text in quotes, such as "person"')
    said = value.strip()
    if said in WORDS:
        return WORDS[said], ""
    kind, colon, group = said.partition(":")
    if kind in GROUP_WORDS and colon:
        return Whom.GROUP, read_who(f"group:{group}").id
    raise BudgetError(f'has a for that is not understood, "{shown(said)}"{_meant(said)}')


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
            raise BudgetError(
                f"{key} must be a whole number above 0, such as 50000; leave it out for no limit"
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise BudgetError(f"{key} must be a number above 0, such as 2.50; leave it out for no limit")
    return money(value)


def _hint(key: str) -> str:
    if key.lower() in KEYS:
        return f"; write {key.lower()}"
    if close := get_close_matches(key.lower(), KEYS, 1):
        return f"; did you mean {close[0]}?"
    return f". It has {', '.join(KEYS)}"


def _named(table: Table) -> str:
    name = table.get("name")
    return f' ("{shown(name.strip())}")' if isinstance(name, str) and name.strip() else ""


def _name(value: object) -> str:
    if value is None:
        raise BudgetError('has no name: give it one, such as name = "for each person"')
    if not isinstance(value, str) or not value.strip():
        raise BudgetError("name must be a text in quotes")
    name = " ".join(value.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BudgetError(f"name must be at most {LONGEST_NAME} characters that can be printed")
    return name


def _entries(table: Table, key: str, example: str) -> tuple[str, ...]:
    value = table.get(key)
    if value is None:
        return ()
    if value == []:
        raise BudgetError(f"{key} is empty: leave it out, or say whom or what you mean")
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BudgetError(f'{key} must be a list of texts, such as {key} = ["{example}"]')
    return tuple(one.strip() for one in value)
