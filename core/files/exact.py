"""Sums as people expect them: in decimals, so that 0.1 and 0.2 are 0.3."""

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext

from core.files.document import Cell

_DIGITS = 15
"""Digits of a floating point number that are meant: as many as spreadsheets show."""

_SAFE = 10**_DIGITS
_GROUPED = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_SIXTY_FOUR_BITS = 1 << 63
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def decimal_of(value: object) -> Decimal | None:
    """The number in a cell as a decimal, or nothing when it is no finite number.

    A float counts with its first 15 digits: what stands behind them is noise of the binary form. A
    text counts when it is a plain number, as exact sums of many digits are; ``1.000``, which may be a
    thousand, is none.
    """
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, str) and value.isascii():
        return _plain(value)
    return None


def cell_of(number: Decimal) -> Cell:
    """The number as a database holds it; as a text where that could not hold all of its digits."""
    if number == number.to_integral_value() and abs(number) < _SIXTY_FOUR_BITS:
        return int(number)
    short = float(number)
    if math.isfinite(short) and Decimal(f"{short:.{_DIGITS}g}") == number:
        return short
    return format(_WIDE.create_decimal(number).normalize(_WIDE), "f")


def add(one: Decimal, other: Decimal) -> Decimal:
    """The exact sum, up to 60 digits."""
    return _WIDE.add(one, other)


def mean(total: Decimal, count: int) -> float:
    """The mean, to the 15 digits that a float shows."""
    return float(_WIDE.divide(total, Decimal(count)))


def rounded(number: Decimal, places: int) -> Decimal:
    """Rounded as at school: halves away from zero."""
    with localcontext(_WIDE):
        try:
            return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        except InvalidOperation:
            return number


def shown(value: Cell) -> str:
    """A cell as people read it, numbers without noise: ``0.30000000000000004`` is ``0.3``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _short(value)
    return str(value)


def _short(value: float) -> str:
    if value.is_integer() and abs(value) < _SAFE:
        return str(int(value))
    return f"{value:.{_DIGITS}g}"


def _plain(text: str) -> Decimal | None:
    if not text.strip().lstrip("-")[:1].isdigit() or len(text) > 100:  # noqa: PLR2004 - no number is so long
        return None
    if _GROUPED.fullmatch(text.strip()):
        return None
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 400 else None  # noqa: PLR2004 - floats end there
