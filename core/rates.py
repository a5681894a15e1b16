"""What models cost. Pure.

Money is a whole number of millionths of a US dollar, always rounded up. A price in dollars for a million
tokens is therefore a price in these millionths for one token.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Protocol

from core.transcript import Usage

DOLLAR = 1_000_000


class PerMillion(Protocol):
    """A price as ``core.llama.catalog`` has it: US dollars for a million tokens."""

    @property
    def sent(self) -> float:
        """Of what is sent."""

    @property
    def answered(self) -> float:
        """Of what is answered."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a model costs: millionths of a US dollar for one token that is sent, and one that is answered.

    ``hosted`` where tokens are paid for with a key; elsewhere they cost nothing. Both prices are ``None``
    where nobody knows them. ``thinking`` are tokens that a model may use beside its answer.
    """

    hosted: bool
    sent: Decimal | None = None
    answered: Decimal | None = None
    thinking: int = 0

    @classmethod
    def of(cls, price: PerMillion | None, *, hosted: bool, thinking: int = 0) -> "Rate":
        """Take a price from the model table; ``None`` is not known."""
        if price is None:
            return cls(hosted, thinking=thinking)
        # By its decimal digits: the binary fraction nearest to 0.07 is more than that.
        return cls(hosted, Decimal(str(price.sent)), Decimal(str(price.answered)), thinking)

    def cost(self, usage: Usage) -> int | None:
        """What a call costs, rounded up; ``None`` where no price is known."""
        if not self.hosted:
            return 0
        if self.sent is None or self.answered is None:
            return None
        exact = self.sent * usage.prompt_tokens + self.answered * usage.completion_tokens
        return int(exact.to_integral_value(ROUND_CEILING))

    def answer_within(self, prompt_tokens: int, money: int) -> int | None:
        """The most answered tokens that money pays for behind a prompt, below 0 for none; ``None``: any."""
        if not self.hosted or self.sent is None or self.answered is None:
            return None
        left = money - self.sent * prompt_tokens
        if left < 0:
            return -1
        return int((left / self.answered).to_integral_value(ROUND_FLOOR)) if self.answered else None


def dearest(rates: Iterable[Rate]) -> Rate:
    """The rate that none of these is above: for a call that any of several models may answer."""
    known = list(rates)
    priced = [rate for rate in known if rate.hosted]
    return Rate(
        bool(priced),
        max((rate.sent for rate in priced if rate.sent is not None), default=None),
        max((rate.answered for rate in priced if rate.answered is not None), default=None),
        max((rate.thinking for rate in known), default=0),
    )


def money(dollars: float | str) -> int:
    """Take US dollars as they are written, rounded up."""
    return math.ceil(Decimal(str(dollars)) * DOLLAR)
