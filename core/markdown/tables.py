"""A table as aligned text, for a platform that draws none."""

import re
from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from core.markdown.clusters import clusters, width
from core.markdown.plain import node_text

_SPACE = re.compile(r"\s+")
_BETWEEN = " | "
_RULE = "-+-"
_NARROWEST = 6

Rows = Sequence[Sequence[str]]


def table_rows(node: SyntaxTreeNode) -> tuple[tuple[str, ...], ...]:
    """The words of a ``table`` node's cells, the header row first."""
    rows = [row for part in node.children for row in part.children]
    return tuple(tuple(_SPACE.sub(" ", node_text(cell)).strip() for cell in row.children) for row in rows)


def aligned(rows: Rows, max_width: int | None = None) -> str:
    """``rows``, the header first, as lines of monospaced text with even columns.

    ``max_width`` is in columns, where East Asian characters and emoji count two: wide cells go on in
    further lines, and with too many columns each row becomes a list of ``header: cell``.
    """
    if not rows:
        return ""
    count = max(len(row) for row in rows)
    even = [[*row, *[""] * (count - len(row))] for row in rows]
    widths = [max(1, *(width(row[column]) for row in even)) for column in range(count)]
    if max_width is not None:
        room = max_width - len(_BETWEEN) * (count - 1)
        if sum(min(one, _NARROWEST) for one in widths) > room:
            return _listed(even, max_width)
        widths = _shrunk(widths, room)
    head, *body = ["\n".join(_row_lines(row, widths)) for row in even]
    return "\n".join((head, _RULE.join("-" * one for one in widths), *body))


def _shrunk(widths: list[int], room: int) -> list[int]:
    """Widths that fit into ``room`` together: the widest give way first."""
    found = list(widths)
    while (excess := sum(found) - room) > 0:
        widest = max(found)
        wide = [column for column, one in enumerate(found) if one == widest]
        next_widest = max((one for one in found if one < widest), default=0)
        step = min(max(excess // len(wide), 1), widest - max(next_widest, _NARROWEST))
        for column in wide[:excess]:
            found[column] -= max(step, 1)
    return found


def _row_lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [_wrapped(cell, one) for cell, one in zip(row, widths, strict=True)]
    height = max(len(lines) for lines in cells)
    filled = [lines + [""] * (height - len(lines)) for lines in cells]
    return [
        _BETWEEN.join(
            text + " " * (one - width(text)) for text, one in zip(texts, widths, strict=True)
        ).rstrip()
        for texts in zip(*filled, strict=True)
    ]


def _wrapped(text: str, room: int) -> list[str]:
    """``text`` in lines of at most ``room`` columns; a longer word is broken."""
    lines = [""]
    for word in text.split(" "):
        for piece in _pieces(word, room):
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            if width(joined) <= room:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines


def _pieces(word: str, room: int) -> list[str]:
    pieces = [""]
    taken = 0
    for cluster in clusters(word):
        size = width(cluster)
        if pieces[-1] and taken + size > room:
            pieces.append("")
            taken = 0
        pieces[-1] += cluster
        taken += size
    return pieces


def _listed(rows: Rows, max_width: int) -> str:
    header, *body = rows
    if not body:
        return "\n".join(line for name in header for line in _wrapped(name, max_width))
    pairs = [[f"{name}: {cell}" for name, cell in zip(header, row, strict=True)] for row in body]
    return "\n\n".join("\n".join(line for pair in row for line in _wrapped(pair, max_width)) for row in pairs)
