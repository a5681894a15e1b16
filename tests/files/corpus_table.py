"""The results as a table for people."""

import sys
from collections import Counter
from collections.abc import Sequence
from io import BytesIO

from PIL import Image
from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.files.notes import shown_size
from tests.files.corpus_case import PICTURE, Seen
from tests.files.corpus_run import MOST_GROWTH_MB, Result, Run

_PLAIN_WIDTH = 250
_MOST_TOLD = 110
_NOTE = """\
time: from the bytes to what the model gets, in a process that was waiting for it. memory: the highest
VmHWM of the process that read the file, "-" where it was refused before one was asked. parent: the process
that has all of them read one after the other, whose memory must not grow by more than {most:.0f} MB."""


def console() -> Console:
    """Where the table goes: plain and wide where nobody watches."""
    return Console() if sys.stdout.isatty() else Console(width=_PLAIN_WIDTH, color_system=None)


def show(run: Run, target: Console) -> None:
    """All files, what was wrong with them, and the counts."""
    target.print(_table(run.results))
    for one in run.results:
        for fault in one.wrong:
            target.print(Text(f"WRONG {one.case.about}: {fault}", style="red"))
    for fault in run.faults():
        target.print(Text(f"WRONG {fault}", style="red"))
    target.print(Text(_counts(run)))


def outcome(one: Result) -> str:
    """What became of a file: ``"understood"``, ``"refused"`` or ``"WRONG"``."""
    return "WRONG" if one.wrong else "understood" if one.seen.kind else "refused"


def _table(results: Sequence[Result]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading, at_the_right in (
        ("file", False),
        ("name", False),
        ("size", True),
        ("what was understood", False),
    ):
        table.add_column(heading, justify="right" if at_the_right else "left", overflow="fold")
    for heading in ("ms", "MB"):
        table.add_column(heading, justify="right", no_wrap=True)
    for is_hostile in (False, True):
        table.add_row(Text("hostile" if is_hostile else "honest", style="bold"))
        for one in results:
            if one.case.is_hostile == is_hostile:
                table.add_row(*map(Text, _cells(one)))
    return table


def _cells(one: Result) -> tuple[str, ...]:
    peak = f"{one.seen.worker_mb:.0f}" if one.seen.worker_mb else "-"
    mark = "WRONG: " if one.wrong else ""
    return (
        f"  {one.case.about}",
        one.seen.name,
        shown_size(one.size),
        mark + understood(one.seen),
        f"{one.seen.seconds * 1000:.0f}",
        peak,
    )


def understood(seen: Seen) -> str:
    """In a line: what it is, how much of it there is, and what was said."""
    notes = seen.notes if len(seen.notes) <= _MOST_TOLD else f"{seen.notes[:_MOST_TOLD]}…"
    if not seen.kind:
        return f"refused: {notes}"
    counts = (("page", seen.pages), ("table", seen.tables))
    held = [f"{count:,} {what}{'s' * (count != 1)}" for what, count in counts if count]
    held += [_picture(content) for content in seen.pictures[:1]]
    held += [f"{len(seen.pictures)} pictures"] if len(seen.pictures) > 1 else []
    kind = f"{seen.kind}: " if seen.kind == PICTURE else f"{seen.kind}, "
    return f"{kind}{', '.join(held)}{'. ' if notes else ''}{notes}"


def _picture(content: bytes) -> str:
    with Image.open(BytesIO(content)) as opened:
        return f"{opened.width} x {opened.height} {opened.format}"


def _counts(run: Run) -> str:
    seen = [one.seen for one in run.results]
    counts = Counter(map(outcome, run.results))
    hostile = sum(one.case.is_hostile for one in run.results)
    slowest = max(run.results, key=lambda one: one.seen.seconds)
    largest = max(run.results, key=lambda one: one.seen.worker_mb)
    files = f"{len(seen)} files, {len(seen) - hostile} honest and {hostile} hostile"
    ends = f"{counts['understood']} understood, {counts['refused']} refused with a reason"
    most = max(one.our_peak_mb for one in seen)
    return f"""
{files}: {ends}, {counts["WRONG"]} wrong.
slowest: {slowest.case.about}, {slowest.seen.seconds:.1f} s
largest: {largest.case.about}, {largest.seen.worker_mb:.0f} MB
parent: {seen[0].ours_mb:.0f} MB at first, {seen[-1].ours_mb:.0f} MB at last, {most:.0f} MB at the most
processes left: {run.left}

{_NOTE.format(most=MOST_GROWTH_MB)}"""
