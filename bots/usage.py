"""The ``usage`` command: what a person has used, and how their budgets stand."""

from collections.abc import Sequence

from core import budget_phrases
from core.budgets import Amount, Budget, Period, Span, holding
from core.commands import CommandSpec
from core.principal import Principal
from core.spending import SpendingStore

USAGE = CommandSpec("usage", "Say what you have used, and what is left of your budgets")
WITHOUT_BUDGETS = "No budget holds for you here."


async def usage_text(
    store: SpendingStore, budgets: Sequence[Budget], principal: Principal, now: float
) -> str:
    """Say it in Markdown. Raises ``StoreError``."""
    used = [await store.used(principal.person_key, Period.of(span, now).starts) for span in Span]
    lines = [f"You have used {_said(used[0])} today and {_said(used[1])} this month."]
    balances = await store.balances(holding(budgets, principal), now)
    if not balances:
        return f"{lines[0]} {WITHOUT_BUDGETS}"
    lines += ["", *(f"- {budget_phrases.standing(balance, now)}" for balance in balances)]
    return "\n".join(lines)


def _said(used: Amount) -> str:
    tokens = budget_phrases.tokens(used.tokens)
    return f"{tokens} ({budget_phrases.dollars(used.cost)})" if used.cost else tokens
