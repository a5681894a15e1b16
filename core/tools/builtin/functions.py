"""The functions and constants that a calculation may name."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.errors import ToolFailed, ToolRetry

Number = Fraction | float

MOST_FACTORIAL = 1_000
MOST_ARGUMENTS = 250
MOST_PLACES = 100
FLOAT_BITS = 1_000  # of integers that a float can hold

CONSTANTS: dict[str, Number] = {"e": math.e, "pi": math.pi}


@dataclass(frozen=True, slots=True)
class Function:
    """A function of ``fewest`` to ``most`` numbers; ``takes`` says so in words."""

    run: Callable[[Sequence[Number]], Number]
    fewest: int = 1
    most: int = 1
    takes: str = "one number"


def factorial(value: Number) -> Number:
    """The product of 1 to ``value``. Raises ``ToolFailed`` where it is no whole number up to 1,000."""
    if value != int(value) or not 0 <= value <= MOST_FACTORIAL:
        raise ToolFailed(f"A factorial is of a whole number from 0 to {MOST_FACTORIAL}.")
    return Fraction(math.factorial(int(value)))


def _absolute(value: Number) -> Number:
    return -value if value < 0 else value


def _sqrt(value: Number) -> Number:
    if isinstance(value, Fraction) and value >= 0:
        over, under = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if over * over == value.numerator and under * under == value.denominator:
            return Fraction(over, under)
    return math.sqrt(value)


def _logarithm(of: Callable[[float], float], value: Number) -> float:
    """A logarithm, also of numbers that are too large or small for a float."""
    if isinstance(value, Fraction) and value > 0:
        over, under = value.numerator, value.denominator
        if max(over.bit_length(), under.bit_length()) > FLOAT_BITS:
            return of(over) - of(under)
    return of(float(value))


def _log(values: Sequence[Number]) -> Number:
    if len(values) == 1:
        return _logarithm(math.log, values[0])
    value, base = values
    exact = {2: math.log2, 10: math.log10}.get(int(base)) if base == int(base) else None
    if exact is not None:
        return _logarithm(exact, value)
    return _logarithm(math.log, value) / _logarithm(math.log, base)


def _round(values: Sequence[Number]) -> Number:
    """Halves go away from zero, as people round."""
    places = values[1] if len(values) > 1 else Fraction(0)
    if places != int(places) or _absolute(places) > MOST_PLACES:
        raise ToolRetry(f"round() takes a whole number of decimal places, at most {MOST_PLACES}.")
    scale = Fraction(10) ** int(places)
    # The shortest decimal of a float is what people take it for: 2.675 and not 2.67499999.
    scaled = (values[0] if isinstance(values[0], Fraction) else Fraction(repr(values[0]))) * scale
    whole = math.floor(abs(scaled) + Fraction(1, 2))
    return (whole if scaled >= 0 else -whole) / scale


def _sin(value: Number) -> float:
    return _without_noise(math.sin(value), value)


def _cos(value: Number) -> float:
    return _without_noise(math.cos(value), value)


def _tan(value: Number) -> float:
    if value != 0 and _cos(value) == 0:
        raise ToolFailed("The tangent is not defined there.")
    return _without_noise(math.tan(value), value)


def _without_noise(result: float, value: Number) -> float:
    """Zero where the result is no more than the error of pi as a float: sin(pi) is 0."""
    near_zero_by_itself = -1 < value < 1
    return result if near_zero_by_itself or abs(result) > 4e-16 * abs(float(value)) else 0.0


def _of_one(function: Callable[[Number], Number]) -> Function:
    return Function(lambda values: function(values[0]))


def _exp(value: Number) -> float:
    result = math.exp(value)
    if result == 0:
        raise ToolFailed("The result is too close to zero to calculate.")
    return result


FUNCTIONS: dict[str, Function] = {
    "abs": _of_one(_absolute),
    "ceil": _of_one(lambda value: Fraction(math.ceil(value))),
    "cos": _of_one(_cos),
    "exp": _of_one(_exp),
    "factorial": _of_one(factorial),
    "floor": _of_one(lambda value: Fraction(math.floor(value))),
    "ln": _of_one(lambda value: _logarithm(math.log, value)),
    "log": Function(_log, 1, 2, "one number and, if it is not e, the base"),
    "log10": _of_one(lambda value: _logarithm(math.log10, value)),
    "log2": _of_one(lambda value: _logarithm(math.log2, value)),
    "max": Function(max, 1, MOST_ARGUMENTS, "one number or more"),
    "min": Function(min, 1, MOST_ARGUMENTS, "one number or more"),
    "radians": _of_one(math.radians),
    "round": Function(_round, 1, 2, "one number and, if it is not 0, the decimal places"),
    "sin": _of_one(_sin),
    "sqrt": _of_one(_sqrt),
    "tan": _of_one(_tan),
}
