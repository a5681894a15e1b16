"""A calculator: exact where that is possible, and never more than a moment of work."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from core.tools.builtin.arithmetic import evaluate
from core.tools.builtin.expression import MOST_CHARACTERS, read
from core.tools.builtin.functions import Number
from core.tools.tool import tool

WHOLE_DIGITS = 100  # integers up to this long are written in full
EXACT_DIGITS = 30  # so are decimals that end
FRACTION_DIGITS = 15
FLOAT_DIGITS = 12  # a float's last few are noise
PLAIN_EXPONENTS = range(-7, 21)


@tool(idempotent=True)
def calculate(
    expression: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MOST_CHARACTERS,
            description=(
                'The arithmetic, such as "(1.5 + 2) * 3^2", "15% of 80" or "round(sqrt(2), 3)". Functions: '
                "sqrt, sin, cos, tan (in radians), log (natural, or log(x, base)), log10, log2, exp, abs, "
                "round, floor, ceil, min, max, factorial, radians; constants: pi, e."
            ),
        ),
    ],
) -> str:
    """Calculate an arithmetic expression exactly. Use it for every calculation, also for easy ones."""
    return shown(evaluate(read(expression)))


def shown(value: Number) -> str:
    """Write a number as people do: no trailing zeros, and no more digits than it is worth."""
    if isinstance(value, float):
        return _rounded(Decimal(value), FLOAT_DIGITS)
    if value.denominator == 1 and abs(value) < 10**WHOLE_DIGITS:
        return str(value.numerator)
    return _ending(value) or _rounded(_decimal(value, FRACTION_DIGITS + 5), FRACTION_DIGITS)


def _ending(value: Fraction) -> str:
    """The decimal that is exactly the value; empty when there is none or it is too long."""
    decimal = _decimal(value, EXACT_DIGITS)
    if Fraction(decimal) != value or decimal.adjusted() not in PLAIN_EXPONENTS:
        return ""
    return _plain(decimal)


def _decimal(value: Fraction, digits: int) -> Decimal:
    context = Context(prec=digits, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _rounded(value: Decimal, digits: int) -> str:
    rounded = Context(prec=digits, Emin=-999_999, Emax=999_999).plus(value)
    if rounded.adjusted() in PLAIN_EXPONENTS or not rounded:
        return _plain(rounded)
    mantissa, _, exponent = f"{rounded:e}".partition("e")
    return f"{_plain(Decimal(mantissa))}e{exponent}"


def _plain(value: Decimal) -> str:
    written = f"{value:f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
