"""Numbers on an axis: where its marks stand, and how they are written."""

import math
import sys
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_WANTED = 6
_MOST = 40
_LARGEST = sys.float_info.max
_PLAIN_UP_TO = 1e6
_PLAIN_FROM = 1e-4


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from the first mark to the last."""

    marks: tuple[float, ...]

    @property
    def low(self) -> float:
        """Where it begins."""
        return self.marks[0]

    @property
    def high(self) -> float:
        """Where it ends."""
        return self.marks[-1]

    def share(self, value: float) -> float:
        """How far along the axis a value lies, from 0 to 1."""
        # Halved first: the difference of two huge numbers may be no number.
        return (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)


def scale(values: tuple[float, ...], *, with_zero: bool) -> Scale:
    """Choose round marks around some values; bars begin at zero, or they would lie."""
    low, high = min(values), max(values)
    if with_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        around = abs(low) / 2 or 1.0
        low, high = max(low - around, -_LARGEST), min(high + around, _LARGEST)
    step = _step(high / _WANTED - low / _WANTED)
    first, last = math.floor(low / step), math.ceil(high / step)
    marks = tuple(number * step for number in range(first, min(last, first + _MOST) + 1))
    is_sound = len(set(marks)) == len(marks) > 1 and marks[0] <= low and marks[-1] >= high
    # At the ends of what floats can tell apart, round marks may be none.
    return Scale(marks) if is_sound and all(map(math.isfinite, marks)) else Scale((low, high))


def written(value: float) -> str:
    """Write a number as people read it: ``1,200``, ``0.25``, ``3.1e+12``."""
    if value == 0:
        return "0"
    if not _PLAIN_FROM <= abs(value) < _PLAIN_UP_TO:
        return f"{value:.3g}"
    return f"{value:,.4f}".rstrip("0").rstrip(".")


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next((factor * power for factor in _STEPS if factor * power >= rough), 10 * power) or rough or 1.0
