"""Rules as people write them: the ``[[rule]]`` tables of `tampu.toml`, see docs/policy.md."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from bots.policy_selectors import RuleError, read_place, read_who, shown
from core.rules import Rule

Table = Mapping[str, object]

SELECTORS: Final = ("who", "where", "except_who", "except_where")
NAMES: Final = ("models", "tools", "no_tools")
LIMITS: Final = ("turns_per_hour", "channel_turns_per_hour")
SAYING: Final = ("answers", *NAMES, *LIMITS, "manages")
KEYS: Final = ("name", *SELECTORS, *SAYING)
LONGEST_NAME: Final = 80


def read_rules(tables: object) -> tuple[Rule, ...]:
    """Read the tables of a file, or of a variable. Raises ``RuleError``."""
    if not isinstance(tables, Sequence) or not all(isinstance(table, Mapping) for table in tables):
        raise RuleError("rules must be tables of their own, each below [[rule]]")
    rules: list[Rule] = []
    for number, table in enumerate(tables, 1):
        label = f"[[rule]] number {number}"
        try:
            rule = read_rule(table)
        except RuleError as error:
            raise RuleError(f"{label}{_named(table)} {error}") from error
        if rule.name in [other.name for other in rules]:
            raise RuleError(
                f'{label} has a name that stands above already, "{shown(rule.name)}": give it another'
            )
        rules.append(rule)
    return tuple(rules)


def read_rule(table: Table) -> Rule:
    """Read one table. Raises ``RuleError`` with the end of a sentence about it."""
    for key in table:
        if key not in KEYS:
            raise RuleError(f"has no setting {shown(key)}{_hint(key)}")
    rule = Rule(
        name=_name(table.get("name")),
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
        raise RuleError(f"says nothing: give it one of {', '.join(SAYING)}")
    return rule


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
        raise RuleError('has no name: give it one, such as name = "no guests"')
    if not isinstance(value, str) or not value.strip():
        raise RuleError("name must be a text in quotes")
    name = " ".join(value.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise RuleError(f"name must be at most {LONGEST_NAME} characters that can be printed")
    return name


def _entries(table: Table, key: str) -> tuple[str, ...]:
    value = table.get(key)
    if value is None:
        return ()
    if value == []:
        raise RuleError(f"{key} is empty: leave it out, or say whom or what you mean")
    return _texts(key, value)


def _names(table: Table, key: str) -> tuple[str, ...] | None:
    value = table.get(key)
    if value is None:
        return None
    if value == [] and key != "tools":
        hint = "; to answer nobody say answers = false" if key == "models" else ""
        raise RuleError(f"{key} is empty: leave it out{hint}")
    return _texts(key, value)


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise RuleError(f'{key} must be a list of texts, such as {key} = ["{_EXAMPLES[key]}"]')
    return tuple(one.strip() for one in value)


def _flag(table: Table, key: str) -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise RuleError(f"{key} must be true or false, without quotes")
    return value


def _limit(table: Table, key: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise RuleError(f"{key} must be a whole number without quotes, 0 for no limit")
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
