"""Who may: what rules decide for somebody in a place. Pure.

Of the rules whose who and where both match, the more specific one decides each thing: a person goes
before a group, a group before a standing, a standing before everybody; then a channel before an account,
an account before a platform, a platform before everywhere; then they go in the order in which they
stand. A refusal (``answers`` false, a tool in ``no_tools``) is final, whatever else matches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Generic, TypeVar

from core.message import Standing
from core.principal import Principal
from core.rules import ALL, Aspect, Names, Narrowness, Place, Rule, Who, WhoKind, in_private

DEFAULT: Final = ""
_ANSWERED: Final = frozenset({Standing.OWNER, Standing.ADMIN, Standing.MEMBER})
_MANAGING: Final = frozenset({Standing.OWNER, Standing.ADMIN})

T = TypeVar("T")


class Match(StrEnum):
    """Whether a rule counts for somebody in a place, or what speaks against it."""

    MATCHES = "matches"
    OTHER_WHO = "other_who"
    OTHER_WHERE = "other_where"
    EXCEPT_WHO = "except_who"
    EXCEPT_WHERE = "except_where"


@dataclass(frozen=True, slots=True)
class Ruled(Generic[T]):
    """One thing as it was decided, and the name of the rule that did; empty for no rule at all."""

    value: T
    rule: str = DEFAULT


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for somebody in a place.

    ``models`` and ``tools`` are ``None`` where no rule speaks of them: all are allowed. A limit is
    ``None`` where no rule speaks of it, and 0 where there is none.
    """

    answers: Ruled[bool]
    models: Ruled[Names | None]
    tools: Ruled[Names | None]
    no_tools: Ruled[Names]
    turns_per_hour: Ruled[int | None]
    channel_turns_per_hour: Ruled[int | None]
    manages: Ruled[bool]

    def allows_model(self, name: str) -> bool:
        """Whether this model may answer."""
        return _allows(self.models.value, name)

    def models_among(self, names: Iterable[str]) -> Names:
        """Those models that may answer, in their order."""
        return tuple(name for name in names if self.allows_model(name))

    def allows_tool(self, name: str) -> bool:
        """Whether this tool may be called."""
        denied = self.no_tools.value
        return _allows(self.tools.value, name) and name not in denied and ALL not in denied


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule, whether it counts, and what it decided.

    ``who`` and ``where`` are how narrowly it was matched, the widest where it was not.
    """

    rule: Rule
    match: Match
    who: Narrowness = Narrowness.ALL
    where: Narrowness = Narrowness.ALL
    decided: tuple[Aspect, ...] = ()


def decide(rules: Sequence[Rule], principal: Principal) -> Decision:
    """Decide everything for somebody in a place; ``rules`` in the order in which they stand."""
    counting = _counting(rules, principal)
    return Decision(
        answers=_answers(counting, principal),
        models=_first(counting, lambda rule: rule.models, _is_among),
        tools=_first(counting, lambda rule: rule.tools, _is_among),
        no_tools=_denied(counting),
        turns_per_hour=_first(counting, lambda rule: rule.turns_per_hour, _is_below),
        channel_turns_per_hour=_first(counting, lambda rule: rule.channel_turns_per_hour, _is_below),
        manages=_manages(counting, principal),
    )


def explain(rules: Sequence[Rule], principal: Principal) -> tuple[Reason, ...]:
    """Every rule: those that count by their weight, then the others in their order, and what each decided.

    Of ``no_tools`` each rule that counts decides its own.
    """
    # By number: nothing keeps two rules from having one name.
    decision = decide([replace(rule, name=str(number)) for number, rule in enumerate(rules)], principal)
    deciding = {aspect: getattr(decision, aspect).rule for aspect in Aspect}

    def decided(number: int, rule: Rule) -> tuple[Aspect, ...]:
        own = (Aspect.NO_TOOLS,) if rule.no_tools else ()
        return tuple(aspect for aspect in rule.says if aspect in own or deciding[aspect] == str(number))

    reasons = [
        replace(reason, decided=decided(number, reason.rule)) if reason.match is Match.MATCHES else reason
        for number, reason in enumerate(_matched(rule, principal) for rule in rules)
    ]
    return tuple(sorted(reasons, key=_weight))


def without_effect(rule: Rule, house: Sequence[Rule]) -> tuple[Aspect, ...]:
    """What a rule by command says in vain, whoever asks: the operator's rules leave it no room."""
    met = [decide((*house, rule), one) for one in _meant_by(rule)]
    return tuple(
        aspect
        for aspect in rule.says
        if aspect is not Aspect.NO_TOOLS
        and all(getattr(one, aspect).rule != rule.name for one in met)
        and all(getattr(one, aspect).value != getattr(rule, aspect) for one in met)
    )


def _meant_by(rule: Rule) -> Iterator[Principal]:
    """One of each kind of people that a rule is for, in each of its places."""
    for place in rule.where or (Place(),):
        here = Principal(place.platform, place.account, place.channel, "", is_direct=place.is_direct)
        for standing in Standing:
            somebody = replace(here, standing=standing)
            for who in rule.who:
                if who.kind is WhoKind.PERSON:
                    yield replace(somebody, person=who.id)
                elif who.kind is WhoKind.GROUP:
                    yield replace(somebody, groups=(who.id,))
            if not rule.who or any(who.matches(somebody) for who in rule.who):
                yield somebody
        if not rule.who or any(who.kind is WhoKind.BOTS for who in rule.who):
            yield replace(here, is_bot=True)


def _counting(rules: Sequence[Rule], principal: Principal) -> list[Rule]:
    """Those that count, the weightiest first; the order stays among equals."""
    reasons = [_matched(rule, principal) for rule in rules]
    return [one.rule for one in sorted(reasons, key=_weight) if one.match is Match.MATCHES]


def _weight(reason: Reason) -> tuple[bool, int, int]:
    return reason.match is not Match.MATCHES, -reason.who, -reason.where


def _matched(rule: Rule, principal: Principal) -> Reason:
    who, where = _narrowest(rule.who, principal), _narrowest(rule.where, principal)
    if who is None:
        return Reason(rule, Match.OTHER_WHO)
    if where is None:
        return Reason(rule, Match.OTHER_WHERE)
    if any(one.matches(principal) for one in rule.except_who):
        return Reason(rule, Match.EXCEPT_WHO)
    if any(one.matches(principal) for one in rule.except_where):
        return Reason(rule, Match.EXCEPT_WHERE)
    return Reason(rule, Match.MATCHES, who, where)


def _narrowest(selectors: tuple[Who, ...] | tuple[Place, ...], principal: Principal) -> Narrowness | None:
    if not selectors:
        return Narrowness.ALL
    return max((one.narrowness for one in selectors if one.matches(principal)), default=None)


def _answers(counting: Iterable[Rule], principal: Principal) -> Ruled[bool]:
    speaking = [rule for rule in counting if rule.answers is not None]
    for rule in speaking:
        if not rule.answers:
            return Ruled(value=False, rule=rule.name)
    if speaking:
        return Ruled(value=True, rule=speaking[0].name)
    return Ruled(value=principal.standing in _ANSWERED and not principal.is_bot)


def _manages(counting: Iterable[Rule], principal: Principal) -> Ruled[bool]:
    for rule in counting:
        if rule.manages is not None and not rule.by_command:
            return Ruled(value=rule.manages, rule=rule.name)
    is_theirs = in_private(principal) or principal.standing in _MANAGING
    return Ruled(value=is_theirs and not principal.is_bot)


def _denied(counting: Iterable[Rule]) -> Ruled[Names]:
    denying = [rule for rule in counting if rule.no_tools]
    if not denying:
        return Ruled(())
    return Ruled(tuple(sorted({name for rule in denying for name in rule.no_tools or ()})), denying[0].name)


def _first(
    counting: Sequence[Rule], said: Callable[[Rule], T | None], is_within: Callable[[T, T], bool]
) -> Ruled[T | None]:
    """Take what the weightiest rule says; one set by command only within what the operator's says."""
    bound = next((said(rule) for rule in counting if not rule.by_command and said(rule) is not None), None)
    for rule in counting:
        value = said(rule)
        if value is not None and (not rule.by_command or bound is None or is_within(value, bound)):
            return Ruled(value, rule.name)
    return Ruled(None)


def _is_among(names: Names, bound: Names) -> bool:
    return ALL in bound or (ALL not in names and set(names) <= set(bound))


def _is_below(limit: int, bound: int) -> bool:
    return not bound or 0 < limit <= bound


def _allows(names: Names | None, name: str) -> bool:
    return names is None or ALL in names or name in names
