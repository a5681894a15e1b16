"""``tampu usage``: who used how much, of which model, and how full the budgets are."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.terminal.visible import visible
from bots.budget_file import in_force
from bots.logs import hide
from bots.model_plan import plan_of
from bots.rates import PlannedRates
from bots.settings import Settings, secrets
from core import budget_phrases
from core.budgets import Balance, Measure, Span
from core.memory.usage import Overview, read_usage
from core.rates import DOLLAR
from core.spending import Use

# A table needs this much where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL: Final = 160
BALANCE: Final = ("budget", "of", "used", "", "begins anew")
NOTHING_USED: Final = "Nothing was used this month."
_USED: Final = ("calls today", "tokens today", "cost today", "tokens this month", "cost this month")


@dataclass(frozen=True, slots=True)
class UsageLooks:
    """How to show it: as JSON or for people, and at most so many rows of each kind."""

    as_json: bool
    limit: int


async def show_usage(settings: Settings, looks: UsageLooks) -> None:
    """Print it to standard output. Raises ``StartupError``, and ``StoreError`` where there is no database."""
    budgets = in_force(settings.tampu_budgets, settings.tampu_tokens_per_day)
    unpriced = PlannedRates(plan_of(settings)).unpriced()
    usage = await read_usage(settings.tampu_data_dir, budgets, time.time())
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own is a TextIOWrapper
    hidden = hide(secrets(settings))

    def clean(text: str) -> str:
        return visible(str(hidden(None, "", {"text": text})["text"]))

    if looks.as_json:
        clean_usage = hidden(None, "", as_json(usage, looks.limit, unpriced))
        sys.stdout.write(json.dumps(clean_usage, indent=2) + "\n")
    else:
        draw(usage, looks.limit, unpriced, clean)


def draw(usage: Overview, limit: int, unpriced: tuple[str, ...], clean: Callable[[str], str]) -> None:
    """Print three tables, or a sentence; ``clean`` makes any text harmless."""
    console = Console(highlight=False, soft_wrap=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL

    def table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        if not rows:
            return
        drawn = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
        for column in columns:
            drawn.add_column(column, overflow="fold", justify="right" if column in _USED else "left")
        for row in rows[:limit]:
            drawn.add_row(*(Text(clean(cell)) for cell in row))
        console.print(drawn)
        console.print("... and more: see --limit." if len(rows) > limit else "")

    if not usage.this_month.models and not usage.balances:
        console.print(NOTHING_USED)
    today, this_month = usage.today, usage.this_month
    table("By model", ("model", *_USED), _used(today.models, this_month.models, str))
    who = _used(
        _natural(today.subjects), _natural(this_month.subjects), lambda key: in_words(key, usage.names)
    )
    table("By whom and where", ("who", *_USED), who)
    table("Budgets", BALANCE, [balance_cells(one, usage.names) for one in usage.balances])
    for sentence in _cautions(usage, unpriced):
        console.print(clean(sentence))


def as_json(usage: Overview, limit: int, unpriced: tuple[str, ...]) -> dict[str, object]:
    """Everything for machines; money is in US dollars, times are ISO 8601 in UTC."""
    natural = _natural(usage.this_month.subjects)
    return {
        "at": _utc(usage.at),
        "today": _report_fields(usage.today.models, _natural(usage.today.subjects), usage, limit),
        "this_month": _report_fields(usage.this_month.models, natural, usage, limit),
        "budgets": [balance_fields(balance) for balance in usage.balances[:limit]],
        "models_without_a_price": list(unpriced),
        "more": max(len(natural), len(usage.this_month.models), len(usage.balances)) > limit,
    }


def in_words(key: str, names: Mapping[str, str]) -> str:
    """Say whom or what a key means, without what narrows its budget."""
    natural = key.partition("@")[0]
    kind, *ids = natural.split(":")
    platform, *rest = [unquote(part) for part in ids] or [""]
    match kind:
        case "house":
            return "all together"
        case "person":
            known = f"{rest[-1]} of {platform} {rest[0]}"
            return f"{names[natural]} ({known})" if natural in names else known
        case "account":
            return f"{platform} {rest[0]}"
        case _:
            return f"{kind} {rest[-1]} of {platform} {rest[0]}"


def _natural(uses: Iterable[Use]) -> tuple[Use, ...]:
    """Leave out what is counted for a single budget only."""
    return tuple(use for use in uses if "@" not in use.label)


def _used(today: Iterable[Use], month: Iterable[Use], said: Callable[[str], str]) -> list[tuple[str, ...]]:
    by_label = {use.label: use for use in today}
    rows: list[tuple[str, ...]] = []
    for use in month:
        now = by_label.get(use.label)
        day = (f"{now.calls:,}", f"{_tokens(now):,}", _cost(now)) if now else ("0", "0", _cost(None))
        rows.append((said(use.label), *day, f"{_tokens(use):,}", _cost(use)))
    return rows


def balance_cells(balance: Balance, names: Mapping[str, str]) -> tuple[str, ...]:
    """How a budget's limit stands: its name, whose it is, used of what, in percent, until when."""
    span = "today" if balance.limit.span is Span.DAY else "this month"
    held = (
        f", {budget_phrases.amount(balance.limit.measure, balance.reserved)} held" if balance.reserved else ""
    )
    return (
        balance.budget.name,
        in_words(balance.counted.key, names),
        f"{budget_phrases.share(balance)} {span}{held}",
        budget_phrases.percent(balance),
        f"{datetime.fromtimestamp(balance.resets_at, UTC):%Y-%m-%d %H:%M} UTC",
    )


def _cautions(usage: Overview, unpriced: tuple[str, ...]) -> list[str]:
    calls = sum(use.unpriced for use in usage.this_month.models)
    said = []
    if unpriced:
        say = 'say it below [models."NAME"] as price_in and price_out'
        said.append(f"No price is known of {', '.join(unpriced)}: it counts as costing nothing; {say}.")
    if calls:
        said.append(f"Of {calls:,} calls of this month no price is known: they are not in the cost.")
    return said


def _tokens(use: Use) -> int:
    return use.usage.prompt_tokens + use.usage.completion_tokens


def _cost(use: Use | None) -> str:
    if use is None:
        return budget_phrases.dollars(0)
    return budget_phrases.dollars(use.cost) + ("+?" if use.unpriced else "")


def _report_fields(
    models: Iterable[Use], subjects: Iterable[Use], usage: Overview, limit: int
) -> dict[str, object]:
    return {
        "models": [{"model": use.label, **_use_fields(use)} for use in models][:limit],
        "subjects": [
            {"subject": use.label, "in_words": in_words(use.label, usage.names), **_use_fields(use)}
            for use in subjects
        ][:limit],
    }


def _use_fields(use: Use) -> dict[str, object]:
    return {
        "calls": use.calls,
        "prompt_tokens": use.usage.prompt_tokens,
        "completion_tokens": use.usage.completion_tokens,
        "dollars": use.cost / DOLLAR,
        "calls_without_a_price": use.unpriced,
    }


def balance_fields(balance: Balance) -> dict[str, object]:
    """The same for machines; see :func:`as_json`."""
    is_money = balance.limit.measure is Measure.MONEY

    def number(counted: int) -> float:
        return counted / DOLLAR if is_money else counted

    return {
        "budget": balance.budget.name,
        "subject": balance.counted.key,
        "measure": "dollars" if is_money else "tokens",
        "per": str(balance.limit.span),
        "limit": number(balance.limit.most),
        "used": number(balance.used),
        "held": number(balance.reserved),
        "left": number(balance.left),
        "resets_at": _utc(balance.resets_at),
    }


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
