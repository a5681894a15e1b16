"""What people write behind ``/rules``. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bots.choice_words import OFF, ON, NotUnderstood, code
from bots.named_tables import TableError
from bots.policy_file import LIMITS, NAMES, SELECTORS, read_rule
from bots.policy_selectors import PLATFORMS
from bots.wording import ended
from core.address import Address
from core.rules import DIRECT, Rule

SET: Final = frozenset({"set", "add"})
REMOVE: Final = frozenset({"remove", "delete", "drop"})
LIST: Final = frozenset({"", "list", "show"})
HERE: Final = "here"
NONE: Final = "none"
LISTS: Final = frozenset({*SELECTORS, *NAMES})
_KEY: Final = re.compile(r"(\w+)=(.*)")
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class RuleWish:
    """What somebody wants of the rules: to see them, without a name; to set one; or to take one away."""

    name: str = ""
    rule: Rule | None = None


def rule_wish(argument: str, address: Address) -> RuleWish:
    """Read what stands behind ``/rules``, said at an address. Raises ``NotUnderstood``."""
    verb, _, rest = argument.strip().partition(" ")
    if verb.lower() in LIST:
        return RuleWish()
    if verb.lower() in SET:
        rule = _rule(rest.split(), address)
        return RuleWish(rule.name, rule)
    if verb.lower() in REMOVE and rest.strip():
        return RuleWish(" ".join(rest.split()))
    raise NotUnderstood(
        "I know `list`, `set` and `remove` here, such as `set no guests who=guests answers=no` or "
        "`remove no guests`."
    )


def _rule(words: list[str], address: Address) -> Rule:
    name, values = _split(words)
    if not name:
        raise NotUnderstood(
            "A rule begins with its name, such as `set no guests who=guests answers=no`; what it says stands "
            "behind it."
        )
    table = {key: _value(key, value, address) for key, value in values.items()}
    try:
        return read_rule({"name": name, **table})
    except TableError as error:
        raise NotUnderstood(ended(f"This rule {error}")) from error


def _split(words: list[str]) -> tuple[str, Mapping[str, str]]:
    """The words before the first ``key=value``, and the values; one may go on behind a blank."""
    name: list[str] = []
    values: dict[str, str] = {}
    key = ""
    for word in words:
        found = _KEY.fullmatch(word)
        if found:
            key = found[1].lower()
            if key in values:
                raise NotUnderstood(f"{code(key)} stands there twice: say it once, with commas.")
            values[key] = found[2]
        elif key:
            values[key] += f",{word}"
        else:
            name.append(word)
    return " ".join(name), values


def _value(key: str, value: str, address: Address) -> object:
    entries = [entry for entry in value.split(",") if entry]
    if key in LISTS:
        if key.endswith("where"):
            return [_place(entry, address) for entry in entries]
        return [] if key in NAMES and [entry.lower() for entry in entries] == [NONE] else entries
    word = "".join(entries).lower()
    if key in LIMITS:
        if not (word.isascii() and word.isdecimal() and len(word) <= _MOST_DIGITS):
            raise NotUnderstood(f"{code(key)} is a whole number, such as `{key}=10`; 0 is no limit.")
        return int(word)
    if key in ("answers", "manages"):
        if word not in ON | OFF:
            raise NotUnderstood(f"{code(key)} is `yes` or `no`.")
        return word in ON
    return value


def _place(entry: str, address: Address) -> str:
    """Write a place of this account as the settings have it."""
    if entry.partition(":")[0] in PLATFORMS:
        return entry
    within = {HERE: address.channel, DIRECT: DIRECT}.get(entry.lower(), entry)
    return f"{address.platform}:{address.account}:{within}"
