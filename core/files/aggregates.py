"""SQL functions that count in decimals: sum, avg, median, round, and amounts in texts."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from core.files import exact, numerals
from core.files.document import Cell

_MAX_PLACES = 15
_MAX_TEXTS, _MAX_TEXT = 1_000, 40


@dataclass(slots=True)
class Skipped:
    """How many values were no numbers, and so are in no sum; and some texts that are no amounts."""

    count: int = 0
    texts: dict[str, None] = field(default_factory=dict)

    def note_text(self, text: str) -> None:
        """Note a text in which there is no amount."""
        if text.strip() and len(self.texts) < _MAX_TEXTS:
            self.texts[text.strip()[:_MAX_TEXT]] = None


def register(connection: sqlite3.Connection, skipped: Skipped) -> None:
    """Put the functions in the places of SQLite's own, which count in binary fractions."""
    for name, finish in (("sum", _sum), ("avg", _mean)):
        connection.create_window_function(name, 1, _running(finish, skipped))
    connection.create_aggregate("median", 1, _median(skipped))
    connection.create_function("round", 1, _round, deterministic=True)
    connection.create_function("round", 2, _round, deterministic=True)
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.create_function("upper", 1, _upper, deterministic=True)
    connection.create_function("amount", 1, _amount(skipped), deterministic=True)


class _Running:
    """The numbers of a group or of a window, added up."""

    finish: ClassVar[Callable[[Decimal, int], Cell]]
    skipped: ClassVar[Skipped]

    def __init__(self) -> None:
        self._sum = Decimal(0)
        self._count = 0

    def step(self, value: object) -> None:
        """Take a value in; ``NULL`` is none."""
        number = exact.decimal_of(value)
        if number is not None:
            self._sum = exact.add(self._sum, number)
            self._count += 1
        elif value is not None:
            type(self).skipped.count += 1

    def inverse(self, value: object) -> None:
        """Let go of a value that leaves the window."""
        number = exact.decimal_of(value)
        if number is not None:
            self._sum = exact.add(self._sum, -number)
            self._count -= 1

    def value(self) -> Cell:
        """The result so far."""
        return type(self).finish(self._sum, self._count)

    def finalize(self) -> Cell:
        """The result."""
        return self.value()


def _running(finish: Callable[[Decimal, int], Cell], skipped: Skipped) -> type[_Running]:
    return type("Running", (_Running,), {"finish": staticmethod(finish), "skipped": skipped})


def _sum(total: Decimal, count: int) -> Cell:
    return exact.cell_of(total) if count else None


def _mean(total: Decimal, count: int) -> Cell:
    return exact.mean(total, count) if count else None


def _median(skipped: Skipped) -> type:
    class Median:
        """The number in the middle, or the mean of the two."""

        def __init__(self) -> None:
            self._numbers: list[Decimal] = []

        def step(self, value: object) -> None:
            number = exact.decimal_of(value)
            if number is not None:
                self._numbers.append(number)
            elif value is not None:
                skipped.count += 1

        def finalize(self) -> Cell:
            numbers = sorted(self._numbers)
            if not numbers:
                return None
            low, high = numbers[(len(numbers) - 1) // 2], numbers[len(numbers) // 2]
            return exact.cell_of(low) if low == high else exact.mean(exact.add(low, high), 2)

    return Median


def _round(value: object, places: object = 0) -> Cell:
    number = exact.decimal_of(value)
    if number is None or not isinstance(places, int):
        return None
    return exact.cell_of(exact.rounded(number, max(-_MAX_PLACES, min(places, _MAX_PLACES))))


def _amount(skipped: Skipped) -> Callable[[object], Cell]:
    def amount(value: object) -> Cell:
        if isinstance(value, int | float):
            return value
        found = numerals.amount(value) if isinstance(value, str) else None
        if isinstance(value, str) and found is None:
            skipped.note_text(value)
        return found

    return amount


def _lower(value: Cell) -> Cell:
    """Also of letters outside of ASCII, which SQLite's own leaves as they are."""
    return value.lower() if isinstance(value, str) else value


def _upper(value: Cell) -> Cell:
    return value.upper() if isinstance(value, str) else value
