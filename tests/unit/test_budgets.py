"""What budgets hold for whom, what fits into them, what is due to be told, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import budget_phrases
from core.budgets import (
    LEAST_ANSWER,
    Amount,
    Balance,
    Budget,
    Counted,
    Estimate,
    Limit,
    Measure,
    Notice,
    Period,
    Span,
    Threshold,
    Whom,
    due,
    granted,
    holding,
    subjects_of,
)
from core.llama.catalog import Price
from core.message import Standing
from core.principal import Principal
from core.rates import Rate, dearest, money
from core.rules import Place, Who, WhoKind
from core.spending import Refused
from core.transcript import Usage
from tests.contract.spenders import ADA, OWN, PAID

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC).timestamp()
GUEST = replace(ADA, standing=Standing.GUEST)


def balance(
    used: int = 0,
    most: int = 1000,
    *,
    reserved: int = 0,
    measure: Measure = Measure.TOKENS,
    span: Span = Span.DAY,
    whom: Whom = Whom.PERSON,
) -> Balance:
    limit = Limit(measure, span, most)
    counted = Counted(Budget("all of us", whom, (limit,)), "k")
    return Balance(counted, limit, Period.of(span, NOW), used, reserved)


def utc(year: int, month: int, day: int, *clock: int) -> float:
    hour, minute, second = (*clock, 0, 0, 0)[:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("span", "now", "starts", "ends"),
    [
        (Span.DAY, utc(2026, 11, 23, 21), utc(2026, 11, 23), utc(2026, 11, 24)),
        (Span.DAY, utc(2026, 11, 23), utc(2026, 11, 23), utc(2026, 11, 24)),
        (Span.DAY, utc(2026, 12, 31, 23, 59, 59), utc(2026, 12, 31), utc(2027, 1, 1)),
        (Span.MONTH, utc(2026, 12, 31, 23, 59, 59), utc(2026, 12, 1), utc(2027, 1, 1)),
        (Span.MONTH, utc(2028, 2, 29, 12), utc(2028, 2, 1), utc(2028, 3, 1)),
        (Span.MONTH, utc(2027, 1, 31), utc(2027, 1, 1), utc(2027, 2, 1)),
        (Span.DAY, 0.0, 0.0, 86_400.0),
    ],
)
def test_periods_begin_at_midnight_of_utc(span: Span, now: float, starts: float, ends: float) -> None:
    assert Period.of(span, now) == Period(starts, ends)


@given(st.floats(0, 4e9), st.sampled_from(list(Span)))
def test_every_moment_lies_in_one_period_of_whole_days(now: float, span: Span) -> None:
    period = Period.of(span, now)
    assert period.starts <= now < period.ends
    assert period.starts % 86_400 == period.ends % 86_400 == 0
    assert Period.of(span, period.ends).starts == period.ends


def test_a_price_of_the_table_is_a_rate_to_the_last_digit() -> None:
    rate = Rate.of(Price(0.07, 0.3), hosted=True)
    assert rate.cost(Usage(100, 0)) == 7
    assert rate.cost(Usage(101, 0)) == 8
    assert rate.cost(Usage(0, 1)) == 1
    assert rate.cost(Usage(1_000_000, 1_000_000)) == money("0.37") == 370_000
    assert Rate.of(Price(0.07, 0.3), hosted=False).cost(Usage(100, 100)) == 0
    assert Rate.of(None, hosted=True).cost(Usage(1, 1)) is None


@given(
    st.integers(0, 10**7), st.integers(0, 200_000), st.decimals(0, 90, places=4), st.decimals(0, 90, places=4)
)
def test_money_buys_as_much_as_it_pays_for(left: int, prompt: int, sent: Decimal, answered: Decimal) -> None:
    rate = Rate(hosted=True, sent=sent, answered=answered)
    most = rate.answer_within(prompt, left)
    alone = rate.cost(Usage(prompt, 0))
    assert alone is not None
    if most is None:
        assert answered == 0
        assert alone <= left
        return
    if most < 0:
        assert alone > left
        return
    paid, more = rate.cost(Usage(prompt, most)), rate.cost(Usage(prompt, most + 1))
    assert paid is not None
    assert more is not None
    assert paid <= left < more


def test_the_dearest_rate_is_above_each() -> None:
    cheap = Rate(hosted=True, sent=Decimal(5), answered=Decimal(1))
    assert dearest([OWN, cheap, PAID, Rate(hosted=True, thinking=9)]) == Rate(True, Decimal(5), Decimal(2), 9)
    assert dearest([OWN]) == OWN
    assert dearest([]) == OWN
    assert dearest([Rate(hosted=True)]) == Rate(hosted=True)


@pytest.mark.parametrize(
    ("whom", "key"),
    [
        (Whom.PERSON, "person:test:a1:U1"),
        (Whom.GROUP, "group:test:a1:G1"),
        (Whom.CHANNEL, "channel:test:a1:c1"),
        (Whom.ACCOUNT, "account:test:a1"),
        (Whom.HOUSE, "house"),
    ],
)
def test_a_budget_is_counted_under_whom_it_is_for(whom: Whom, key: str) -> None:
    budget = Budget("b", whom, (), group="G1")
    assert budget.key(ADA) == key
    assert budget.key(replace(ADA, groups=("G0", "G1"))) == key
    if whom is Whom.GROUP:
        assert budget.key(replace(ADA, groups=())) is None
    if whom is Whom.PERSON:
        assert budget.key(replace(ADA, person="")) is None


def test_selectors_narrow_a_budget_and_it_is_counted_for_itself() -> None:
    guests = Budget("g", Whom.PERSON, (), who=(Who(WhoKind.STANDING, "guest"), Who(WhoKind.PERSON, "U9")))
    assert guests.key(ADA) is None
    assert guests.key(GUEST) == "person:test:a1:U1@person:U9::,standing:guest::@"
    there = replace(guests, who=(), where=(Place("test", "a1"), Place(channel="c:9")))
    assert there.key(ADA) == "person:test:a1:U1@@::c%3A9:,test:a1::"
    assert there.key(replace(ADA, account="a2")) is None
    assert holding((guests, there), ADA) == (Counted(there, str(there.key(ADA))),)


def test_subjects_are_all_that_a_use_counts_for_each_once() -> None:
    plain = Budget("p", Whom.PERSON, ())
    narrow = replace(plain, where=(Place("test"),))
    assert subjects_of(ADA, holding((plain, narrow), ADA)) == (
        "person:test:a1:U1",
        "group:test:a1:G1",
        "channel:test:a1:c1",
        "account:test:a1",
        "house",
        "person:test:a1:U1@@test:::",
    )
    place = Principal("test", "a1", "thread", "", parent="c1")
    assert subjects_of(place) == ("channel:test:a1:c1", "account:test:a1", "house")


@given(
    st.lists(
        st.builds(
            balance,
            st.integers(0, 900),
            st.integers(0, 5000),
            reserved=st.integers(0, 900),
            measure=st.sampled_from(list(Measure)),
            span=st.sampled_from(list(Span)),
            whom=st.sampled_from(list(Whom)),
        ),
        max_size=4,
    ),
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.sampled_from([PAID, OWN, replace(PAID, thinking=300), Rate(hosted=True)]),
)
def test_what_is_granted_fits_everywhere_and_no_longer_answer_would(
    balances: list[Balance], prompt: int, most: int, rate: Rate
) -> None:
    wanted = Estimate(prompt, most, rate)
    given = granted(wanted, balances)

    def fits(estimate: Estimate) -> bool:
        return all(
            not (counts := one.budget.counted(estimate.amount, one.limit.measure)) or counts <= one.left
            for one in balances
        )

    if isinstance(given, Balance):
        assert not fits(replace(wanted, max_tokens=min(most, LEAST_ANSWER)))
        return
    assert fits(given)
    assert min(most, LEAST_ANSWER) <= given.max_tokens <= most
    assert given.max_tokens == most or not fits(replace(given, max_tokens=given.max_tokens + 1))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (0, 799, []),
        (0, 800, [Threshold.NEARLY]),
        (799, 999, [Threshold.NEARLY]),
        (800, 999, []),
        (0, 1000, [Threshold.EXHAUSTED]),
        (900, 1200, [Threshold.EXHAUSTED]),
        (1000, 1200, []),
        (900, 100, []),
    ],
)
def test_what_is_due_is_what_was_passed(before: int, after: int, told: list[Threshold]) -> None:
    found = due((balance(before),), (balance(after),))
    assert [notice.threshold for notice in found] == told


def test_a_new_period_begins_from_nothing() -> None:
    tomorrow = replace(balance(850), period=Period.of(Span.DAY, NOW + 86_400))
    assert [notice.threshold for notice in due((balance(900),), (tomorrow,))] == [Threshold.NEARLY]
    assert due((), ()) == ()


def test_matters_are_told_apart() -> None:
    matters = {
        Notice(threshold, balance(measure=measure, span=span)).matter
        for threshold in Threshold
        for measure in Measure
        for span in Span
    }
    assert len(matters) == 8


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (123_400, "$0.1234"),
        (10_000, "$0.01"),
        (990_000, "$0.99"),
        (1_234_567, "$1.23"),
        (5_000_000, "$5.00"),
        (1_234_567_890_000, "$1,234,567.89"),
    ],
)
def test_money_is_said_as_people_write_it(cost: int, said: str) -> None:
    assert budget_phrases.dollars(cost) == said


ANEW = (
    "it begins anew at 00:00 UTC (in 3 hours). "
    "`/usage` shows how it stands, and whoever runs me can allow more."
)
SMALL = Estimate(100, 400, PAID)


@pytest.mark.parametrize(
    ("refusing", "estimate", "said"),
    [
        (balance(990), SMALL, f"You have used today's budget of 1,000 tokens; {ANEW}"),
        (
            balance(0, most=300),
            SMALL,
            f"300 tokens are left of today's budget, which fits no question; {ANEW}",
        ),
        (
            balance(1, most=300, whom=Whom.ACCOUNT),
            SMALL,
            f"Too little is left of today's budget, which fits no question; {ANEW}",
        ),
        (
            balance(5_000_000, 5_000_000, measure=Measure.MONEY, span=Span.MONTH),
            SMALL,
            (
                "You have used this month's budget of $5.00; it begins anew on 1 December at 00:00 UTC "
                "(in 7 days). `/usage` shows how it stands, and whoever runs me can allow more."
            ),
        ),
        (
            balance(1000, whom=Whom.CHANNEL),
            SMALL,
            f"This channel has used today's budget of 1,000 tokens; {ANEW}",
        ),
        (
            balance(1000, whom=Whom.GROUP),
            SMALL,
            f"Your group (all of us) has used today's budget of 1,000 tokens; {ANEW}",
        ),
        (balance(1000, whom=Whom.ACCOUNT), SMALL, f"Everybody here together has used today's budget; {ANEW}"),
        (
            balance(1000, whom=Whom.HOUSE),
            SMALL,
            f"I have used up what my operator allows for today; {ANEW}",
        ),
        (
            balance(100),
            Estimate(2000, 400, PAID),
            (
                "With what was said before it, this needs at least 2,256 tokens, and 900 tokens are left of "
                f"today's budget; {ANEW} A shorter question may fit: `/new` begins without what stands above."
            ),
        ),
        (
            balance(100, 3000, whom=Whom.HOUSE, measure=Measure.MONEY),
            Estimate(2600, 400, PAID),
            (
                "With what was said before it, this needs at least $0.01, and too little is left of "
                f"today's budget; {ANEW} A shorter question may fit: `/new` begins without what stands above."
            ),
        ),
        (
            balance(100, reserved=800),
            SMALL,
            (
                "Answers that are under way hold the rest of today's budget. Please ask again in a moment. "
                "`/usage` shows how it stands."
            ),
        ),
    ],
)
def test_a_refusal_says_whose_budget_and_what_to_do(refusing: Balance, estimate: Estimate, said: str) -> None:
    assert granted(estimate, (refusing,)) == refusing
    assert budget_phrases.refusal(Refused(refusing, estimate), NOW) == said


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (utc(2026, 11, 23, 23, 59, 59), "in 1 minute"),
        (utc(2026, 11, 23, 23, 30), "in 30 minutes"),
        (utc(2026, 11, 23, 22, 29), "in 2 hours"),
        (utc(2026, 11, 23), "in 24 hours"),
    ],
)
def test_the_wait_is_said_in_words(now: float, said: str) -> None:
    assert said in budget_phrases.standing(balance(), now)


def test_people_see_figures_of_their_own_and_shares_of_the_houses() -> None:
    assert budget_phrases.standing(balance(250, reserved=100), NOW) == (
        "**all of us**, today: 250 of 1,000 tokens used (25 %), 650 tokens left, 100 tokens held for "
        "answers under way. It is yours alone and begins anew at 00:00 UTC (in 3 hours)."
    )
    assert budget_phrases.standing(balance(999, whom=Whom.HOUSE, span=Span.MONTH), NOW) == (
        "**all of us**, this month: 99 % used. It is shared by everybody I answer and begins anew on "
        "1 December at 00:00 UTC (in 7 days)."
    )


def test_the_operator_reads_which_budget_and_how_far() -> None:
    nearly = Notice(Threshold.NEARLY, balance(820))
    assert budget_phrases.notice(nearly, NOW) == (
        "Budget **all of us** of `k`: 82 % of today's budget is used (820 of 1,000 tokens). It begins "
        "anew at 00:00 UTC (in 3 hours)."
    )
    over = Notice(Threshold.EXHAUSTED, balance(1_000_000, 1_000_000, measure=Measure.MONEY, span=Span.MONTH))
    assert budget_phrases.notice(over, NOW).startswith(
        "Budget **all of us** of `k`: this month's budget is used up ($1.00 of $1.00), and I refuse"
    )


def test_amounts_add_up_and_go_beyond_one_another() -> None:
    total = Amount(1, 2, 3) + Amount(10, 20, 30)
    assert total == Amount(11, 22, 33)
    assert total.beyond(Amount(5, 30, 33)) == Amount(6, 0, 0)
