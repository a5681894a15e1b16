"""``tampu models``: what the model servers really offer, and what is known of each model."""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.terminal.visible import visible
from bots.local_model import LOCAL_INFO
from bots.logs import hide
from bots.model import LOCAL_FACTS
from bots.model_plan import ModelPlan, PlannedModel, plan_of
from bots.settings import Settings, secrets
from core.errors import ModelError, ModelRefusedKey, ModelTimedOut, ModelUnreachable, StartupError
from core.llama.catalog import Entry, Source
from core.llama.client import LlamaClient
from core.llama.endpoint import Endpoint
from core.llama.known import DEFAULT_WINDOW
from core.llama.model_table import PRICES_OF

ROWS_SHOWN: Final = 40
# A table needs this much where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL: Final = 160
COLUMNS: Final = ("model", "use", "window", "pictures", "tools", "$ in", "$ out", "known from")
SOURCES: Final = {Source.NAME: "its name", Source.NOBODY: "nothing; assumed"}
FAILURES: Final[dict[type[ModelError], str]] = {
    ModelUnreachable: "cannot be reached ({reason}): check that it runs, and its address",
    ModelRefusedKey: "refuses the key ({reason}): check it",
    ModelTimedOut: "does not answer in time ({reason})",
}
ANSWERS, LOOKS, FALLBACK = "answers", "pictures", "fallback"


@dataclass(frozen=True, slots=True)
class Line:
    """One model: what it is used for, and what is known. ``window`` is what a chat gets, in tokens."""

    name: str
    uses: tuple[str, ...]
    window: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Server:
    """One server's models, or ``failure``: what it did instead of listing them.

    ``missing`` are models that are set but not in its list.
    """

    origin: str
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """How to show it: as JSON or for people, and whether all of a long list."""

    as_json: bool
    everything: bool


async def show_models(settings: Settings, listing: Listing) -> None:
    """Print them to standard output. Raises ``StartupError`` when the main server cannot be asked."""
    plan = plan_of(settings)
    found = await servers(plan) or (_local(),)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own is a TextIOWrapper
    hidden = hide(secrets(settings))

    def clean(text: str) -> str:
        return visible(str(hidden(None, "", {"text": text})["text"]))

    if listing.as_json:
        sys.stdout.write(json.dumps([_fields(server, clean) for server in found], indent=2) + "\n")
    else:
        _draw(found, listing.everything, clean)
    if found[0].failure:
        raise StartupError(clean(f"{found[0].origin} {found[0].failure}."))


async def servers(plan: ModelPlan) -> tuple[Server, ...]:
    """Ask every server of the plan, the main one first, all at once."""
    endpoints = dict.fromkeys((one.endpoint.base_url, one.endpoint.api_key) for one in plan.models)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(_ask(Endpoint(*endpoint), plan)) for endpoint in endpoints]
    return tuple(task.result() for task in asked)


def _local() -> Server:
    """The small local model, which answers where no server is set."""
    note = f"{LOCAL_INFO.note} Set LLAMA_BASE_URL for another, such as http://localhost:11434/v1."
    entry = Entry(LOCAL_FACTS, Source.TABLE, sure=True, row="comes with Tampu", note=note)
    return Server("this machine", (Line(LOCAL_INFO.name, (ANSWERS,), LOCAL_INFO.window, entry),))


async def _ask(endpoint: Endpoint, plan: ModelPlan) -> Server:
    client = LlamaClient(endpoint, deadlines=plan.deadlines)
    try:
        names = tuple(dict.fromkeys(await client.offered()))
    except ModelError as error:
        return Server(endpoint.origin, failure=_failure(error))
    finally:
        await client.aclose()
    uses = _uses(plan, endpoint, names)
    lines = (_line(name, uses.get(name, ()), endpoint, plan) for name in names)
    ordered = sorted(lines, key=lambda line: (not line.uses, _unknown(line), line.name.lower()))
    return Server(endpoint.origin, tuple(ordered), tuple(name for name in uses if name not in names))


def _failure(error: ModelError) -> str:
    words = FAILURES.get(type(error), "does not list its models ({reason})")
    return words.format(reason=str(error) or type(error).__name__)


def _uses(plan: ModelPlan, endpoint: Endpoint, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What the models of one server are set for, by name."""
    planned = [(ANSWERS, plan.main), (LOOKS, plan.vision)]
    planned += [(f"{FALLBACK} {number}", one) for number, one in enumerate(plan.fallbacks, 1)]
    uses: dict[str, tuple[str, ...]] = {}
    for use, model in planned:
        if model is not None and _at(model, endpoint):
            name = model.endpoint.model or (names[0] if len(names) == 1 else "")
            if name:
                uses[name] = (*uses.get(name, ()), use)
    return uses


def _at(model: PlannedModel, endpoint: Endpoint) -> bool:
    return (model.endpoint.base_url, model.endpoint.api_key) == (endpoint.base_url, endpoint.api_key)


def _line(name: str, uses: tuple[str, ...], endpoint: Endpoint, plan: ModelPlan) -> Line:
    entry = plan.catalog.entry(name, endpoint.base_url)
    window = entry.facts.window or DEFAULT_WINDOW
    if not entry.sure and not endpoint.hosted:
        window = min(window, DEFAULT_WINDOW)
    for model in plan.models:
        if uses and _at(model, endpoint) and model.endpoint.model in (name, None) and model.facts.window:
            window = model.facts.window
    return Line(name, uses, window, entry)


def _unknown(line: Line) -> int:
    """Rows of the operator and of the table stand before the rest of a long list."""
    return 0 if line.entry.source in (Source.OPERATOR, Source.TABLE) else 1


def _draw(found: tuple[Server, ...], everything: bool, clean: Callable[[str], str]) -> None:  # noqa: FBT001 - the operator's --all
    console = Console(highlight=False, soft_wrap=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    # The main server's failure is how the command ends.
    for server in found[1:] if found[0].failure else found:
        _draw_server(console, server, everything, clean)
    if any(line.entry.price for server in found for line in server.lines):
        console.print(
            f"Prices are US dollars for a million tokens, those of the table as of {PRICES_OF}. They drift: "
            'say yours in tampu.toml, below [models."NAME"].',
        )


def _draw_server(
    console: Console,
    server: Server,
    everything: bool,  # noqa: FBT001 - the operator's --all
    clean: Callable[[str], str],
) -> None:
    if server.failure:
        console.print(clean(f"{server.origin} {server.failure}."))
        return
    shown = server.lines if everything else server.lines[:ROWS_SHOWN]
    if shown:
        console.print(_table(f"Models at {server.origin}", shown, clean))
    else:
        console.print(f"{server.origin} lists no models.")
    if len(shown) < len(server.lines):
        console.print(f"... and {len(server.lines) - len(shown)} more: tampu models --all.")
    for name in server.missing:
        console.print(clean(f"{name} is set but not in this list."))
    for line in server.lines:
        if line.uses and line.entry.note:
            console.print(clean(f"{line.name}: {line.entry.note}"))
    if any(_assumed(line) for line in shown):
        console.print("~ is assumed: set LLAMA_CONTEXT to the window that the server has.")


def _table(title: str, lines: tuple[Line, ...], clean: Callable[[str], str]) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in COLUMNS:
        right = column in ("window", "$ in", "$ out")
        table.add_column(
            column, justify="right" if right else "left", overflow="fold", no_wrap=column == "use"
        )
    for line in lines:
        # As values, not as rich's markup: "[red]" in a name is a name.
        table.add_row(*(Text(clean(cell)) for cell in _cells(line)))
    return table


def _cells(line: Line) -> tuple[str, ...]:
    facts, price = line.entry.facts, line.entry.price
    return (
        line.name,
        ", ".join(line.uses),
        f"{'~' if _assumed(line) else ''}{line.window:,}",
        _yes_or_no(facts.vision),
        _yes_or_no(facts.tools),
        "" if price is None else f"{price.sent:.3g}",
        "" if price is None else f"{price.answered:.3g}",
        known_from(line.entry),
    )


def known_from(entry: Entry) -> str:
    """Say which row it is; and until when the host serves it, where that is known."""
    if entry.source is Source.OPERATOR:
        return f"your {entry.row}"
    row = entry.row or SOURCES[entry.source]
    return f"{row}, until {entry.ends}" if entry.ends else row


def _assumed(line: Line) -> bool:
    return not line.entry.sure and line.window == DEFAULT_WINDOW


def _yes_or_no(fact: bool | None) -> str:  # noqa: FBT001 - a model's three-valued fact
    return "not known" if fact is None else ("yes" if fact else "no")


def _fields(server: Server, clean: Callable[[str], str]) -> dict[str, object]:
    return {
        "server": server.origin,
        "reachable": not server.failure,
        "failure": clean(server.failure),
        "models": [_line_fields(line, clean) for line in server.lines],
        "missing": [clean(name) for name in server.missing],
    }


def _line_fields(line: Line, clean: Callable[[str], str]) -> dict[str, object]:
    entry = line.entry
    return {
        "id": clean(line.name),
        "uses": list(line.uses),
        "window": line.window,
        "window_there": entry.window,
        "window_assumed": _assumed(line),
        "max_output": entry.facts.max_output,
        "pictures": entry.facts.vision,
        "tools": entry.facts.tools,
        "price_in": None if entry.price is None else entry.price.sent,
        "price_out": None if entry.price is None else entry.price.answered,
        "prices_of": PRICES_OF if entry.price is not None and entry.source is Source.TABLE else None,
        "source": entry.source,
        "row": entry.row,
        "ends": entry.ends or None,
        "note": entry.note,
    }
