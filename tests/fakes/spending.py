"""The store in memory: what calls of models used, and what was said once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.audit import AuditEntry
from core.budgets import Amount, Balance, Counted, Period, granted
from core.spending import Claim, Refused, Report, Reserved, Spent, Use
from core.transcript import Usage
from tests.fakes.tables import ChargeRow, Tables

DAY_S = 86_400


@dataclass
class MemorySpending(Tables):
    """Implements core.spending.SpendingStore and core.spending.ToldStore."""

    async def reserve(self, claim: Claim, now: float) -> Reserved | Refused:
        balances = await self.balances(claim.payer.budgets, now)
        given = granted(claim.estimate, balances)
        if isinstance(given, Balance):
            return Refused(given, claim.estimate)
        most = Spent(claim.model, given.usage, given.cost, given.rate.hosted)
        row = ChargeRow(claim.payer.subjects, claim.purpose, claim.turn, most, now, is_reserved=True)
        return Reserved(self._insert(row), given, balances)

    async def settle(self, number: int, spent: Spent) -> Amount:
        row = self.charges.get(number)
        if row is None or not row.is_reserved:
            return Amount()
        held, row.spent, row.is_reserved = row.spent.amount, spent, False
        return spent.amount.beyond(held)

    async def release(self, number: int) -> None:
        row = self.charges.get(number)
        if row is not None and row.is_reserved:
            del self.charges[number]

    async def settle_left(self, turn: str | None = None) -> int:
        left = [row for row in self.charges.values() if row.is_reserved and turn in (None, row.turn)]
        for row in left:
            row.is_reserved = False
        return len(left)

    async def used(self, subject: str, since: float) -> Amount:
        day = since // DAY_S * DAY_S
        rows = [row for row in self.charges.values() if subject in row.subjects and row.at >= day]
        return _sum(row.spent.amount for row in rows if not row.is_reserved)

    async def balances(self, budgets: tuple[Counted, ...], now: float) -> tuple[Balance, ...]:
        return tuple(
            self._stood(Balance(counted, limit, Period.of(limit.span, now)))
            for counted in budgets
            for limit in counted.budget.limits
        )

    async def report(self, since: float) -> Report:
        rows = [row for row in self.known_charges if row.at >= since and not row.is_reserved]
        subjects: defaultdict[str, list[ChargeRow]] = defaultdict(list)
        models: defaultdict[str, list[ChargeRow]] = defaultdict(list)
        for row in rows:
            models[row.spent.model].append(row)
            for subject in row.subjects:
                subjects[subject].append(row)
        return Report(since, _uses(subjects), _uses(models))

    async def forget_person(self, key: str, before: float) -> None:
        day = before // DAY_S * DAY_S
        for row in self.charges.values():
            if row.at < day:
                kept = (one for one in row.subjects if one != key and not one.startswith(f"{key}@"))
                row.subjects = tuple(kept)

    async def prune_charges(self, before: float) -> None:
        day = before // DAY_S * DAY_S
        for row in self.charges.values():
            if row.at < day:
                row.subjects = tuple(one for one in row.subjects if not one.startswith("person:"))
                row.is_pruned = not row.is_reserved

    async def once(
        self, subject: str, matter: str, until: float, now: float, entry: AuditEntry | None = None
    ) -> bool:
        if self.told.get((subject, matter), now) > now:
            return False
        self.told[subject, matter] = until
        self.note(entry)
        return True

    def _insert(self, row: ChargeRow) -> int:
        self.charged += 1
        self.charges[self.charged] = row
        return self.charged

    def _stood(self, balance: Balance) -> Balance:
        found = [
            row
            for row in self.charges.values()
            if balance.counted.key in row.subjects and balance.period.starts <= row.at < balance.period.ends
        ]
        used = _sum(row.spent.amount for row in found if not row.is_reserved)
        held = _sum(row.spent.amount for row in found if row.is_reserved)
        measure = balance.limit.measure
        budget = balance.budget
        return replace(balance, used=budget.counted(used, measure), reserved=budget.counted(held, measure))


def _sum(amounts: Iterable[Amount]) -> Amount:
    return sum(amounts, Amount())


def _uses(groups: dict[str, list[ChargeRow]]) -> tuple[Use, ...]:
    found = []
    for label, rows in groups.items():
        usage = Usage(
            sum(row.spent.usage.prompt_tokens for row in rows),
            sum(row.spent.usage.completion_tokens for row in rows),
        )
        cost = sum(row.spent.cost or 0 for row in rows)
        found.append(Use(label, len(rows), usage, cost, sum(row.spent.cost is None for row in rows)))
    return tuple(
        sorted(found, key=lambda use: (-use.usage.prompt_tokens - use.usage.completion_tokens, use.label))
    )
