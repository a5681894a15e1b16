"""``tampu models``: what the model servers really offer, and what is known of each model."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.terminal.visible import visible
from bots.logs import hide
from bots.model_plan import plan_of
from bots.models_offered import Line, Server, ask_servers
from bots.settings import Settings, secrets
from core.errors import StartupError
from core.llama.catalog import Entry, Source
from core.llama.model_table import PRICES_OF

ROWS_SHOWN: Final = 40
# A table needs this much where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL: Final = 160
COLUMNS: Final = ("model", "use", "window", "pictures", "tools", "$ in", "$ out", "known from")
NUMBERS: Final = frozenset({"window", "$ in", "$ out"})
SOURCES: Final = {
    Source.SERVER: "the server",
    Source.NAME: "its name",
    Source.NOBODY: "nothing; assumed",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """How to show it: as JSON or for people, and whether all of a long list."""

    as_json: bool
    everything: bool


async def show_models(settings: Settings, listing: Listing) -> None:
    """Print them to standard output. Raises ``StartupError`` when the main server cannot be asked."""
    found = await ask_servers(plan_of(settings))
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own is a TextIOWrapper
    hidden = hide(secrets(settings))

    def clean(text: str) -> str:
        return visible(str(hidden(None, "", {"text": text})["text"]))

    if listing.as_json:
        sys.stdout.write(json.dumps([_fields(server, clean) for server in found], indent=2) + "\n")
    else:
        _Drawing(listing.everything, clean).draw(found)
    if found[0].failure:
        raise StartupError(clean(f"{found[0].origin} {found[0].failure}."))


class _Drawing:
    """The tables for people, on standard output."""

    def __init__(self, everything: bool, clean: Callable[[str], str]) -> None:  # noqa: FBT001 - the operator's --all
        self._everything = everything
        self._clean = clean
        # Names are what they are: no markup, no emoji.
        self._console = Console(highlight=False, soft_wrap=False, markup=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = WIDTH_WITHOUT_TERMINAL

    def draw(self, found: tuple[Server, ...]) -> None:
        """Print every server; the main server's failure is how the command ends, so it is not printed."""
        shown = [line for server in found for line in self._shown(server)]
        for server in found[1:] if found[0].failure else found:
            self._server(server)
        if any(line.assumed for line in shown):
            self._say(
                "~ is assumed: say how large it is with LLAMA_CONTEXT, or in tampu.toml below "
                '[models."NAME"].'
            )
        if any(line.entry.price for line in shown):
            self._say(
                f"Prices are US dollars for a million tokens, those of the table as of {PRICES_OF}. They "
                'drift: say yours below [models."NAME"].'
            )

    def _server(self, server: Server) -> None:
        if server.failure:
            self._say(f"{server.origin} {server.failure}.")
            return
        shown = self._shown(server)
        if shown:
            self._console.print(self._table(server, shown))
        else:
            self._say(f"{server.origin} lists no models.")
        if len(shown) < len(server.lines):
            self._say(f"... and {len(server.lines) - len(shown)} more: tampu models --all.")
        for name in server.missing:
            self._say(f"{name} is set but not in this list.")
        for line in shown:
            if line.uses and line.entry.note:
                self._say(f"{line.name}: {line.entry.note}")

    def _shown(self, server: Server) -> tuple[Line, ...]:
        return server.lines if self._everything else server.lines[:ROWS_SHOWN]

    def _table(self, server: Server, lines: tuple[Line, ...]) -> Table:
        title = f"Models at {server.origin}" + (f", {server.kind}" if server.kind else "")
        table = Table(
            title=Text(title), title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0)
        )
        for column in COLUMNS:
            table.add_column(
                column,
                justify="right" if column in NUMBERS else "left",
                overflow="fold",
                no_wrap=column in ("use", *NUMBERS),
            )
        for line in lines:
            table.add_row(*(Text(self._clean(cell)) for cell in _cells(line)))
        return table

    def _say(self, sentence: str) -> None:
        self._console.print(self._clean(sentence))


def _cells(line: Line) -> tuple[str, ...]:
    facts, price = line.entry.facts, line.entry.price
    return (
        line.name,
        ", ".join(line.uses),
        f"{'~' if line.assumed else ''}{line.window:,}",
        _yes_or_no(facts.vision),
        _yes_or_no(facts.tools),
        "" if price is None else _dollars(price.sent),
        "" if price is None else _dollars(price.answered),
        _known_from(line.entry),
    )


def _known_from(entry: Entry) -> str:
    """Which row it is; and until when the host serves it, where that is known."""
    if entry.source is Source.OPERATOR:
        return f"your {entry.row}"
    row = entry.row or SOURCES[entry.source]
    return f"{row}, until {entry.ends}" if entry.ends else row


def _dollars(price: float) -> str:
    return f"{price:.2f}" if round(price, 2) == price else f"{price:g}"


def _yes_or_no(fact: bool | None) -> str:  # noqa: FBT001 - a model's three-valued fact
    return "not known" if fact is None else ("yes" if fact else "no")


def _fields(server: Server, clean: Callable[[str], str]) -> dict[str, object]:
    return {
        "server": server.origin,
        "kind": server.kind,
        "reachable": not server.failure,
        "failure": clean(server.failure),
        "models": [_line_fields(line, clean) for line in server.lines],
        "missing": [clean(name) for name in server.missing],
    }


def _line_fields(line: Line, clean: Callable[[str], str]) -> dict[str, object]:
    entry, price = line.entry, line.entry.price
    return {
        "id": clean(line.name),
        "uses": list(line.uses),
        "window": line.window,
        "window_assumed": line.assumed,
        "window_there": entry.window,
        "max_output": entry.facts.max_output,
        "pictures": entry.facts.vision,
        "tools": entry.facts.tools,
        "price_in": None if price is None else price.sent,
        "price_out": None if price is None else price.answered,
        "prices_of": PRICES_OF if price is not None and entry.source is Source.TABLE else None,
        "source": entry.source,
        "row": entry.row,
        "ends": entry.ends or None,
        "note": entry.note,
    }
