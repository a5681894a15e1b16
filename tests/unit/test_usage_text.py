"""The ``usage`` command, as a person reads it."""

from bots.usage import usage_text
from core.budgets import Budget, Limit, Measure, Span, Whom
from core.rules import Who, WhoKind
from tests.contract.spenders import ADA, BEN, OWN, budget, claim, money, reserved, spend, tokens
from tests.contract.stores import NOW
from tests.fakes.store import MemoryStore


async def test_without_budgets_a_person_sees_what_they_used() -> None:
    store = MemoryStore()
    assert await usage_text(store, (), ADA, NOW) == (
        "You have used 0 tokens today and 0 tokens this month. No budget holds for you here."
    )
    await spend(store, claim(most=900), NOW)
    await spend(store, claim(most=0, prompt=1, rate=OWN), NOW - 5 * 86_400)
    assert (await usage_text(store, (), ADA, NOW)).startswith(
        "You have used 1,000 tokens ($0.0019) today and 1,001 tokens ($0.0019) this month."
    )


async def test_a_person_sees_their_budgets_and_nobody_elses() -> None:
    store = MemoryStore()
    own = budget(tokens(5000), money(2_000_000, Span.MONTH), name="for each person")
    guests = Budget("guests", Whom.PERSON, (tokens(10),), who=(Who(WhoKind.STANDING, "guest"),))
    house = Budget("all of us", Whom.HOUSE, (Limit(Measure.MONEY, Span.MONTH, 10_000),))
    budgets = (own, guests, house)
    await spend(store, claim(*budgets, most=900))
    await spend(store, claim(*budgets, who=BEN, most=1200))
    await reserved(store, claim(*budgets, most=400))
    assert await usage_text(store, budgets, ADA, NOW) == (
        "You have used 1,000 tokens ($0.0019) today and 1,000 tokens ($0.0019) this month.\n"
        "\n"
        "- **for each person**, today: 1,000 of 5,000 tokens used (20 %), 3,500 tokens left, 500 tokens held "
        "for answers under way. It is yours alone and begins anew at 00:00 UTC (in 2 hours).\n"
        "- **for each person**, this month: $0.0019 of $2.00 used (0 %), $2.00 left, $0.0009 held for "
        "answers under way. It is yours alone and begins anew on 1 December at 00:00 UTC (in 16 days).\n"
        "- **all of us**, this month: 44 % used. It is shared by everybody I answer and begins anew on "
        "1 December at 00:00 UTC (in 16 days)."
    )
