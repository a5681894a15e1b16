"""``tampu audit``: who did what."""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.terminal.visible import visible
from bots.choice_words import named
from bots.logs import hide
from bots.persons import PREFIX, person_named
from bots.settings import Settings, secrets
from core.acts import AFTER, BEFORE, END, END_UNKNOWN, SETTING, TOOL
from core.audit import OPERATOR, TAMPU, Action, AuditEntry, AuditSearch
from core.errors import StartupError
from core.memory.audit import read_audit
from core.settings import Setting

# A table needs this much where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL: Final = 160
COLUMNS: Final = ("when", "who", "what", "where", "details")
NOT_CHOSEN: Final = "not chosen"
ENDS: Final = {END_UNKNOWN: "cut, nobody knows how far it came"}
SECONDS: Final = {"m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_SPAN: Final = re.compile(r"(\d{1,6})\s*([mhdw])")


@dataclass(frozen=True, slots=True)
class AuditLooks:
    """Which entries, as the operator says it (empty for all), and how to show them."""

    as_json: bool = False
    since: str = ""
    actor: str = ""
    action: str = ""
    limit: int = 50


async def show_audit(settings: Settings, looks: AuditLooks) -> None:
    """Print entries to standard output, the newest first. Raises ``StartupError``, ``StoreError``."""
    search = AuditSearch(
        since=since_when(looks.since, time.time()),
        actor=_actor(looks.actor),
        action=_action(looks.action),
        limit=looks.limit + 1,
    )
    entries = await read_audit(settings.tampu_data_dir, search)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own is a TextIOWrapper
    hidden = hide(secrets(settings))

    def clean(text: str) -> str:
        return visible(str(hidden(None, "", {"text": text})["text"]))

    if looks.as_json:
        for entry in entries[: looks.limit]:
            sys.stdout.write(json.dumps(_fields(entry, clean)) + "\n")
    else:
        _draw(entries, looks.limit, clean)


def since_when(text: str, now: float) -> float:
    """Read ``7d``, ``12h``, ``30m``, ``2w`` or a day such as ``2026-11-01`` (UTC); unix seconds, 0 for empty.

    Raises ``StartupError``.
    """
    said = text.strip().lower()
    if not said:
        return 0.0
    if (span := _SPAN.fullmatch(said)) is not None:
        return now - int(span[1]) * SECONDS[span[2]]
    try:
        day = datetime.fromisoformat(said)
    except ValueError as error:
        raise StartupError(f"--since {text} is no time: say 7d, 12h, 30m, 2w or 2026-11-01.") from error
    return (day if day.tzinfo is not None else day.replace(tzinfo=UTC)).timestamp()


def _actor(text: str) -> str:
    said = text.strip()
    return said if said in {"", OPERATOR, TAMPU} else person_named(said).person_key


def _action(text: str) -> str:
    """Find an action by its words, whatever stands between them."""
    said = " ".join(re.split(r"[\s_-]+", text.strip().lower()))
    if said and said not in list(Action):
        raise StartupError(f"There is no action {text}. There are: {', '.join(Action)}.")
    return said


def _fields(entry: AuditEntry, clean: Callable[[str], str]) -> dict[str, object]:
    return {
        "at": datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds"),
        "actor": entry.actor,
        "name": clean(entry.name),
        "action": entry.action,
        "place": entry.place,
        "detail": {clean(key): clean(value) for key, value in entry.detail.items()},
    }


def _draw(entries: tuple[AuditEntry, ...], limit: int, clean: Callable[[str], str]) -> None:
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    if not entries:
        console.print("Nothing of that kind was noted.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in COLUMNS:
        table.add_column(column, overflow="fold", no_wrap=column == "when")
    for entry in entries[:limit]:
        cells = (_local(entry.at), _who(entry), entry.action, entry.place, _said(entry.detail))
        # As values, not as rich's markup: "[red]" in a name is a name.
        table.add_row(*(Text(clean(cell)) for cell in cells))
    console.print(table)
    if len(entries) > limit:
        console.print("... and more: see --limit.")


def _said(detail: Mapping[str, str]) -> str:
    """Say the details: of a choice from what to what, of a call which tool and how it ended."""
    if (setting := detail.get(SETTING)) is not None:
        name = named(Setting(setting)) if setting in list(Setting) else setting
        return f"{name}: {detail.get(BEFORE, NOT_CHOSEN)} → {detail.get(AFTER, NOT_CHOSEN)}"
    if END in detail:
        return f"{detail.get(TOOL, '')}: {ENDS.get(detail[END], detail[END])}"
    return ", ".join(f"{key}: {value}" for key, value in detail.items())


def _who(entry: AuditEntry) -> str:
    # As --actor takes it.
    key = entry.actor.removeprefix(PREFIX)
    return f"{entry.name} ({key})" if entry.name else key


def _local(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S}"
