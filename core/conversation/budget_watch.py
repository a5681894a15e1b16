"""The operator hears of a budget that runs out, once in its period."""

from collections.abc import Awaitable, Callable, Sequence

from core.budgets import NEARLY, Balance, Notice, Threshold, due
from core.spending import Refused, ToldStore

# Takes a notice; returns soon, and raises nothing but ``StoreError``.
Tell = Callable[[Notice, float], Awaitable[None]]


class BudgetWatch:
    """Tells what is due, and remembers it in the store."""

    def __init__(self, store: ToldStore, tell: Tell) -> None:
        self._store = store
        self._tell = tell

    async def looked(self, before: Sequence[Balance], after: Sequence[Balance], now: float) -> None:
        """Tell what has become due between two looks at the same balances. Raises ``StoreError``."""
        for notice in due(before, after):
            await self._once(notice, now)

    async def refused(self, refused: Refused, now: float) -> None:
        """Tell that a budget refuses, where it is nearly used: its last rest fits no question.

        Raises ``StoreError``.
        """
        if refused.balance.fraction >= NEARLY:
            await self._once(Notice(Threshold.EXHAUSTED, refused.balance), now)

    async def _once(self, notice: Notice, now: float) -> None:
        balance = notice.balance
        if await self._store.once(balance.counted.key, notice.matter, balance.resets_at, now):
            await self._tell(notice, now)
