"""What the account of who did what says of each act: names, numbers and ids, never what people said."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.address import Address
from core.audit import Action, AuditEntry
from core.forgetting import Extent, Inventory
from core.message import Author
from core.principal import Principal
from core.settings import Choices, Scope, Setting, place_of

# The names of details.
TOOL: Final = "tool"
END: Final = "end"
SETTING: Final = "setting"
BEFORE: Final = "before"
AFTER: Final = "after"
NUMBER: Final = "number"
# How a call of a tool ended. Nobody knows it of one that was cut: by a crash, a stop, or an edit.
ENDED_WELL: Final = "ok"
ENDED_BADLY: Final = "failed"
END_UNKNOWN: Final = "unknown"
# That which holds where no rule speaks: only members are answered.
DEFAULT_RULE: Final = "default"

_CHOSEN: Final[Mapping[Setting, Action]] = MappingProxyType(
    {Setting.MODEL: Action.MODEL_CHOSEN, Setting.PERSONA: Action.PERSONA_CHOSEN}
)


def by(
    author: Author,
    address: Address,
    action: Action,
    at: float,
    detail: Mapping[str, str],
    scope: Scope = Scope.THREAD,
) -> AuditEntry:
    """Say that somebody did something at an address, or in the channel or account around it."""
    scope = scope if address.thread or scope is not Scope.THREAD else Scope.CHANNEL
    actor = Principal.of(author, address).person_key
    return AuditEntry(at, actor, author.name, action, place_of(address, scope), detail)


def tool_ran(author: Author, address: Address, name: str, at: float) -> AuditEntry:
    """Say that a tool began to run for somebody; :func:`ended` is what is noted when it has."""
    return by(author, address, Action.TOOL_RAN, at, {TOOL: name, END: END_UNKNOWN})


def ended(*, failed: bool) -> str:
    """Say how a call of a tool ended."""
    return ENDED_BADLY if failed else ENDED_WELL


def tool_denied(author: Author, address: Address, name: str, rule: str, at: float) -> AuditEntry:
    """Say that the model called a tool that a rule keeps from who asked."""
    return by(author, address, Action.TOOL_DENIED, at, {TOOL: name, "rule": rule})


def pinned(author: Author, address: Address, number: int, at: float) -> AuditEntry:
    """Say that a fact was pinned."""
    return by(author, address, Action.PINNED, at, {NUMBER: str(number)})


def unpinned(author: Author, address: Address, number: int, at: float) -> AuditEntry:
    """Say that a pinned fact was taken away."""
    return by(author, address, Action.UNPINNED, at, {NUMBER: str(number)})


def began_afresh(author: Author, address: Address, pins: int, at: float) -> AuditEntry:
    """Say that a conversation began afresh, and how many pinned facts went with what was before."""
    return by(author, address, Action.BEGAN_AFRESH, at, {"pins": str(pins)} if pins else {})


def stopped(author: Author, address: Address, whose: str, at: float) -> AuditEntry:
    """Say that somebody stopped the answer to another person, who is given by id."""
    return by(author, address, Action.STOPPED, at, {"answer to": whose})


def posted(author: Author, address: Address, from_where: Address, at: float) -> AuditEntry:
    """Say that somebody posted an answer that they had been given elsewhere, in private."""
    return by(author, address, Action.POSTED, at, {"from": place_of(from_where, Scope.CHANNEL)})


def chosen(
    author: Author,
    address: Address,
    scope: Scope,
    setting: Setting,
    change: tuple[Choices, Choices],
    at: float,
) -> AuditEntry | None:
    """Say what somebody's choice for a scope was before and is now; ``None`` where it is what it was."""
    before, after = (_value(choices, setting) for choices in change)
    if before == after:
        return None
    detail = {SETTING: str(setting), BEFORE: before, AFTER: after}
    action = _CHOSEN.get(setting, Action.SETTINGS_CHANGED)
    return by(author, address, action, at, {key: value for key, value in detail.items() if value}, scope)


def forgot(person: Principal, extent: Extent, inventory: Inventory, at: float) -> AuditEntry | None:
    """Say what of a person went at their word, in numbers and without a name; ``None`` for nothing."""
    if inventory.is_empty:
        return None
    address = extent.thread or Address(person.platform, person.account, "", "")
    numbers = {
        "questions": inventory.questions,
        "answers": inventory.answers,
        "files": inventory.files,
        "pins": inventory.pins,
        "summaries": inventory.summaries,
        "tool calls": inventory.tool_calls,
        "threads": inventory.threads,
    }
    detail = {"what": "this thread" if extent.thread else "everything"}
    detail |= {name: str(number) for name, number in numbers.items() if number}
    place = place_of(address, Scope.THREAD if extent.thread else Scope.ACCOUNT)
    return AuditEntry(at, person.person_key, "", Action.FORGOT, place, detail)


def refused(author: Author, address: Address, why: str, at: float, more: Mapping[str, str]) -> AuditEntry:
    """Say that somebody was turned away in a channel; ``why`` and what ``more`` has are our own words."""
    detail = {"why": why, "standing": str(author.standing)}
    return by(author, address, Action.REFUSED, at, {**detail, **more}, Scope.CHANNEL)


def _value(choices: Choices, setting: Setting) -> str:
    """Write one choice down: a name, a number, or on and off; empty for none."""
    value = choices.value(setting)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
