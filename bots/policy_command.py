"""``tampu policy``: the rules that there are, and what they decide for somebody in a place."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from adapters.terminal.visible import visible
from bots.budget_file import in_force
from bots.logs import hide
from bots.named_tables import TableError
from bots.policy_selectors import read_place, read_who
from bots.policy_tables import Drawing, Explained, explained_fields, rule_fields
from bots.rulebook import house_rules, is_direct
from bots.settings import Settings, secrets
from bots.wording import ended
from core.address import Address
from core.budgets import Balance, Counted, Period, holding
from core.errors import StartupError
from core.memory.rules import read_set_rules
from core.memory.usage import read_balances
from core.message import Standing
from core.policy import decide, explain
from core.policy_phrases import not_answered
from core.policy_store import SetRule, account_key
from core.principal import Principal
from core.rules import DIRECT, Place, Rule, Who, WhoKind

T = TypeVar("T")
NO_DATABASE: Final = "There is no database yet, so there are no rules by command."
ONE_CHANNEL: Final = (
    'CHANNEL is one channel, with its platform and account, such as "slack:T024BE7LD:C024BE91L", or '
    '"slack:T024BE7LD:direct" for direct messages.'
)
# Where the page and the terminal have their one place.
_OWN: Final = {"web": Place("web", "local", "page"), "terminal": Place("terminal", "local", "terminal")}


@dataclass(frozen=True, slots=True)
class Someone:
    """Whom to explain the rules for, as the operator says it: the platform is not asked.

    ``user`` and ``channel`` are written as in a rule; ``parent`` is the id of the channel around a thread
    that is a channel of its own. Without a ``standing`` they are a member, and on this machine its owner.
    """

    user: str
    channel: str
    standing: Standing | None = None
    groups: tuple[str, ...] = ()
    is_bot: bool = False
    parent: str = ""


async def show_policy(settings: Settings, someone: Someone, *, as_json: bool) -> None:
    """Print what holds for somebody, and why. Raises ``StartupError``, ``StoreError``."""
    principal = principal_of(someone)
    set_rules = await _set_rules(settings)
    budgets = in_force(settings.tampu_budgets, settings.tampu_tokens_per_day)
    balances = await _balances(settings, holding(budgets, principal))
    found = replace(_explained(principal, house_rules(settings), set_rules or ()), balances=balances)
    if as_json:
        _print_json(explained_fields(found), settings)
        return
    drawing = _drawing(settings)
    drawing.explained(found)
    if set_rules is None:
        drawing.say(NO_DATABASE)


async def list_policy(settings: Settings, *, as_json: bool) -> None:
    """Print all rules, those of the settings first. Raises ``StoreError``."""
    set_rules = await _set_rules(settings)
    rules: list[tuple[Rule, SetRule | None]] = [(rule, None) for rule in house_rules(settings)]
    rules += [(one.rule, one) for one in set_rules or ()]
    if as_json:
        _print_json([rule_fields(rule, origin) for rule, origin in rules], settings)
        return
    drawing = _drawing(settings)
    drawing.listed(rules)
    if set_rules is None:
        drawing.say(NO_DATABASE)


def principal_of(someone: Someone) -> Principal:
    """Read whom and where the operator means. Raises ``StartupError``."""
    who = _read("USER", read_who, someone.user)
    place = _OWN.get(someone.channel) or _read("CHANNEL", read_place, someone.channel)
    groups = [_read("--group", read_who, one if ":" in one else f"group:{one}") for one in someone.groups]
    if place.is_direct and place.platform == "discord":
        place = Place(place.platform, DIRECT, place.channel, is_direct=True)
    _require_one(someone, who, place)
    if any(group.kind is not WhoKind.GROUP for group in groups):
        raise StartupError("--group is the id of a user group or of a role, such as S0614TZR7.")
    usual = Standing.OWNER if place.platform in _OWN else Standing.MEMBER
    return Principal(
        place.platform,
        place.account,
        place.channel,
        who.id,
        someone.standing or usual,
        tuple(group.id for group in groups),
        is_bot=someone.is_bot,
        parent=someone.parent,
        is_direct=place.is_direct or is_direct(Address(place.platform, place.account, place.channel, "")),
    )


def _read(argument: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except TableError as error:
        said = re.sub("^has a [a-z]+ that", argument, str(error))
        raise StartupError(ended(said)) from error


def _require_one(someone: Someone, who: Who, place: Place) -> None:
    """Refuse what is not one person, or not one place. Raises ``StartupError``."""
    if who.kind is not WhoKind.PERSON:
        raise StartupError(
            "USER is one person, by an id; what they are is said with --standing, --group and --bot."
        )
    if not place.account or not (place.channel or place.is_direct):
        raise StartupError(ONE_CHANNEL)
    home = (place.platform, place.account)
    if (who.platform or place.platform, who.account or place.account) != home:
        raise StartupError(f"{someone.user} is not of the place {someone.channel}: name both from one place.")


def _explained(principal: Principal, house: tuple[Rule, ...], set_rules: tuple[SetRule, ...]) -> Explained:
    account = account_key(Address(principal.platform, principal.account, "", ""))
    mine = {one.rule.name: one for one in set_rules if one.account == account}
    rules = (*house, *(one.rule for one in mine.values()))
    decision = decide(rules, principal)
    return Explained(
        principal,
        tuple(
            (reason, mine[reason.rule.name] if reason.rule.by_command else None)
            for reason in explain(rules, principal)
        ),
        decision,
        "" if decision.answers.value else not_answered(decision, principal),
    )


async def _set_rules(settings: Settings) -> tuple[SetRule, ...] | None:
    """Those by command; ``None`` where there is no database."""
    return await read_set_rules(settings.tampu_data_dir) if await _has_database(settings) else None


async def _balances(settings: Settings, budgets: tuple[Counted, ...]) -> tuple[Balance, ...]:
    """How they stand; unused where there is no database."""
    now = time.time()
    if await _has_database(settings):
        return await read_balances(settings.tampu_data_dir, budgets, now)
    limits = ((counted, limit) for counted in budgets for limit in counted.budget.limits)
    return tuple(Balance(counted, limit, Period.of(limit.span, now)) for counted, limit in limits)


async def _has_database(settings: Settings) -> bool:
    return await asyncio.to_thread((settings.tampu_data_dir / "tampu.db").exists)


def _drawing(settings: Settings) -> Drawing:
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own is a TextIOWrapper
    hidden = hide(secrets(settings))
    return Drawing(lambda text: visible(str(hidden(None, "", {"text": text})["text"])))


def _print_json(found: object, settings: Settings) -> None:
    clean = hide(secrets(settings))(None, "", {"found": found})["found"]
    sys.stdout.write(json.dumps(clean, indent=2) + "\n")
