"""What was used, read beside the running product."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import aiosqlite

from core.budgets import Amount, Balance, Budget, Counted, Period, Span
from core.memory.beside import read_beside
from core.memory.database import every, one
from core.memory.spending import balances_of, day_of, sums, uses
from core.spending import Report

Sums = Mapping[str, tuple[Amount, Amount]]


@dataclass(frozen=True, slots=True)
class Overview:
    """What was used in the day and in the month of ``at``, unix seconds.

    ``balances`` are those of all for whom a budget was used, the fullest first. ``names`` has the last known
    names of people by their keys.
    """

    at: float
    today: Report
    this_month: Report
    balances: tuple[Balance, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


async def read_usage(folder: Path, budgets: Iterable[Budget], now: float) -> Overview:
    """Read it from one moment; nothing is made, locked or migrated. Raises ``StoreError`` and its kin."""
    budgets = tuple(budgets)

    async def read(connection: aiosqlite.Connection) -> Overview:
        periods = {span: Period.of(span, now) for span in Span}
        found = {span: await _sums(connection, period) for span, period in periods.items()}
        today, this_month = [await _report(connection, periods[span]) for span in Span]
        return Overview(
            now,
            today,
            this_month,
            _balances(budgets, periods, found),
            await _names(connection, found[Span.MONTH]),
        )

    return await read_beside(folder, read)


async def read_balances(folder: Path, budgets: tuple[Counted, ...], now: float) -> tuple[Balance, ...]:
    """Read how some budgets stand; nothing is made or locked. Raises ``StoreError`` and its kin."""

    async def read(connection: aiosqlite.Connection) -> tuple[Balance, ...]:
        return await balances_of(connection, budgets, now)

    return await read_beside(folder, read)


async def _sums(connection: aiosqlite.Connection, period: Period) -> Sums:
    days = {"first": day_of(period.starts), "end": day_of(period.ends)}
    rows = await every(connection, "totals_by_subject", days)
    return {str(subject): sums(tuple(numbers)) for subject, *numbers in rows}


async def _report(connection: aiosqlite.Connection, period: Period) -> Report:
    since = {"since": period.starts}
    subjects = await every(connection, "use_by_subject", since)
    models = await every(connection, "use_by_model", since)
    return Report(period.starts, uses(subjects), uses(models))


def _balances(
    budgets: Iterable[Budget], periods: Mapping[Span, Period], found: Mapping[Span, Sums]
) -> tuple[Balance, ...]:
    balances = []
    for budget in budgets:
        for limit in budget.limits:
            for key, both in found[limit.span].items():
                if budget.is_key(key):
                    used, held = (budget.counted(amount, limit.measure) for amount in both)
                    counted = Counted(budget, key)
                    balances.append(Balance(counted, limit, periods[limit.span], used, held))
    return tuple(sorted(balances, key=lambda balance: -balance.fraction))


async def _names(connection: aiosqlite.Connection, subjects: Iterable[str]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for key in subjects:
        kind, *ids = key.split(":")
        if kind == "person" and "@" not in key:
            platform, account, author = map(unquote, ids)
            asked = {"platform": platform, "account": account, "author_id": author}
            if (row := await one(connection, "name_of_person", asked)) is not None:
                names[key] = str(row[0])
    return names
