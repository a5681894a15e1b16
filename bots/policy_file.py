"""Rules as people write them: the ``[[rule]]`` tables of `tampu.toml`, see docs/policy.md."""

from collections.abc import Mapping
from typing import Final

from bots.named_tables import (
    Table,
    TableError,
    read_entries,
    read_name,
    read_tables,
    read_texts,
    require_known,
)
from bots.policy_selectors import read_place, read_who
from core.rules import Rule

SELECTORS: Final = ("who", "where", "except_who", "except_where")
NAMES: Final = ("models", "tools", "no_tools")
LIMITS: Final = ("turns_per_hour", "channel_turns_per_hour")
SAYING: Final = ("answers", *NAMES, *LIMITS, "manages")
KEYS: Final = ("name", *SELECTORS, *SAYING)


def read_rules(tables: object) -> tuple[Rule, ...]:
    """Read the tables of a file, or of a variable. Raises ``TableError``."""
    return read_tables("rule", tables, read_rule)


def read_rule(table: Table) -> Rule:
    """Read one table. Raises ``TableError`` with the end of a sentence about it."""
    require_known(table, KEYS)
    rule = Rule(
        name=read_name(table, "no guests"),
        who=tuple(map(read_who, _entries(table, "who"))),
        where=tuple(map(read_place, _entries(table, "where"))),
        except_who=tuple(map(read_who, _entries(table, "except_who"))),
        except_where=tuple(map(read_place, _entries(table, "except_where"))),
        answers=_flag(table, "answers"),
        models=_names(table, "models"),
        tools=_names(table, "tools"),
        no_tools=_names(table, "no_tools"),
        turns_per_hour=_limit(table, "turns_per_hour"),
        channel_turns_per_hour=_limit(table, "channel_turns_per_hour"),
        manages=_flag(table, "manages"),
    )
    if not rule.says:
        raise TableError(f"says nothing: give it one of {', '.join(SAYING)}")
    return rule


def _entries(table: Table, key: str) -> tuple[str, ...]:
    return read_entries(table, key, _EXAMPLES[key])


def _names(table: Table, key: str) -> tuple[str, ...] | None:
    names = read_texts(table, key, _EXAMPLES[key])
    if names == () and key != "tools":
        hint = "; to answer nobody say answers = false" if key == "models" else ""
        raise TableError(f"{key} is empty: leave it out{hint}")
    return names


def _flag(table: Table, key: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise TableError(f"{key} must be true or false, without quotes")
    return value


def _limit(table: Table, key: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TableError(f"{key} must be a whole number without quotes, 0 for no limit")
    return value


_EXAMPLES: Final[Mapping[str, str]] = {
    "who": "guests",
    "where": "slack:T024BE7LD",
    "except_who": "admins",
    "except_where": "direct",
    "models": "llama3.1:8b",
    "tools": "calculate",
    "no_tools": "calculate",
}
