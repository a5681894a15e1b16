"""The charges of calls of models, with their sums by subject and UTC day beside them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import aiosqlite

from core.budgets import Amount, Balance, Counted, Limit, Period, granted
from core.memory.database import Database, Row, every, one, run
from core.spending import Claim, Purpose, Refused, Report, Reserved, Spent, Use
from core.transcript import Usage

DAY_S = 86_400
NOTHING = Amount()

Look = tuple[Counted, Limit, Period]


@dataclass(frozen=True, slots=True)
class _Charge:
    subjects: tuple[str, ...]
    purpose: Purpose
    turn: str | None
    spent: Spent
    state: str


class SpendingTable:
    """Implements ``core.spending.SpendingStore``."""

    _database: Database

    async def reserve(self, claim: Claim, now: float) -> Reserved | Refused:
        """Set the estimate aside, in the one transaction that sees that there is room for it."""

        async def unit(connection: aiosqlite.Connection) -> Reserved | Refused:
            balances = await balances_of(connection, claim.payer.budgets, now)
            given = granted(claim.estimate, balances)
            if isinstance(given, Balance):
                return Refused(given, claim.estimate)
            most = Spent(claim.model, given.usage, given.cost, given.rate.hosted)
            charge = _Charge(claim.payer.subjects, claim.purpose, claim.turn, most, "reserved")
            number = await _insert(connection, charge, now)
            await _tally(connection, number, now, held=most.amount)
            return Reserved(number, given, balances)

        return await self._database.write(unit)

    async def settle(self, number: int, spent: Spent) -> Amount:
        """Replace a reservation by what was used."""

        async def unit(connection: aiosqlite.Connection) -> Amount:
            return await _settle(connection, number, spent)

        return await self._database.write(unit)

    async def release(self, number: int) -> None:
        """Drop a reservation."""

        async def unit(connection: aiosqlite.Connection) -> None:
            if (row := await one(connection, "reserved_charge", {"id": number})) is not None:
                await _tally(connection, number, _at(row), held=_less(_spent(row).amount))
                await run(connection, "delete_charge", {"id": number})

        await self._database.write(unit)

    async def settle_left(self, turn: str | None = None) -> int:
        """Settle what is still reserved at its whole estimate."""

        async def unit(connection: aiosqlite.Connection) -> int:
            left = await every(connection, "reserved_charges", {"turn_id": turn})
            for (number,) in left:
                row = await one(connection, "reserved_charge", {"id": number})
                if row is not None:
                    await _settle(connection, int(str(number)), _spent(row))
            return len(left)

        return await self._database.write(unit)

    async def used(self, subject: str, since: float) -> Amount:
        """Sum what a subject used since the UTC day of a time."""
        # No day lies behind it, also where a clock ran ahead.
        wanted = json.dumps([[subject, day_of(since), 1 << 40]])
        row = await self._database.row("totals", {"wanted": wanted})
        return sums(row)[0] if row else NOTHING

    async def balances(self, budgets: tuple[Counted, ...], now: float) -> tuple[Balance, ...]:
        """Say how each limit of these budgets stands."""
        looks = _looks(budgets, now)
        return _stood(looks, await self._database.rows("totals", {"wanted": _wanted(looks)}) if looks else [])

    async def report(self, since: float) -> Report:
        """Sum what was settled since a time by subject and by model."""
        subjects = await self._database.rows("use_by_subject", {"since": since})
        models = await self._database.rows("use_by_model", {"since": since})
        return Report(since, uses(subjects), uses(models))

    async def forget_person(self, key: str, before: float) -> None:
        """Take a person's key from what was used before the UTC day of a time."""
        day = day_of(before)

        async def unit(connection: aiosqlite.Connection) -> None:
            await run(connection, "forget_charges_of", {"key": key, "before": day * DAY_S})
            await run(connection, "forget_tally_of", {"key": key, "day": day})

        await self._database.write(unit)

    async def prune_charges(self, before: float) -> None:
        """Let go of the charges before the UTC day of a time, and of what people used on those days."""
        day = day_of(before)

        async def unit(connection: aiosqlite.Connection) -> None:
            for statement in ("prune_charges", "prune_people_of_charges"):
                await run(connection, statement, {"before": day * DAY_S})
            await run(connection, "prune_tally_of_people", {"day": day})

        await self._database.write(unit)


async def balances_of(
    connection: aiosqlite.Connection, budgets: tuple[Counted, ...], now: float
) -> tuple[Balance, ...]:
    """Say how each limit of these budgets stands."""
    looks = _looks(budgets, now)
    return _stood(looks, await every(connection, "totals", {"wanted": _wanted(looks)}) if looks else [])


def uses(rows: Iterable[Row]) -> tuple[Use, ...]:
    """Read rows of a report, the most tokens first."""
    found = [
        Use(
            str(label), int(str(calls)), Usage(int(str(sent)), int(str(said))), int(str(cost)), int(str(dear))
        )
        for label, calls, sent, said, cost, dear in rows
    ]
    return tuple(
        sorted(found, key=lambda use: (-use.usage.prompt_tokens - use.usage.completion_tokens, use.label))
    )


async def _settle(connection: aiosqlite.Connection, number: int, spent: Spent) -> Amount:
    row = await one(connection, "reserved_charge", {"id": number})
    if row is None:
        return NOTHING
    held = _spent(row).amount
    await _tally(connection, number, _at(row), settled=spent.amount, held=_less(held))
    await run(connection, "settle_charge", {"id": number, **_columns(spent)})
    return spent.amount.beyond(held)


async def _insert(connection: aiosqlite.Connection, charge: _Charge, now: float) -> int:
    values = {"turn_id": charge.turn, "purpose": charge.purpose, "state": charge.state, "at": now}
    row = await one(connection, "insert_charge", {**values, **_columns(charge.spent)})
    number = int(str(row[0])) if row else 0
    subjects = json.dumps(charge.subjects)
    await run(connection, "insert_charge_subjects", {"id": number, "subjects": subjects})
    return number


async def _tally(
    connection: aiosqlite.Connection,
    number: int,
    at: float,
    settled: Amount = NOTHING,
    held: Amount = NOTHING,
) -> None:
    """Add to the sums of a charge's subjects, on its day."""
    await run(
        connection,
        "tally",
        {
            "id": number,
            "day": day_of(at),
            "tokens": settled.tokens,
            "paid_tokens": settled.paid_tokens,
            "cost": settled.cost,
            "held_tokens": held.tokens,
            "held_paid": held.paid_tokens,
            "held_cost": held.cost,
        },
    )


def _columns(spent: Spent) -> dict[str, str | int | None]:
    return {
        "model": spent.model,
        "hosted": int(spent.hosted),
        "prompt_tokens": spent.usage.prompt_tokens,
        "completion_tokens": spent.usage.completion_tokens,
        "cost": spent.cost,
    }


def _spent(row: Row) -> Spent:
    """Read what a reservation sets aside."""
    model, hosted, prompt, completion, cost, _ = row
    usage = Usage(int(str(prompt)), int(str(completion)))
    return Spent(str(model), usage, None if cost is None else int(str(cost)), bool(hosted))


def _at(row: Row) -> float:
    return float(str(row[-1]))


def _less(amount: Amount) -> Amount:
    return Amount(-amount.tokens, -amount.paid_tokens, -amount.cost)


def _looks(budgets: Iterable[Counted], now: float) -> list[Look]:
    """Each limit of each budget, in the period in which we are."""
    return [
        (counted, limit, Period.of(limit.span, now)) for counted in budgets for limit in counted.budget.limits
    ]


def _wanted(looks: Iterable[Look]) -> str:
    return json.dumps(
        [[counted.key, day_of(period.starts), day_of(period.ends)] for counted, _, period in looks]
    )


def _stood(looks: Sequence[Look], rows: Sequence[Row]) -> tuple[Balance, ...]:
    balances = []
    for (counted, limit, period), row in zip(looks, rows, strict=True):
        used, held = (counted.budget.counted(amount, limit.measure) for amount in sums(row))
        balances.append(Balance(counted, limit, period, used, held))
    return tuple(balances)


def sums(row: Row) -> tuple[Amount, Amount]:
    """Read what is settled, and what is reserved, of a row of sums."""
    numbers = [int(str(value)) for value in row]
    return Amount(*numbers[:3]), Amount(*numbers[3:])


def day_of(at: float) -> int:
    """The UTC day, counted since 1970."""
    return int(at // DAY_S)
