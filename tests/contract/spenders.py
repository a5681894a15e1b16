"""People with budgets, for the tests of what they use."""

from decimal import Decimal
from typing import Protocol

from core.budgets import Amount, Budget, Estimate, Limit, Measure, Span, Whom, holding
from core.principal import Principal
from core.rates import Rate
from core.spending import Claim, Payer, Refused, Reserved, SpendingStore, Spent, ToldStore
from core.storage import Store
from core.transcript import Usage
from tests.contract.stores import NOW

ADA = Principal("test", "a1", "c1", "U1", groups=("G1",))
BEN = Principal("test", "a1", "c1", "U2")
EVE = Principal("test", "a1", "c2", "U3", groups=("G1",))
DAY_S = 86_400.0
# One millionth of a dollar for a token that is sent, two for one that is answered.
PAID = Rate(hosted=True, sent=Decimal(1), answered=Decimal(2))
OWN = Rate(hosted=False)


class Spends(Store, SpendingStore, ToldStore, Protocol):
    """A whole store."""


def tokens(most: int, span: Span = Span.DAY) -> Limit:
    return Limit(Measure.TOKENS, span, most)


def money(most: int, span: Span = Span.DAY) -> Limit:
    return Limit(Measure.MONEY, span, most)


def budget(*limits: Limit, whom: Whom = Whom.PERSON, name: str = "b", group: str = "") -> Budget:
    return Budget(name, whom, limits, group)


def claim(
    *budgets: Budget,
    who: Principal = ADA,
    prompt: int = 100,
    most: int = 400,
    rate: Rate = PAID,
    turn: str | None = None,
) -> Claim:
    return Claim(Payer.of(who, budgets), Estimate(prompt, most, rate), "m", turn=turn)


async def reserved(store: SpendingStore, wanted: Claim, now: float = NOW) -> Reserved:
    """A claim that is granted."""
    outcome = await store.reserve(wanted, now)
    assert isinstance(outcome, Reserved), outcome
    return outcome


async def refused(store: SpendingStore, wanted: Claim, now: float = NOW) -> Refused:
    """A claim that is not."""
    outcome = await store.reserve(wanted, now)
    assert isinstance(outcome, Refused), outcome
    return outcome


def spent(prompt: int, answered: int, rate: Rate = PAID, model: str = "m") -> Spent:
    usage = Usage(prompt, answered)
    return Spent(model, usage, rate.cost(usage), rate.hosted)


async def spend(store: SpendingStore, wanted: Claim, now: float = NOW) -> None:
    """A call that uses all that it was allowed."""
    granted = await reserved(store, wanted, now)
    most, rate = granted.estimate.usage, granted.estimate.rate
    used = spent(most.prompt_tokens, most.completion_tokens, rate)
    assert await store.settle(granted.id, used) == Amount()


async def stands(
    store: SpendingStore, *budgets: Budget, who: Principal = ADA, now: float = NOW
) -> list[tuple[int, int]]:
    """What is used and what is reserved of each limit."""
    balances = await store.balances(holding(budgets, who), now)
    return [(balance.used, balance.reserved) for balance in balances]
