"""What people and the operator are told of budgets."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from core.budgets import LEAST_ANSWER, NEARLY, Balance, Estimate, Measure, Notice, Span, Threshold, Whom
from core.rates import DOLLAR
from core.spending import Refused

_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_CENT: Final = DOLLAR // 100
# Below this many minutes, and then hours, the smaller unit is said.
_MOST_MINUTES: Final = 90
_MOST_HOURS: Final = 48

_SPANS: Final = {Span.DAY: "today's", Span.MONTH: "this month's"}
_WHEN: Final = {Span.DAY: "today", Span.MONTH: "this month"}
_WHERE_TO_TURN: Final = "`/usage` shows how it stands, and whoever runs me can allow more."
_SHARED: Final = {
    Whom.PERSON: "yours alone",
    Whom.CHANNEL: "shared by this channel",
    Whom.GROUP: "shared by your group",
    Whom.ACCOUNT: "shared by everybody here",
    Whom.HOUSE: "shared by everybody I answer",
}
# Of these only the share that is used is told to people: the figures are the operator's.
_IN_PERCENT: Final = frozenset({Whom.ACCOUNT, Whom.HOUSE})


def tokens(number: int) -> str:
    """Say a number of tokens."""
    return f"{number:,} token{'' if number == 1 else 's'}"


def dollars(cost: int) -> str:
    """Say an amount of money: cents from a dollar on, and what is smaller as exactly as it is."""
    whole_cents = cost % _CENT == 0
    if cost >= DOLLAR or whole_cents:
        return f"${cost / DOLLAR:,.2f}"
    return f"${cost / DOLLAR:.6f}".rstrip("0")


def amount(measure: Measure, number: int) -> str:
    """Say what a limit counts."""
    return dollars(number) if measure is Measure.MONEY else tokens(number)


def refusal(refused: Refused, now: float) -> str:
    """Tell a person that their question was not answered, why, and when it would be."""
    balance, estimate = refused.balance, refused.estimate
    small = Estimate(LEAST_ANSWER, LEAST_ANSWER, estimate.rate)
    ending = f"it begins anew {_anew(balance, now)}. {_WHERE_TO_TURN}"
    if _has_room(replace(balance, reserved=0), estimate):
        return (
            f"Answers that are under way hold the rest of {_SPANS[balance.limit.span]} budget. "
            "Please ask again in a moment. `/usage` shows how it stands."
        )
    if not _has_room(balance, small):
        if balance.fraction >= NEARLY:
            return f"{_used_up(balance)}; {ending}"
        # Of a small budget the rest may fit no question long before most of it is used.
        said = f"{_left(balance)} of {_SPANS[balance.limit.span]} budget, which fits no question"
        return f"{said[0].upper()}{said[1:]}; {ending}"
    needed = balance.budget.counted(
        replace(estimate, max_tokens=min(LEAST_ANSWER, estimate.max_tokens)).amount, balance.limit.measure
    )
    return (
        f"With what was said before it, this needs at least {_at_least(balance.limit.measure, needed)}, and "
        f"{_left(balance)} of {_SPANS[balance.limit.span]} budget; {ending} A shorter question may fit: "
        "`/new` begins without what stands above."
    )


def standing(balance: Balance, now: float) -> str:
    """Tell a person how a budget stands, as a line of a list."""
    limit, whom = balance.limit, balance.budget.whom
    head = f"**{balance.budget.name}**, {_WHEN[limit.span]}"
    if whom in _IN_PERCENT:
        said = f"{percent(balance)} used"
    else:
        said = f"{share(balance)} used ({percent(balance)}), {amount(limit.measure, balance.left)} left"
        if balance.reserved:
            said += f", {amount(limit.measure, balance.reserved)} held for answers under way"
    return f"{head}: {said}. It is {_SHARED[whom]} and begins anew {_anew(balance, now)}."


def notice(told: Notice, now: float) -> str:
    """Tell the operator that a budget runs out, or has run out."""
    balance = told.balance
    limit = balance.limit
    of_it = share(balance)
    if told.threshold is Threshold.NEARLY:
        said = f"{percent(balance)} of {_SPANS[limit.span]} budget is used ({of_it})."
    else:
        said = f"{_SPANS[limit.span]} budget is used up ({of_it}), and I refuse questions on it."
    whose = f"Budget **{balance.budget.name}** of `{balance.counted.key}`"
    return f"{whose}: {said} It begins anew {_anew(balance, now)}."


def share(balance: Balance) -> str:
    """Say how much of how much is used."""
    limit = balance.limit
    used = dollars(balance.used) if limit.measure is Measure.MONEY else f"{balance.used:,}"
    return f"{used} of {amount(limit.measure, limit.most)}"


def percent(balance: Balance) -> str:
    """Say how much is used; all of it only when it is."""
    return f"{int(balance.fraction * 100)} %"


def _used_up(balance: Balance) -> str:
    limit, budget = balance.limit, balance.budget
    what = f"{_SPANS[limit.span]} budget of {amount(limit.measure, limit.most)}"
    match budget.whom:
        case Whom.PERSON:
            return f"You have used {what}"
        case Whom.CHANNEL:
            return f"This channel has used {what}"
        case Whom.GROUP:
            return f"Your group ({budget.name}) has used {what}"
        case Whom.ACCOUNT:
            return f"Everybody here together has used {_SPANS[limit.span]} budget"
        case Whom.HOUSE:
            return f"I have used up what my operator allows for {_WHEN[limit.span]}"


def _left(balance: Balance) -> str:
    if balance.budget.whom in _IN_PERCENT:
        return "too little is left"
    is_one = balance.limit.measure is Measure.MONEY or balance.left == 1
    return f"{amount(balance.limit.measure, balance.left)} {'is' if is_one else 'are'} left"


def _at_least(measure: Measure, number: int) -> str:
    """Say an amount; of money the next whole cent."""
    return amount(measure, -(-number // _CENT) * _CENT if measure is Measure.MONEY else number)


def _has_room(balance: Balance, estimate: Estimate) -> bool:
    return balance.fitting(estimate) >= min(LEAST_ANSWER, estimate.max_tokens)


def _anew(balance: Balance, now: float) -> str:
    at = datetime.fromtimestamp(balance.resets_at, UTC)
    day = "" if balance.limit.span is Span.DAY else f"on {at.day} {at:%B} "
    return f"{day}at 00:00 UTC (in {_wait(balance.resets_at - now)})"


def _wait(seconds: float) -> str:
    minutes = max(1, -int(-seconds // _MINUTE_S))
    if minutes < _MOST_MINUTES:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = round(seconds / _HOUR_S)
    return f"{hours} hours" if hours < _MOST_HOURS else f"{round(seconds / _DAY_S)} days"
