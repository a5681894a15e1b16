"""Rules and decisions in words for the operator."""

from collections.abc import Collection, Mapping
from typing import Final

from bots.policy_selectors import place_text, who_text
from core.message import Standing
from core.policy import Decision, Match, Reason
from core.principal import Principal
from core.rules import ALL, Aspect, Names, Narrowness, Rule, in_private

NOBODY_SAYS: Final = "no rule"
ASPECTS: Final[Mapping[Aspect, str]] = {
    Aspect.ANSWERS: "answered",
    Aspect.MODELS: "models",
    Aspect.TOOLS: "tools",
    Aspect.NO_TOOLS: "tools denied",
    Aspect.TURNS_PER_HOUR: "questions an hour",
    Aspect.CHANNEL_TURNS_PER_HOUR: "in the channel an hour",
    Aspect.MANAGES: "may change settings",
}
_MISMATCHES: Final[Mapping[Match, str]] = {
    Match.OTHER_WHO: "no: it is for others",
    Match.OTHER_WHERE: "no: it holds elsewhere",
    Match.EXCEPT_WHO: "no: they are excepted",
    Match.EXCEPT_WHERE: "no: the place is excepted",
}
_WHO_WEIGHTS: Final[Mapping[Narrowness, str]] = {
    Narrowness.ONE: "this person",
    Narrowness.PART: "a group of theirs",
    Narrowness.KIND: "people of this kind",
    Narrowness.ALL: "everybody",
}
_WHERE_WEIGHTS: Final[Mapping[Narrowness, str]] = {
    Narrowness.ONE: "this channel",
    Narrowness.PART: "this account",
    Narrowness.KIND: "this platform",
    Narrowness.ALL: "everywhere",
}
_STANDINGS: Final[Mapping[Standing, str]] = {
    Standing.OWNER: "an owner",
    Standing.ADMIN: "an admin",
    Standing.MEMBER: "a member",
    Standing.GUEST: "a guest",
    Standing.EXTERNAL: "somebody from elsewhere",
}


def person_in_words(principal: Principal) -> str:
    """Who somebody is assumed to be, and where: the platform is not asked."""
    kind = "a bot" if principal.is_bot else _STANDINGS[principal.standing]
    groups = f" in {', '.join(principal.groups)}" if principal.groups else ""
    where = ":".join(filter(None, (principal.platform, principal.account, principal.channel)))
    around = f" inside of {principal.parent}" if principal.parent else ""
    alone = ", in direct messages" if in_private(principal) else ""
    return f"{principal.person}, taken for {kind}{groups}, at {where}{around}{alone}."


def whom(rule: Rule) -> str:
    """For whom a rule is."""
    said = ", ".join(map(who_text, rule.who)) or "everybody"
    return f"{said} except {', '.join(map(who_text, rule.except_who))}" if rule.except_who else said


def where(rule: Rule) -> str:
    """Where a rule holds."""
    said = ", ".join(map(place_text, rule.where)) or "everywhere"
    return f"{said} except {', '.join(map(place_text, rule.except_where))}" if rule.except_where else said


def says(rule: Rule, of: Collection[Aspect] = frozenset(Aspect)) -> str:
    """What a rule says of everything that it speaks of, or ``of`` some of it."""
    return "; ".join(_said(aspect, getattr(rule, aspect)) for aspect in rule.says if aspect in of)


def counts(reason: Reason) -> str:
    """Whether a rule counts and by what, or why it does not."""
    if reason.match is Match.MATCHES:
        return f"yes: {_WHO_WEIGHTS[reason.who]}, {_WHERE_WEIGHTS[reason.where]}"
    return _MISMATCHES[reason.match]


def decides(reason: Reason) -> str:
    """Of what a rule decided."""
    return ", ".join(ASPECTS[aspect] for aspect in reason.decided)


def outcome(decision: Decision) -> tuple[tuple[str, str, str], ...]:
    """What holds: of what, the value, and the rule that decided it."""
    values = {aspect: getattr(decision, aspect) for aspect in Aspect}
    return tuple(
        (ASPECTS[aspect], _value(aspect, ruled.value), ruled.rule or NOBODY_SAYS)
        for aspect, ruled in values.items()
    )


def _said(aspect: Aspect, value: bool | int | Names) -> str:  # noqa: FBT001 - whatever a rule holds
    if aspect is Aspect.NO_TOOLS:
        return f"never {_value(aspect, value)}"
    return f"{ASPECTS[aspect]}: {_value(aspect, value)}"


def _value(aspect: Aspect, value: bool | int | Names | None) -> str:  # noqa: FBT001 - as above
    match value:
        case None:
            return "as usual" if aspect in _LIMITS else "all"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}" if value else "no limit"
        case ():
            return "none"
        case _:
            return "all" if ALL in value else ", ".join(value)


_LIMITS: Final = frozenset({Aspect.TURNS_PER_HOUR, Aspect.CHANNEL_TURNS_PER_HOUR})
