"""Budgets: what a person, a channel or the house may use in a day and in a month. Pure.

Money is counted as in ``core.rates``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from core.principal import Principal
from core.rates import Rate
from core.rules import Place, Who
from core.transcript import Usage

LEAST_ANSWER = 256
"""Tokens: an answer that has to be shorter to fit a budget is not worth its question."""
NEARLY = 0.8


class Span(StrEnum):
    """How long a limit holds, by UTC."""

    DAY = "day"
    MONTH = "month"


class Measure(StrEnum):
    """What a limit counts."""

    TOKENS = "tokens"
    MONEY = "money"


class Whom(StrEnum):
    """Whose use is counted together."""

    PERSON = "person"  # each person has the budget for themselves
    CHANNEL = "channel"
    ACCOUNT = "account"
    GROUP = "group"  # the members of one group share it
    HOUSE = "house"


class Threshold(StrEnum):
    """What the operator is told of a budget."""

    NEARLY = "nearly"  # :data:`NEARLY` of it is used
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Period:
    """From ``starts`` until just before ``ends``, in unix seconds; both are midnights of UTC."""

    starts: float
    ends: float

    @classmethod
    def of(cls, span: Span, now: float) -> "Period":
        """The day or month in which ``now`` lies."""
        day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if span is Span.DAY:
            return cls(day.timestamp(), (day + timedelta(days=1)).timestamp())
        first = day.replace(day=1)
        return cls(first.timestamp(), (first + timedelta(days=31)).replace(day=1).timestamp())


@dataclass(frozen=True, slots=True)
class Amount:
    """What was used. ``paid_tokens`` are those of ``tokens`` that were paid for with a key."""

    tokens: int = 0
    paid_tokens: int = 0
    cost: int = 0

    @classmethod
    def of(cls, usage: Usage, cost: int | None, *, hosted: bool) -> "Amount":
        """What one call used."""
        tokens = usage.prompt_tokens + usage.completion_tokens
        return cls(tokens, tokens if hosted else 0, cost or 0)

    def __add__(self, other: "Amount") -> "Amount":
        """Add."""
        return Amount(
            self.tokens + other.tokens, self.paid_tokens + other.paid_tokens, self.cost + other.cost
        )

    def beyond(self, other: "Amount") -> "Amount":
        """How much of each this is more than the other, at least 0."""
        return Amount(
            max(0, self.tokens - other.tokens),
            max(0, self.paid_tokens - other.paid_tokens),
            max(0, self.cost - other.cost),
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most that a call may use: ``prompt_tokens`` is an upper bound, ``max_tokens`` caps the answer."""

    prompt_tokens: int
    max_tokens: int
    rate: Rate

    @property
    def usage(self) -> Usage:
        """The most tokens."""
        return Usage(self.prompt_tokens, self.max_tokens + self.rate.thinking)

    @property
    def cost(self) -> int | None:
        """The most money; ``None`` where no price is known."""
        return self.rate.cost(self.usage)

    @property
    def amount(self) -> Amount:
        """All of it."""
        return Amount.of(self.usage, self.cost, hosted=self.rate.hosted)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tokens, or so much money, in a day or a month."""

    measure: Measure
    span: Span
    most: int


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits that hold together, under a name for people.

    ``group`` is the platform's id of the group whose members share a budget of :attr:`Whom.GROUP`. With
    ``who`` or ``where`` only what these people use in these places counts, from the day on which it is set.
    """

    name: str
    whom: Whom
    limits: tuple[Limit, ...]
    group: str = ""
    who: tuple[Who, ...] = ()
    where: tuple[Place, ...] = ()

    def key(self, principal: Principal) -> str | None:
        """What it is counted under when this principal uses something; ``None`` when it is not."""
        if self.who and not principal.person:
            return None
        if not _covers(self.who, principal) or not _covers(self.where, principal):
            return None
        *_, channel, account, house = _of_channel(principal).subjects
        groups = dict(zip(principal.groups, principal.subjects[1:], strict=False))
        natural = {
            Whom.PERSON: principal.person_key if principal.person else None,
            Whom.GROUP: groups.get(self.group),
            Whom.CHANNEL: channel,
            Whom.ACCOUNT: account,
            Whom.HOUSE: house,
        }[self.whom]
        return natural and natural + self._narrowing

    def is_key(self, key: str) -> bool:
        """Whether it is counted under this for somebody."""
        natural = key.removesuffix(self._narrowing)
        kind, *ids = natural.split(":")
        if natural + self._narrowing != key or "@" in natural or kind != self.whom:
            return False
        return self.whom is not Whom.GROUP or ids[-1:] == [quote(self.group, safe="")]

    @property
    def _narrowing(self) -> str:
        people = [_joined(str(one.kind), one.id, one.platform, one.account) for one in self.who]
        places = [_joined(*_fields(one)) for one in self.where]
        return f"@{','.join(sorted(people))}@{','.join(sorted(places))}" if people or places else ""

    def counted(self, amount: Amount, measure: Measure) -> int:
        """What of an amount a limit counts: of the house's tokens those that are paid for."""
        if measure is Measure.MONEY:
            return amount.cost
        return amount.paid_tokens if self.whom is Whom.HOUSE else amount.tokens


@dataclass(frozen=True, slots=True)
class Counted:
    """A budget as it holds for somebody somewhere, and what it is counted under there."""

    budget: Budget
    key: str


@dataclass(frozen=True, slots=True)
class Balance:
    """How one limit of a budget stands: ``used`` is settled, ``reserved`` is for calls still under way."""

    counted: Counted
    limit: Limit
    period: Period
    used: int = 0
    reserved: int = 0

    @property
    def budget(self) -> Budget:
        """Whose limit it is."""
        return self.counted.budget

    @property
    def left(self) -> int:
        """What may still be used, at least 0."""
        return max(0, self.limit.most - self.used - self.reserved)

    @property
    def fraction(self) -> float:
        """How much of it is used, 1.0 for all."""
        return self.used / self.limit.most if self.limit.most else 1.0

    @property
    def resets_at(self) -> float:
        """When it begins anew, in unix seconds."""
        return self.period.ends

    def fitting(self, estimate: Estimate) -> int:
        """The most tokens that an answer may have within it; below 0 when not even the question fits."""
        if not self.budget.counted(estimate.amount, self.limit.measure):
            return estimate.max_tokens
        if self.limit.measure is Measure.TOKENS:
            room = self.left - estimate.prompt_tokens
        else:
            paid_for = estimate.rate.answer_within(estimate.prompt_tokens, self.left)
            room = estimate.usage.completion_tokens if paid_for is None else paid_for
        return min(estimate.max_tokens, room - estimate.rate.thinking)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the operator is told of a budget, once in its period."""

    threshold: Threshold
    balance: Balance

    @property
    def matter(self) -> str:
        """What it is about, beside the subject that the balance is counted under."""
        limit = self.balance.limit
        return f"budget {self.balance.budget.name}: {limit.measure} {limit.span} {self.threshold}"


def holding(budgets: Iterable[Budget], principal: Principal) -> tuple[Counted, ...]:
    """The budgets that hold for a principal, with what they are counted under."""
    keyed = ((budget, budget.key(principal)) for budget in budgets)
    return tuple(Counted(budget, key) for budget, key in keyed if key is not None)


def granted(estimate: Estimate, balances: Sequence[Balance]) -> Estimate | Balance:
    """The estimate, with a shorter answer if need be, or the balance that refuses it.

    That is the one that begins anew last, so that what people are told of the time holds.
    """
    least = min(LEAST_ANSWER, estimate.max_tokens)
    refusing = [balance for balance in balances if balance.fitting(estimate) < least]
    if refusing:
        return max(refusing, key=lambda balance: balance.resets_at)
    most = min((balance.fitting(estimate) for balance in balances), default=estimate.max_tokens)
    return replace(estimate, max_tokens=most)


def due(before: Sequence[Balance], after: Sequence[Balance]) -> tuple[Notice, ...]:
    """What has become worth telling between two looks at the same balances.

    Of one that was not looked at before, nothing was used.
    """
    earlier = {(one.counted, one.limit, one.period): one.fraction for one in before}
    found: list[Notice] = []
    for balance in after:
        was = earlier.get((balance.counted, balance.limit, balance.period), 0.0)
        passed = [
            threshold
            for threshold, at in ((Threshold.NEARLY, NEARLY), (Threshold.EXHAUSTED, 1.0))
            if was < at <= balance.fraction
        ]
        # Whoever hears that all of it is used need not hear that most of it is.
        found.extend(Notice(threshold, balance) for threshold in passed[-1:])
    return tuple(found)


def subjects_of(principal: Principal, counted: Iterable[Counted] = ()) -> tuple[str, ...]:
    """Everything that a use is counted under, each once; without a person where there is none.

    A thread that is a channel of its own counts for the channel around it.
    """
    own = _of_channel(principal).subjects
    natural = own if principal.person else own[1:]
    return tuple(dict.fromkeys((*natural, *(one.key for one in counted))))


def _of_channel(principal: Principal) -> Principal:
    return replace(principal, channel=principal.parent or principal.channel)


def _covers(selectors: Sequence[Who] | Sequence[Place], principal: Principal) -> bool:
    return not selectors or any(one.matches(principal) for one in selectors)


def _fields(place: Place) -> tuple[str, ...]:
    return place.platform, place.account, place.channel, "direct" if place.is_direct else ""


def _joined(*parts: str) -> str:
    return ":".join(quote(part, safe="") for part in parts)
