"""The rows as a table for people, and as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from tests.faults.row import Row

HEAD = (
    "fault",
    "platform",
    "met",
    "events",
    "once",
    "notice",
    "taken back",
    "lost",
    "repeated",
    "cut",
    "left",
    "order",
    "compensated",
    "kills",
    "slowest s",
    "recovery s",
)
TEXTS = 2
NOTE = """\
met: how often the fault struck, how much was edited or deleted, how much happened while the bot was not
there. once: the whole answer to the newest words stands there, once. notice: an honest sentence instead,
where the model had failed or the bot was ended three times and more. taken back: nothing is left of the
answer to a deleted question; left: messages that are. order: answers of a thread against the order of its
questions. compensated: said twice, and taken away again. slowest: question to its end. recovery: ready after
a restart to the end of what was open.
Not judged, on Discord: what is deleted while the bot is not there, and a person's first private message to a
bot that is killed at that moment. Discord tells a bot neither afterwards."""


def table(rows: Sequence[Row], seeds: Iterable[int]) -> str:
    """All rows, their sum, and what went wrong."""
    cells = [HEAD, *(_cells(row) for row in rows), _sum(rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ["  ".join(_aligned(cell, n, widths[n]) for n, cell in enumerate(line)) for line in cells]
    rule = "  ".join("-" * width for width in widths)
    wrong = [f"{row.fault.key}, {row.platform}: {line}" for row in rows for line in row.trouble]
    body = [lines[0], rule, *lines[1:-1], rule, lines[-1]]
    return "\n".join([*(line.rstrip() for line in body), "", *wrong, NOTE, f"seeds: {_seeds(seeds)}"])


def as_json(rows: Sequence[Row], seeds: Iterable[int]) -> str:
    """Every value."""
    return json.dumps({"seeds": list(seeds), "rows": [asdict(row) for row in rows]}, indent=2)


def _cells(row: Row) -> tuple[str, ...]:
    recovery = "-" if row.recovery_s is None else f"{row.recovery_s:.1f}"
    counts = (str(row.met), *_counts(row), str(row.kills))
    return (row.fault.name, row.platform, *counts, f"{row.slowest_s:.1f}", recovery)


def _counts(row: Row) -> tuple[str, ...]:
    return tuple(str(count) for count in asdict(row.verdict).values())


def _sum(rows: Sequence[Row]) -> tuple[str, ...]:
    counts = [sum(column) for column in zip(*(asdict(row.verdict).values() for row in rows), strict=True)]
    totals = (sum(row.met for row in rows), *counts, sum(row.kills for row in rows))
    slowest = max(row.slowest_s for row in rows)
    recovery = max((row.recovery_s for row in rows if row.recovery_s is not None), default=0.0)
    return ("all", "", *(str(total) for total in totals), f"{slowest:.1f}", f"{recovery:.1f}")


def _aligned(cell: str, column: int, width: int) -> str:
    return cell.ljust(width) if column < TEXTS else cell.rjust(width)


def _seeds(seeds: Iterable[int]) -> str:
    every = list(seeds)
    return str(every[0]) if len(every) == 1 else f"{every[0]} to {every[-1]}"
