"""The rows as a table for people, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from tests.faults.plan import LATER
from tests.faults.row import Row

HEAD = (
    "fault",
    "platform",
    "met",
    "events",
    "once",
    "notice",
    "lost",
    "repeated",
    "cut",
    "compensated",
    "slowest s",
    "recovery s",
)
TEXTS = 2


def table(rows: Sequence[Row], seed: int) -> str:
    """All rows, their sum, what went wrong, and what is not tried yet."""
    cells = [HEAD, *(_cells(row) for row in rows), _sum(rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = ["  ".join(_aligned(cell, n, widths[n]) for n, cell in enumerate(line)) for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    wrong = [f"{row.fault.name}, {row.platform}: {line}" for row in rows for line in row.trouble]
    later = [f"not tried yet: {line}" for line in LATER]
    note = (
        "notice: the model had failed, and an honest sentence said so. compensated: posted and taken back. "
        "slowest: question to whole answer. recovery: ready after a restart to the last whole answer of what "
        f"was open. seed {seed}"
    )
    return "\n".join([*(line.rstrip() for line in lines), "", *wrong, *later, note])


def as_json(rows: Sequence[Row], seed: int) -> str:
    """Every value."""
    return json.dumps({"seed": seed, "rows": [asdict(row) for row in rows]}, indent=2)


def _cells(row: Row) -> tuple[str, ...]:
    recovery = "-" if row.recovery_s is None else f"{row.recovery_s:.1f}"
    return (row.fault.name, row.platform, str(row.met), *_counts(row), f"{row.slowest_s:.1f}", recovery)


def _counts(row: Row) -> tuple[str, ...]:
    return tuple(str(count) for count in asdict(row.verdict).values())


def _sum(rows: Sequence[Row]) -> tuple[str, ...]:
    met = sum(row.met for row in rows)
    counts = [sum(column) for column in zip(*(asdict(row.verdict).values() for row in rows), strict=True)]
    slowest = max(row.slowest_s for row in rows)
    recovery = max((row.recovery_s for row in rows if row.recovery_s is not None), default=0.0)
    return ("all", "", str(met), *(str(count) for count in counts), f"{slowest:.1f}", f"{recovery:.1f}")


def _aligned(cell: str, column: int, width: int) -> str:
    return cell.ljust(width) if column < TEXTS else cell.rjust(width)
