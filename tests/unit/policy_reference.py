"""The policy once more: slowly, level by level, as one would say it aloud."""

from core.message import Standing
from core.principal import Principal
from core.rules import Place, Rule, Who

WHO_LEVELS = ("person", "group", "standing", "everybody")
WHERE_LEVELS = ("channel", "account", "platform", "everywhere")


def who_level(who: Who) -> str:
    return "standing" if who.kind == "bots" else str(who.kind)


def means(who: Who, principal: Principal) -> bool:
    if who.platform not in ("", principal.platform) or who.account not in ("", principal.account):
        return False
    return {
        "person": who.id == principal.person,
        "group": who.id in principal.groups,
        "standing": not principal.is_bot and who.id == principal.standing,
        "bots": principal.is_bot,
    }[who.kind]


def where_level(place: Place) -> str:
    if place.channel:
        return "channel"
    if place.account or place.is_direct:
        return "account"
    return "platform" if place.platform else "everywhere"


def lies_in(principal: Principal, place: Place) -> bool:
    is_private = principal.is_direct or principal.account == "direct"
    channel = place.channel in ("", principal.channel) or (place.channel == principal.parent)
    return (
        place.platform in ("", principal.platform)
        and place.account in ("", principal.account)
        and channel
        and (is_private or not place.is_direct)
    )


def is_excepted(rule: Rule, principal: Principal) -> bool:
    return any(means(who, principal) for who in rule.except_who) or any(
        lies_in(principal, place) for place in rule.except_where
    )


def best_who(rule: Rule, principal: Principal) -> str | None:
    if not rule.who:
        return "everybody"
    levels = {who_level(who) for who in rule.who if means(who, principal)}
    return next((level for level in WHO_LEVELS if level in levels), None)


def best_where(rule: Rule, principal: Principal) -> str | None:
    if not rule.where:
        return "everywhere"
    levels = {where_level(place) for place in rule.where if lies_in(principal, place)}
    return next((level for level in WHERE_LEVELS if level in levels), None)


def in_force(rules: list[Rule], principal: Principal) -> list[Rule]:
    """Level by level, and on each in the order in which they stand."""
    return [
        rule
        for who in WHO_LEVELS
        for where in WHERE_LEVELS
        for rule in rules
        if not is_excepted(rule, principal)
        and best_who(rule, principal) == who
        and best_where(rule, principal) == where
    ]


def answers(rules: list[Rule], principal: Principal) -> tuple[bool, str]:
    found = in_force(rules, principal)
    for wanted in (False, True):
        for rule in found:
            if rule.answers is wanted:
                return wanted, rule.name
    refused = principal.is_bot or principal.standing in (Standing.GUEST, Standing.EXTERNAL)
    return not refused, ""


def manages(rules: list[Rule], principal: Principal) -> tuple[bool, str]:
    for rule in in_force(rules, principal):
        if not rule.by_command and rule.manages is not None:
            return rule.manages, rule.name
    if principal.is_bot:
        return False, ""
    if principal.is_direct or principal.account == "direct":
        return True, ""
    return principal.standing in (Standing.OWNER, Standing.ADMIN), ""


def names(rules: list[Rule], principal: Principal, aspect: str) -> tuple[tuple[str, ...] | None, str]:
    """``models`` or ``tools``."""
    found = [rule for rule in in_force(rules, principal) if getattr(rule, aspect) is not None]
    operator = [rule for rule in found if not rule.by_command]
    for rule in found:
        said = getattr(rule, aspect)
        if rule.by_command and operator:
            allowed = getattr(operator[0], aspect)
            if "*" not in allowed and any(name not in allowed for name in said):
                continue
        return said, rule.name
    return None, ""


def limit(rules: list[Rule], principal: Principal, aspect: str) -> tuple[int | None, str]:
    """``turns_per_hour`` or ``channel_turns_per_hour``."""
    found = [rule for rule in in_force(rules, principal) if getattr(rule, aspect) is not None]
    operator = [rule for rule in found if not rule.by_command]
    for rule in found:
        said = int(getattr(rule, aspect))
        if rule.by_command and operator:
            most = int(getattr(operator[0], aspect))
            if most != 0 and (said == 0 or said > most):
                continue
        return said, rule.name
    return None, ""


def denied_tools(rules: list[Rule], principal: Principal) -> tuple[set[str], str]:
    denying = [rule for rule in in_force(rules, principal) if rule.no_tools]
    denied = {name for rule in denying for name in rule.no_tools or ()}
    return denied, denying[0].name if denying else ""
